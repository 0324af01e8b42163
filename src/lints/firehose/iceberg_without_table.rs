use crate::analysis::System;
use crate::analysis::firehose::{destinations, processor_type, switched};
use crate::analysis::value::{Look, look};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/iceberg-without-table",
        level: Level::Error,
        page: include_str!("iceberg_without_table.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.kind == "IcebergDestinationConfiguration") {
        let is_empty = match look(destination.value, "/DestinationTableConfigurationList") {
            Look::Absent => true,
            Look::Found(list) => matches!(&list.kind, ValueKind::List(items) if items.is_empty()),
            Look::Unknown => false,
        };
        let Some(processors) = destination.processors() else { continue };
        let chooses = processors
            .iter()
            .any(|it| processor_type(it).is_none_or(|kind| matches!(&*kind, "Lambda" | "MetadataExtraction")));
        let may_create = switched(destination.value, "/TableCreationConfiguration/Enabled", false) != Some(false);
        if is_empty && !chooses && !may_create {
            let message =
                "neither a table is named nor a processor that chooses one, and Firehose refuses the delivery";
            findings.push(Diagnostic::new(&LINT.rule, destination.value.key_span(), message).help(
                "add `DestinationTableConfigurationList` with the `DestinationDatabaseName` and `DestinationTableName`",
            ));
        }
    }
}
