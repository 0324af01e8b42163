use crate::analysis::System;
use crate::analysis::event_source::event_sources;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/table-without-stream",
        level: Level::Error,
        page: include_str!("table_without_stream.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for source in event_sources(system).iter().filter(|source| !source.stack.open) {
        let Some((id, table)) = source.source() else { continue };
        if table.resource_type == "AWS::DynamoDB::Table" && look(&table.properties, "/StreamSpecification").is_absent()
        {
            let message =
                format!("`{}` reads the stream of `{id}`, which has none, so the deployment fails", source.name);
            findings.push(
                Diagnostic::new(&LINT.rule, source.span, message)
                    .related(&table.origin.span, "no `StreamSpecification`")
                    .help(format!("add `StreamSpecification` with a `StreamViewType` to `{id}`")),
            );
        }
    }
}
