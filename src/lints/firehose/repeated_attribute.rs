use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, text};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/repeated-attribute",
        level: Level::Error,
        page: include_str!("repeated_attribute.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.kind == "HttpEndpointDestinationConfiguration") {
        let Some(list) = look(destination.value, "/RequestConfiguration/CommonAttributes").found() else { continue };
        let ValueKind::List(attributes) = &list.kind else { continue };
        let mut seen = BTreeMap::new();
        let names = attributes.iter().filter_map(|attribute| look(attribute, "/AttributeName").found());
        for (name, value) in names.filter_map(|value| Some((text(value)?, value))) {
            if let Some(first) = seen.get(&name) {
                let message = format!("the attribute `{name}` is sent twice, and Firehose refuses it");
                findings.push(
                    Diagnostic::new(&LINT.rule, &value.origin.span, message)
                        .related(first, "the first one")
                        .help("give it another name, or remove it"),
                );
            } else {
                seen.insert(name, value.origin.span.clone());
            }
        }
    }
}
