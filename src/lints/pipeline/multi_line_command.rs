use crate::analysis::System;
use crate::analysis::stages::{actions, below};
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/multi-line-command",
        level: Level::Warning,
        page: include_str!("multi_line_command.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            for command in below(action.value, "/Commands") {
                if text(command).is_none_or(|text| !text.trim_end().contains('\n')) {
                    continue;
                }
                let message = "a command of several lines, which CodePipeline refuses";
                let found = Diagnostic::new(&LINT.rule, &command.origin.span, message);
                findings.push(found.help("write each line as an item of `Commands`, or join them with `&&`"));
            }
        }
    }
}
