//! The query of a `MetadataExtraction` processor: `{city: .city, day: .at | strftime("%d")}`.

/// The keys that a query makes of a record; `None` for a query that is more than an object of plain keys.
pub fn keys(query: &str) -> Option<Vec<String>> {
    let inner = query.trim().strip_prefix('{')?.strip_suffix('}')?;
    let entries = split(inner)?;
    entries.into_iter().filter(|entry| !entry.trim().is_empty()).map(|entry| key(entry.trim())).collect()
}

/// `city` of `city: .city`, `"city": .city` and `city`.
fn key(entry: &str) -> Option<String> {
    let (key, rest) = match entry.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => entry.split_at(entry.find(|c: char| !is_word(c)).unwrap_or(entry.len())),
    };
    let rest = rest.trim_start();
    let plain = !key.is_empty() && key.chars().all(|c| is_word(c) || c == '-');
    (plain && (rest.is_empty() || rest.starts_with(':'))).then(|| key.to_owned())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The parts between commas that stand in no bracket and no text; `None` when brackets or quotes do not match.
fn split(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (depth == 0 && !quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn the_keys_of_an_object_are_read() {
        for query in [
            "{city: .city, day: .at | strftime(\"%d, {\")}",
            "{\"city\":.city,\"day\":(.at|[.[0],.[1]])}",
            " { city , day: {a: 1} } ",
        ] {
            assert_eq!(keys(query), Some(vec!["city".to_owned(), "day".to_owned()]), "{query}");
        }
    }

    #[test]
    fn what_is_more_than_an_object_is_not_known() {
        for query in [".a | {city: .city}", "{city: .a} | {day: .b}", "{(.name): .city}", "{$city}", "{city: \"a}"] {
            assert_eq!(keys(query), None, "{query}");
        }
    }
}
