use crate::analysis::System;
use crate::analysis::buildspec::entry;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/misplaced-runtimes",
        level: Level::Warning,
        page: include_str!("misplaced_runtimes.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    const KEY: &str = "runtime-versions";
    for buildspec in system.buildspecs() {
        let phases = buildspec.phases().iter().filter(|phase| phase.key.text != "install");
        let around = [Some(&buildspec.root), buildspec.get(&["phases"])].into_iter().flatten();
        for found in around.chain(phases.map(|phase| &phase.value)).filter_map(|node| entry(node, KEY)) {
            let message = "`runtime-versions` has a meaning only in the phase `install`, so no version is chosen here";
            findings.push(
                Diagnostic::new(&LINT.rule, &found.key.span, message)
                    .help("move `runtime-versions` under `phases`, `install`"),
            );
        }
        let Some(found) = buildspec.entry(&["phases", "install", KEY]) else { continue };
        let Some((image, value)) = buildspec.project.and_then(|project| project.image()) else { continue };
        let what = if !image.starts_with("aws/codebuild/") {
            "is not one of CodeBuild's own images"
        } else if image.contains("-lambda-") {
            "is an image for Lambda compute, which holds one runtime"
        } else {
            continue;
        };
        let message = format!("`{image}` {what}, so `runtime-versions` does not choose anything");
        findings.push(
            Diagnostic::new(&LINT.rule, &found.key.span, message)
                .related(&value.origin.span, "the image of the project")
                .help("remove `runtime-versions`, and choose an image that holds the version"),
        );
    }
}
