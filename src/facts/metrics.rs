//! The metrics of the streaming services: their names, and the dimensions under which they are kept.

use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::diagnostic::nearest;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("metrics.json")).expect("a test reads this file"));

/// What a service tells CloudWatch under one name.
#[derive(Clone, Copy, Debug)]
pub struct Namespace(&'static Json);

/// The metrics of e.g. `AWS/Kinesis`; `None` for what is not described here.
pub fn namespace(name: &str) -> Option<Namespace> {
    FACTS["namespaces"].get(name).map(Namespace)
}

/// The namespace that is meant by a name that no service uses; `None` where that is not known.
pub fn meant(name: &str) -> Option<&'static str> {
    let namespaces = FACTS["namespaces"].as_object()?;
    let is_near = |known: &str| {
        // There are several services of two and three letters that differ by one.
        let is_long = known.len() > "AWS/".len() + 4;
        known.eq_ignore_ascii_case(name) || is_long && strsim::damerau_levenshtein(known, name) <= 1
    };
    let near = || namespaces.keys().map(String::as_str).find(|known| is_near(known));
    (!namespaces.contains_key(name)).then(|| FACTS["mistaken"][name].as_str().or_else(near)).flatten()
}

impl Namespace {
    pub fn has_metric(self, name: &str) -> bool {
        self.texts("metrics").any(|metric| metric == name)
    }

    /// The metric that is meant by the name of none. Where applications have metrics of their own, only one that
    /// hardly differs is.
    pub fn near_metric(self, name: &str) -> Option<&'static str> {
        let near = nearest(name, self.texts("metrics"))?;
        let hardly = || strsim::damerau_levenshtein(&near.to_lowercase(), &name.to_lowercase()) <= 1;
        (!self.is("custom") || hardly()).then_some(near)
    }

    /// Whether a metric counts what happens, so that there is none of it while nothing runs.
    pub fn is_flow(self, metric: &str) -> bool {
        self.texts("flow").any(|flow| flow == metric)
    }

    pub fn dimensions(self) -> impl Iterator<Item = &'static str> {
        self.texts("dimensions")
    }

    /// Whether no metric has a dimension that is not listed here.
    pub fn is_closed(self) -> bool {
        self.is("closed")
    }

    /// The dimensions that every metric has.
    pub fn always(self) -> impl Iterator<Item = &'static str> {
        self.texts("always")
    }

    fn is(self, key: &str) -> bool {
        self.0[key].as_bool().unwrap_or_default()
    }

    fn texts(self, key: &str) -> impl Iterator<Item = &'static str> {
        self.0[key].as_array().into_iter().flatten().filter_map(Json::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{FACTS, meant, namespace};

    #[test]
    fn what_counts_is_a_metric_and_what_is_always_there_a_dimension() {
        for name in FACTS["namespaces"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let Some(namespace) = namespace(name) else { continue };
            assert!(namespace.texts("flow").all(|metric| namespace.has_metric(metric)), "{name}");
            assert!(namespace.always().all(|dimension| namespace.dimensions().any(|it| it == dimension)), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_meant_is_found() {
        let near = |space, metric| namespace(space).and_then(|namespace| namespace.near_metric(metric));
        assert_eq!(near("AWS/SQS", "ApproximateNumberOfMessageVisible"), Some("ApproximateNumberOfMessagesVisible"));
        assert_eq!(near("AWS/KinesisAnalytics", "numRecordsLost"), None);
        assert_eq!(near("AWS/KinesisAnalytics", "Uptime"), Some("uptime"));
        assert_eq!(meant("AWS/MSK"), Some("AWS/Kafka"));
        assert_eq!(meant("AWS/Kafka"), None);
        assert_eq!(meant("AWS/Lamda"), Some("AWS/Lambda"));
        assert_eq!(meant("AWS/EFS"), None);
        assert_eq!(meant("Trips"), None);
    }
}
