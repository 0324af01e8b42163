//! The metrics of the streaming services: their names, and the dimensions under which they are kept.

use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("metrics.json")).expect("a test reads this file"));

static WATCHED: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("watched.json")).expect("the facts are part of the program"));

/// The unit of a metric that this program watches, if it has it under these dimensions, whatever their order.
pub fn unit(namespace: &str, metric: &str, dimensions: &[&str]) -> Option<&'static str> {
    let known = &WATCHED["namespaces"][namespace]["metrics"][metric];
    let mut wanted = dimensions.to_vec();
    wanted.sort_unstable();
    let mut sets = known["dimensions"].as_array()?.iter();
    sets.any(|set| set.as_array().is_some_and(|names| names.iter().filter_map(Json::as_str).eq(wanted.iter().copied())))
        .then(|| known["unit"].as_str())?
}

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
        self.metrics().any(|metric| metric == name)
    }

    pub fn metrics(self) -> impl Iterator<Item = &'static str> {
        self.texts("metrics")
    }

    /// Whether applications have metrics of their own beside those of the service.
    pub fn has_custom(self) -> bool {
        self.is("custom")
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
    fn what_is_watched_exists() {
        for (name, watched) in super::WATCHED["namespaces"].as_object().into_iter().flatten() {
            assert!(watched["source"].is_string() && watched["date"].is_string(), "{name}");
            let Some(namespace) = namespace(name) else { continue };
            for (metric, _) in watched["metrics"].as_object().into_iter().flatten() {
                assert!(namespace.has_metric(metric), "{name} {metric}");
            }
        }
        assert_eq!(super::unit("AWS/Kafka", "KafkaDataLogsDiskUsed", &["Cluster Name", "Broker ID"]), Some("Percent"));
        assert_eq!(super::unit("AWS/Kafka", "KafkaDataLogsDiskUsed", &["Cluster Name"]), None);
    }

    #[test]
    fn a_name_that_is_meant_is_found() {
        assert_eq!(meant("AWS/MSK"), Some("AWS/Kafka"));
        assert_eq!(meant("AWS/Kafka"), None);
        assert_eq!(meant("AWS/Lamda"), Some("AWS/Lambda"));
        assert_eq!(meant("AWS/EFS"), None);
        assert_eq!(meant("Trips"), None);
    }
}
