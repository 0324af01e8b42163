use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::firehose::prefix::{Prefix, is_known};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/unused-partition-key",
        level: Level::Error,
        page: include_str!("unused_partition_key.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(true)) {
        let Some((query, keys)) = destination.queried_keys() else { continue };
        let Some(value) = look(destination.value, "/Prefix").found() else { continue };
        let prefix = Prefix::read(destination.site.stack, value);
        let used = prefix.values("partitionKeyFromQuery");
        if used.is_empty() || !prefix.is_closed() || !used.iter().all(|key| is_known(key)) {
            continue;
        }
        for key in keys.iter().filter(|key| !used.contains(&key.as_str())) {
            let message =
                format!("the query finds the key `{key}`, and Firehose refuses keys that the prefix does not use");
            findings.push(
                Diagnostic::new(&LINT.rule, &query.origin.span, message)
                    .related(&value.origin.span, "the prefix")
                    .help(format!(
                        "put `!{{partitionKeyFromQuery:{key}}}` into `Prefix`, or remove `{key}` from the query"
                    )),
            );
        }
    }
}
