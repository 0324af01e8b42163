use crate::analysis::System;
use crate::analysis::firehose::locations;
use crate::analysis::firehose::prefix::{Expression, Prefix, is_known, place, runs};
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/date-pattern", level: Level::Warning, page: include_str!("date_pattern.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        for property in ["/Prefix", "/ErrorOutputPrefix"] {
            let written = look(location.value, property).found();
            for value in written.into_iter().flat_map(alternatives) {
                let prefix = Prefix::read(location.destination.site.stack, value);
                let dates = prefix.values("timestamp");
                if !prefix.is_closed() || !dates.iter().all(|date| is_known(date)) {
                    continue;
                }
                let all: Vec<&str> = dates.iter().flat_map(|date| runs(date)).collect();
                for date in &dates {
                    let expression = Expression::Whole { namespace: "timestamp", value: date };
                    findings.extend(faults(date, &all).into_iter().map(|(message, help)| {
                        Diagnostic::new(&LINT.rule, &place(value, expression), message).help(help)
                    }));
                }
            }
        }
    }
}

/// What is likely meant otherwise in one date, of which the prefix has `all` these parts.
fn faults(date: &str, all: &[&str]) -> Vec<(String, &'static str)> {
    let has = |letters: &[char]| all.iter().any(|run| run.starts_with(letters));
    let mut faults = Vec::new();
    for run in runs(date) {
        let fault = match run {
            "YYYY" | "YY" | "Y" if !has(&['w']) => {
                Some(("the year of the week, which around New Year is not that of the day", "write `yyyy`"))
            }
            "D" | "DD" => Some((
                "the day of the year, from 1 to 366, and not of the month",
                "write `dd` for the day of the month",
            )),
            "mm" if has(&['y', 'Y', 'u']) && !has(&['M', 'L']) => {
                Some(("the minute, and no month is in the prefix", "write `MM` for the month"))
            }
            "hh" if !has(&['a']) => {
                Some(("the hour from 1 to 12, so that morning and evening go together", "write `HH` for 0 to 23"))
            }
            _ => None,
        };
        faults.extend(fault.map(|(means, help)| (format!("`{run}` is {means}"), help)));
    }
    let hour = all.iter().position(|run| run.starts_with(['H', 'h', 'k', 'K']));
    let first = all.iter().position(|run| *run == "MM");
    let last = all.iter().rposition(|run| *run == "MM");
    let after_hour = hour.is_some_and(|hour| first < Some(hour) && last == Some(hour + 1));
    if after_hour && runs(date).last() == Some(&"MM") {
        faults.push(("`MM` after the hour is the month once more".to_owned(), "write `mm` for the minute"));
    }
    faults
}
