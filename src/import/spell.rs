//! How values are written in a document: units, expressions, names.

use serde_json::{Value as Json, json};

use super::leaves;

const SECONDS: &[(&str, u64)] = &[("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
const BYTES: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// The number that a text says.
pub(super) fn number(text: &str) -> Option<Json> {
    let integer = text.parse::<i64>().ok().map(Json::from);
    integer.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| json!(number)))
}

/// The durations that a number may stand for: of seconds, minutes, hours, days, milliseconds.
pub(super) fn durations(text: &str) -> Vec<String> {
    let Ok(number) = text.parse::<f64>() else { return Vec::new() };
    let units = [1.0, 60.0, 3_600.0, 86_400.0, 0.001];
    let whole = units.into_iter().map(|unit| number * unit).filter(|it| it.fract() == 0.0 && (1.0..1e12).contains(it));
    whole.filter_map(|seconds| united(seconds as u64, SECONDS)).collect()
}

/// The amounts that a number may stand for: of bytes, KiB, MiB, GiB.
pub(super) fn sizes(text: &str) -> Vec<String> {
    let Ok(number) = text.parse::<u64>() else { return Vec::new() };
    let shifts = [0, 10, 20, 30];
    let amounts = shifts.into_iter().filter_map(|shift| number.checked_mul(1 << shift));
    amounts.filter_map(|bytes| united(bytes, BYTES)).collect()
}

/// With the largest unit that leaves a whole number.
fn united(amount: u64, units: &[(&str, u64)]) -> Option<String> {
    let (unit, size) = units.iter().find(|(_, size)| amount > 0 && amount.is_multiple_of(*size))?;
    Some(format!("{}{unit}", amount / size))
}

/// The texts of a document that may become `text`: with expressions for what a template refers to, and as the place in a
/// thing (`buckets.archive/raw`).
pub(super) fn texts(text: &str, phrases: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let (mut written, mut plain) = (text.to_owned(), text.to_owned());
    for (phrase, expression) in phrases {
        if written.contains(phrase.as_str()) {
            written = written.replace(phrase, &format!("${{{{ {expression} }}}}"));
            let thing = expression.rsplit_once('.').map_or(expression.as_str(), |(thing, _)| thing);
            plain = plain.replace(phrase, thing);
        }
    }
    if leaves::names(&written.replace("${{", "")).is_empty() {
        found.push(written.replace("${!", "${"));
    }
    if plain != text && leaves::names(&plain).is_empty() {
        let place = plain.trim_start_matches("s3://");
        found.extend([place.to_owned(), place.trim_end_matches('/').to_owned()]);
    }
    found
}

/// A mapping of AWS's own words with expressions in its texts; `None` when one of them names what no expression stands for.
pub(super) fn object(value: &Json, phrases: &[(String, String)]) -> Option<Json> {
    match value {
        Json::String(text) if text.contains("${") => texts(text, phrases).into_iter().next().map(Json::from),
        Json::Array(items) => items.iter().map(|item| object(item, phrases)).collect(),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, item)| Some((key.clone(), object(item, phrases)?)));
            entries.collect::<Option<serde_json::Map<_, _>>>().map(Json::Object)
        }
        other => Some(other.clone()),
    }
}

/// `TripsTable`, `trips_table` → `trips-table`.
pub(super) fn kebab(name: &str) -> String {
    let mut out = String::new();
    let characters: Vec<char> = name.chars().collect();
    for (index, c) in characters.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !out.ends_with('-') {
                out.push('-');
            }
            continue;
        }
        let after_lower =
            index > 0 && (characters[index - 1].is_ascii_lowercase() || characters[index - 1].is_ascii_digit());
        let before_lower = index > 0
            && characters[index - 1].is_ascii_uppercase()
            && characters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_lower || before_lower) && !out.ends_with('-') {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    let name = out.trim_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
    name.chars().take(40).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_the_largest_that_fit() {
        assert_eq!(durations("168"), ["168s", "168m", "7d", "168d"]);
        assert_eq!(durations("3600000"), ["1000h", "2500d", "150000d", "3600000d", "1h"]);
        assert_eq!(sizes("512"), ["512KiB", "512MiB", "512GiB"]);
        assert!(durations("x").is_empty() && sizes("-1").is_empty() && durations("0").is_empty());
    }

    #[test]
    fn names_are_in_kebab_case() {
        for (name, kebab_case) in [
            ("TripsStream", "trips-stream"),
            ("S3Bucket", "s3-bucket"),
            ("MyAPIFunction", "my-api-function"),
            ("trips_table", "trips-table"),
            ("注文", ""),
            ("9Lives", "lives"),
        ] {
            assert_eq!(kebab(name), kebab_case);
        }
    }

    #[test]
    fn references_become_expressions() {
        let phrases = [("${RawBucket}".to_owned(), "buckets.raw.name".to_owned())];
        assert_eq!(
            texts("s3://${RawBucket}/a/", &phrases),
            ["s3://${{ buckets.raw.name }}/a/", "buckets.raw/a/", "buckets.raw/a"]
        );
        assert_eq!(texts("${Other}", &phrases), [""; 0]);
        assert_eq!(texts("a ${!b}", &phrases), ["a ${b}"]);
    }
}
