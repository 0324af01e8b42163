use crate::analysis::System;
use crate::analysis::value::{items, look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "glue/repeated-partition-column",
        level: Level::Warning,
        page: include_str!("repeated_partition_column.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Table") {
        let properties = &site.resource.properties;
        let keys = look(properties, "/TableInput/PartitionKeys").found().map(items).unwrap_or_default();
        let columns = look(properties, "/TableInput/StorageDescriptor/Columns").found().map(items).unwrap_or_default();
        for column in columns {
            let Some(name) = text_at(column, "/Name") else { continue };
            let key = keys.iter().find(|key| text_at(key, "/Name").is_some_and(|it| it.eq_ignore_ascii_case(&name)));
            if let Some(key) = key {
                let message = format!("`{name}` is a partition key and a column too, and queries of the table fail");
                findings.push(
                    Diagnostic::new(&LINT.rule, &column.origin.span, message)
                        .related(&key.origin.span, "the partition key")
                        .help("remove it from `Columns`: a partition key is read from the path"),
                );
            }
        }
    }
}
