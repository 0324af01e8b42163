//! What each Flink runtime runs, read from `runtimes.json`.

use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::choice;

choice! {
    /// A runtime of Managed Service for Apache Flink.
    pub enum Runtime {
        /// Apache Flink 1.15: supported by AWS, no longer by its community.
        Flink115 = "flink-1.15",
        /// Apache Flink 1.18.
        Flink118 = "flink-1.18",
        /// Apache Flink 1.19.
        Flink119 = "flink-1.19",
        /// Apache Flink 1.20, the last of the 1.x.
        Flink120 = "flink-1.20",
        /// Apache Flink 2.2.
        Flink22 = "flink-2.2",
        /// Apache Flink 2.3.
        Flink23 = "flink-2.3",
    }
}

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("runtimes.json")).expect("runtimes.json is part of the program"));

impl Runtime {
    fn facts(self) -> &'static Json {
        &FACTS["runtimes"][self.word()]
    }

    /// CloudFormation's `RuntimeEnvironment`.
    pub(super) fn environment(self) -> &'static str {
        self.facts()["environment"].as_str().unwrap_or_default()
    }

    /// The Java that runs the job: newer class files fail at its start.
    pub(super) fn java(self) -> i64 {
        self.facts()["java"].as_i64().unwrap_or_default()
    }

    /// The Pythons that run the job.
    pub(super) fn pythons(self) -> Vec<&'static str> {
        self.facts()["python"].as_array().into_iter().flatten().filter_map(Json::as_str).collect()
    }

    /// The CloudWatch metric that counts restarts; it was renamed with Flink 2.
    pub(super) fn restarts_metric(self) -> &'static str {
        self.facts()["restarts"].as_str().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_has_all_its_facts() {
        let all = [Runtime::Flink115, Runtime::Flink118, Runtime::Flink119, Runtime::Flink120, Runtime::Flink22, Runtime::Flink23];
        assert_eq!(FACTS["runtimes"].as_object().map(|runtimes| runtimes.len()), Some(all.len()));
        for runtime in all {
            assert_eq!(runtime.environment(), runtime.word().to_uppercase().replace('.', "_"));
            assert!([11, 17].contains(&runtime.java()), "{runtime:?}");
            assert!(!runtime.pythons().is_empty(), "{runtime:?}");
            assert!(runtime.restarts_metric().ends_with("Restarts"), "{runtime:?}");
        }
    }
}
