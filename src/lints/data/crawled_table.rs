use crate::analysis::System;
use crate::analysis::value::{items, look, text};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "glue/crawled-table", level: Level::Warning, page: include_str!("crawled_table.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for table in system.of_type("AWS::Glue::Table") {
        let Some(location) = look(&table.resource.properties, "/TableInput/StorageDescriptor/Location").found() else {
            continue;
        };
        let Some(files) = folder(location) else { continue };
        for crawler in system.of_type("AWS::Glue::Crawler") {
            let properties = &crawler.resource.properties;
            let writes = |property: &str| {
                let behaviour = look(properties, &format!("/SchemaChangePolicy/{property}"));
                behaviour.is_absent() || behaviour.found().and_then(text).is_some_and(|it| it != "LOG")
            };
            if !writes("UpdateBehavior") && !writes("DeleteBehavior") {
                continue;
            }
            let targets = look(properties, "/Targets/S3Targets").found().map(items).unwrap_or_default();
            for path in targets.into_iter().filter_map(|target| look(target, "/Path").found()) {
                if folder(path).is_some_and(|crawled| files.starts_with(&crawled)) {
                    let message = format!(
                        "the crawler writes the columns that it finds into `{}`, over what this file says of them",
                        table.id
                    );
                    findings.push(
                        Diagnostic::new(&LINT.rule, &path.origin.span, message)
                            .related(&location.origin.span, "where the table's files are")
                            .help("write `LOG` for `UpdateBehavior` and `DeleteBehavior` of the crawler, or leave the table to it"),
                    );
                }
            }
        }
    }
}

/// A place in S3 with a slash at its end, as it is written: two that refer to the same bucket are the same.
fn folder(location: &Value) -> Option<String> {
    let written = match &location.kind {
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => text.into(),
        _ => text(location)?,
    };
    Some(format!("{}/", written.trim_end_matches('/')))
}
