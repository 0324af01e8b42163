use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::{alternatives, entries, look};
use crate::analysis::written::{is_known, least_length, parts};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::actions::VALUE_MAX;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/configuration-length",
        level: Level::Error,
        page: include_str!("configuration_length.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(configuration) = look(action.value, "/Configuration").found() else { continue };
            for (key, value) in entries(configuration).iter().filter(|(key, _)| !key.starts_with("Fn::")) {
                for value in alternatives(value) {
                    let Some(parts) = parts(value) else { continue };
                    let length = least_length(&parts);
                    let (message, help) = if length > VALUE_MAX {
                        let more = if is_known(&parts) { "" } else { "at least " };
                        (
                            format!("`{key}` has {more}{length} characters, and AWS takes {VALUE_MAX}"),
                            "shorten it, or keep it in a file of the artifact or a parameter of Systems Manager",
                        )
                    } else if length == 0 && is_known(&parts) {
                        (format!("`{key}` is empty, and AWS takes no empty value"), "remove it, or write its value")
                    } else {
                        continue;
                    };
                    let empty = value.origin.span.text().is_empty();
                    let span = if empty { value.key_span() } else { &value.origin.span };
                    findings.push(Diagnostic::new(&LINT.rule, span, message).help(help));
                }
            }
        }
    }
}
