use crate::analysis::System;
use crate::analysis::firehose::prefix::{Expression, Prefix, place};
use crate::analysis::firehose::{destinations, processor_type, switched};
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/partition-key-without-processor",
        level: Level::Error,
        page: include_str!("partition_key_without_processor.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// Where the keys of each namespace come from.
const PROCESSORS: &[(&str, &str)] =
    &[("partitionKeyFromQuery", "MetadataExtraction"), ("partitionKeyFromLambda", "Lambda")];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(true)) {
        let Some(processors) = destination.processors() else { continue };
        let is_off = switched(destination.value, "/ProcessingConfiguration/Enabled", true) == Some(false);
        let has = |wanted: &str| {
            !is_off && processors.iter().any(|processor| processor_type(processor).as_deref() == Some(wanted))
        };
        let written = look(destination.value, "/Prefix").found();
        for value in written.into_iter().flat_map(alternatives) {
            let prefix = Prefix::read(destination.site.stack, value);
            for (namespace, processor) in PROCESSORS.iter().filter(|(_, processor)| !has(processor)) {
                let Some(key) = prefix.values(namespace).first().copied() else { continue };
                let span = place(value, Expression::Whole { namespace, value: key });
                let message = format!(
                    "keys of `{namespace}` come from a `{processor}` processor, and Firehose refuses the prefix because \
                     none is at work"
                );
                let help = match is_off {
                    true => "write `Enabled: true` in `ProcessingConfiguration`".to_owned(),
                    false => format!("add a processor of `Type: {processor}` to `ProcessingConfiguration`"),
                };
                findings.push(Diagnostic::new(&LINT.rule, &span, message).help(help));
            }
        }
    }
}
