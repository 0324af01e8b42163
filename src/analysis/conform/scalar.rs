//! Texts, numbers and booleans, each of which CloudFormation reads as another where it can.

use std::borrow::Cow;

use super::walk::Walk;
use super::{Fault, Unit};
use crate::analysis::value;
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::facts::schema::{Shape, Types};

pub(super) fn check<'a>(walk: &mut Walk<'a, '_>, value: &'a Value, shape: &'static Shape) {
    let Some(text) = text(value) else { return };
    if !fits(value, &text, shape.types) {
        return walk.wrong_type(value, name(value, shape.types), shape.types);
    }
    if !shape.types.is_scalar() {
        return;
    }
    let span = &value.origin.span;
    if !shape.values.is_empty() {
        if !shape.values.iter().any(|known| is_value(known, &text, shape.any_case)) {
            walk.report(span, Fault::UnknownValue { value: text, shape });
        }
        return;
    }
    if let Some(number) = number(&text)
        && (shape.types.integer || shape.types.number)
        && !shape.range.allow(number)
    {
        walk.report(span, Fault::OutOfRange { value: number, range: shape.range });
    }
    if !shape.types.text {
        return;
    }
    if !shape.length.is_empty() {
        let count = text.chars().count();
        walk.length(span, count, count, Unit::Character, shape);
        if !shape.length.allow(count as f64) {
            return;
        }
    }
    if let Some(pattern) = &shape.pattern
        && !pattern.fits(&text)
    {
        walk.report(span, Fault::Pattern { text, pattern: &pattern.text });
    }
}

/// The text of a scalar, also of an `Fn::Sub` that has nothing to replace.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) if !text.contains("{{resolve:") => Some(Cow::Borrowed(text)),
        _ => value::text(value),
    }
}

fn fits(value: &Value, text: &str, types: Types) -> bool {
    let whole = || number(text).is_some_and(|number| number.fract() == 0.0);
    let truth = || ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    types.is_any()
        || types.text
        || match &value.kind {
            ValueKind::Boolean(_) => types.boolean,
            ValueKind::Integer(_) => types.integer || types.number,
            ValueKind::Float(_) => types.number || (types.integer && whole()),
            _ => (types.boolean && truth()) || (types.number && number(text).is_some()) || (types.integer && whole()),
        }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_value(known: &str, text: &str, any_case: bool) -> bool {
    known == text
        || (any_case && known.eq_ignore_ascii_case(text))
        || matches!((number(known), number(text)), (Some(known), Some(text)) if known == text)
}

/// How the value is called that is of another type.
fn name(value: &Value, wanted: Types) -> &'static str {
    match &value.kind {
        ValueKind::Boolean(_) => "a boolean",
        ValueKind::Float(_) if wanted.integer => "a number with a fraction",
        ValueKind::Integer(_) | ValueKind::Float(_) => "a number",
        _ => "a text",
    }
}
