use crate::analysis::System;
use crate::analysis::value::look;
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/empty-property-group",
        level: Level::Error,
        page: include_str!("empty_property_group.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        for group in application.property_groups() {
            let Some(map) = look(group, "/PropertyMap").found() else { continue };
            if !matches!(&map.kind, ValueKind::Map(entries) if entries.is_empty()) {
                continue;
            }
            findings.push(
                Diagnostic::new(&LINT.rule, map.key_span(), "AWS refuses a property group without a property")
                    .help("add a property to `PropertyMap`, or remove the group"),
            );
        }
    }
}
