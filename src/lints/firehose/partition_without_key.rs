use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::firehose::prefix::{Expression, Prefix, is_known};
use crate::analysis::value::{Look, alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/partition-without-key",
        level: Level::Error,
        page: include_str!("partition_without_key.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(true)) {
        let Some(enabled) = look(destination.value, "/DynamicPartitioningConfiguration/Enabled").found() else {
            continue;
        };
        let span = match look(destination.value, "/Prefix") {
            Look::Unknown => continue,
            Look::Absent => destination.value.key_span(),
            Look::Found(value) => {
                let read = |value| Prefix::read(destination.site.stack, value);
                match alternatives(value).into_iter().find(|value| is_keyless(&read(value))) {
                    Some(value) => &value.origin.span,
                    None => continue,
                }
            }
        };
        let message = "records are partitioned, and Firehose refuses a prefix without a partition key";
        findings.push(
            Diagnostic::new(&LINT.rule, span, message).related(&enabled.origin.span, "partitioning is on").help(
                "put a key into `Prefix`, e.g. `!{partitionKeyFromQuery:city}`, or remove \
                 `DynamicPartitioningConfiguration`",
            ),
        );
    }
}

fn is_keyless(prefix: &Prefix) -> bool {
    let may_be_key = |expression: &Expression<'_>| match expression {
        Expression::Whole { namespace, .. } => !is_known(namespace) || namespace.starts_with("partitionKeyFrom"),
        Expression::Broken(_) => true,
    };
    prefix.is_closed() && !prefix.expressions().iter().any(may_be_key)
}
