//! `${…}` in texts.

use serde_json::Value as Json;

/// Replaces each `${name}` by what `part` gives for it; `${!name}` stands for `${name}` itself.
///
/// # Errors
/// The first error of `part`.
pub(super) fn replace(template: &str, part: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        match name.strip_prefix('!') {
            Some(literal) => text.push_str(&format!("${{{literal}}}")),
            None => text.push_str(&part(name.trim())?),
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// A scalar as CloudFormation writes it into a text; nothing for null.
pub(super) fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_literals_stay() {
        let upper = |name: &str| Ok(name.to_uppercase());
        assert_eq!(replace("a-${b}-${!c}-${ d }", upper), Ok("a-B-${c}-D".to_owned()));
        assert_eq!(replace("${open", upper), Ok("${open".to_owned()));
        assert_eq!(replace("$ { } $$", upper), Ok("$ { } $$".to_owned()));
        assert_eq!(replace("é${ü}", upper), Ok("éÜ".to_owned()));
        assert_eq!(replace("${a}${b}", |name| Err(name.to_owned())), Err("a".to_owned()));
    }
}
