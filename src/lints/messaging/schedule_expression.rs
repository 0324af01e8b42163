use super::schedules::schedules;
use crate::analysis::System;
use crate::analysis::schedule::{Reader, agreeing, fault};
use crate::analysis::value::{alternatives, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "events/schedule-expression",
        level: Level::Error,
        page: include_str!("schedule_expression.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for schedule in schedules(system) {
        for value in schedule.expression.map(alternatives).unwrap_or_default() {
            findings.extend(judge(system, value, schedule.reader));
        }
    }
}

fn judge(system: &System<'_>, value: &Value, reader: Reader) -> Option<Diagnostic> {
    let expression = text(value).filter(|text| !text.is_empty())?;
    let fault = fault(&expression, reader)?;
    let message = format!("`{expression}` is no schedule: {fault}");
    let finding = Diagnostic::new(&LINT.rule, &value.origin.span, message);
    match agreeing(&expression).filter(|_| reader == Reader::Rule) {
        Some(mended) => {
            let edits = system.editor(&value.origin.span);
            let edits = edits.and_then(|editor| editor.replace_scalar(&value.origin.span, &mended));
            let title = format!("write `{mended}`");
            Some(finding.help(&title).fix(&title, Safety::Safe, edits.unwrap_or_default()))
        }
        None => {
            let fields =
                "; the fields of cron are minute, hour, day, month, weekday and year, and one of the days is `?`";
            Some(finding.help(format!("write e.g. {}{fields}", reader.forms())))
        }
    }
}
