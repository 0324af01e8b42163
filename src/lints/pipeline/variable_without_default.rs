use crate::analysis::System;
use crate::analysis::change::{Detection, detection};
use crate::analysis::stages::{actions, below, text_at};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/variable-without-default",
        level: Level::Warning,
        page: include_str!("variable_without_default.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let actions = actions(pipeline);
        let mut sources = actions.iter().filter(|action| action.category().as_deref() == Some("Source"));
        let Some(source) = sources.find(|source| detection(source) == Detection::Itself) else { continue };
        for variable in below(pipeline, "/Variables") {
            if !look(variable, "/DefaultValue").is_absent() {
                continue;
            }
            let name = text_at(variable, "/Name").map(|name| format!(" `{name}`")).unwrap_or_default();
            let message =
                format!("the variable{name} has no default, and a change that starts the pipeline gives it none");
            let found = Diagnostic::new(&LINT.rule, &variable.origin.span, message);
            let found = found.related(&source.value.origin.span, "changes of this source start the pipeline");
            findings.push(found.help("add a `DefaultValue`"));
        }
    }
}
