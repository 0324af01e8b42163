use crate::analysis::System;
use crate::analysis::stages::{actions, json_fault};
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/user-parameters", level: Level::Warning, page: include_str!("user_parameters.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Invoke", "Lambda")) {
            let Some(value) = action.configuration("UserParameters").found() else { continue };
            let Some(parameters) = text(value).filter(|text| text.trim_start().starts_with(['{', '['])) else {
                continue;
            };
            let Some(fault) = json_fault(&parameters) else { continue };
            let message = format!("`UserParameters` begin like JSON and are none: {fault}");
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help("mend the JSON"));
        }
    }
}
