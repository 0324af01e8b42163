//! `flink`: applications of Managed Service for Apache Flink.

mod check;
mod check_release;
mod contract;
mod lower;
mod release;
mod rules;
mod runtime;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{
    Attribute, Chart, Contract, Entry, Gives, Home, Kind, Link, Lowering, Model, Step, StepRequest, Thing, Verb, links,
    section,
};
use crate::source::Located;
use crate::spec::{Anything, Count, Mapping, OneOrMany, Pattern, Reference, Scalar, Seconds, Target, Valued};
use crate::{choice, record};

use contract::Release;
use runtime::Runtime;

pub const KIND: Kind = Kind {
    section: section::<Application>("flink", "Applications of Managed Service for Apache Flink."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Thing, doc: "The application's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::Thing, doc: "The application's ARN." },
    ],
    longest_name: 128,
    idle: None,
    steps: &["release"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Flink application with its running job and its state. Snapshots are on, and so is AWS's own rollback of failed updates.
    pub struct Application {
        /// The version of Flink.
        required runtime: Runtime = "runtime",
        /// The build whose output the application runs. What runs is what was released: see the step `release`.
        required code: Reference<Builds> = "code",
        /// How much runs at once.
        optional parallelism: Parallelism = "parallelism",
        /// When state is made durable.
        optional checkpoints: Checkpoints = "checkpoints",
        /// Whether state survives an update; `true` unless told otherwise.
        optional snapshots: bool = "snapshots",
        /// How much the application logs; `info` unless told otherwise.
        optional log_level: LogLevel = "log-level",
        /// Property groups that the application reads at its start.
        optional properties: Mapping<GroupId, Mapping<PropertyKey, Scalar>> = "properties",
        /// The network that the application runs in, to reach what lets in only what stands there. It reaches anything else, its log and its streams too, by the network's `nat` and `endpoints`.
        optional network: Reference<Networks> = "network",
        /// What the application reads.
        optional reads: OneOrMany<Reference<Anything>> = "reads",
        /// What the application writes to.
        optional writes: OneOrMany<Reference<Anything>> = "writes",
        /// What the application calls.
        optional calls: OneOrMany<Reference<Anything>> = "calls",
        /// What a release goes through.
        optional release: Release = "release",
    }
}

record! {
    /// How much of an application runs at once.
    pub struct Parallelism {
        /// Parallel subtasks of each operator.
        required tasks: Valued<Count<1, 2048>> = "tasks",
        /// The maximum parallelism that the job's code sets (`env.setMaxParallelism`), if it sets one. State is kept for this many parts and no others, so it stays as long as the state does.
        optional maximum: Count<1, 32768> = "maximum",
        /// Subtasks per Kinesis Processing Unit (1 vCPU, 4 GiB); 1 unless told otherwise.
        optional per_kpu: Valued<Count<1, 8>> = "per-kpu",
        /// Whether AWS changes the parallelism with the load; `false` unless told otherwise.
        optional autoscale: bool = "autoscale",
    }
}

record! {
    /// When state is made durable.
    pub struct Checkpoints {
        /// From one checkpoint to the next, at least `1s`; `1m` unless told otherwise.
        optional interval: Seconds = "interval",
        /// At least so long without one; `5s` unless told otherwise.
        optional pause: Seconds = "pause",
    }
}

choice! {
    /// How much an application logs.
    pub enum LogLevel {
        /// Everything: slows the application.
        Debug = "debug",
        /// What happens.
        Info = "info",
        /// What may be wrong.
        Warn = "warn",
        /// What is wrong.
        Error = "error",
    }
}

#[derive(Debug)]
pub struct Builds;

impl Target for Builds {
    const SECTIONS: &'static [&'static str] = &["builds"];
}

/// The name of a property group.
#[derive(Clone, Copy, Debug)]
pub struct GroupId;

impl Pattern for GroupId {
    const REGEX: &'static str = "^[a-zA-Z0-9_.-]{1,50}$";
    const EXPECTED: &'static str = "a property group's id: 1 to 50 letters, digits, `_`, `.` and `-`";
    const EXAMPLE: &'static str = "KinesisReader";

    fn matches(text: &str) -> bool {
        (1..=50).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    }
}

/// The key of a property.
#[derive(Clone, Copy, Debug)]
pub struct PropertyKey;

impl Pattern for PropertyKey {
    const REGEX: &'static str = r"^[^\n\r\u2028\u2029]{1,2048}$";
    const EXPECTED: &'static str = "a property's key: 1 to 2,048 characters in one line";
    const EXAMPLE: &'static str = "input.stream.name";

    fn matches(text: &str) -> bool {
        (1..=2048).contains(&text.chars().count()) && !text.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }
}

impl Application {
    fn snapshots(&self) -> bool {
        self.snapshots.as_ref().is_none_or(|snapshots| snapshots.value)
    }
}

impl Thing for Application {
    fn links(&self) -> Vec<Link> {
        links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes), (Verb::Calls, &self.calls)])
    }

    fn network(&self, _model: &Model) -> Option<String> {
        self.network.as_ref().map(|network| network.path())
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        match attribute {
            "name" => Some(Value::sub(format!("${{AWS::StackName}}-{}", this.name.value), origin)),
            "arn" => Some(lower::arn(this, origin)),
            _ => None,
        }
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        (request.verb == "release").then(|| release::step(self, this, request, lowering)).flatten()
    }

    fn released_build(&self) -> Option<String> {
        Some(self.code.path())
    }

    fn contract(&self, this: &Entry, model: &Model, environment: &str) -> Option<Contract> {
        Some(release::contract(self, this, model, environment))
    }

    fn watched_alarms(&self) -> Vec<Located<String>> {
        self.release.iter().flat_map(|release| release.own_alarms()).collect()
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = [("Application", this.physical_name())];
        let chart = |title, metrics| Chart::new(title, "AWS/KinesisAnalytics", &name, metrics);
        vec![
            chart("Records in and out", [("numRecordsInPerSecond", "Average"), ("numRecordsOutPerSecond", "Average")]),
            chart("Use", [("cpuUtilization", "Maximum"), ("heapMemoryUtilization", "Maximum")]),
            chart("State", [("lastCheckpointDuration", "Maximum"), ("numberOfFailedCheckpoints", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}
