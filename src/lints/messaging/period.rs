use super::periods::periods;
use crate::analysis::System;
use crate::analysis::value::{alternatives, integer};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/period", level: Level::Error, page: include_str!("period.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CloudWatch::Alarm") {
        for period in periods(&site.resource.properties).into_iter().flat_map(alternatives) {
            let Some(seconds) = integer(period) else { continue };
            // Those of 1 and 5 seconds are allowed of metrics that an alarm reckons with.
            if matches!(seconds, 1 | 5 | 10 | 20 | 30) || (seconds > 0 && seconds % 60 == 0) {
                continue;
            }
            let message = format!("{seconds} seconds are no period of an alarm, and CloudWatch refuses it");
            let help = match seconds {
                ..=30 => "write 10, 20, 30 or a multiple of 60".to_owned(),
                _ => format!("write {}, or another multiple of 60", (seconds / 60 + 1).saturating_mul(60)),
            };
            findings.push(Diagnostic::new(&LINT.rule, &period.origin.span, message).help(help));
        }
    }
}
