use crate::analysis::System;
use crate::analysis::firehose::prefix::{Expression, Prefix, is_known, place};
use crate::analysis::firehose::{Location, locations};
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/misplaced-expression",
        level: Level::Error,
        page: include_str!("misplaced_expression.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        for property in ["Prefix", "ErrorOutputPrefix"] {
            let written = look(location.value, &format!("/{property}")).found();
            for value in written.into_iter().flat_map(alternatives) {
                let prefix = Prefix::read(location.destination.site.stack, value);
                for expression in prefix.expressions() {
                    let Expression::Whole { namespace, value: argument } = expression else { continue };
                    if !is_known(namespace) {
                        continue;
                    }
                    if let Some((why, help)) = fault(&location, property, namespace, argument) {
                        let shown = if is_known(argument) { argument } else { "…" };
                        let message = format!("`!{{{namespace}:{shown}}}` cannot stand here: {why}");
                        let span = place(value, expression);
                        findings.push(Diagnostic::new(&LINT.rule, &span, message).help(help));
                    }
                }
            }
        }
    }
}

/// Why an expression cannot stand in this property, and what to do about it.
fn fault(
    location: &Location<'_>,
    property: &str,
    namespace: &str,
    value: &str,
) -> Option<(&'static str, &'static str)> {
    let partitions = namespace.starts_with("partitionKeyFrom");
    let of_redshift = location.destination.kind == "RedshiftDestinationConfiguration";
    if of_redshift && location.property == Some("S3Configuration") {
        return Some(("Redshift loads what it finds under a fixed prefix", "write a prefix without expressions"));
    }
    if property == "ErrorOutputPrefix" {
        let why = "a record that failed may have no keys, and Firehose refuses them in an `ErrorOutputPrefix`";
        return partitions.then_some((why, "keep the key in `Prefix`, and remove it here"));
    }
    if namespace == "firehose" && value == "error-output-type" {
        let why = "what is delivered has not failed, and Firehose refuses a reason in `Prefix`";
        return Some((why, "move it to `ErrorOutputPrefix`"));
    }
    let is_partitioned = location.property.is_none() && location.destination.is_extended();
    let why = "only the objects of an `ExtendedS3DestinationConfiguration` are partitioned, and Firehose refuses it";
    (partitions && !is_partitioned).then_some((why, "write a prefix without partition keys"))
}
