use crate::analysis::System;
use crate::analysis::stages::{actions, below, is_whole, rules};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/unused-artifact", level: Level::Info, page: include_str!("unused_artifact.md") },
    effect: Effect::Cost,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        // What the compiler made for a document is no choice of its author.
        if !site.stack.deployments.is_empty() || !is_whole(pipeline) {
            continue;
        }
        let actions = actions(pipeline);
        let of_rules = rules(pipeline).into_iter().flat_map(|rule| below(rule, "/InputArtifacts"));
        let of_rules = of_rules.filter_map(|artifact| look(artifact, "/Name").found());
        let read: Option<Vec<_>> =
            actions.iter().flat_map(|action| action.inputs()).chain(of_rules).map(text).collect();
        let Some(read) = read else { continue };
        // A source may be there only to start the pipeline, and cannot do without its artifact.
        for action in actions.iter().filter(|action| action.category().is_some_and(|category| category != "Source")) {
            // The last artifact may be made for something outside the pipeline.
            let read_later = actions.iter().any(|other| other.is_after(action) && !other.inputs().is_empty());
            for output in action.outputs().into_iter().filter(|_| read_later) {
                let Some(name) = text(output).filter(|name| !read.contains(name)) else { continue };
                let message = format!("no action reads the artifact `{name}`");
                let found = Diagnostic::new(&LINT.rule, &output.origin.span, message);
                findings.push(found.help("add it to the `InputArtifacts` of the action that needs it, or remove it"));
            }
        }
    }
}
