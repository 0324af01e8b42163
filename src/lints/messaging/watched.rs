//! What alarms watch.

use crate::analysis::System;
use crate::analysis::value::{Look, is_intrinsic, items, look, text, text_at};
use crate::desired::Value;
use crate::diagnostic::nearest;
use crate::facts::metrics::{Namespace, namespace};

/// A metric that an alarm watches, alone or among others.
pub(super) struct Watched<'a> {
    pub namespace: &'a Value,
    pub metric: &'a Value,
    dimensions: Look<'a>,
}

impl<'a> Watched<'a> {
    /// From what has a namespace, a name and dimensions.
    fn new(holder: &'a Value) -> Option<Self> {
        Some(Self {
            namespace: look(holder, "/Namespace").found()?,
            metric: look(holder, "/MetricName").found()?,
            dimensions: look(holder, "/Dimensions"),
        })
    }

    /// What is known of its namespace.
    pub fn facts(&self) -> Option<Namespace> {
        namespace(&text(self.namespace)?)
    }

    /// The names of its dimensions; `None` when one is decided at deployment.
    pub fn dimensions(&self) -> Option<Vec<&'a Value>> {
        match self.dimensions {
            Look::Absent => Some(Vec::new()),
            Look::Found(list) if !is_intrinsic(list) => {
                let names = items(list).into_iter().map(|dimension| {
                    text_at(dimension, "/Name")?;
                    look(dimension, "/Name").found()
                });
                names.collect()
            }
            Look::Found(_) | Look::Unknown => None,
        }
    }
}

/// What the alarms of all stacks watch.
pub(super) fn watched<'a>(system: &System<'a>) -> Vec<Watched<'a>> {
    system.of_type("AWS::CloudWatch::Alarm").flat_map(|site| of_alarm(&site.resource.properties)).collect()
}

fn of_alarm(alarm: &Value) -> Vec<Watched<'_>> {
    let queries = look(alarm, "/Metrics").found().map(items).unwrap_or_default();
    let within = queries.into_iter().filter_map(|query| look(query, "/MetricStat/Metric").found());
    std::iter::once(alarm).chain(within).filter_map(Watched::new).collect()
}

/// The metric that is meant by the name of none. Where applications have metrics of their own, only one that hardly
/// differs is.
pub(super) fn near_metric(namespace: Namespace, name: &str) -> Option<&'static str> {
    let near = nearest(name, namespace.metrics())?;
    let hardly = || strsim::damerau_levenshtein(&near.to_lowercase(), &name.to_lowercase()) <= 1;
    (!namespace.has_custom() || hardly()).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::{namespace, near_metric};

    #[test]
    fn a_metric_that_is_meant_is_found() {
        let near = |space, metric| near_metric(namespace(space)?, metric);
        assert_eq!(near("AWS/SQS", "ApproximateNumberOfMessageVisible"), Some("ApproximateNumberOfMessagesVisible"));
        assert_eq!(near("AWS/KinesisAnalytics", "numRecordsLost"), None);
        assert_eq!(near("AWS/KinesisAnalytics", "Uptime"), Some("uptime"));
    }
}
