use super::common::deploys;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/deploys-after-failure",
        level: Level::Warning,
        page: include_str!("deploys_after_failure.md"),
    },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    const VARIABLE: &str = "CODEBUILD_BUILD_SUCCEEDING";
    for buildspec in system.buildspecs() {
        let in_phase = |name: &'static str| buildspec.commands.iter().filter(move |command| command.phase == name);
        let aborts = buildspec
            .get(&["phases", "build", "on-failure"])
            .is_some_and(|node| buildspec.text(node) != Some("CONTINUE"));
        let is_tested = in_phase("post_build").any(|command| command.text.contains(VARIABLE));
        let builds: Vec<_> =
            in_phase("build").filter_map(|command| command.script.as_ref()).flat_map(|script| &script.calls).collect();
        if aborts || is_tested || builds.is_empty() {
            continue;
        }
        let only_images = builds
            .iter()
            .all(|call| ["docker", "echo", "printf", "cd", "export", "date"].iter().any(|name| call.is(name)));
        for command in in_phase("post_build").filter(|command| !command.is_finally) {
            let calls = command.script.iter().flat_map(|script| &script.calls);
            let Some(call) = calls.into_iter().find(|call| deploys(call) && !(only_images && call.is("docker"))) else {
                continue;
            };
            let name = call.name.as_deref().unwrap_or_default();
            let message = format!(
                "the phase `post_build` runs after a failed build as well, so this `{name}` publishes what a build left behind"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &command.span, message)
                    .label("runs whether or not the build succeeded")
                    .help(format!(
                        "begin `post_build` with `if [ \"${VARIABLE}\" = 0 ]; then exit 1; fi`, or move this to the end of `build`"
                    )),
            );
            break;
        }
    }
}
