//! How a live value may be spelled in the document.

use serde_json::{Value as Json, json};

const DURATIONS: &[(&str, f64)] = &[("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
const SIZES: &[(&str, f64)] = &[("KiB", 1_024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0)];

/// The most spellings of one value that are tried.
const MOST: usize = 16;

/// Spellings of `live`, the likeliest first. `old` is what stands there, `was` what it came to, and `words` are those
/// that the language has at the place.
pub fn spellings(old: Option<&str>, was: Option<&Json>, live: &Json, words: &[String]) -> Vec<Json> {
    let mut all: Vec<Json> = Vec::new();
    let number = live.as_f64().or_else(|| live.as_str().and_then(|text| text.parse().ok()));
    if let (Some(old), Some(number)) = (old, number) {
        let was = was.and_then(|was| was.as_f64().or_else(|| was.as_str()?.parse().ok()));
        all.extend(scaled(old, was, number).map(Json::from));
    }
    if let Some(text) = live.as_str() {
        let plain = |word: &str| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let mut near: Vec<&String> = words.iter().filter(|word| plain(word) == plain(text)).collect();
        let rest: Vec<&String> = words.iter().filter(|word| !near.contains(word)).collect();
        near.extend(rest.into_iter().take(MOST / 2));
        all.extend(near.into_iter().map(|word| json!(word)));
    }
    let is_quantity = old.is_some_and(|old| quantity(old).is_some());
    if !is_quantity {
        all.push(live.clone());
    }
    if let Some(old) = old.filter(|old| matches!(*old, "true" | "false")) {
        all.push(json!(old == "false"));
    }
    if let Some(text) = live.as_str() {
        all.extend(text.parse::<i64>().ok().map(Json::from));
        all.extend([json!(kebab(text)), json!(text.to_lowercase().replace('_', "-"))]);
    }
    if let Some(number) = number.filter(|number| number.fract() == 0.0 && *number >= 0.0) {
        let units = DURATIONS.iter().chain(SIZES).map(|(unit, _)| json!(format!("{number}{unit}")));
        all.extend(units);
        if old.is_none() {
            all.extend([json!(true), json!(false)]);
        }
    }
    if live.is_boolean() && old.is_none() {
        all.extend([json!(true), json!(false)]);
    }
    all.extend(words.iter().take(MOST / 2).map(|word| json!(word)));
    let mut once: Vec<Json> = Vec::new();
    for spelling in all {
        if !once.contains(&spelling) {
            once.push(spelling);
        }
    }
    once.truncate(MOST);
    once
}

/// A number with the unit of what stands there, or the greatest smaller one that leaves it whole.
fn scaled(old: &str, was: Option<f64>, live: f64) -> Option<String> {
    let (count, unit, units) = quantity(old)?;
    let (_, size) = units.iter().find(|(known, _)| *known == unit)?;
    let whole = count * size / was.filter(|was| *was != 0.0)? * live;
    let fits = |size: f64| size <= whole && (whole / size).fract() == 0.0;
    let (unit, size) = match fits(*size) {
        true => (unit, *size),
        false => units.iter().rev().find(|(_, size)| fits(*size)).map(|(unit, size)| (*unit, *size))?,
    };
    Some(format!("{}{unit}", whole / size))
}

type Quantity<'a> = (f64, &'a str, &'static [(&'static str, f64)]);

fn quantity(text: &str) -> Option<Quantity<'_>> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(end);
    let units = [DURATIONS, SIZES].into_iter().find(|units| units.iter().any(|(known, _)| *known == unit))?;
    Some((count.parse().ok()?, unit, units))
}

/// `OnDemand`, `ON_DEMAND` → `on-demand`.
pub fn kebab(text: &str) -> String {
    let mut out = String::new();
    let mut before = '-';
    for c in text.chars() {
        let starts = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if (starts || c == '_' || c == ' ' || c == '/') && !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if !matches!(c, '_' | ' ' | '/') {
            out.extend(c.to_lowercase());
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_keep_their_unit() {
        for (old, was, live, expected) in [
            ("24h", 24, 48, "48h"),
            ("24h", 24, 25, "25h"),
            ("7d", 168, 336, "14d"),
            ("7d", 168, 169, "169h"),
            ("5m", 300, 60, "1m"),
            ("5m", 300, 90, "90s"),
            ("128MiB", 128, 64, "64MiB"),
            ("1GiB", 1_024, 512, "512MiB"),
        ] {
            let first = spellings(Some(old), Some(&json!(was)), &json!(live), &[]).remove(0);
            assert_eq!(first, json!(expected), "{old}");
        }
    }

    #[test]
    fn words_are_those_of_the_language_first() {
        let words = ["provisioned".to_owned(), "on-demand".to_owned()];
        let all = spellings(Some("provisioned"), Some(&json!("PROVISIONED")), &json!("ON_DEMAND"), &words);
        assert_eq!(all[0], json!("on-demand"));
        assert_eq!(spellings(Some("false"), Some(&json!("DISABLED")), &json!("ENABLED"), &[])[1], json!(true));
        assert_eq!(kebab("OnDemand"), "on-demand");
        assert_eq!(kebab("ON_DEMAND"), "on-demand");
        assert_eq!(kebab("SHA256Hash"), "sha256-hash");
    }
}
