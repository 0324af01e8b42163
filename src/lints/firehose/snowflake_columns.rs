use crate::analysis::System;
use crate::analysis::firehose::{destinations, surely};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/snowflake-columns", level: Level::Error, page: include_str!("snowflake_columns.md") },
    effect: Effect::Deployment,
    check,
};

const COLUMNS: [&str; 2] = ["ContentColumnName", "MetaDataColumnName"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.kind == "SnowflakeDestinationConfiguration") {
        let Some(option) = look(destination.value, "/DataLoadingOption").found() else { continue };
        let Some(loading) = text(option) else { continue };
        for column in COLUMNS {
            let pointer = format!("/{column}");
            if loading == "JSON_MAPPING"
                && let Some(written) = surely(destination.value, &pointer)
            {
                let message =
                    format!("`{loading}` fills the columns by their names, and Firehose refuses a `{column}`");
                findings.push(
                    Diagnostic::new(&LINT.rule, written.key_span(), message)
                        .related(&option.origin.span, "how records are loaded")
                        .help(format!("remove `{column}`, or load with `VARIANT_CONTENT_AND_METADATA_MAPPING`")),
                );
            }
            if loading == "VARIANT_CONTENT_AND_METADATA_MAPPING" && look(destination.value, &pointer).is_absent() {
                let message = format!("`{loading}` needs a `{column}`, and Firehose refuses it without");
                findings.push(
                    Diagnostic::new(&LINT.rule, &option.origin.span, message)
                        .help(format!("add `{column}` with the name of the column")),
                );
            }
        }
    }
}
