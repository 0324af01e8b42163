//! How a scalar is written so that readers of YAML 1.1 and of YAML 1.2 take it for the same value.

/// Words that some schema takes for a boolean, null or number, in lower case.
const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"];

/// Text on one line: plain where nothing can mistake it, else in single quotes, else in double quotes with escapes.
pub(super) fn inline(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_visible) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// The header of the literal block that gives back `text` exactly, or `None` where only quotes are safe.
///
/// Trailing blanks are quoted although a block could hold them: editors and linters strip them.
pub(super) fn literal(text: &str) -> Option<&'static str> {
    let body = text.trim_end_matches('\n');
    let first = body.trim_start_matches('\n').chars().next()?;
    let safe = text.contains('\n')
        && !matches!(first, ' ' | '\t')
        && text.chars().all(|c| is_visible(c) || matches!(c, '\n' | '\t'))
        && text.split('\n').all(|line| !line.ends_with([' ', '\t']));
    safe.then(|| match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    })
}

/// A number that stays a float for readers of YAML 1.1, which want a dot and a signed exponent.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let shortest = format!("{value:?}");
    let Some((mantissa, exponent)) = shortest.split_once('e') else { return shortest };
    let dot = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{mantissa}{dot}e{sign}{exponent}")
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/' | '$'))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:$@+=,;(){}* ".contains(c))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a character may stand in a file as itself: not a control, not a line break of any YAML version, and not
/// one that hides or reorders its neighbours on the screen.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_visible(c) => quoted.push(c),
            c => quoted.push_str(&escape(u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02X}"),
        0x100..=0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}
