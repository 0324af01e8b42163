//! What AWS refuses of a queue.

use super::{Queue, check_sameness, rules};
use crate::diagnostic::Diagnostic;
use crate::model::{Entry, Model};

/// SQS API reference, SetQueueAttributes: MessageRetentionPeriod and VisibilityTimeout, in seconds. Read 2026-11-20.
const RETENTION: std::ops::RangeInclusive<u64> = 60..=1_209_600;
const LONGEST_HIDDEN: u64 = 43_200;
/// SQS API reference, CreateQueue: 80 characters with the ending. Read 2026-11-21.
const LONGEST_NAME: usize = 80;
const FIFO_ENDING: &str = ".fifo";

pub(super) fn check(queue: &Queue, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_times(queue, report);
    check_sameness(queue.fifo.as_ref(), queue.same.as_ref(), "queue", &rules::LIMITS, report);
    check_dead_letters(queue, this, model, report);
    check_fifo_name(queue, this, model, report);
}

fn check_times(queue: &Queue, report: &mut Vec<Diagnostic>) {
    if let Some(retention) = queue.retention.as_ref().filter(|retention| !RETENTION.contains(&retention.0)) {
        report.push(
            Diagnostic::new(
                &rules::LIMITS,
                &retention.span,
                format!("SQS keeps messages for 1 minute to 14 days, not for `{}`", retention.span.text()),
            )
            .label("AWS refuses this")
            .help("write a time from `1m` to `14d`"),
        );
    }
    if let Some(hidden) = queue.hidden.as_ref().filter(|hidden| hidden.0 > LONGEST_HIDDEN) {
        report.push(
            Diagnostic::new(
                &rules::LIMITS,
                &hidden.span,
                format!("SQS hides a message for at most 12 hours, not for `{}`", hidden.span.text()),
            )
            .label("AWS refuses this")
            .help("write at most `12h`"),
        );
    }
}

fn check_dead_letters(queue: &Queue, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(dead) = &queue.dead_letters else { return };
    let Some((entry, target)) = model.thing::<Queue>(&dead.to.path()) else { return };
    let (message, help) = match (queue.is_fifo(), target.is_fifo()) {
        (true, false) => (
            format!("the FIFO queue `{}` can give failed messages to a FIFO queue only", this.path()),
            format!("add `fifo: true` to `{}`", entry.path()),
        ),
        (false, true) => (
            format!("the standard queue `{}` can give failed messages to a standard queue only", this.path()),
            format!("remove `fifo` from `{}`, or name another queue", entry.path()),
        ),
        _ => return,
    };
    report.push(
        Diagnostic::new(&rules::DEAD_LETTERS, &dead.to.span, message)
            .label("of the other kind")
            .related(&entry.name.span, "this queue")
            .help(help),
    );
}

/// The ending belongs to the name, and makes it longer than the kind knows.
fn check_fifo_name(queue: &Queue, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(fifo) = queue.fifo.as_ref().filter(|fifo| fifo.value) else { return };
    for (environment, _) in &model.environments {
        let name = format!("{}-{}", model.stack_name(&environment.value), this.name.value);
        let length = name.len() + FIFO_ENDING.len();
        if name.len() <= LONGEST_NAME && length > LONGEST_NAME {
            let message = format!("`{name}{FIFO_ENDING}` would have {length} characters, and SQS takes {LONGEST_NAME}");
            report.push(
                Diagnostic::new(&rules::LIMITS, &this.name.span, message)
                    .label("makes the name too long")
                    .related(&fifo.span, "together with the ending of FIFO queues")
                    .related(&environment.span, "and this environment")
                    .help("shorten the name of the queue, the environment or the system"),
            );
        }
    }
}
