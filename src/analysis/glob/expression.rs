//! Regular expressions written where a glob is wanted.

use super::{Glob, Subject};

/// What in a pattern is regular expression and not glob, e.g. `\\d`; `None` for what may well be meant as a glob.
pub fn regex_sign(pattern: &str, subject: Subject) -> Option<&'static str> {
    let escapes = ["\\d", "\\w", "\\s", "\\S", "\\.", "\\/", "\\b"];
    if pattern.starts_with('^') {
        return Some("^");
    }
    if pattern.ends_with('$') {
        return Some("$");
    }
    if let Some(escape) = escapes.into_iter().find(|escape| pattern.contains(escape)) {
        return Some(escape);
    }
    let choice = pattern.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    if choice.is_some_and(|(inside, _)| inside.contains('|')) {
        return Some("(…|…)");
    }
    let after = |sign: &str, before: &[char]| {
        let mut places = pattern.match_indices(sign);
        places.any(|(at, _)| pattern[..at].chars().next_back().is_none_or(|last| before.contains(&last)))
    };
    if subject != Subject::FilePath && after(".*", &['/', '-', '_']) {
        return Some(".*");
    }
    pattern.ends_with(".+").then_some(".+")
}

/// The glob that was probably meant by a regular expression; `None` when it does not translate.
pub fn from_regex(pattern: &str, subject: Subject) -> Option<String> {
    let mut text = pattern.trim_start_matches('^').trim_end_matches('$').to_owned();
    for (regex, glob) in [(".*", "**"), (".+", "?**"), ("\\d+", "[0-9]*"), ("\\d", "[0-9]"), ("\\.", "."), ("\\/", "/")]
    {
        text = text.replace(regex, glob);
    }
    if text.contains('|') {
        text = text.replace('(', "{").replace(')', "}").replace('|', ",");
    }
    let fits = !text.contains(['\\', '+', '(', '^', '$']) && regex_sign(&text, subject).is_none();
    let glob = Glob::parse(&text).ok().filter(|_| fits)?;
    glob.never(subject).is_none().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions_are_told_from_globs() {
        for (pattern, glob) in [
            ("^main$", Some("main")),
            ("feature/.*", Some("feature/**")),
            ("release-.*", Some("release-**")),
            ("v\\d+\\.\\d+", Some("v[0-9]*.[0-9]*")),
            ("^(main|develop)$", Some("{main,develop}")),
            ("hotfix/.+", Some("hotfix/?**")),
            ("v\\w+", None),
        ] {
            assert!(regex_sign(pattern, Subject::Branch).is_some(), "{pattern}");
            assert_eq!(from_regex(pattern, Subject::Branch).as_deref(), glob, "{pattern}");
        }
        for pattern in ["v1.*", "release-1.*", "main", "feature/**", "{main,develop}", "v[0-9]*", "release.*"] {
            assert_eq!(regex_sign(pattern, Subject::Branch), None, "{pattern}");
        }
        for pattern in ["**/.*", ".github/**", "src/index.*", "lib/c++/**", "\\[id\\].ts"] {
            assert_eq!(regex_sign(pattern, Subject::FilePath), None, "{pattern}");
        }
    }
}
