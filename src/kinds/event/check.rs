//! Refuses rules and schedules that AWS refuses, and those that would never start anything. What a pattern, a schedule
//! and a time zone must be is checked with those of all templates.

use super::input::{PREDEFINED, placeholders};
use super::{EventRule, rules};
use crate::diagnostic::{Diagnostic, nearest};
use crate::kinds::delivery;
use crate::model::{Entry, Home, Model};
use crate::source::Span;
use crate::spec::Free;

/// EventBridge API reference, PutTargets. Read 2026-04.
const MOST_TARGETS: usize = 5;
/// EventBridge API reference, RetryPolicy: MaximumEventAgeInSeconds. Read 2026-04.
const AGE_SECONDS: std::ops::RangeInclusive<u64> = 60..=86_400;

pub(super) fn check(event: &EventRule, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    if let Some(pattern) = &event.pattern {
        let mut nulls = Vec::new();
        find_nulls(&pattern.value.0, &mut nulls);
        for span in nulls {
            report.push(
                Diagnostic::new(&rules::NULL_IN_PATTERN, span, "templates have no null, so no pattern can ask for it")
                    .label("CloudFormation refuses this")
                    .help("write `{exists: false}` for a field that is not there, or `{anything-but: …}` for another value"),
            );
        }
    }
    if let Some(age) = event.max_age.as_ref().filter(|age| !AGE_SECONDS.contains(&age.0)) {
        report.push(
            Diagnostic::new(
                &rules::LIMITS,
                &age.span,
                format!("EventBridge tries for 1 minute to 24 hours, not for `{}`", age.span.text()),
            )
            .label("AWS refuses this")
            .help("write a time from `1m` to `24h`"),
        );
    }
    check_targets(event, report);
    check_keys(event, report);
    check_transform(event, report);
    if event.home(model) == Home::Delivery {
        check_reach(event, this, model, report);
    }
}

fn find_nulls<'a>(value: &'a Free, found: &mut Vec<&'a Span>) {
    let inside = value.items().iter().chain(value.entries().iter().map(|(_, value)| value));
    for inner in inside {
        match inner.value {
            Free::Null => found.push(&inner.span),
            _ => find_nulls(&inner.value, found),
        }
    }
}

fn check_targets(event: &EventRule, report: &mut Vec<Diagnostic>) {
    let targets = &event.to.value.0;
    let (most, what, help) = match &event.schedule {
        Some(_) => (1, "a schedule", "give each its own schedule, or send to a topic that they subscribe to"),
        None => (MOST_TARGETS, "a rule", "write a second rule with the same pattern"),
    };
    if let Some(surplus) = targets.get(most) {
        report.push(
            Diagnostic::new(
                &rules::TARGETS,
                &surplus.span,
                format!("{what} sends to at most {most}, and this one has {}", targets.len()),
            )
            .label("AWS refuses this")
            .help(help),
        );
    }
    if let (Some(schedule), Some(bus)) = (&event.schedule, targets.iter().find(|to| to.section == "buses")) {
        report.push(
            Diagnostic::new(
                &rules::TARGETS,
                &bus.span,
                "a schedule has no event with a source and a type, which a bus wants",
            )
            .label("AWS refuses this")
            .related(&schedule.span, "the schedule")
            .help("start a function that sends the event"),
        );
    }
}

