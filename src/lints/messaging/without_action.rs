use std::collections::BTreeSet;

use crate::analysis::System;
use crate::analysis::value::{Look, look, text};
use crate::desired::{Intrinsic, Resource, Stack, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/without-action", level: Level::Info, page: include_str!("without_action.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in system.desired.stacks.iter().filter(|stack| !stack.open) {
        let silent: Vec<_> = stack.resources.iter().filter(|(_, it)| is_alarm(it) && acts_not(it)).collect();
        if silent.is_empty() {
            continue;
        }
        let spoken = Spoken::of(stack);
        for (id, resource) in silent.into_iter().filter(|(id, alarm)| !spoken.has(id, alarm)) {
            let message = format!("the alarm `{id}` does nothing when it goes off");
            let help = "add `AlarmActions` with the ARN of a topic, or remove the alarm";
            findings.push(Diagnostic::new(&LINT.rule, &resource.origin.span, message).help(help));
        }
    }
}

fn is_alarm(resource: &Resource) -> bool {
    let is_ours = resource.origin.reason.is_some();
    !is_ours && matches!(resource.resource_type.as_str(), "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm")
}

fn acts_not(alarm: &Resource) -> bool {
    ["/AlarmActions", "/OKActions", "/InsufficientDataActions"].into_iter().all(|list| {
        match look(&alarm.properties, list) {
            Look::Absent => true,
            Look::Found(list) => matches!(&list.kind, ValueKind::List(items) if items.is_empty()),
            Look::Unknown => false,
        }
    })
}

/// What resources and outputs refer to, and the texts that they have: an alarm may be read by a deployment or by an
/// alarm of alarms.
#[derive(Default)]
struct Spoken<'a> {
    names: BTreeSet<String>,
    texts: Vec<&'a str>,
}

impl<'a> Spoken<'a> {
    fn of(stack: &'a Stack) -> Self {
        let mut spoken = Self::default();
        let values =
            stack.resources.values().map(|it| &it.properties).chain(stack.outputs.values().map(|output| &output.value));
        for value in values {
            value.references(&mut |name| _ = spoken.names.insert(name.to_owned()));
            value.each(&mut |part| {
                if let ValueKind::Text(text) | ValueKind::Intrinsic(Intrinsic::Sub(text, _)) = &part.kind {
                    spoken.texts.push(text);
                }
            });
        }
        spoken
    }

    fn has(&self, id: &str, alarm: &'a Resource) -> bool {
        let name = look(&alarm.properties, "/AlarmName").found().and_then(text);
        let speaks = |text: &str, name: &str| !std::ptr::eq(text, name) && text.contains(name);
        self.names.contains(id) || name.is_some_and(|name| self.texts.iter().any(|text| speaks(text, &name)))
    }
}
