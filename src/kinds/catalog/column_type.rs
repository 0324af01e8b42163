//! The types of columns, as Athena's data definition language has them.

use crate::spec::Pattern;

const PRIMITIVES: [&str; 11] =
    ["bigint", "binary", "boolean", "date", "double", "float", "int", "smallint", "string", "timestamp", "tinyint"];

/// A type, of which only the outermost word is looked at: what is nested is found out by [`is_understood`].
#[derive(Clone, Copy, Debug)]
pub struct ColumnType;

impl Pattern for ColumnType {
    const REGEX: &'static str = r"^(bigint|binary|boolean|date|double|float|int|smallint|string|timestamp|tinyint|(char|varchar)\([1-9][0-9]{0,4}\)|decimal\([1-9][0-9]?(, ?[0-9]{1,2})?\)|(array|map|struct)<[^\n\r\u2028\u2029]+>)$";
    const EXPECTED: &'static str = "a type of Athena: `string`, `int`, `bigint`, `double`, `float`, `boolean`, `date`, `timestamp`, `binary`, `smallint`, `tinyint`, `decimal(10,2)`, `char(2)`, `varchar(20)`, `array<…>`, `map<…>` or `struct<…>`";
    const EXAMPLE: &'static str = "timestamp";

    fn matches(text: &str) -> bool {
        is_primitive(text)
            || NESTED.iter().any(|word| {
                let inside = text.strip_prefix(word).and_then(|rest| rest.strip_prefix('<')?.strip_suffix('>'));
                inside
                    .is_some_and(|inside| !inside.is_empty() && !inside.contains(['\n', '\r', '\u{2028}', '\u{2029}']))
            })
    }
}

const NESTED: [&str; 3] = ["array", "map", "struct"];

pub fn is_nested(text: &str) -> bool {
    text.ends_with('>')
}

fn is_primitive(text: &str) -> bool {
    if PRIMITIVES.contains(&text) {
        return true;
    }
    let Some((word, rest)) = text.split_once('(') else { return false };
    let Some(arguments) = rest.strip_suffix(')') else { return false };
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let positive = |text: &str, most: usize| digits(text, most) && !text.starts_with('0');
    match word {
        "char" | "varchar" => positive(arguments, 5),
        "decimal" => match arguments.split_once(',') {
            Some((precision, scale)) => positive(precision, 2) && digits(scale.strip_prefix(' ').unwrap_or(scale), 2),
            None => positive(arguments, 2),
        },
        _ => false,
    }
}

/// Whether Athena reads the type, with all that is nested in it and its numbers.
pub fn is_understood(text: &str) -> bool {
    let text = text.trim();
    let inside = |word: &str| text.strip_prefix(word)?.strip_prefix('<')?.strip_suffix('>');
    if let Some(element) = inside("array") {
        return is_understood(element);
    }
    if let Some(entry) = inside("map") {
        return matches!(split(entry).as_slice(), [key, value] if is_primitive(key.trim()) && is_understood(value));
    }
    if let Some(fields) = inside("struct") {
        return split(fields).into_iter().all(|field| {
            field.split_once(':').is_some_and(|(name, kind)| !name.trim().is_empty() && is_understood(kind))
        });
    }
    is_primitive(text) && numbers_fit(text)
}

/// Athena: a decimal has at most 38 digits, `char` 255 characters, `varchar` 65,535.
fn numbers_fit(text: &str) -> bool {
    let Some((word, rest)) = text.split_once('(') else { return true };
    let numbers: Vec<u32> =
        rest.trim_end_matches(')').split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match (word, numbers.as_slice()) {
        ("char", [length]) => *length <= 255,
        ("varchar", [length]) => *length <= 65_535,
        ("decimal", [precision]) => *precision <= 38,
        ("decimal", [precision, scale]) => *precision <= 38 && scale <= precision,
        _ => false,
    }
}

/// Cuts at the commas that are in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, character) in text.char_indices() {
        match character {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_are_read_to_their_leaves() {
        for good in [
            "string",
            "decimal(10, 2)",
            "varchar(65535)",
            "array<struct<at:timestamp,price:decimal(10,2)>>",
            "map<string, array<int>>",
        ] {
            assert!(ColumnType::matches(good) && is_understood(good), "{good}");
        }
        for bad in ["array<text>", "map<string>", "map<array<int>,int>", "struct<a>", "decimal(39)", "char(256)"] {
            assert!(ColumnType::matches(bad) && !is_understood(bad), "{bad}");
        }
        for other in ["text", "integer", "String", "array<>", "decimal(0)", "decimal()", "int(4)"] {
            assert!(!ColumnType::matches(other), "{other}");
        }
    }
}
