//! `events` and `buses`: EventBridge rules, schedules and event buses.

mod bus;
mod check;
mod input;
mod rule;
mod rules;
mod schedule;

pub use bus::BUSES;

use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::model::{Admission, Chart, Entry, Home, Kind, Link, Lowering, Model, Sender, Thing, Verb, section};
use crate::source::Span;
use crate::spec::{
    Count, Either, Free, FreeMap, Mapping, Matching, OneOrMany, Pattern, PlainText, Reference, Scalar, Seconds, Target,
};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<EventRule>("events", "EventBridge rules and schedules: what starts things."),
    home: Home::Application,
    attributes: &[],
    longest_name: 64,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// What starts things: events that fit a pattern, objects in a bucket, or a schedule.
    pub struct EventRule {
        /// The events that are meant, as EventBridge writes it: each field has a list of the values that it may have.
        optional pattern: FreeMap = "pattern",
        /// Objects that are made in a bucket. The bucket tells EventBridge of them.
        optional objects: Either<Reference<Buckets>, Objects> = "objects",
        /// When it starts, as EventBridge Scheduler writes it: `rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)`, `at(2026-12-24T08:00:00)`.
        optional schedule: Matching<ScheduleExpression> = "schedule",
        /// The time zone of the schedule, with its daylight saving time; `UTC` unless told otherwise.
        optional time_zone: PlainText = "time-zone",
        /// The bus whose events are meant; the account's own unless told otherwise, where AWS's services send theirs.
        optional bus: Reference<Buses> = "bus",
        /// What is started or gets the event: at most five, of a schedule one. Builds and pipelines are started in the delivery account.
        required to: OneOrMany<Reference<Receivers>> = "to",
        /// What it gets instead of the event; text or anything that JSON can hold.
        optional input: Free = "input",
        /// What it gets instead of the event, made of parts of the event.
        optional transform: InputTransform = "transform",
        /// Environment variables of the build that is started: `$.detail.referenceName` is a part of the event, other text itself.
        optional env: Mapping<VariableName, Scalar> = "env",
        /// The revision that is built, as a part of the event; the newest of the branch unless told otherwise.
        optional revision: Matching<EventPath> = "revision",
        /// How often sending is tried again, at most 185 times; 185 unless told otherwise.
        optional retries: Count<0, 185> = "retries",
        /// How long sending is tried again, `1m` to `24h`; `24h` unless told otherwise.
        optional max_age: Seconds = "max-age",
        /// The queue that gets what could not be sent.
        optional dead_letters: Reference<Queues> = "dead-letters",
        /// Whether it starts anything at all; `true` unless told otherwise.
        optional enabled: bool = "enabled",
    }
    one_of ["pattern", "objects", "schedule"];
}

record! {
    /// Objects of a bucket that start something.
    pub struct Objects {
        /// The bucket.
        required bucket: Reference<Buckets> = "bucket",
        /// Only objects whose key begins so.
        optional prefix: PlainText = "prefix",
        /// Only objects whose key ends so.
        optional suffix: PlainText = "suffix",
        /// What happened to them; `created` unless told otherwise.
        optional when: Happening = "when",
    }
}

choice! {
    /// What happened to an object.
    pub enum Happening {
        /// It was uploaded, copied or overwritten.
        Created = "created",
        /// It was deleted, or got a delete marker.
        Deleted = "deleted",
    }
}

record! {
    /// Input made of parts of an event.
    pub struct InputTransform {
        /// The parts by name, each as a path: `{repository: $.detail.repositoryName}`.
        optional paths: Mapping<PartName, Matching<EventPath>> = "paths",
        /// The input, in which `<repository>` stands for a part: text, or anything that JSON can hold.
        required template: Free = "template",
    }
}

#[derive(Debug)]
pub struct Buckets;

impl Target for Buckets {
    const SECTIONS: &'static [&'static str] = &["buckets"];
}

#[derive(Debug)]
pub struct Buses;

impl Target for Buses {
    const SECTIONS: &'static [&'static str] = &["buses"];
}

#[derive(Debug)]
pub struct Queues;

impl Target for Queues {
    const SECTIONS: &'static [&'static str] = &["queues"];
}

/// What events can be sent to.
#[derive(Debug)]
pub struct Receivers;

impl Target for Receivers {
    const SECTIONS: &'static [&'static str] =
        &["functions", "queues", "topics", "streams", "workflows", "buses", "builds", "pipelines"];
}

/// `rate(…)`, `cron(…)` or `at(…)`; what stands inside is checked with all schedules.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleExpression;

impl Pattern for ScheduleExpression {
    const REGEX: &'static str = r"^(rate|cron|at)\([^\n\r()]+\)$";
    const EXPECTED: &'static str = "a schedule: `rate(…)`, `cron(…)` or `at(…)`";
    const EXAMPLE: &'static str = "rate(5 minutes)";

    fn matches(text: &str) -> bool {
        let inside = ["rate(", "cron(", "at("].into_iter().find_map(|word| text.strip_prefix(word)?.strip_suffix(')'));
        inside.is_some_and(|inside| !inside.is_empty() && !inside.contains(['\n', '\r', '(', ')']))
    }
}

