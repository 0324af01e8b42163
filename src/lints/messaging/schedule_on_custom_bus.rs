use crate::analysis::value::{look, target, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "events/schedule-on-custom-bus",
        level: Level::Error,
        page: include_str!("schedule_on_custom_bus.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Events::Rule") {
        let properties = &site.resource.properties;
        let Some(schedule) = look(properties, "/ScheduleExpression").found() else { continue };
        if text(schedule).is_none_or(|schedule| schedule.is_empty()) {
            continue;
        }
        let Some(bus) = look(properties, "/EventBusName").found().filter(|bus| is_custom(site, bus)) else { continue };
        let message = "only the default event bus has schedules, and EventBridge refuses this one";
        findings.push(
            Diagnostic::new(&LINT.rule, schedule.key_span(), message)
                .related(&bus.origin.span, "a bus of its own")
                .help("remove `EventBusName`, or use an `AWS::Scheduler::Schedule` that puts an event on the bus"),
        );
    }
}

fn is_custom(site: Site<'_>, bus: &Value) -> bool {
    let is_bus = |name: &str| {
        site.stack.resources.get(name).is_some_and(|resource| resource.resource_type == "AWS::Events::EventBus")
    };
    text(bus).is_some_and(|name| name != "default" && !name.ends_with("event-bus/default"))
        || target(bus).is_some_and(is_bus)
}
