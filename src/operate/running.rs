//! What runs just now, and how it is.

use serde_json::{Value as Json, json};

use super::metrics::{self, Wanted};
use super::seen::Application;
use super::services::Services;
use super::{Clock, digest_in, health};
use crate::cloud::CloudError;
use crate::facts::flink::Runtime;

/// Metrics are sought so long back, in seconds.
const BACK: u64 = 30 * 60;

/// An application that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    pub version: u64,
    pub status: String,
    /// `FLINK-1_20`
    pub runtime: String,
    pub parallelism: Option<u64>,
    pub key: String,
    pub digest: Option<String>,
    /// By the counter of the job, since it was started.
    pub restarts: Option<f64>,
    /// Those of the last half hour.
    pub restarts_lately: Option<f64>,
    pub checkpoint: Option<Checkpoint>,
    /// Of the source that is furthest behind, in seconds.
    pub lag: Option<f64>,
    /// Why the metrics could not be read.
    pub unread: Option<String>,
}

/// The last checkpoint that was completed.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Seconds since it was seen, by the minute.
    pub age: u64,
    pub milliseconds: f64,
}

/// What runs under the name of an application; `None` without it. What CloudWatch does not tell is no error.
///
/// # Errors
/// When the application cannot be read.
pub fn running(services: Services<'_>, clock: &dyn Clock, name: &str) -> Result<Option<Running>, CloudError> {
    let Some(application) = services.application(name)?.map(Application::new) else { return Ok(None) };
    let key = application.code().1.to_owned();
    let mut running = Running {
        version: application.version(),
        status: application.status().to_owned(),
        runtime: application.runtime().to_owned(),
        parallelism: application.current_parallelism().or_else(|| application.parallelism()),
        digest: digest_in(&key).map(str::to_owned),
        key,
        restarts: None,
        restarts_lately: None,
        checkpoint: None,
        lag: None,
        unread: None,
    };
    let restarts = health::restarts_metric(Runtime::get(&running.runtime));
    let wanted = [
        Wanted::of(name, "restarts", restarts, "Maximum"),
        Wanted::of(name, "checkpoints", "lastCheckpointDuration", "Maximum"),
        Wanted::greatest(name, "lag", "millisBehindLatest"),
    ];
    let now = clock.now();
    let series = match metrics::read(services, &wanted, now.saturating_sub(BACK), now) {
        Ok(series) => series,
        Err(error) => {
            running.unread = Some(error.with_hint());
            return Ok(Some(running));
        }
    };
    let values_of = |wanted: &str| {
        let values = series.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, values)| values);
        values.iter().filter(|(_, value)| *value >= 0.0).copied().collect::<Vec<_>>()
    };
    let last = |wanted: &str| values_of(wanted).last().copied();
    running.restarts = last("restarts").map(|(_, value)| value);
    running.restarts_lately = since_its_start(&values_of("restarts"));
    running.lag = last("lag").map(|(_, value)| value / 1000.0);
    running.checkpoint = last("checkpoints").map(|(at, milliseconds)| {
        let age = (now as f64 - at).max(0.0);
        Checkpoint { age: age as u64, milliseconds }
    });
    Ok(Some(running))
}

/// How much a counter grew in the values, which begin at nothing again with each start of a job: those of the job that
/// runs now.
fn since_its_start(values: &[(f64, f64)]) -> Option<f64> {
    let (first, last) = (values.first()?.1, values.last()?.1);
    let begins_again = values.windows(2).any(|pair| pair[1].1 < pair[0].1);
    Some(if begins_again { last } else { last - first })
}

impl Running {
    /// Whether the job holds: `None` when its metrics do not say.
    pub fn is_well(&self, needs_checkpoints: bool) -> Option<bool> {
        if self.status != "RUNNING" || self.unread.is_some() {
            return None;
        }
        match self.restarts_lately? {
            restarts if restarts > 0.0 => Some(false),
            _ if needs_checkpoints && self.checkpoint.is_none() => None,
            _ => Some(true),
        }
    }

    pub fn json(&self) -> Json {
        let checkpoint = self.checkpoint.as_ref();
        json!({
            "version": self.version,
            "status": self.status,
            "runtime": self.runtime,
            "parallelism": self.parallelism,
            "key": self.key,
            "digest": self.digest,
            "restarts": self.restarts,
            "restarts-lately": self.restarts_lately,
            "checkpoint": checkpoint.map(|last| json!({ "age-seconds": last.age, "milliseconds": last.milliseconds })),
            "lag-seconds": self.lag,
            "unread": self.unread,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_of_an_earlier_job_are_not_those_of_this_one() {
        let grown = |values: &[f64]| since_its_start(&values.iter().map(|value| (0.0, *value)).collect::<Vec<_>>());
        assert_eq!(grown(&[]), None);
        assert_eq!(grown(&[11.0]), Some(0.0));
        assert_eq!(grown(&[11.0, 11.0, 13.0]), Some(2.0));
        assert_eq!(grown(&[5.0, 9.0, 0.0, 0.0]), Some(0.0));
        assert_eq!(grown(&[5.0, 9.0, 1.0, 3.0]), Some(3.0));
    }

    #[test]
    fn what_is_not_known_is_neither_well_nor_unwell() {
        let last = Checkpoint { age: 60, milliseconds: 900.0 };
        let well = Running {
            version: 3,
            status: "RUNNING".to_owned(),
            runtime: "FLINK-1_20".to_owned(),
            parallelism: Some(4),
            key: "builds/jar".to_owned(),
            digest: None,
            restarts: Some(7.0),
            restarts_lately: Some(0.0),
            checkpoint: Some(last),
            lag: None,
            unread: None,
        };
        assert_eq!(well.is_well(true), Some(true));
        let falls = Running { restarts_lately: Some(2.0), ..well.clone() };
        assert_eq!(falls.is_well(true), Some(false));
        let silent = Running { checkpoint: None, ..well.clone() };
        assert_eq!((silent.is_well(true), silent.is_well(false)), (None, Some(true)));
        for unknown in [
            Running { restarts_lately: None, ..well.clone() },
            Running { status: "UPDATING".to_owned(), ..well.clone() },
            Running { unread: Some("denied".to_owned()), ..well },
        ] {
            assert_eq!(unknown.is_well(true), None);
        }
    }
}
