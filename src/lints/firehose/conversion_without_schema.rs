use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/conversion-without-schema",
        level: Level::Error,
        page: include_str!("conversion_without_schema.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What a conversion needs, and what to write there.
///
/// Source: Firehose API Reference, DataFormatConversionConfiguration and SchemaConfiguration (2026-11).
const NEEDED: &[(&str, &str)] = &[
    ("InputFormatConfiguration", "with a `Deserializer`"),
    ("OutputFormatConfiguration", "with a `Serializer`"),
    ("SchemaConfiguration", "with the `DatabaseName` and `TableName` of the Glue table and a `RoleARN`"),
    ("SchemaConfiguration/DatabaseName", "with the database of the Glue table"),
    ("SchemaConfiguration/TableName", "with the name of the Glue table"),
    ("SchemaConfiguration/RoleARN", "with a role that may read the Glue table"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.converts() == Some(true)) {
        let Some(conversion) = look(destination.value, "/DataFormatConversionConfiguration").found() else { continue };
        for (needed, with) in NEEDED {
            let (parent, name) = match needed.split_once('/') {
                Some((parent, name)) => (look(conversion, &format!("/{parent}")).found(), name),
                None => (Some(conversion), *needed),
            };
            let Some(parent) = parent else { continue };
            if look(conversion, &format!("/{needed}")).is_absent() {
                let message = format!("records are converted without a `{name}`, and Firehose refuses the delivery");
                findings.push(
                    Diagnostic::new(&LINT.rule, parent.key_span(), message)
                        .help(format!("add `{name}` {with}, or write `Enabled: false` beside it")),
                );
            }
        }
    }
}
