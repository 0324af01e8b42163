use crate::analysis::System;
use crate::analysis::buildspec::{Buildspec, entries, places, walk};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::facts::codebuild::{PHASES, keys};
use crate::lints::{Effect, Lint};
use crate::syntax::Entry;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unknown-key", level: Level::Warning, page: include_str!("unknown_key.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for (path, keys) in keys() {
            for entry in places(&buildspec.root, path).into_iter().flat_map(entries) {
                let key = entry.key.text.as_str();
                let is_known = keys.contains(&key) || key == "runtime-versions" || key == "<<";
                let is_old = buildspec.version() == Some("0.1") && OLD.contains(&(path, key));
                if is_known || is_old || !buildspec.knows(key) || path.is_empty() && is_scratch(buildspec, entry) {
                    continue;
                }
                findings.push(finding(path, &keys, entry));
            }
        }
    }
}

/// What version 0.1 had besides.
const OLD: &[(&str, &str)] = &[("", "environment_variables"), ("/artifacts", "type")];

fn finding(path: &str, keys: &[&str], entry: &Entry) -> Diagnostic {
    let key = entry.key.text.as_str();
    let whereabouts = match (path.trim_start_matches('/'), path.strip_suffix("/*")) {
        ("", _) => "at the top of a buildspec".to_owned(),
        (_, Some(list)) => format!("in an entry of `{}`", list.rsplit('/').next().unwrap_or(list)),
        (place, None) => format!("in `{}`", place.rsplit('/').next().unwrap_or(place)),
    };
    let message = format!("there is no key `{key}` {whereabouts}, so CodeBuild ignores it or refuses the file");
    let help = match (path, nearest(key, keys.iter().copied())) {
        ("", _) if PHASES.contains(&key) => format!("indent `{key}` under `phases`"),
        (_, Some(meant)) => format!("write `{meant}`"),
        _ => format!("use {}", list(keys.iter().copied())),
    };
    Diagnostic::new(&LINT.rule, &entry.key.span, message).help(help)
}

/// A place for anchors: named like one, or used by an alias elsewhere.
fn is_scratch(buildspec: &Buildspec<'_>, entry: &Entry) -> bool {
    if entry.key.text.starts_with(['.', '_']) || entry.key.text.starts_with("x-") {
        return true;
    }
    let mut is_used = false;
    let (_, start, end) = entry.value.span.order();
    walk(&buildspec.root, &mut |node| {
        is_used |= node.used_at.is_some() && start <= node.span.start && node.span.end <= end;
    });
    is_used
}
