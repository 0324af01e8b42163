//! Values of CloudWatch.

use serde_json::{Value as Json, json};

use super::Clock;
use super::services::Services;
use crate::cloud::CloudError;

const NAMESPACE: &str = "AWS/KinesisAnalytics";

/// A metric of an application, by the minute.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: &'static str,
    pub(super) metric: &'static str,
    query: Json,
}

/// Each series with its values, the oldest first: seconds since 1970, and the value.
pub(super) type Series = Vec<(&'static str, Vec<(f64, f64)>)>;

impl Wanted {
    pub(super) fn of(application: &str, name: &'static str, metric: &'static str, statistic: &str) -> Self {
        let metric_of_application = json!({
            "Namespace": NAMESPACE,
            "MetricName": metric,
            "Dimensions": [{ "Name": "Application", "Value": application }],
        });
        let query = json!({ "MetricStat": { "Metric": metric_of_application, "Period": 60, "Stat": statistic } });
        Self { name, metric, query }
    }

    /// The greatest of all streams and shards, which are dimensions of their own.
    pub(super) fn greatest(application: &str, name: &'static str, metric: &'static str) -> Self {
        let search = format!(r#"Namespace="{NAMESPACE}" MetricName="{metric}" Application="{application}""#);
        Self { name, metric, query: json!({ "Expression": format!("MAX(SEARCH('{search}', 'Maximum', 60))") }) }
    }
}

pub(super) fn read(services: Services<'_>, wanted: &[Wanted], from: u64, to: u64) -> Result<Series, CloudError> {
    let mut series: Series = wanted.iter().map(|wanted| (wanted.name, Vec::new())).collect();
    let queries = wanted.iter().enumerate().map(|(place, wanted)| {
        let mut query = wanted.query.clone();
        query["Id"] = format!("m{place}").into();
        query["Label"] = wanted.name.into();
        query
    });
    let mut input = json!({
        "MetricDataQueries": queries.collect::<Vec<_>>(),
        "StartTime": from,
        "EndTime": to.max(from + 1),
        "ScanBy": "TimestampAscending",
    });
    loop {
        let answer = services.call("cloudwatch", "GetMetricData", input.clone())?;
        for result in answer["MetricDataResults"].as_array().into_iter().flatten() {
            let place = result["Id"].as_str().and_then(|id| id.get(1..)?.parse::<usize>().ok());
            let Some((_, known)) = place.and_then(|place| series.get_mut(place)) else { continue };
            let list = |name: &str| result[name].as_array().into_iter().flatten().filter_map(Json::as_f64);
            known.extend(list("Timestamps").zip(list("Values")));
        }
        match answer["NextToken"].as_str() {
            Some(token) if !token.is_empty() => input["NextToken"] = token.into(),
            _ => break,
        }
    }
    for (_, values) in &mut series {
        values.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        values.dedup_by(|(one, _), (other, _)| one == other);
    }
    Ok(series)
}

/// A time as services give it: a number, or RFC 3339.
pub(super) fn seconds(clock: &dyn Clock, time: &Json) -> f64 {
    let written = || time.as_str().and_then(|time| clock.read(time)).map(|seconds| seconds as f64);
    time.as_f64().or_else(written).unwrap_or_default()
}
