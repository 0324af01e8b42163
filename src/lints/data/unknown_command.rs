use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "glue/unknown-command", level: Level::Error, page: include_str!("unknown_command.md") },
    effect: Effect::Deployment,
    check,
};

/// Source: Glue service model of botocore 1.44.5, JobCommand (2026-11).
const COMMANDS: &[&str] = &["glueetl", "gluestreaming", "pythonshell", "glueray"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Job") {
        let Some(name) = look(&site.resource.properties, "/Command/Name").found() else { continue };
        let Some(command) = text(name).filter(|command| !COMMANDS.contains(&command.as_ref())) else { continue };
        let message = format!("Glue has no job command `{command}`; it has {}", list(COMMANDS.iter().copied()));
        let help = match nearest(&command, COMMANDS.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None => "write `glueetl` for a Spark job, `gluestreaming` for one that never ends".to_owned(),
        };
        findings.push(Diagnostic::new(&LINT.rule, &name.origin.span, message).help(help));
    }
}
