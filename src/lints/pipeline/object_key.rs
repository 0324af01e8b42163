use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::boolean;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/object-key", level: Level::Warning, page: include_str!("object_key.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Deploy", "S3")) {
            let Some(extract) = action.configuration("Extract").found() else { continue };
            if boolean(extract) == Some(false) && action.configuration("ObjectKey").is_absent() {
                let message = "the artifact is written as one object, and no `ObjectKey` names it";
                let found = Diagnostic::new(&LINT.rule, extract.key_span(), message);
                findings.push(found.help("add `ObjectKey`, or write `Extract: true`"));
            }
        }
    }
}
