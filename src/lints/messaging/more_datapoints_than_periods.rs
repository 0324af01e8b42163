use crate::analysis::System;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "alarms/more-datapoints-than-periods",
        level: Level::Error,
        page: include_str!("more_datapoints_than_periods.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CloudWatch::Alarm") {
        let number = |pointer| {
            let value = look(&site.resource.properties, pointer).found()?;
            Some((value, integer(value)?))
        };
        let (Some((wanted, datapoints)), Some((periods, count))) =
            (number("/DatapointsToAlarm"), number("/EvaluationPeriods"))
        else {
            continue;
        };
        if datapoints > count {
            let message =
                format!("the alarm wants {datapoints} datapoints of {count} periods, which CloudWatch refuses");
            findings.push(
                Diagnostic::new(&LINT.rule, &wanted.origin.span, message)
                    .related(&periods.origin.span, "the periods")
                    .help(format!("set `EvaluationPeriods` to {datapoints} or more, or `DatapointsToAlarm` to less")),
            );
        }
    }
}
