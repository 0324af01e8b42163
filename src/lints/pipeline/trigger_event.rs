use crate::analysis::System;
use crate::analysis::triggers::{Event, filters};
use crate::analysis::value::{items, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/trigger-event", level: Level::Error, page: include_str!("trigger_event.md") },
    effect: Effect::Deployment,
    check,
};

const EVENTS: [&str; 3] = ["OPEN", "UPDATED", "CLOSED"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let filters = filters(&site.resource.properties);
        for filter in filters.iter().filter(|filter| filter.event == Event::PullRequest) {
            for event in look(filter.value, "/Events").found().map(items).unwrap_or_default() {
                let Some(name) = text(event).filter(|name| !EVENTS.contains(&name.as_ref())) else { continue };
                let message = format!("CodePipeline knows no pull request event `{name}`");
                let help = match nearest(&name, EVENTS) {
                    Some(meant) => format!("write `{meant}`"),
                    None => format!("write one of {}", list(EVENTS)),
                };
                findings.push(Diagnostic::new(&LINT.rule, &event.origin.span, message).help(help));
            }
        }
    }
}
