use crate::analysis::System;
use crate::analysis::firehose::locations;
use crate::analysis::firehose::prefix::Prefix;
use crate::analysis::value::{Look, alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/prefix-without-error-prefix",
        level: Level::Error,
        page: include_str!("prefix_without_error_prefix.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        // What Splunk and OpenSearch refuse is kept under the one prefix.
        if location.property == Some("S3Configuration") {
            continue;
        }
        let stack = location.destination.site.stack;
        let Some(written) = look(location.value, "/Prefix").found() else { continue };
        let missing = match look(location.value, "/ErrorOutputPrefix") {
            Look::Absent => true,
            Look::Found(value) => {
                let prefix = Prefix::read(stack, value);
                prefix.is_empty() && prefix.is_closed()
            }
            Look::Unknown => false,
        };
        let evaluated = |value| !Prefix::read(stack, value).expressions().is_empty();
        let Some(prefix) = alternatives(written).into_iter().find(|value| missing && evaluated(value)) else {
            continue;
        };
        let message = "the prefix has expressions, and Firehose refuses those without an `ErrorOutputPrefix`";
        findings.push(Diagnostic::new(&LINT.rule, &prefix.origin.span, message).help(
            "add an `ErrorOutputPrefix` with `!{firehose:error-output-type}`, e.g. \
             `errors/!{firehose:error-output-type}/`",
        ));
    }
}
