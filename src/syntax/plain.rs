//! What plain scalars mean by YAML 1.2's core schema.

use super::PlainKind;

/// Whether a plain scalar stands for nothing.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub(super) fn plain_kind(text: &str) -> PlainKind {
    match text {
        "true" | "True" | "TRUE" => return PlainKind::Boolean(true),
        "false" | "False" | "FALSE" => return PlainKind::Boolean(false),
        ".nan" | ".NaN" | ".NAN" => return PlainKind::Float(f64::NAN),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return in_base(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return in_base(digits, 16);
    }
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return PlainKind::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if !is_decimal(unsigned) {
        return PlainKind::Text;
    }
    // `i64` and `f64` read every text that `is_decimal` lets through, signs and leading zeros included.
    if let Ok(integer) = text.parse() {
        return PlainKind::Integer(integer);
    }
    text.parse().map_or(PlainKind::Text, PlainKind::Float)
}

fn in_base(digits: &str, base: u32) -> PlainKind {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return PlainKind::Text;
    }
    match i64::from_str_radix(digits, base) {
        Ok(integer) => PlainKind::Integer(integer),
        Err(_) => PlainKind::Float(
            digits
                .chars()
                .filter_map(|digit| digit.to_digit(base))
                .fold(0.0, |sum, digit| sum * f64::from(base) + f64::from(digit)),
        ),
    }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(text: &str) -> bool {
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits))
}
