use crate::analysis::value::{Look, look, text};
use crate::analysis::{Site, System};
use crate::desired::{Intrinsic, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/without-action", level: Level::Info, page: include_str!("without_action.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites().filter(|site| !site.stack.open && site.resource.origin.reason.is_none()) {
        let is_alarm = matches!(
            site.resource.resource_type.as_str(),
            "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm"
        );
        if is_alarm && acts_not(site) && !is_spoken_of(site) {
            let message = format!("the alarm `{}` does nothing when it goes off", site.id);
            let help = "add `AlarmActions` with the ARN of a topic, or remove the alarm";
            findings.push(Diagnostic::new(&LINT.rule, &site.resource.origin.span, message).help(help));
        }
    }
}

fn acts_not(site: Site<'_>) -> bool {
    ["/AlarmActions", "/OKActions", "/InsufficientDataActions"].into_iter().all(|list| {
        match look(&site.resource.properties, list) {
            Look::Absent => true,
            Look::Found(list) => matches!(&list.kind, ValueKind::List(items) if items.is_empty()),
            Look::Unknown => false,
        }
    })
}

/// Whether another resource or an output refers to the alarm or speaks its name: it may be read by a deployment or by
/// an alarm of alarms.
fn is_spoken_of(site: Site<'_>) -> bool {
    let name = look(&site.resource.properties, "/AlarmName").found().and_then(text);
    let mut found = false;
    let others = site.stack.resources.iter().filter(|(id, _)| *id != site.id).map(|(_, resource)| &resource.properties);
    for value in others.chain(site.stack.outputs.values().map(|output| &output.value)) {
        value.references(&mut |id| found |= id == site.id);
        value.walk("", &mut |_, part| {
            let spoken = match &part.kind {
                ValueKind::Text(text) | ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => text,
                _ => return,
            };
            found |= name.as_deref().is_some_and(|name| spoken.contains(name));
        });
    }
    found
}
