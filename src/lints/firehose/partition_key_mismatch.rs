use std::collections::BTreeSet;

use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::firehose::prefix::{Expression, Prefix, is_known, place};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/partition-key-mismatch",
        level: Level::Warning,
        page: include_str!("partition_key_mismatch.md"),
    },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(true)) {
        let Some((query, keys)) = destination.queried_keys() else { continue };
        let Some(value) = look(destination.value, "/Prefix").found() else { continue };
        let prefix = Prefix::read(destination.site.stack, value);
        let wanted: BTreeSet<&str> = prefix.values("partitionKeyFromQuery").into_iter().collect();
        for key in wanted.into_iter().filter(|key| is_known(key) && !keys.iter().any(|it| it == key)) {
            let message = format!("no query finds the key `{key}`, without which no record can be delivered");
            let help = match nearest(key, keys.iter().map(String::as_str)) {
                Some(near) => format!("write `{near}`, or add `{key}` to the query"),
                None => format!("add it to the query, e.g. `{key}: .{key}`"),
            };
            let expression = Expression::Whole { namespace: "partitionKeyFromQuery", value: key };
            findings.push(
                Diagnostic::new(&LINT.rule, &place(value, expression), message)
                    .related(&query.origin.span, "the query")
                    .help(help),
            );
        }
    }
}
