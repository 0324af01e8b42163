use crate::analysis::System;
use crate::analysis::project::Setting;
use crate::analysis::value::{Look, items, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/cache-without-store",
        level: Level::Warning,
        page: include_str!("cache_without_store.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(project) = buildspec.project else { continue };
        let Some(cache) = buildspec.entry(&["cache"]) else { continue };
        let (message, help) = match project.text("/Cache/Type") {
            Setting::Known(kind, _) if kind == "NO_CACHE" => (NOWHERE, "give the project a `Cache` of the type `S3`"),
            Setting::Absent if project.look("/Cache").is_absent() => {
                (NOWHERE, "give the project a `Cache` of the type `S3`")
            }
            Setting::Known(kind, _) if kind == "LOCAL" && lacks_custom_mode(project.look("/Cache/Modes")) => (
                "the buildspec keeps paths, but the local cache of the project has no mode that keeps them",
                "add `LOCAL_CUSTOM_CACHE` to the `Modes` of the `Cache`",
            ),
            _ => continue,
        };
        findings.push(
            Diagnostic::new(&LINT.rule, &cache.key.span, message)
                .related(&project.site.resource.origin.span, "the project")
                .help(help),
        );
    }
}

const NOWHERE: &str = "the buildspec keeps paths in a cache, but the project has none, so nothing is kept";

fn lacks_custom_mode(modes: Look<'_>) -> bool {
    let Look::Found(list) = modes else { return false };
    let modes: Vec<_> = items(list).into_iter().map(text).collect();
    !modes.is_empty() && modes.iter().all(|mode| mode.as_deref().is_some_and(|mode| mode != "LOCAL_CUSTOM_CACHE"))
}
