//! A `build.gradle` or `build.gradle.kts`: the Java that it compiles for, and the parts of Flink that it names.

use std::sync::Arc;

use super::tokens::{Comments, Placed, tokens};
use super::{Build, Dependency, java_level};
use crate::source::{Located, SourceFile, Span};

const FLINK: &str = "org.apache.flink:";

pub(super) fn read(file: &Arc<SourceFile>) -> Build {
    let tokens = tokens(file.text(), Comments::Slashes);
    let java = release(&tokens, file)
        .or_else(|| compatibility("targetCompatibility", &tokens, file))
        .or_else(|| compatibility("sourceCompatibility", &tokens, file))
        .or_else(|| toolchain(&tokens, file));
    let named = tokens.iter().enumerate().filter_map(|(at, token)| {
        let is_of_tests = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(is_of_tests)
            || at.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(is_of_tests);
        let text = token.text().filter(|_| !is_of_tests)?;
        let (artifact, version) = text.strip_prefix(FLINK)?.split_once(':')?;
        let version = resolve(version, &tokens)?;
        let span = Span::new(file, token.start, token.start + text.len());
        Some(Located::new(Dependency { artifact: artifact.to_owned(), version }, span))
    });
    Build { java, dependencies: named.collect() }
}

/// `testImplementation`
fn is_of_tests(token: &Placed<'_>) -> bool {
    token.word().is_some_and(|word| word.starts_with("test"))
}

/// `options.release = 11` or `options.release.set(11)`
fn release(tokens: &[Placed<'_>], file: &Arc<SourceFile>) -> Option<Located<u64>> {
    (0..tokens.len()).find_map(|at| {
        let [options, dot, release, rest @ ..] = tokens.get(at..)? else { return None };
        if !options.is_word("options") || !dot.is_sign('.') || !release.is_word("release") {
            return None;
        }
        match rest {
            [equals, level, ..] if equals.is_sign('=') => level_at(level, file),
            [dot, set, open, level, ..] if dot.is_sign('.') && set.is_word("set") && open.is_sign('(') => {
                level_at(level, file)
            }
            _ => None,
        }
    })
}

/// `targetCompatibility = '11'`, `= 1.8`, `= JavaVersion.VERSION_11`
fn compatibility(name: &str, tokens: &[Placed<'_>], file: &Arc<SourceFile>) -> Option<Located<u64>> {
    let at = tokens.iter().position(|token| token.is_word(name))?;
    let rest = tokens.get(at + 1..)?;
    let rest = match rest {
        [equals, rest @ ..] if equals.is_sign('=') => rest,
        rest => rest,
    };
    match rest {
        [class, dot, level, ..] if class.is_word("JavaVersion") && dot.is_sign('.') => level_at(level, file),
        [one, dot, level, ..] if one.is_word("1") && dot.is_sign('.') => level_at(level, file),
        [level, ..] => level_at(level, file),
        [] => None,
    }
}

/// `languageVersion = JavaLanguageVersion.of(17)`
fn toolchain(tokens: &[Placed<'_>], file: &Arc<SourceFile>) -> Option<Located<u64>> {
    tokens.windows(5).find_map(|window| match window {
        [class, dot, of, open, level]
            if class.is_word("JavaLanguageVersion") && dot.is_sign('.') && of.is_word("of") && open.is_sign('(') =>
        {
            level_at(level, file)
        }
        _ => None,
    })
}

fn level_at(token: &Placed<'_>, file: &Arc<SourceFile>) -> Option<Located<u64>> {
    let text = token.text().or(token.word())?;
    let number = text.strip_prefix("VERSION_").unwrap_or(text).replace('_', ".");
    Some(Located::new(java_level(&number)?, Span::new(file, token.start, token.start + text.len())))
}

/// A version in which `$name` and `${name}` stand for texts that are assigned to names of the same file.
fn resolve(version: &str, tokens: &[Placed<'_>]) -> Option<String> {
    let mut parts = version.split('$');
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{') {
            Some(inside) => inside.split_once('}')?,
            None => part.split_at(part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len())),
        };
        let value = tokens.windows(3).find_map(|window| match window {
            [it, equals, value] if it.is_word(name) && equals.is_sign('=') => value.text(),
            _ => None,
        });
        resolved.push_str(value.filter(|value| !value.contains('$'))?);
        resolved.push_str(rest);
    }
    Some(resolved)
}
