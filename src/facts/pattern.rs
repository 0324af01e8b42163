//! Patterns of the registry's schemas.

use std::sync::OnceLock;

use regex::Regex;

/// A regular expression that is compiled when it is first used.
#[derive(Debug)]
pub struct Pattern {
    pub text: String,
    compiled: OnceLock<Option<Regex>>,
    /// The same for texts of ASCII alone: Unicode's categories take long to compile.
    of_ascii: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new(), of_ascii: OnceLock::new() }
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        Regex::new(&self.text).is_ok() && Regex::new(&within_ascii(&self.text)).is_ok()
    }

    /// Whether a text has a part that fits. One line feed at the end does not count, as it does not for Java.
    pub fn fits(&self, text: &str) -> bool {
        let regex = match text.is_ascii() {
            true => self.of_ascii.get_or_init(|| Regex::new(&within_ascii(&self.text)).ok()),
            false => self.compiled.get_or_init(|| Regex::new(&self.text).ok()),
        };
        regex.as_ref().is_none_or(|regex| {
            regex.is_match(text) || text.strip_suffix('\n').is_some_and(|text| regex.is_match(text))
        })
    }
}

/// Unicode's categories and the characters of ASCII that they hold.
const CATEGORIES: &[(&str, &str)] = &[
    ("\\p{L}", "A-Za-z"),
    ("\\p{M}", ""),
    ("\\p{N}", "0-9"),
    ("\\p{P}", "!\"#%\\&'()*,\\-./:;?@\\[\\\\\\]_{}"),
    ("\\p{S}", "$+<=>\\^`|\\~"),
    ("\\p{Z}", " "),
];

/// A pattern that fits the same texts of ASCII, without the categories that stand in brackets.
fn within_ascii(pattern: &str) -> String {
    let mut text = pattern.to_owned();
    for (category, characters) in CATEGORIES {
        text = text.replace(category, characters);
    }
    // A category that stands alone, or an empty class, is left to the pattern itself.
    let alone = pattern.match_indices("\\p{").any(|(at, _)| !is_in_class(&pattern[..at]));
    if alone || text.contains("[]") || text.contains("[^]") { pattern.to_owned() } else { text }
}

/// Whether a text that begins a pattern ends inside of brackets.
fn is_in_class(beginning: &str) -> bool {
    let mut inside = false;
    let mut characters = beginning.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_for_ascii_fits_the_same_texts() {
        for text in ["^[\\p{L}\\p{M}]$", "^[^\\p{P}]$", "^[\\p{S}\\p{N}]$", "^[\\p{Z}x]$", "^\\p{L}$", "^[\\p{M}]$"] {
            let (whole, ascii) = (Regex::new(text).unwrap(), Regex::new(&within_ascii(text)).unwrap());
            for character in ('\0'..='\x7F').map(String::from) {
                assert_eq!(whole.is_match(&character), ascii.is_match(&character), "{text} {character:?}");
            }
        }
        assert!(Pattern::new("^[\\p{L}]+$").fits("größe\n"));
    }
}
