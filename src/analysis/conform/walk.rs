//! The way through the properties of one resource.

use super::{Fault, Unit, Violation, given, scalar};
use crate::analysis::Site;
use crate::analysis::value::{alternatives, is_no_value};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::facts::schema::{Schema, Shape, Types};
use crate::source::Span;

pub(super) struct Walk<'a, 'v> {
    pub site: Site<'a>,
    pub schema: &'static Schema,
    /// The parts of the pointer to where the walk is, with `*` for the items of a list.
    pub path: Vec<&'a str>,
    pub violations: &'v mut Vec<Violation<'a>>,
}

impl<'a> Walk<'a, '_> {
    pub fn resource(&mut self) {
        let span = &self.site.resource.origin.span;
        for properties in alternatives(&self.site.resource.properties) {
            if let ValueKind::Map(entries) = &properties.kind {
                self.map(entries, self.schema.root(), span);
            }
        }
    }

    pub fn report(&mut self, span: &'a Span, fault: Fault<'a>) {
        let names: Vec<&str> = self.path.iter().copied().filter(|part| *part != "*").collect();
        self.violations.push(Violation { site: self.site, span, place: names.join("."), fault });
    }

    fn value(&mut self, value: &'a Value, shape: &'static Shape) {
        if shape.types.is_any() {
            return;
        }
        match &value.kind {
            ValueKind::Intrinsic(Intrinsic::Call(name, _)) if name == "Fn::If" => {
                for alternative in alternatives(value) {
                    if !matches!(&alternative.kind, ValueKind::Intrinsic(Intrinsic::Call(name, _)) if name == "Fn::If")
                    {
                        self.value(alternative, shape);
                    }
                }
            }
            ValueKind::Intrinsic(intrinsic) => self.intrinsic(value, intrinsic, shape),
            ValueKind::List(_) if !shape.types.list => self.wrong_type(value, "a list", shape.types),
            ValueKind::List(items) => self.list(value, items, shape),
            ValueKind::Map(entries) if is_rewritten(entries) => {}
            ValueKind::Map(_) if !shape.types.map => self.wrong_type(value, "a mapping", shape.types),
            ValueKind::Map(entries) => self.map(entries, shape, value.key_span()),
            _ => scalar::check(self, value, shape),
        }
    }

    pub fn wrong_type(&mut self, value: &'a Value, found: &'static str, wanted: Types) {
        self.report(&value.origin.span, Fault::WrongType { found, wanted });
    }

    /// Of some functions it is known whether they give a text or a list.
    fn intrinsic(&mut self, value: &'a Value, intrinsic: &'a Intrinsic, shape: &'static Shape) {
        match (intrinsic, self.gives(intrinsic)) {
            (Intrinsic::Sub(text, _), _) if !text.contains("${") => scalar::check(self, value, shape),
            (_, Some(Gives::List)) if !shape.types.list => self.wrong_type(value, "a list", shape.types),
            (_, Some(Gives::Text)) if shape.types.list && !shape.types.map => {
                self.wrong_type(value, "a text", shape.types);
            }
            _ => {}
        }
    }

    fn gives(&self, intrinsic: &Intrinsic) -> Option<Gives> {
        match intrinsic {
            Intrinsic::Ref(name) => {
                let parameter = &self.site.stack.parameters.get(name)?.parameter_type;
                let list = parameter.starts_with("List<")
                    || parameter.contains("<List<")
                    || parameter.contains("CommaDelimitedList");
                Some(if list { Gives::List } else { Gives::Text })
            }
            Intrinsic::Sub(..) => Some(Gives::Text),
            Intrinsic::Call(name, _) => match name.as_str() {
                "Fn::Join" | "Fn::Base64" => Some(Gives::Text),
                "Fn::Split" | "Fn::GetAZs" | "Fn::Cidr" => Some(Gives::List),
                _ => None,
            },
            Intrinsic::GetAtt(..) => None,
        }
    }

    fn list(&mut self, list: &'a Value, items: &'a [Value], shape: &'static Shape) {
        if !shape.length.is_empty() {
            let counts: Option<Vec<(usize, usize)>> = items.iter().map(|item| self.count(item)).collect();
            if let Some(counts) = counts {
                let least: usize = counts.iter().map(|(least, _)| least).sum();
                let most: usize = counts.iter().map(|(_, most)| most).sum();
                self.length(&list.origin.span, least, most, Unit::Item, shape);
            }
        }
        if shape.unique && !self.schema.legacy {
            for (index, item) in items.iter().enumerate() {
                if let Some(first) = items[..index].iter().find(|first| is_same(first, item)) {
                    self.report(&item.origin.span, Fault::DuplicateItem { first: &first.origin.span });
                }
            }
        }
        if let Some(id) = shape.items {
            self.path.push("*");
            for item in items {
                self.value(item, self.schema.shape(id));
            }
            self.path.pop();
        }
    }

    /// As how many items an item of a list may turn out, at least and at most; `None` when that cannot be known.
    fn count(&self, item: &Value) -> Option<(usize, usize)> {
        match &item.kind {
            _ if is_no_value(item) => Some((0, 0)),
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::If" => {
                let ValueKind::List(parts) = &argument.kind else { return None };
                let [_, yes, no] = parts.as_slice() else { return None };
                let (yes, no) = (self.count(yes)?, self.count(no)?);
                Some((yes.0.min(no.0), yes.1.max(no.1)))
            }
            ValueKind::Intrinsic(Intrinsic::Ref(name)) if self.site.stack.resources.contains_key(name) => Some((1, 1)),
            ValueKind::Intrinsic(intrinsic) => (self.gives(intrinsic)? == Gives::Text).then_some((1, 1)),
            ValueKind::Map(entries) if is_rewritten(entries) => None,
            _ => Some((1, 1)),
        }
    }

    /// Reports a length that is too short or too long in every case.
    pub fn length(&mut self, span: &'a Span, least: usize, most: usize, unit: Unit, shape: &'static Shape) {
        let limits = shape.length;
        let too_long = limits.most.is_some_and(|limit| least as f64 > limit);
        let too_short = limits.least.is_some_and(|limit| (most as f64) < limit);
        if too_long || too_short {
            let count = if too_long { least } else { most };
            self.report(span, Fault::Length { count, unit, limits });
        }
    }

    fn map(&mut self, entries: &'a [(String, Value)], shape: &'static Shape, owner: &'a Span) {
        if is_rewritten(entries) {
            return;
        }
        for (name, value) in entries {
            self.path.push(name);
            self.entry(name, value, shape);
            self.path.pop();
        }
        for name in shape.required.iter().filter(|name| given::find(entries, name).is_none()) {
            self.report(owner, Fault::MissingProperty { name });
        }
        given::check(self, entries, shape, owner);
        if !shape.length.is_empty() {
            let least = entries.iter().filter(|(_, value)| given::surely(value)).count();
            let most = entries.iter().filter(|(_, value)| !is_no_value(value)).count();
            self.length(owner, least, most, Unit::Entry, shape);
        }
    }

    fn entry(&mut self, name: &'a str, value: &'a Value, shape: &'static Shape) {
        if let Some(id) = shape.property(name) {
            if self.is_read_only() {
                if !is_no_value(value) {
                    self.report(value.key_span(), Fault::ReadOnlyProperty);
                }
                return;
            }
            return self.value(value, self.schema.shape(id));
        }
        match shape.keys.iter().find(|(pattern, _)| pattern.fits(name)) {
            Some((_, id)) => self.value(value, self.schema.shape(*id)),
            None if is_no_value(value) || shape.open => {}
            None => match shape.keys.first() {
                Some((pattern, _)) => {
                    self.report(value.key_span(), Fault::Key { key: name, pattern: &pattern.text });
                }
                None if shape.is_closed() => {
                    self.report(value.key_span(), Fault::UnknownProperty { name, shape });
                }
                None => {}
            },
        }
    }

    /// Whether AWS alone sets the property at the path.
    fn is_read_only(&self) -> bool {
        let fits = |pointer: &String| {
            let mut parts = pointer.split('/').skip(1);
            self.path.iter().all(|part| parts.next() == Some(*part)) && parts.next().is_none()
        };
        self.schema.read_only.iter().any(fits)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    Text,
    List,
}

