use crate::analysis::System;
use crate::analysis::glob::{Glob, Malformed, Subject, regex_sign};
use crate::analysis::triggers::{Patterns, filters};
use crate::analysis::value::text;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/glob-matches-nothing",
        level: Level::Warning,
        page: include_str!("glob_matches_nothing.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for patterns in filters(&site.resource.properties).iter().flat_map(|filter| filter.patterns()) {
            let all = patterns.includes.iter().chain(&patterns.excludes);
            let dead: Vec<_> = all.filter_map(|value| matches_nothing(value, patterns.subject)).collect();
            match dead.is_empty() {
                true => findings.extend(all_excluded(&patterns)),
                false => findings.extend(dead),
            }
        }
    }
}

fn matches_nothing(value: &Value, subject: Subject) -> Option<Diagnostic> {
    let pattern = text(value).filter(|pattern| regex_sign(pattern, subject).is_none())?;
    let noun = subject.noun();
    let reason = match Glob::parse(&pattern) {
        Ok(glob) => glob.never(subject)?,
        Err(malformed) => malformed.reason().to_owned(),
    };
    let help = match mended(&pattern, subject) {
        Some(mended) => format!("write `{mended}`"),
        None => format!("write a pattern that a {noun} can match"),
    };
    let message = format!("`{pattern}` matches no {noun}: {reason}");
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help))
}

/// The pattern without what keeps it from matching, where that is plain.
fn mended(pattern: &str, subject: Subject) -> Option<String> {
    let mut rest = pattern;
    for prefix in ["refs/heads/", "refs/tags/", "./", "/"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    let whole = rest.strip_suffix('/').map_or_else(|| rest.to_owned(), |folder| format!("{folder}/**"));
    let fits = Glob::parse(&whole).is_ok_and(|glob| glob.never(subject).is_none());
    (fits && whole != pattern && !whole.is_empty()).then_some(whole)
}

/// Excludes win: what is left when each include is covered by one of them is nothing.
fn all_excluded(patterns: &Patterns<'_>) -> Option<Diagnostic> {
    let includes: Vec<_> = patterns.includes.iter().map(|value| text(value)).collect::<Option<_>>()?;
    let first = patterns.excludes.first().filter(|_| !includes.is_empty())?;
    let covers = |exclude: &str, include: &str| {
        let literal = !include.contains(['*', '?', '[', '{', '\\']);
        let glob: Result<Glob, Malformed> = Glob::parse(exclude);
        exclude == include || exclude == "**" || (literal && glob.is_ok_and(|glob| glob.matches(include)))
    };
    let excludes: Vec<_> = patterns.excludes.iter().filter_map(|value| text(value)).collect();
    let nothing = includes.iter().all(|include| excludes.iter().any(|exclude| covers(exclude, include)));
    nothing.then(|| {
        let message = format!("every {} that is included is excluded again, and excludes win", patterns.subject.noun());
        let found = Diagnostic::new(&LINT.rule, &first.origin.span, message).help("remove what is not to be excluded");
        patterns
            .includes
            .iter()
            .take(1)
            .fold(found, |found, include| found.related(&include.origin.span, "included here"))
    })
}
