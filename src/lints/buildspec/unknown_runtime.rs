use crate::analysis::System;
use crate::analysis::buildspec::{Buildspec, entries};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::facts::codebuild::{self, Image};
use crate::lints::{Effect, Lint};
use crate::syntax::Entry;
use std::borrow::Cow;
use std::collections::BTreeSet;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unknown-runtime", level: Level::Warning, page: include_str!("unknown_runtime.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let image = buildspec.project.map(|project| project.image());
        let image = match &image {
            None => None,
            Some(Some((name, _))) => match Image::get(name) {
                Some(image) => Some((image, name)),
                None => continue,
            },
            Some(None) => continue,
        };
        let runtimes = buildspec.get(&["phases", "install", "runtime-versions"]).map(entries).unwrap_or_default();
        for entry in runtimes {
            findings.extend(runtime(buildspec, entry, image));
        }
    }
}

fn runtime(buildspec: &Buildspec<'_>, entry: &Entry, image: Option<(Image, &Cow<'_, str>)>) -> Option<Diagnostic> {
    let name = entry.key.text.as_str();
    let known = match image {
        Some((image, _)) => image.runtimes(),
        None => codebuild::runtimes().into_iter().collect(),
    };
    if !known.contains(&name) {
        let message = match image {
            Some((_, image)) => {
                format!("`{image}` has no runtime `{name}`, and the build stops before its first command")
            }
            None => {
                format!("no image of CodeBuild has a runtime `{name}`, and the build stops before its first command")
            }
        };
        let help = match (name, nearest(name, known.iter().copied())) {
            ("node", _) => "write `nodejs`".to_owned(),
            ("go", _) => "write `golang`".to_owned(),
            ("docker", _) => "remove it: the image has Docker, and its version cannot be chosen".to_owned(),
            (_, Some(meant)) => format!("write `{meant}`"),
            _ => format!("use {}, or install it by a command", list(known.iter().copied())),
        };
        return Some(Diagnostic::new(&LINT.rule, &entry.key.span, message).help(help));
    }
    let version = buildspec.text(&entry.value)?;
    let versions: Vec<&str> = match image {
        Some((image, _)) => image.versions(name)?,
        None => codebuild::images()
            .filter_map(|image| image.versions(name))
            .flatten()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
    };
    let installs = image.is_none_or(|(image, _)| image.installs());
    if name == "docker" || is_there(version, &versions, installs) {
        return None;
    }
    let why = match installs && !version.starts_with("openjdk") {
        true => "so every build installs it anew, which is slow and can fail",
        false => "so the build stops before its first command",
    };
    let message = match image {
        Some((_, image)) => format!("`{image}` does not hold {name} `{version}`, {why}"),
        None => format!("no image of CodeBuild holds {name} `{version}`, {why}"),
    };
    let help = format!("use {}, or another image", list(versions));
    Some(Diagnostic::new(&LINT.rule, &entry.value.span, message).help(help))
}

/// Whether a version is held, is a pattern or a patch of one that is, or is left to the shell.
fn is_there(version: &str, held: &[&str], installs: bool) -> bool {
    if version == "latest" || version.contains('$') || held.contains(&version) {
        return true;
    }
    if let Some(prefix) = version.strip_suffix(".x") {
        return held.iter().any(|held| *held == prefix || held.starts_with(&format!("{prefix}.")));
    }
    installs
        && held.iter().any(|held| {
            let bare = held.trim_start_matches("corretto");
            version == bare
                || version.strip_prefix(bare).is_some_and(|rest| rest.starts_with('.'))
                || bare.strip_suffix(".0") == Some(version)
        })
}
