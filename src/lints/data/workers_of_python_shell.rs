use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "glue/workers-of-python-shell",
        level: Level::Error,
        page: include_str!("workers_of_python_shell.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Job") {
        let properties = &site.resource.properties;
        let shell = look(properties, "/Command/Name").found();
        if text_at(properties, "/Command/Name").as_deref() != Some("pythonshell") {
            continue;
        }
        for property in ["WorkerType", "NumberOfWorkers"] {
            let Some(value) = look(properties, &format!("/{property}")).found() else { continue };
            let message = format!("a Python shell job has no workers, so Glue refuses `{property}`");
            let mut finding = Diagnostic::new(&LINT.rule, value.key_span(), message)
                .help("remove it, and set `MaxCapacity` to `0.0625` or `1`");
            if let Some(shell) = shell {
                finding = finding.related(&shell.origin.span, "the kind of job");
            }
            findings.push(finding);
        }
    }
}
