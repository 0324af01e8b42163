//! What dashboards show of things.

use crate::desired::Value;

/// A graph of a thing on a dashboard.
pub struct Chart {
    pub title: &'static str,
    pub lines: Vec<Line>,
}

/// One metric of a graph.
pub struct Line {
    /// `AWS/Kinesis`
    pub namespace: &'static str,
    pub metric: &'static str,
    /// `Sum`
    pub statistic: &'static str,
    pub dimensions: Vec<(&'static str, Value)>,
}

impl Chart {
    /// A graph of metrics, each with its statistic, that have the same dimensions.
    pub fn new<const COUNT: usize>(
        title: &'static str,
        namespace: &'static str,
        dimensions: &[(&'static str, Value)],
        metrics: [(&'static str, &'static str); COUNT],
    ) -> Self {
        let line = |(metric, statistic)| Line { namespace, metric, statistic, dimensions: dimensions.to_vec() };
        Self { title, lines: metrics.into_iter().map(line).collect() }
    }
}
