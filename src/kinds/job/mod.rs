//! `jobs`: Glue jobs.

mod check;
mod login;
mod lower;
mod rules;
mod run;
pub(super) mod schedule;
mod script;
mod status;

use serde_json::{Value as Json, json};

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::bucket::location::Location;
use crate::kinds::network::Networks;
use crate::kinds::step_function::DEFAULT_WINDOW_SECONDS;
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Statement, Step, StepRequest, Thing, Verb,
    links, logical_id, section_of_files,
};
use crate::release::Shown;
use crate::source::Located;
use crate::spec::{
    Anything, Count, Decoder, Definitions, Mapping, Matching, OneOrMany, Pattern, Reference, Scalar, Seconds, Shape,
    Text, Valued,
};
use crate::syntax::{Node, PlainKind, Value as Written};
use crate::{choice, record};

use login::Login;
use schedule::Cron;
use script::Script;

pub const KIND: Kind = Kind {
    section: section_of_files::<Job>("jobs", "Glue jobs.", "script"),
    home: Home::Application,
    attributes: &[Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The job's name." }],
    longest_name: 255,
    idle: None,
    steps: &["release", "start"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Glue job with a role of its own: a Python script, or a program for Spark.
    pub struct Job {
        /// A Python script on one machine, with this version of Python.
        optional python_shell: PythonVersion = "python-shell",
        /// A Spark program that ends, with this version of Glue.
        optional spark: GlueVersion = "spark",
        /// A Spark program that reads streams and does not end, with this version of Glue.
        optional streaming: GlueVersion = "streaming",
        /// The script, a `.py` file or for Spark a `.scala` file: the path of a file beside this one (`scripts/load.py`), which is brought into a bucket before the stack is deployed; or a place in a bucket (`buckets.scripts/load.py`), where a pipeline's step `copy` puts it. With `each` the file that matches unless told otherwise.
        optional script: Script = "script",
        /// Packages of PyPI that Glue installs at the start of each run, each with its version: `[pyarrow==17.0.0]`.
        optional packages: OneOrMany<Matching<Requirement>> = "packages",
        /// What the script gets as `--name value`. Those of wired things (`--STREAM_TRIPS_NAME`) come by themselves.
        optional arguments: Mapping<ArgumentName, Scalar> = "arguments",
        /// The machines of a Spark job; two of `G.1X` unless told otherwise.
        optional workers: JobWorkers = "workers",
        /// The size of a Python script's machine in data processing units (4 vCPUs, 16 GiB): `0.0625` or `1`; `0.0625` unless told otherwise.
        optional capacity: Capacity = "capacity",
        /// A folder for what Spark writes for the time being, such as checkpoints; the argument `--TempDir`.
        optional temp: Location = "temp",
        /// A run is ended after this time, whole minutes below `7d`. Unless told otherwise after `48h`, with Glue 5.0 and later `8h`; a streaming job of those versions must say it.
        optional timeout: Seconds = "timeout",
        /// How often a failed run is tried again; not at all unless told otherwise.
        optional retries: Count<0, 10> = "retries",
        /// How many runs there may be at once; one unless told otherwise.
        optional max_concurrent: Count<1, 1000> = "max-concurrent",
        /// Day and hour (UTC) at which Glue may restart a streaming job, e.g. `Sun:3`. It then goes on instead of ending with its timeout of seven days.
        optional maintenance: Matching<MaintenanceWindow> = "maintenance",
        /// The network that the job runs in, and the database there.
        optional connection: JobConnection = "connection",
        /// What the job reads.
        optional reads: OneOrMany<Reference<Anything>> = "reads",
        /// What the job writes to.
        optional writes: OneOrMany<Reference<Anything>> = "writes",
        /// What the job calls.
        optional calls: OneOrMany<Reference<Anything>> = "calls",
        /// When a run starts, in UTC; only when somebody starts it unless told otherwise.
        optional schedule: Matching<Cron> = "schedule",
        /// How long a pipeline's step `start` or `release` may wait for the job, at most `24h`; `2h` unless told otherwise.
        optional deadline: Seconds = "deadline",
        /// What a pipeline's step `release` of a streaming job goes through.
        optional release: JobRelease = "release",
    }
    one_of ["python-shell", "spark", "streaming"];
}

record! {
    /// What a release of a streaming job goes through: how long it waits, and when the new run is well.
    pub struct JobRelease {
        /// How long a release may take in all, with its waiting and its health window; then it fails. `2h` unless told otherwise, at most `24h`.
        optional deadline: Seconds = "deadline",
        /// When the new run is well. What is not shown to be well counts as failed.
        optional health: JobHealth = "health",
    }
}

record! {
    /// When a run of a streaming job is well: it stays RUNNING, and Glue tells of no error.
    pub struct JobHealth {
        /// How long it is watched; `5m` unless told otherwise.
        optional window: Seconds = "for",
    }
}

record! {
    /// The machines of a Spark job.
    pub struct JobWorkers {
        /// What each of them is.
        required kind: WorkerType = "type",
        /// How many, the driver's included.
        required count: Valued<Count<2, 10_000>> = "count",
    }
}

record! {
    /// A way into a network, and to a database there.
    pub struct JobConnection {
        /// The address of the database, e.g. `jdbc:mysql://db.acme.internal:3306/hr`. The connection is made with TLS.
        optional jdbc: Text = "jdbc",
        /// The secret that holds `username` and `password` of the database: one of this file (`secrets.mysql`), which the job then `reads` as well, or the name of any other in Secrets Manager.
        optional secret: Login = "secret",
        /// The network that the job runs in, in its first private subnet. It needs a way to S3 and to Glue: a NAT gateway, or endpoints.
        required network: Reference<Networks> = "network",
    }
}

choice! {
    /// The Python of a Python shell job.
    pub enum PythonVersion {
        /// Python 3.9.
        Python39 = "3.9",
    }
}

choice! {
    /// A version of Glue.
    pub enum GlueVersion {
        /// Spark 3.1, Python 3.7.
        V30 = "3.0",
        /// Spark 3.3, Python 3.10.
        V40 = "4.0",
        /// Spark 3.5, Python 3.11.
        V50 = "5.0",
        /// Spark 3.5, Python 3.11, newer libraries.
        V51 = "5.1",
        /// The newest.
        V60 = "6.0",
    }
}

choice! {
    /// What each worker of a Spark job is.
    pub enum WorkerType {
        /// 2 vCPUs, 4 GiB; streaming jobs only.
        G025X = "G.025X",
        /// 4 vCPUs, 16 GiB.
        G1X = "G.1X",
        /// 8 vCPUs, 32 GiB.
        G2X = "G.2X",
        /// 16 vCPUs, 64 GiB.
        G4X = "G.4X",
        /// 32 vCPUs, 128 GiB.
        G8X = "G.8X",
        /// 48 vCPUs, 192 GiB; Glue 4.0 and later.
        G12X = "G.12X",
        /// 64 vCPUs, 256 GiB; Glue 4.0 and later.
        G16X = "G.16X",
        /// 4 vCPUs, 32 GiB; Glue 4.0 and later.
        R1X = "R.1X",
        /// 8 vCPUs, 64 GiB; Glue 4.0 and later.
        R2X = "R.2X",
        /// 16 vCPUs, 128 GiB; Glue 4.0 and later.
        R4X = "R.4X",
        /// 32 vCPUs, 256 GiB; Glue 4.0 and later.
        R8X = "R.8X",
    }
}

/// Data processing units of a Python shell job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity(pub f64);

const CAPACITIES: [f64; 2] = [0.0625, 1.0];

impl Shape for Capacity {
    fn schema(_: &mut Definitions) -> Json {
        json!({ "enum": [0.0625, 1] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let number = match &node.value {
            Written::Scalar(scalar) => match scalar.kind() {
                PlainKind::Float(number) => Some(number),
                PlainKind::Integer(number) => Some(number as f64),
                _ => None,
            },
            _ => None,
        };
        match number {
            None => decoder.wrong_type(node, "a number: `0.0625` or `1`"),
            Some(number) if CAPACITIES.contains(&number) => return Some(Self(number)),
            Some(number) => decoder.bad_value(
                node,
                format!("a Python shell job has 0.0625 or 1 data processing units, not {number}"),
                "write `0.0625` or `1`",
            ),
        }
        None
    }
}

/// The name of an argument, without the dashes that Glue wants before it.
#[derive(Clone, Copy, Debug)]
pub struct ArgumentName;

impl Pattern for ArgumentName {
    const REGEX: &'static str = "^[A-Za-z][A-Za-z0-9_.-]*$";
    const EXPECTED: &'static str =
        "the name of an argument, without dashes before it: a letter, then letters, digits, `_`, `.` and `-`";
    const EXAMPLE: &'static str = "target-table";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    }
}

/// A package with its version.
#[derive(Clone, Copy, Debug)]
pub struct Requirement;

impl Pattern for Requirement {
    const REGEX: &'static str = r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._-]+\])?==[A-Za-z0-9][A-Za-z0-9._+!-]*$";
    const EXPECTED: &'static str = "a package with its exact version";
    const EXAMPLE: &'static str = "pyarrow==17.0.0";

    fn matches(text: &str) -> bool {
        let word = |text: &str, also: &[u8]| {
            text.starts_with(|first: char| first.is_ascii_alphanumeric())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
        };
        let Some((package, version)) = text.split_once("==") else { return false };
        let (name, extra) = match package.split_once('[') {
            Some((name, rest)) => (name, rest.strip_suffix(']')),
            None => (package, Some("none")),
        };
        let is_extra = |extra: &str| {
            !extra.is_empty() && extra.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        word(name, b"._-") && extra.is_some_and(is_extra) && word(version, b"._+!-")
    }
}

/// When Glue may restart a streaming job.
#[derive(Clone, Copy, Debug)]
pub struct MaintenanceWindow;

impl Pattern for MaintenanceWindow {
    const REGEX: &'static str = "^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01]?[0-9]|2[0-3])$";
    const EXPECTED: &'static str = "a day of the week and an hour from 0 to 23";
    const EXAMPLE: &'static str = "Sun:3";

    fn matches(text: &str) -> bool {
        let Some((day, hour)) = text.split_once(':') else { return false };
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].contains(&day)
            && (1..=2).contains(&hour.len())
            && hour.bytes().all(|byte| byte.is_ascii_digit())
            && hour.parse::<u8>().is_ok_and(|hour| hour < 24)
    }
}

impl GlueVersion {
    /// From here on a run without a timeout ends after eight hours.
    fn ends_after_eight_hours(self) -> bool {
        matches!(self, Self::V50 | Self::V51 | Self::V60)
    }

    fn is_before_four(self) -> bool {
        self == Self::V30
    }
}

impl Job {
    /// The version of a Spark job.
    fn spark(&self) -> Option<GlueVersion> {
        self.spark.as_ref().or(self.streaming.as_ref()).map(|version| version.value)
    }

    /// How long a pipeline's step may take, if that is written.
    fn deadline_of(&self, verb: &str) -> Option<&Located<Seconds>> {
        let of_releases = self.release.as_ref().and_then(|release| release.deadline.as_ref());
        of_releases.filter(|_| verb == "release").or(self.deadline.as_ref())
    }

    /// How long the new run is watched, if that is written.
    fn window(&self) -> Option<&Located<Seconds>> {
        self.release.as_ref()?.health.as_ref()?.window.as_ref()
    }

    fn window_seconds(&self) -> u64 {
        self.window().map_or(DEFAULT_WINDOW_SECONDS, |window| window.0)
    }
}

impl Thing for Job {
    fn links(&self) -> Vec<Link> {
        let mut links = links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes), (Verb::Calls, &self.calls)]);
        if let Some((secret, span)) = self.connection.as_ref().and_then(|it| it.own_secret())
            && !links.iter().any(|link| link.target == secret.path())
        {
            links.push(Link::to(Verb::Reads, secret.path(), span));
        }
        links
    }

    fn network(&self, _model: &Model) -> Option<String> {
        self.connection.as_ref().map(|connection| connection.network.path())
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn declines(&self, verb: &str) -> Option<(&'static str, &'static str)> {
        match (verb, &self.streaming) {
            ("start", Some(_)) => Some((
                "a streaming job does not end, and the step would wait for its end",
                "write `release`, which ends the run that there is and starts one that runs the current script",
            )),
            ("release", None) => Some((
                "only a streaming job runs on and has to be told of a new script",
                "write `start` to run it once, or remove the step: the next run takes the current script",
            )),
            _ => None,
        }
    }

    fn shown(&self, this: &Entry, model: &Model, environment: &str) -> Option<Shown> {
        status::shown(self, this, model, environment)
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        matches!(request.verb, "start" | "release").then(|| run::step(self, this, request, lowering))
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let arn = Value::sub(
            format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:job/${{{id}}}"),
            origin,
        );
        let actions = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"];
        (verb == Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(&actions, vec![arn], origin)],
            environment: vec![("name", Value::reference(id, origin))],
            event_source: None,
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::glue::{Version, major, version};

    #[test]
    fn packages_have_a_version() {
        for good in ["pyarrow==17.0.0", "awswrangler[mysql]==3.9.1", "a_b.c-d==1.0+local"] {
            assert!(Requirement::matches(good), "{good}");
        }
        for bad in ["pyarrow", "pyarrow>=1", "==1", "a[]==1", "a[b==1", "a==", "a==1 b", "-r==1"] {
            assert!(!Requirement::matches(bad), "{bad}");
        }
    }

    #[test]
    fn every_version_is_maintained() {
        for known in [GlueVersion::V30, GlueVersion::V40, GlueVersion::V50, GlueVersion::V51, GlueVersion::V60] {
            assert_eq!(version(known.word()), Version::Maintained, "{}", known.word());
            assert_eq!(major(known.word()) >= Some(5), known.ends_after_eight_hours(), "{}", known.word());
            assert_eq!(major(known.word()) < Some(4), known.is_before_four(), "{}", known.word());
        }
    }
}
