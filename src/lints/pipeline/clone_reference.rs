use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/clone-reference", level: Level::Warning, page: include_str!("clone_reference.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let actions = actions(&site.resource.properties);
        let clones = actions.iter().filter(|source| {
            source.category().as_deref() == Some("Source")
                && source.setting("OutputArtifactFormat").as_deref() == Some("CODEBUILD_CLONE_REF")
        });
        for source in clones {
            let Some(format) = source.configuration("OutputArtifactFormat").found() else { continue };
            let names: Vec<_> = source.outputs().into_iter().filter_map(text).collect();
            let readers = actions.iter().filter(|action| reads_archives(action.category().as_deref()));
            for (reader, input) in readers.flat_map(|reader| reader.inputs().into_iter().map(move |it| (reader, it))) {
                let Some(name) = text(input).filter(|name| names.contains(name)) else { continue };
                let provider = reader.provider().filter(|provider| provider != "InspectorScan");
                let Some(provider) = provider else { continue };
                let message = format!(
                    "`{name}` is a reference to a Git repository, which only a build can clone, and an action \
                     `{provider}` reads it"
                );
                let found = Diagnostic::new(&LINT.rule, &input.origin.span, message);
                let found = found.related(&format.origin.span, "a reference and no archive");
                findings
                    .push(found.help("read the output of a build, or remove `OutputArtifactFormat` from the source"));
            }
        }
    }
}

/// Builds clone, and so may an action of commands.
fn reads_archives(category: Option<&str>) -> bool {
    matches!(category, Some("Deploy" | "Invoke"))
}
