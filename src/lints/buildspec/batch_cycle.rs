use super::common::{BatchBuild, batch_builds};
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/batch-cycle", level: Level::Warning, page: include_str!("batch_cycle.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let builds = batch_builds(buildspec, "build-graph");
        for build in &builds {
            let Some(cycle) = way_back(build, &builds) else { continue };
            let names: Vec<&str> = cycle.iter().map(|build| build.identifier).collect();
            let message = format!("`{}` waits for itself by way of {}", build.identifier, list(names.iter().copied()));
            let is_first = builds.iter().find(|other| names.contains(&other.identifier)).map(|first| first.identifier);
            if is_first != Some(build.identifier) {
                continue;
            }
            findings.push(
                Diagnostic::new(&LINT.rule, &build.span, message)
                    .label("CodeBuild refuses a batch with a cycle")
                    .help("take one of these builds out of the `depend-on` of another"),
            );
        }
    }
}

/// The builds on a way from `start` back to itself, `start` last.
fn way_back<'b, 'n>(start: &BatchBuild<'n>, builds: &'b [BatchBuild<'n>]) -> Option<Vec<&'b BatchBuild<'n>>> {
    fn follow<'b, 'n>(
        name: &str,
        goal: &str,
        builds: &'b [BatchBuild<'n>],
        way: &mut Vec<&'b BatchBuild<'n>>,
        seen: &mut Vec<String>,
    ) -> bool {
        let Some(build) = builds.iter().find(|build| build.identifier == name) else { return false };
        if seen.iter().any(|before| before == name) {
            return false;
        }
        seen.push(name.to_owned());
        way.push(build);
        if name == goal || build.depends_on.iter().any(|(next, _)| follow(next, goal, builds, way, seen)) {
            return true;
        }
        way.pop();
        false
    }
    start.depends_on.iter().find_map(|(next, _)| {
        let mut way = Vec::new();
        follow(next, start.identifier, builds, &mut way, &mut Vec::new()).then_some(way)
    })
}
