use crate::analysis::System;
use crate::analysis::event_source::{EventSource, Kind, event_sources};
use crate::analysis::value::{boolean, integer, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/event-source-setting",
        level: Level::Error,
        page: include_str!("event_source_setting.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// The most messages that a queue hands over at once without a wait, and that one with an order ever does.
const MESSAGES_AT_ONCE: i64 = 10;
/// In seconds.
const LEAST_RECORD_AGE: i64 = 60;

/// A setting, the sources that have it, and what to do for the others.
struct Setting {
    name: &'static str,
    fits: fn(Kind) -> bool,
    help: &'static str,
}

/// Source: Lambda API Reference, CreateEventSourceMapping (read 2026-04).
const SETTINGS: &[Setting] = &[
    Setting { name: "StartingPosition", fits: not_queue, help: "remove `StartingPosition`: a queue has no positions" },
    Setting {
        name: "StartingPositionTimestamp",
        fits: not_queue,
        help: "remove `StartingPositionTimestamp`: a queue has no positions",
    },
    Setting {
        name: "BisectBatchOnFunctionError",
        fits: not_queue,
        help: "remove `BisectBatchOnFunctionError`, and write `FunctionResponseTypes: [ReportBatchItemFailures]`",
    },
    Setting {
        name: "MaximumRetryAttempts",
        fits: not_queue,
        help: "remove `MaximumRetryAttempts`, and set `maxReceiveCount` in the `RedrivePolicy` of the queue",
    },
    Setting {
        name: "MaximumRecordAgeInSeconds",
        fits: not_queue,
        help: "remove `MaximumRecordAgeInSeconds`, and set `MessageRetentionPeriod` of the queue",
    },
    Setting {
        name: "DestinationConfig",
        fits: not_queue,
        help: "remove `DestinationConfig`, and name a queue for failed messages in the `RedrivePolicy` of the queue",
    },
    Setting { name: "ParallelizationFactor", fits: Kind::has_shards, help: "remove `ParallelizationFactor`" },
    Setting { name: "TumblingWindowInSeconds", fits: Kind::has_shards, help: "remove `TumblingWindowInSeconds`" },
    Setting { name: "ScalingConfig", fits: is_queue, help: "remove `ScalingConfig`" },
];

fn is_queue(kind: Kind) -> bool {
    kind == Kind::Queue
}

fn not_queue(kind: Kind) -> bool {
    kind != Kind::Queue
}

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for source in event_sources(system) {
        if let Some(kind) = source.kind {
            unfit(&source, kind, findings);
            if is_queue(kind) {
                batch(&source, findings);
            } else {
                position(&source, kind, findings);
            }
        }
        instant(&source, findings);
        age(&source, findings);
    }
}

fn unfit(source: &EventSource<'_>, kind: Kind, findings: &mut Vec<Diagnostic>) {
    for setting in SETTINGS.iter().filter(|setting| !(setting.fits)(kind)) {
        let Some(value) = look(source.properties, &format!("/{}", setting.name)).found() else { continue };
        let switched_off = boolean(value) == Some(false) || integer(value) == Some(0);
        if !switched_off {
            let message = format!("`{}` is not for {}, and Lambda refuses it there", setting.name, kind.name());
            findings.push(Diagnostic::new(&LINT.rule, value.key_span(), message).help(setting.help));
        }
    }
}

fn position(source: &EventSource<'_>, kind: Kind, findings: &mut Vec<Diagnostic>) {
    let position = look(source.properties, "/StartingPosition");
    if position.is_absent() && kind.has_shards() && !source.stack.open {
        let message =
            format!("`{}` reads {} and does not say from where, so Lambda refuses it", source.name, kind.name());
        findings.push(
            Diagnostic::new(&LINT.rule, source.span, message)
                .help("add `StartingPosition: LATEST`, or `TRIM_HORIZON` to begin with the oldest record"),
        );
    }
    if let Some(value) = position.found()
        && kind == Kind::Table
        && text(value).as_deref() == Some("AT_TIMESTAMP")
    {
        let message = "the stream of a table cannot be read from a point in time, and Lambda refuses this mapping";
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message).help("write `TRIM_HORIZON` or `LATEST` instead"),
        );
    }
}

fn instant(source: &EventSource<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(position) = look(source.properties, "/StartingPosition").found() else { return };
    if text(position).as_deref() == Some("AT_TIMESTAMP")
        && source.kind.is_none_or(|kind| kind != Kind::Table && not_queue(kind))
        && look(source.properties, "/StartingPositionTimestamp").is_absent()
        && !source.stack.open
    {
        let message = "reading begins at a point in time, which nothing gives, so Lambda refuses this mapping";
        findings.push(
            Diagnostic::new(&LINT.rule, &position.origin.span, message)
                .help("add `StartingPositionTimestamp`, in seconds since 1970, or write `TRIM_HORIZON` or `LATEST`"),
        );
    }
}

fn age(source: &EventSource<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(value) = look(source.properties, "/MaximumRecordAgeInSeconds").found() else { return };
    if integer(value).is_some_and(|age| (0..LEAST_RECORD_AGE).contains(&age)) && source.kind != Some(Kind::Queue) {
        let message = "Lambda refuses an age of less than 60 seconds, after which records would be given up";
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help("write 60 or more, or `-1` to try until the record expires"),
        );
    }
}

fn batch(source: &EventSource<'_>, findings: &mut Vec<Diagnostic>) {
    let size = look(source.properties, "/BatchSize").found();
    let window = look(source.properties, "/MaximumBatchingWindowInSeconds");
    let no_window = window.is_absent() || window.found().and_then(integer) == Some(0);
    if let Some(size) = size
        && integer(size).is_some_and(|size| size > MESSAGES_AT_ONCE)
    {
        if source.is_fifo() {
            let message = "a FIFO queue hands over at most 10 messages at once, and Lambda refuses a larger batch";
            findings.push(Diagnostic::new(&LINT.rule, &size.origin.span, message).help("write 10 or less"));
        } else if no_window && !source.stack.open {
            let message = "Lambda refuses a batch of more than 10 messages that it may not wait for";
            findings.push(
                Diagnostic::new(&LINT.rule, &size.origin.span, message)
                    .help("add `MaximumBatchingWindowInSeconds: 1` or more, or write 10 or less"),
            );
        }
    }
    if let Some(window) = window.found()
        && source.is_fifo()
        && integer(window).is_some_and(|seconds| seconds > 0)
    {
        let message = "Lambda does not wait for messages of a FIFO queue, and refuses a batching window for it";
        findings.push(
            Diagnostic::new(&LINT.rule, window.key_span(), message).help("remove `MaximumBatchingWindowInSeconds`"),
        );
    }
}
