use super::fifo::is_set;
use crate::analysis::System;
use crate::analysis::value::{Look, integer, look, target};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "sqs/dead-letters-expire", level: Level::Warning, page: include_str!("dead_letters_expire.md") },
    effect: Effect::Loss,
    check,
};

/// Seconds that a queue keeps messages when it does not say how long.
const DEFAULT: i64 = 345_600;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SQS::Queue") {
        let properties = &site.resource.properties;
        let Some(place) = look(properties, "/RedrivePolicy/deadLetterTargetArn").found() else { continue };
        let Some(name) = target(place) else { continue };
        let dead = site.stack.resources.get(name).filter(|dead| dead.resource_type == "AWS::SQS::Queue");
        let Some(dead) = dead else { continue };
        // In a FIFO queue the age of a message begins anew when it is moved.
        if is_set(properties, "/FifoQueue") != Some(false) {
            continue;
        }
        let (Some(kept), Some(kept_dead)) = (seconds(properties), seconds(&dead.properties)) else { continue };
        if kept_dead < kept {
            let span = look(&dead.properties, "/MessageRetentionPeriod")
                .found()
                .map_or(&dead.origin.span, |period| &period.origin.span);
            let message = format!(
                "`{name}` keeps messages for {kept_dead} seconds from when they were sent, and `{}`, whose dead letters \
                 it gets, for {kept}: they may be gone when they are moved",
                site.id
            );
            findings.push(
                Diagnostic::new(&LINT.rule, span, message)
                    .related(&place.origin.span, "its dead letters go there")
                    .help(format!("set `MessageRetentionPeriod` of `{name}` to 1209600, the longest there is")),
            );
        }
    }
}

fn seconds(queue: &Value) -> Option<i64> {
    match look(queue, "/MessageRetentionPeriod") {
        Look::Absent => Some(DEFAULT),
        Look::Found(period) => integer(period),
        Look::Unknown => None,
    }
}
