use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, target, text, text_at};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/misspelt-table", level: Level::Warning, page: include_str!("misspelt_table.md") },
    effect: Effect::Run,
    check,
};

const DATABASE: &str = "/DataFormatConversionConfiguration/SchemaConfiguration/DatabaseName";
const TABLE: &str = "/DataFormatConversionConfiguration/SchemaConfiguration/TableName";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.converts() == Some(true)) {
        let Some(written) = look(destination.value, TABLE).found() else { continue };
        let Some(name) = text(written) else { continue };
        let stack = destination.site.stack;
        let database = look(destination.value, DATABASE).found();
        let tables = stack.resources.values().filter(|it| {
            let of_table = look(&it.properties, "/DatabaseName").found();
            it.resource_type == "AWS::Glue::Table" && database.zip(of_table).is_none_or(|(a, b)| may_be_same(a, b))
        });
        let names: Vec<_> = tables.map(|it| (text_at(&it.properties, "/TableInput/Name"), it)).collect();
        // A table whose name is decided at deployment may be the one.
        if names.iter().any(|(known, _)| known.as_deref().is_none_or(|known| known == name)) {
            continue;
        }
        // `events_v1` beside `events_v2` is no slip.
        let letters = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
        let known = names.iter().filter_map(|(known, _)| known.as_deref());
        let known = known.filter(|known| letters(known) != letters(&name));
        if let Some(near) = nearest(&name, known)
            && let Some((_, table)) = names.iter().find(|(known, _)| known.as_deref() == Some(near))
        {
            let message = format!("no table of this file is called `{name}`, and one is called `{near}`");
            findings.push(
                Diagnostic::new(&LINT.rule, &written.origin.span, message)
                    .related(&table.origin.span, "the table")
                    .help(format!("write `{near}`, or `!Ref` with the logical id of the table")),
            );
        }
    }
}

/// Whether two values name one database, as far as they are known.
fn may_be_same(one: &Value, other: &Value) -> bool {
    match (text(one), text(other)) {
        (Some(one), Some(other)) => one == other,
        _ => target(one).is_none() || target(other).is_none() || target(one) == target(other),
    }
}
