use crate::analysis::System;
use crate::analysis::firehose::{DESTINATIONS, deliveries, surely};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/destination-count", level: Level::Error, page: include_str!("destination_count.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in deliveries(system) {
        let properties = &site.resource.properties;
        let absent = |kind: &&str| look(properties, &format!("/{kind}")).is_absent();
        if DESTINATIONS.iter().all(absent) {
            let message = "the delivery has no destination, and Firehose wants exactly one";
            findings.push(Diagnostic::new(&LINT.rule, &site.resource.origin.span, message).help(
                "say where the records go, e.g. in `ExtendedS3DestinationConfiguration` with `BucketARN` and `RoleARN`",
            ));
            continue;
        }
        let given = DESTINATIONS.iter().filter_map(|kind| Some((*kind, surely(properties, &format!("/{kind}"))?)));
        let given: Vec<_> = given.collect();
        let [(_, first), (kind, second), ..] = given.as_slice() else { continue };
        let kinds = list(given.iter().map(|(kind, _)| *kind));
        let message = format!("the delivery has the destinations {kinds}, and Firehose accepts exactly one");
        findings.push(
            Diagnostic::new(&LINT.rule, second.key_span(), message)
                .related(first.key_span(), "another destination")
                .help(format!("remove `{kind}`, or make a second delivery for it")),
        );
    }
}
