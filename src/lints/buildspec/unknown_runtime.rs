use crate::analysis::System;
use crate::analysis::buildspec::{Buildspec, entries};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::facts::codebuild::{self, Image};
use crate::lints::{Effect, Lint};
use crate::syntax::Entry;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unknown-runtime", level: Level::Warning, page: include_str!("unknown_runtime.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let runtimes = buildspec.get(&["phases", "install", "runtime-versions"]).map(entries).unwrap_or_default();
        match buildspec.project.map(|project| project.image()) {
            None => findings.extend(runtimes.iter().filter_map(in_any_image)),
            Some(Some((name, _))) => {
                let Some(image) = Image::get(&name) else { continue };
                findings.extend(runtimes.iter().filter_map(|entry| in_image(buildspec, entry, image, &name)));
            }
            Some(None) => {}
        }
    }
}

/// A buildspec alone does not say its image, and older images had other versions, so only names are certain.
fn in_any_image(entry: &Entry) -> Option<Diagnostic> {
    let name = entry.key.text.as_str();
    let known: Vec<&str> = codebuild::runtimes().into_iter().chain(["android"]).collect();
    if known.contains(&name) {
        return None;
    }
    let message = format!("no image of CodeBuild has a runtime `{name}`, and the build stops before its first command");
    Some(Diagnostic::new(&LINT.rule, &entry.key.span, message).help(meant(name, &known)))
}

fn in_image(buildspec: &Buildspec<'_>, entry: &Entry, image: Image, image_name: &str) -> Option<Diagnostic> {
    let name = entry.key.text.as_str();
    let Some(versions) = image.versions(name) else {
        let message = format!("`{image_name}` has no runtime `{name}`, and the build stops before its first command");
        return Some(Diagnostic::new(&LINT.rule, &entry.key.span, message).help(meant(name, &image.runtimes())));
    };
    let version = buildspec.text(&entry.value)?;
    if name == "docker" || is_there(version, &versions, image.installs()) {
        return None;
    }
    let why = match image.installs() && !version.starts_with("openjdk") {
        true => "so every build installs it anew, which is slow and can fail",
        false => "so the build stops before its first command",
    };
    let message = format!("`{image_name}` does not hold {name} `{version}`, {why}");
    let help = format!("use {}, or another image", list(versions));
    Some(Diagnostic::new(&LINT.rule, &entry.value.span, message).help(help))
}

fn meant(name: &str, known: &[&str]) -> String {
    match (name, nearest(name, known.iter().copied())) {
        ("node", _) => "write `nodejs`".to_owned(),
        ("go", _) => "write `golang`".to_owned(),
        ("docker", _) => "remove it: the image has Docker, and its version cannot be chosen".to_owned(),
        (_, Some(meant)) => format!("write `{meant}`"),
        _ => format!("use {}, or install it by a command", list(known.iter().copied())),
    }
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
