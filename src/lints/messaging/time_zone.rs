use super::schedules::schedules;
use crate::analysis::System;
use crate::analysis::value::{alternatives, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::facts::time_zones;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/time-zone", level: Level::Error, page: include_str!("time_zone.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for schedule in schedules(system) {
        findings.extend(schedule.zone.map(alternatives).unwrap_or_default().into_iter().filter_map(judge));
    }
}

fn judge(value: &Value) -> Option<Diagnostic> {
    let name = text(value).filter(|name| !name.is_empty() && !is_offset(name) && !time_zones::exists(name))?;
    let message = format!("`{name}` is no name of a time zone, and AWS refuses the schedule");
    let help = match nearest(&name, time_zones::names()) {
        Some(near) => format!("write `{near}`"),
        None => "write the zone by its place, e.g. `Europe/Berlin`, or `UTC`".to_owned(),
    };
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help))
}

/// `UTC+2` and the like are no names of the database, but no document says that they are refused.
fn is_offset(name: &str) -> bool {
    let rest = ["UTC", "GMT", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    rest.starts_with(['+', '-'])
}