/// Keys that mean nothing beside others.
fn check_keys(event: &EventRule, report: &mut Vec<Diagnostic>) {
    let span = |span: Option<&Span>| span.cloned();
    let bus = span(event.bus.as_ref().map(|it| &it.span));
    let transform = span(event.transform.as_ref().map(|it| &it.span));
    let env = span(event.env.as_ref().map(|it| &it.span));
    let revision = span(event.revision.as_ref().map(|it| &it.span));
    let input = span(event.input.as_ref().map(|it| &it.span));
    let mut unfit = |span: &Option<Span>, message: &str, help: &str| {
        if let Some(span) = span {
            report.push(Diagnostic::new(&rules::UNFIT_KEY, span, message).label("means nothing here").help(help));
        }
    };
    let starts = |section: &str| event.to.value.0.iter().any(|to| to.section == section);
    let (starts_build, starts_pipeline) = (starts("builds"), starts("pipelines"));
    if event.schedule.is_some() {
        unfit(&bus, "schedules are of no bus: only events are", "remove `bus`");
        for part in [&transform, &env, &revision] {
            unfit(part, "a schedule has no event to take parts of", "write `input` with what is known beforehand");
        }
        if starts_build || starts_pipeline {
            unfit(&input, "a scheduled build or pipeline gets no input", "remove `input`");
        }
        return;
    }
    let zone = span(event.time_zone.as_ref().map(|it| &it.span));
    unfit(&zone, "only a schedule has a time zone", "remove `time-zone`");
    if event.objects.is_some() {
        unfit(&bus, "buckets send to the account's own bus only", "remove `bus`");
    }
    if !starts_build {
        for part in [&env, &revision] {
            unfit(part, "only a build has variables and a revision", "write `input` or `transform` instead");
        }
    }
    let inputs: Vec<_> = [("input", &input), ("transform", &transform), ("env", &env)]
        .into_iter()
        .filter_map(|(key, span)| Some((key, span.clone()?)))
        .collect();
    if let [(first, _), (second, span), ..] = inputs.as_slice() {
        let message = format!("`{first}` and `{second}` exclude each other: what is sent is one of them");
        unfit(&Some(span.clone()), &message, "keep one of them");
    } else if let (Some(_), [(key, _)]) = (&revision, inputs.as_slice())
        && *key != "env"
    {
        let message = format!("`{key}` is all that the build gets, so `revision` has no place");
        unfit(&revision, &message, "write `sourceVersion` into it, or use `env`");
    }
}

/// A part that no path leads to stays empty.
fn check_transform(event: &EventRule, report: &mut Vec<Diagnostic>) {
    let Some(transform) = &event.transform else { return };
    let parts = transform.paths.iter().flat_map(|paths| &paths.entries);
    let known: Vec<&str> = parts.map(|(name, _)| name.value.as_str()).chain(PREDEFINED).collect();
    for (name, span) in placeholders(transform) {
        if known.contains(&name.as_str()) {
            continue;
        }
        let diagnostic = Diagnostic::new(
            &rules::UNDEFINED_PART,
            &span,
            format!("no path says which part of the event `<{name}>` is"),
        )
        .label("stays empty");
        report.push(match nearest(&name, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `<{near}>`?")),
            None => diagnostic.help(format!("add it to `paths`, for example `{name}: $.detail.{name}`")),
        });
    }
}

/// Builds and pipelines are started in the delivery account, where the things of environments are not.
fn check_reach(event: &EventRule, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let builds = event.to.value.0.iter().filter(|to| to.section == "builds");
    for (to, reason) in builds.filter_map(|to| Some((to, delivery::needs_pipeline(model, &to.path())?))) {
        report.push(
            Diagnostic::new(
                &rules::OUT_OF_REACH,
                &to.span,
                format!("only a pipeline can start `{}`: {reason}", to.path()),
            )
            .label("cannot be started by an event")
            .help("write a pipeline whose first step is the build; a push starts it"),
        );
    }
    let is_elsewhere = |section: &str| model.kind(section).is_some_and(|kind| kind.home == Home::Application);
    let others = event.to.value.0.iter().filter(|to| is_elsewhere(&to.section)).map(|to| &to.span);
    let bucket = event.bucket().map(|(_, span, _)| span);
    let bus = event.bus.as_ref().map(|bus| &bus.span);
    let queue = event.dead_letters.as_ref().map(|queue| &queue.span);
    let expressions = this.expressions.iter().map(|expression| &expression.span);
    for span in others.chain(bucket).chain(bus).chain(queue).chain(expressions) {
        report.push(
            Diagnostic::new(
                &rules::OUT_OF_REACH,
                span,
                "builds and pipelines are started in the delivery account, where the things of environments are not",
            )
            .label("is not there")
            .help(format!("leave it out, or write a rule of its own for it beside `{}`", this.path())),
        );
    }
}
