use crate::analysis::System;
use crate::analysis::value::{is_intrinsic, look, text};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/repeated-property-group",
        level: Level::Warning,
        page: include_str!("repeated_property_group.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some(list) = application.configuration("/EnvironmentProperties/PropertyGroups").found() else { continue };
        // Two branches of a condition may have groups of one name.
        let ValueKind::List(written) = &list.kind else { continue };
        if written.iter().any(is_intrinsic) {
            continue;
        }
        let ids: Vec<_> = written
            .iter()
            .filter_map(|group| look(group, "/PropertyGroupId").found())
            .filter_map(|value| Some((text(value)?, value)))
            .collect();
        for (index, (id, value)) in ids.iter().enumerate() {
            let Some((_, first)) = ids[..index].iter().find(|(other, _)| other == id) else { continue };
            let message = format!("two property groups are called `{id}`, and the application can read only one");
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .related(&first.origin.span, "the other group of this name")
                    .help("put the properties of both into one group, or give this one another name"),
            );
        }
    }
}
