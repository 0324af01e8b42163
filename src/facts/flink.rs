//! What each `RuntimeEnvironment` of Managed Service for Apache Flink runs, and until when.

use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("flink.json")).expect("the facts are part of the program"));

/// One value of `RuntimeEnvironment`.
#[derive(Clone, Copy, Debug)]
pub struct Runtime {
    /// `FLINK-1_20`
    pub environment: &'static str,
    facts: &'static Json,
}

/// What a runtime is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Runs a job from a JAR or ZIP file.
    Flink,
    /// Runs Zeppelin notebooks.
    Notebook,
    /// Kinesis Data Analytics for SQL.
    Sql,
}

/// The last days of a runtime, `2025-10-16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// From then on no application can be made with it.
    pub created: &'static str,
    /// From then on no application can be started with it.
    pub started: &'static str,
}

/// A CloudWatch metric that newer runtimes do not send, or will stop to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoneMetric {
    /// `false`: it is deprecated, and still sent.
    pub removed: bool,
    /// What to look at in its place; may be empty.
    pub instead: Vec<&'static str>,
}

impl Runtime {
    /// The runtime with the name that CloudFormation uses, e.g. `FLINK-1_20`.
    pub fn get(environment: &str) -> Option<Self> {
        runtimes().find(|runtime| runtime.environment == environment)
    }

    pub fn kind(self) -> Kind {
        match self.facts["kind"].as_str() {
            Some("notebook") => Kind::Notebook,
            Some("sql") => Kind::Sql,
            _ => Kind::Flink,
        }
    }

    /// The major and minor version of Apache Flink; `None` for SQL.
    pub fn flink(self) -> Option<(u64, u64)> {
        let part = |index: usize| self.facts["version"][index].as_u64();
        Some((part(0)?, part(1)?))
    }

    /// The Java that runs the job: class files of a newer one fail at its start. `None` for SQL.
    pub fn java(self) -> Option<u64> {
        self.facts["java"].as_u64()
    }

    /// The Pythons that run the job, `3.11`; empty where there is none or it is not known.
    pub fn pythons(self) -> Vec<&'static str> {
        self.facts["python"].as_array().into_iter().flatten().filter_map(Json::as_str).collect()
    }

    /// When AWS ended the runtime; `None` while it is supported.
    pub fn end(self) -> Option<End> {
        let ends = self.facts.get("ends")?;
        Some(End { created: ends["created"].as_str()?, started: ends["started"].as_str()? })
    }

    /// What became of a metric that earlier runtimes send; `None` when this one sends it as ever.
    pub fn gone_metric(self, name: &str) -> Option<GoneMetric> {
        let (major, _) = self.flink()?;
        let gone = FACTS["metrics-gone"].get(major.to_string())?.get(name)?;
        let instead = gone["instead"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        Some(GoneMetric { removed: gone["is"] == "removed", instead })
    }
}

/// Every runtime that CloudFormation knows, oldest first within each kind.
pub fn runtimes() -> impl Iterator<Item = Runtime> {
    let runtimes = FACTS["runtimes"].as_object().into_iter().flatten();
    runtimes.map(|(environment, facts)| Runtime { environment, facts })
}

/// The newest runtime of the kind and of the same major version of Flink that AWS still supports; any major when
/// none is left.
pub fn successor(runtime: Runtime) -> Option<Runtime> {
    let major = |it: Runtime| it.flink().map(|(major, _)| major);
    let kind = if runtime.kind() == Kind::Notebook { Kind::Notebook } else { Kind::Flink };
    let supported = || runtimes().filter(move |it| it.kind() == kind && it.end().is_none());
    supported()
        .filter(|it| major(*it) == major(runtime))
        .max_by_key(|it| it.flink())
        .or_else(|| supported().max_by_key(|it| it.flink()))
}

/// The maximum parallelism that Flink gives for good to a job that sets none, by the parallelism that it begins with.
/// `KeyGroupRangeAssignment.computeDefaultMaxParallelism`; asked of Flink by `tests/flink/run` on 2026-11-21.
pub fn derived_maximum_parallelism(parallelism: u64) -> u64 {
    parallelism.saturating_add(parallelism / 2).checked_next_power_of_two().unwrap_or(u64::MAX).clamp(128, 32_768)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::schema;

    #[test]
    fn the_runtimes_are_those_of_the_schema() {
        let schema = schema::get("AWS::KinesisAnalyticsV2::Application").unwrap();
        let mut allowed: Vec<_> = schema.at("/RuntimeEnvironment").unwrap().values.iter().map(String::as_str).collect();
        let mut known: Vec<_> = runtimes().map(|runtime| runtime.environment).collect();
        allowed.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, allowed);
    }

    #[test]
    fn a_job_runtime_has_a_flink_and_a_java() {
        for runtime in runtimes() {
            assert_eq!(runtime.flink().is_some(), runtime.kind() != Kind::Sql, "{runtime:?}");
            assert_eq!(runtime.java().is_some(), runtime.kind() != Kind::Sql, "{runtime:?}");
        }
        assert_eq!(Runtime::get("FLINK-1_20").and_then(Runtime::java), Some(11));
        assert_eq!(Runtime::get("FLINK-2_2").and_then(Runtime::java), Some(17));
    }

    #[test]
    fn a_retired_runtime_has_a_successor_of_its_major() {
        let successor = |name: &str| Runtime::get(name).and_then(successor).map(|it| it.environment);
        assert_eq!(successor("FLINK-1_13"), Some("FLINK-1_20"));
        assert_eq!(successor("SQL-1_0"), Some("FLINK-2_3"));
    }

    #[test]
    fn flink_2_renamed_metrics() {
        let gone = Runtime::get("FLINK-2_2").and_then(|it| it.gone_metric("fullRestarts"));
        assert_eq!(gone, Some(GoneMetric { removed: true, instead: vec!["numRestarts"] }));
        assert_eq!(Runtime::get("FLINK-1_20").and_then(|it| it.gone_metric("fullRestarts")), None);
    }

    #[test]
    fn the_maximum_is_derived_as_flink_does() {
        for (began, most) in [(1, 128), (85, 128), (86, 256), (128, 256), (171, 256), (172, 512), (40_000, 32_768)] {
            assert_eq!(derived_maximum_parallelism(began), most, "{began}");
        }
    }
}