/// A macro decides what the map will be.
fn is_rewritten(entries: &[(String, Value)]) -> bool {
    entries.iter().any(|(name, _)| name.starts_with("Fn::"))
}

/// Whether two items are surely the same in the end.
fn is_same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (ValueKind::Boolean(a), ValueKind::Boolean(b)) => a == b,
        (ValueKind::Integer(a), ValueKind::Integer(b)) => a == b,
        (ValueKind::Float(a), ValueKind::Float(b)) => a == b,
        (ValueKind::Text(a), ValueKind::Text(b)) => a == b,
        (ValueKind::List(a), ValueKind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            let found = |name: &String, a: &Value| b.iter().any(|(other, b)| other == name && is_same(a, b));
            a.len() == b.len() && a.iter().all(|(name, a)| found(name, a))
        }
        (ValueKind::Intrinsic(Intrinsic::Ref(a)), ValueKind::Intrinsic(Intrinsic::Ref(b))) => {
            a == b && a != "AWS::NoValue"
        }
        (ValueKind::Intrinsic(Intrinsic::GetAtt(a, of_a)), ValueKind::Intrinsic(Intrinsic::GetAtt(b, of_b))) => {
            a == b && of_a == of_b
        }
        (ValueKind::Intrinsic(Intrinsic::Sub(a, named)), ValueKind::Intrinsic(Intrinsic::Sub(b, other))) => {
            a == b && named.is_empty() && other.is_empty()
        }
        _ => false,
    }
}
