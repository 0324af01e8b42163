use crate::analysis::System;
use crate::analysis::buildspec::{entry, items};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::syntax::Value;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/command-not-text", level: Level::Warning, page: include_str!("command_not_text.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let lists = buildspec.phases().iter().flat_map(|phase| {
            ["commands", "finally"].into_iter().filter_map(|key| Some(&entry(&phase.value, key)?.value))
        });
        for node in lists.flat_map(items) {
            let what = match &node.value {
                Value::Scalar(_) => continue,
                Value::Map(_) => "a mapping",
                Value::List(_) => "a list",
                Value::Null => "nothing",
            };
            let message = format!("this command is {what} to YAML, and CodeBuild refuses a command that is not text");
            let help = match &node.value {
                Value::Map(_) => "put the whole command in single quotes: a colon and a blank make a mapping",
                Value::List(_) => "put the whole command in single quotes: a bracket at its beginning makes a list",
                _ => "write a command, or remove the dash",
            };
            let span = node.used_at.as_ref().unwrap_or(&node.span);
            findings.push(Diagnostic::new(&LINT.rule, span, message).label(format!("this is {what}")).help(help));
        }
    }
}
