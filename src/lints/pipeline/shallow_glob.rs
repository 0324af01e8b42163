use crate::analysis::System;
use crate::analysis::glob::{Glob, Subject};
use crate::analysis::triggers::{Patterns, filters};
use crate::analysis::value::text;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/shallow-glob", level: Level::Warning, page: include_str!("shallow_glob.md") },
    effect: Effect::Silent,
    check,
};

/// The first parts of branch names after which people write a `/`.
const BRANCHES: &[&str] =
    &["bugfix", "chore", "dependabot", "feat", "feature", "features", "fix", "hotfix", "renovate", "users"];

/// The folders that nearly always have folders below them.
const FOLDERS: &[&str] = &["app", "apps", "lib", "libs", "modules", "packages", "services", "src"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for patterns in filters(&site.resource.properties).iter().flat_map(|filter| filter.patterns()) {
            findings.extend(patterns.includes.iter().filter_map(|value| shallow(value, &patterns)));
        }
    }
}

fn shallow(value: &Value, patterns: &Patterns<'_>) -> Option<Diagnostic> {
    let pattern = text(value)?;
    let (missed, instead) = meant(&pattern, patterns.subject)?;
    let others = patterns.includes.iter().filter_map(|other| Glob::parse(&text(other)?).ok());
    let unknown = patterns.includes.iter().any(|other| text(other).is_none());
    if unknown || others.into_iter().any(|other| other.matches(&missed)) {
        return None;
    }
    let noun = patterns.subject.noun();
    let message = format!("`{pattern}` does not match the {noun} `{missed}`: one `*` stays within one part of a name");
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(format!("write `{instead}`")))
}

/// A name that the pattern should match but does not, and the pattern that does.
fn meant(pattern: &str, subject: Subject) -> Option<(String, String)> {
    match subject {
        Subject::Branch if pattern == "*" => Some(("feature/x".to_owned(), "**".to_owned())),
        Subject::Branch => {
            let word = pattern.strip_suffix(".*").or_else(|| pattern.strip_suffix('*'))?;
            BRANCHES.contains(&word).then(|| (format!("{word}/x"), format!("{word}/**")))
        }
        Subject::FilePath if pattern == "*" => Some(("src/main".to_owned(), "**".to_owned())),
        Subject::FilePath => {
            let folder = pattern.strip_suffix("/*")?;
            let name = folder.rsplit('/').next()?;
            FOLDERS.contains(&name).then(|| (format!("{folder}/a/b"), format!("{folder}/**")))
        }
        Subject::Tag => None,
    }
}
