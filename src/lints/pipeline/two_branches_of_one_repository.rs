use crate::analysis::System;
use crate::analysis::change::{Detection, detection};
use crate::analysis::stages::{Action, actions, is_whole};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/two-branches-of-one-repository",
        level: Level::Warning,
        page: include_str!("two_branches_of_one_repository.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        // With triggers the branches of the actions start nothing.
        if !look(pipeline, "/Triggers").is_absent() || !is_whole(pipeline) {
            continue;
        }
        let actions = actions(pipeline);
        let listens = |action: &&Action<'_>| {
            action.is("Source", "CodeStarSourceConnection") && detection(action) == Detection::Itself
        };
        let sources: Vec<_> = actions.iter().filter(listens).collect();
        for (at, source) in sources.iter().enumerate() {
            let Some(earlier) = sources[..at].iter().find(|earlier| is_same_repository(earlier, source)) else {
                continue;
            };
            let (Some(branch), Some(other)) = (source.setting("BranchName"), earlier.setting("BranchName")) else {
                continue;
            };
            let Some(value) = source.configuration("BranchName").found().filter(|_| branch != other) else { continue };
            let message =
                format!("the pipeline reads `{branch}` and `{other}` of one repository, and only one starts it");
            let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
            let found = found.related(&earlier.value.origin.span, "the other action");
            findings.push(found.help("write `DetectChanges: false` in one of them, or make two pipelines"));
        }
    }
}

fn is_same_repository(one: &Action<'_>, other: &Action<'_>) -> bool {
    let same = |key: &str| {
        let (one, other) = (one.configuration(key).found(), other.configuration(key).found());
        one.is_some() && one == other
    };
    same("FullRepositoryId") && same("ConnectionArn")
}
