use crate::analysis::System;
use crate::analysis::value::{Look, items, look, text_at};
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/missing-property-group",
        level: Level::Warning,
        page: include_str!("missing_property_group.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let mut applications = system.of_type(APPLICATION);
    let (Some(application), None) = (applications.next(), applications.next()) else { return };
    if application.stack.open {
        return;
    }
    let properties = &application.resource.properties;
    let (groups, span) = match look(properties, "/ApplicationConfiguration/EnvironmentProperties/PropertyGroups") {
        Look::Unknown => return,
        Look::Absent => (Vec::new(), &application.resource.origin.span),
        Look::Found(list) => (items(list), list.key_span()),
    };
    let known: Option<Vec<_>> = groups.into_iter().map(|group| text_at(group, "/PropertyGroupId")).collect();
    let Some(known) = known else { return };
    for asked in &system.code().groups {
        if known.contains(&asked.value.as_str().into()) {
            continue;
        }
        let message = format!("the program asks for the property group `{}`, which it does not get", asked.value);
        let finding = Diagnostic::new(&LINT.rule, span, message).related(&asked.span, "asks for it");
        findings.push(match nearest(&asked.value, known.iter().map(|id| &**id)) {
            Some(near) => finding.help(format!("write one name in both places: here stands `{near}`")),
            None if known.is_empty() => finding.help(format!("add a group `{}`", asked.value)),
            None => {
                finding.help(format!("add a group `{}`; there is {}", asked.value, list(known.iter().map(|id| &**id))))
            }
        });
    }
}
