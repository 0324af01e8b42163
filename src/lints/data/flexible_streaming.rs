use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "glue/flexible-streaming", level: Level::Error, page: include_str!("flexible_streaming.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Job") {
        let properties = &site.resource.properties;
        let Some(command) = text_at(properties, "/Command/Name").filter(|it| it != "glueetl") else { continue };
        let Some(class) = look(properties, "/ExecutionClass").found() else { continue };
        if class.as_text() == Some("FLEX") {
            let message =
                format!("the flexible execution class is for `glueetl` jobs alone, and this is a `{command}` job");
            findings.push(
                Diagnostic::new(&LINT.rule, &class.origin.span, message)
                    .help("remove `ExecutionClass`, or write `STANDARD`"),
            );
        }
    }
}
