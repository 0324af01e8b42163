//! How the messages of this area call places, types, limits and patterns.

use crate::analysis::conform::{Unit, Violation};
use crate::facts::schema::{Limits, Types};

/// The place itself: `` `Source.Type` of `AWS::CodeBuild::Project` ``.
pub(super) fn place(violation: &Violation<'_>) -> String {
    named(&violation.place, violation)
}

/// What holds the place.
pub(super) fn owner(violation: &Violation<'_>) -> String {
    named(violation.place.rsplit_once('.').map_or("", |(owner, _)| owner), violation)
}

fn named(place: &str, violation: &Violation<'_>) -> String {
    let resource_type = &violation.site.resource.resource_type;
    match place {
        "" => format!("`{resource_type}`"),
        place => format!("`{place}` of `{resource_type}`"),
    }
}

/// `a whole number or a text`
pub(super) fn types(types: Types) -> String {
    let words = [
        (types.boolean, "`true` or `false`"),
        (types.integer && !types.number, "a whole number"),
        (types.number, "a number"),
        (types.text, "a text"),
        (types.list, "a list"),
        (types.map, "a mapping"),
    ];
    let words: Vec<&str> = words.iter().filter(|(allowed, _)| *allowed).map(|(_, word)| *word).collect();
    words.join(" or ")
}

/// `1 to 999`
pub(super) fn limits(limits: Limits) -> String {
    match (limits.least, limits.most) {
        (Some(least), Some(most)) if least == most => format!("exactly {least}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "any number".to_owned(),
    }
}

pub(super) fn units(unit: Unit, count: usize) -> &'static str {
    match (unit, count) {
        (Unit::Character, 1) => "character",
        (Unit::Character, _) => "characters",
        (Unit::Item, 1) => "item",
        (Unit::Item, _) => "items",
        (Unit::Entry, 1) => "entry",
        (Unit::Entry, _) => "entries",
    }
}

/// `` `Metrics`, or `MetricName` with `Namespace` ``
pub(super) fn choice(groups: &[Vec<String>]) -> String {
    let with = |group: &Vec<String>| group.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" with ");
    groups.iter().map(with).collect::<Vec<_>>().join(" or ")
}

/// What to write for a text to fit a pattern, as an imperative.
pub(super) fn in_words(pattern: &str) -> String {
    match characters(pattern) {
        Some(characters) => format!("use only {characters}"),
        None if pattern.starts_with("^arn:") || pattern.starts_with("arn:") => {
            format!("write an ARN that fits `{pattern}`")
        }
        None => format!("write a text that fits `{pattern}`"),
    }
}

/// The characters that a pattern allows when it is nothing but one repeated class.
fn characters(pattern: &str) -> Option<String> {
    let inner = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let inner = inner.strip_prefix("(?:").and_then(|inner| inner.strip_suffix(')')).unwrap_or(inner);
    let class = inner.strip_suffix(['+', '*'])?.strip_prefix('[')?.strip_suffix(']')?;
    let ranges = [
        ("\\p{L}", "letters"),
        ("\\p{N}", "digits"),
        ("\\p{Z}", "spaces"),
        ("0-9A-Za-z_", "letters, digits, `_`"),
        ("a-z", "small letters"),
        ("A-Z", "capital letters"),
        ("0-9", "digits"),
    ];
    let mut words = Vec::new();
    let mut rest = class;
    while let Some(first) = rest.chars().next() {
        if let Some((range, word)) = ranges.iter().find(|(range, _)| rest.starts_with(range)) {
            words.push((*word).to_owned());
            rest = &rest[range.len()..];
            continue;
        }
        let plain = rest.strip_prefix('\\').unwrap_or(rest);
        let char = plain.chars().next()?;
        let is_escape = first == '\\';
        rest = &plain[char.len_utf8()..];
        if !char.is_ascii()
            || (is_escape && char.is_ascii_alphanumeric())
            || rest.starts_with('-')
            || matches!(first, '^' | '[' | ']')
        {
            return None;
        }
        words.push(if char == ' ' { "spaces".to_owned() } else { format!("`{char}`") });
    }
    if let Some(at) = words.iter().position(|word| word == "small letters")
        && words.contains(&"capital letters".to_owned())
    {
        words[at] = "letters".to_owned();
        words.retain(|word| word != "capital letters");
    }
    let (last, init) = words.split_last()?;
    Some(if init.is_empty() { last.clone() } else { format!("{} and {last}", init.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_said_in_words() {
        for (pattern, words) in [
            ("^[a-zA-Z0-9_.\\-]+$", Some("letters, digits, `_`, `.` and `-`")),
            (
                "^(?:[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$",
                Some("letters, spaces, digits, `_`, `.`, `:`, `/`, `=`, `+`, `-` and `@`"),
            ),
            ("^[a-z]+$", Some("small letters")),
            ("^[^a]+$", None),
            ("^[a-f]+$", None),
            ("^[\\x20-\\x7E]+$", None),
            ("^arn:.*$", None),
            ("^[a-z][a-z]*$", None),
        ] {
            assert_eq!(characters(pattern).as_deref(), words, "{pattern}");
        }
    }
}
