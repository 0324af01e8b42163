use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::firehose::prefix::{Expression, Prefix, is_known, place};
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/partition-not-enabled",
        level: Level::Error,
        page: include_str!("partition_not_enabled.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(false)) {
        let written = look(destination.value, "/Prefix").found();
        for value in written.into_iter().flat_map(alternatives) {
            let prefix = Prefix::read(destination.site.stack, value);
            let keyed = prefix.expressions().into_iter().find(|expression| {
                matches!(expression, Expression::Whole { namespace, .. }
                    if is_known(namespace) && namespace.starts_with("partitionKeyFrom"))
            });
            if let Some(expression) = keyed {
                let message =
                    "the prefix has a partition key, and Firehose refuses it because records are not partitioned";
                let mut finding = Diagnostic::new(&LINT.rule, &place(value, expression), message)
                    .help("write `DynamicPartitioningConfiguration: {Enabled: true}` beside it, or remove the key");
                if let Some(off) = look(destination.value, "/DynamicPartitioningConfiguration/Enabled").found() {
                    finding = finding.related(&off.origin.span, "switched off");
                }
                findings.push(finding);
            }
        }
    }
}