/// `$.detail.referenceName`
#[derive(Clone, Copy, Debug)]
pub struct EventPath;

impl Pattern for EventPath {
    const REGEX: &'static str = r"^\$(\.[A-Za-z0-9_.*\[\]-]+)?$";
    const EXPECTED: &'static str = "a part of an event: `$` alone, or `$.` and the fields that lead to it";
    const EXAMPLE: &'static str = "$.detail.referenceName";

    fn matches(text: &str) -> bool {
        let word = |path: &str| {
            !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.*[]-".contains(&byte))
        };
        text == "$" || text.strip_prefix("$.").is_some_and(word)
    }
}

/// The name of a part of an event.
#[derive(Clone, Copy, Debug)]
pub struct PartName;

impl Pattern for PartName {
    const REGEX: &'static str = "^[A-Za-z0-9_-]{1,256}$";
    const EXPECTED: &'static str = "the name of a part: letters, digits, `_` and `-`";
    const EXAMPLE: &'static str = "repository";

    fn matches(text: &str) -> bool {
        (1..=256).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    }
}

/// What CodeBuild takes as the name of an environment variable of one's own.
#[derive(Clone, Copy, Debug)]
pub struct VariableName;

impl Pattern for VariableName {
    const REGEX: &'static str = "^(?!CODEBUILD_)[A-Za-z_][A-Za-z0-9_]{0,255}$";
    const EXPECTED: &'static str =
        "the name of an environment variable that CodeBuild does not keep for itself (`CODEBUILD_…`)";
    const EXAMPLE: &'static str = "REFERENCE_NAME";

    fn matches(text: &str) -> bool {
        let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        word && text.len() <= 256
            && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && !text.starts_with("CODEBUILD_")
    }
}

impl EventRule {
    /// Builds and pipelines are started where they are: in the delivery stack.
    fn home(&self, model: &Model) -> Home {
        let homes = self.to.value.0.iter().filter_map(|to| model.kind(&to.section)).map(|kind| kind.home);
        if homes.into_iter().any(|home| home == Home::Delivery) { Home::Delivery } else { Home::Application }
    }

    /// The bucket whose objects are meant, and more about them.
    fn bucket(&self) -> Option<(&Reference<Buckets>, &Span, Option<&Objects>)> {
        let objects = self.objects.as_ref()?;
        Some(match &objects.value {
            Either::Short(bucket) => (bucket, &objects.span, None),
            Either::Long(long) => (&long.bucket.value, &long.bucket.span, Some(long)),
        })
    }

    /// What happens to what could not be sent, as rules and schedules spell it alike, and how it gets to the queue of
    /// dead letters.
    fn failure(
        &self,
        this: &Entry,
        (service, source): (&'static str, Option<&Value>),
        lowering: &mut Lowering<'_>,
    ) -> (Vec<(&'static str, Value)>, Option<Admission>) {
        let number = |count: i64, span: &Span| Value::new(ValueKind::Integer(count), &Origin::authored(span));
        let mut settings = Vec::new();
        let retries = self.retries.as_ref().map(|retries| number(retries.0, &retries.span));
        let age = self.max_age.as_ref().map(|age| number(age.0 as i64, &age.span));
        if let Some(given) = retries.as_ref().or(age.as_ref()) {
            let policy = Value::map(&given.origin.clone())
                .with_some("MaximumRetryAttempts", retries)
                .with_some("MaximumEventAgeInSeconds", age);
            settings.push(("RetryPolicy", policy));
        }
        let admission = self.dead_letters.as_ref().and_then(|queue| {
            let origin = Origin::authored(&queue.span);
            let sender = Sender { service, entry: this, source: source.cloned(), origin: origin.clone() };
            let admission = lowering.admit(&queue.path(), &sender)?;
            settings.push(("DeadLetterConfig", Value::map(&origin).with("Arn", admission.arn.clone())));
            Some(admission)
        });
        (settings, admission)
    }

    fn state(&self, this: &Entry) -> Value {
        let (enabled, origin) = match &self.enabled {
            Some(enabled) => (enabled.value, Origin::authored(&enabled.span)),
            None => (true, this.derived("one that somebody switches off by hand is found")),
        };
        Value::text(if enabled { "ENABLED" } else { "DISABLED" }, &origin)
    }
}

impl Thing for EventRule {
    fn links(&self) -> Vec<Link> {
        let bucket = self.bucket().into_iter();
        bucket.map(|(bucket, span, _)| Link::to(Verb::On, bucket.path(), span)).collect()
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn charts(&self, this: &Entry, model: &Model) -> Vec<Chart> {
        if self.schedule.is_some() || self.home(model) != Home::Application {
            return Vec::new();
        }
        let metrics = [("Invocations", "Sum"), ("FailedInvocations", "Sum")];
        vec![Chart::new("Events", "AWS/Events", &rule::dimensions(self, this, &this.shown()), metrics)]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        match &self.schedule {
            Some(expression) => schedule::lower(self, expression, this, lowering),
            None => rule::lower(self, this, lowering),
        }
    }
}
