use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::glue::major;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "glue/streaming-ends-after-eight-hours",
        level: Level::Warning,
        page: include_str!("streaming_ends_after_eight_hours.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Job") {
        let properties = &site.resource.properties;
        let is_streaming = text_at(properties, "/Command/Name").as_deref() == Some("gluestreaming");
        let Some(version) = look(properties, "/GlueVersion").found() else { continue };
        let is_new = text_at(properties, "/GlueVersion").is_some_and(|it| major(&it) >= Some(5));
        if is_streaming && is_new && look(properties, "/Timeout").is_absent() {
            let message =
                "from Glue 5.0 on a job without a `Timeout` ends after 480 minutes, also one that reads a stream";
            findings.push(
                Diagnostic::new(&LINT.rule, &version.origin.span, message)
                    .label("the default timeout changed with this version")
                    .help(
                        "add `Timeout` (up to 10079 minutes), and a `MaintenanceWindow` in which Glue restarts the job",
                    ),
            );
        }
    }
}
