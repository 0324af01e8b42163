use crate::analysis::System;
use crate::analysis::firehose::{destinations, locations, switched};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/logging-without-group",
        level: Level::Error,
        page: include_str!("logging_without_group.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let outer = destinations(system).into_iter().filter(|it| !it.kind.ends_with("S3DestinationConfiguration"));
    let places = outer.map(|it| it.value).chain(locations(system).into_iter().map(|it| it.value));
    for logging in places.filter_map(|place| look(place, "/CloudWatchLoggingOptions").found()) {
        if switched(logging, "/Enabled", false) != Some(true) {
            continue;
        }
        for name in ["LogGroupName", "LogStreamName"] {
            if look(logging, &format!("/{name}")).is_absent() {
                let message =
                    format!("errors are logged and `{name}` is missing, without which Firehose refuses the delivery");
                findings.push(
                    Diagnostic::new(&LINT.rule, logging.key_span(), message)
                        .help(format!("add `{name}`, or write `Enabled: false`")),
                );
            }
        }
    }
}
