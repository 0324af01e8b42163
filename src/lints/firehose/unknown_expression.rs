use crate::analysis::System;
use crate::analysis::firehose::locations;
use crate::analysis::firehose::prefix::{Expression, Prefix, is_known, place, unquoted};
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/unknown-expression",
        level: Level::Error,
        page: include_str!("unknown_expression.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What may stand before the colon.
///
/// Source: Firehose Developer Guide, Understand custom prefixes for Amazon S3 objects (2026-11).
const NAMESPACES: &[&str] = &["firehose", "partitionKeyFromLambda", "partitionKeyFromQuery", "timestamp"];

/// What may stand after `firehose:`.
const OF_FIREHOSE: &[&str] = &["error-output-type", "random-string"];

/// Letters that mean nothing in a date pattern of Java 8.
///
/// Source: Java SE 8 API, DateTimeFormatter; Firehose refuses them as invalid conversion characters.
const NO_PATTERN: &str = "CIJPRTUbfijlort";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        for property in ["/Prefix", "/ErrorOutputPrefix"] {
            let written = look(location.value, property).found();
            for value in written.into_iter().flat_map(alternatives) {
                let prefix = Prefix::read(location.destination.site.stack, value);
                for expression in prefix.expressions() {
                    if let Some((message, help)) = fault(expression) {
                        findings.push(Diagnostic::new(&LINT.rule, &place(value, expression), message).help(help));
                    }
                }
            }
        }
    }
}

fn fault(expression: Expression<'_>) -> Option<(String, String)> {
    let (namespace, value) = match expression {
        Expression::Whole { namespace, value } if is_known(namespace) => (namespace, value),
        Expression::Whole { .. } => return None,
        Expression::Broken(_) => {
            let message =
                "`!{` begins an expression, which is `!{namespace:value}`, and Firehose refuses anything else";
            return Some((message.to_owned(), "write e.g. `!{timestamp:yyyy}`, or remove the `!{`".to_owned()));
        }
    };
    if !NAMESPACES.contains(&namespace) {
        let message = format!("Firehose evaluates nothing that is called `{namespace}`, and refuses the prefix");
        let help = match nearest(namespace, NAMESPACES.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None => format!("write one of {}", list(NAMESPACES.iter().copied())),
        };
        return Some((message, help));
    }
    if namespace == "firehose" && is_known(value) && !OF_FIREHOSE.contains(&value) {
        let message = format!("Firehose has no value `{value}`, and refuses the prefix");
        return Some((message, format!("write {}", list(OF_FIREHOSE.iter().copied()).replace(" and ", " or "))));
    }
    let letter = unquoted(value).chars().find(|letter| namespace == "timestamp" && NO_PATTERN.contains(*letter))?;
    let message = format!("`{letter}` is no letter of a date pattern, and Firehose refuses the prefix");
    Some((message, format!("put it into single quotes to write it as it is: `'{letter}'`")))
}
