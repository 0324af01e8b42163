//! Whether an application is healthy, by its own metrics since the window was opened.

use serde_json::json;

use super::metrics::{self, Series, Wanted};
use super::run::Releasing;
use super::seen::kept;
use super::words::{counted, number, spoken};
use crate::cloud::CloudError;
use crate::facts::flink::Runtime;
use crate::release::Machine;

const RESTARTS: &str = "fullRestarts";
const FAILED_CHECKPOINTS: &str = "numberOfFailedCheckpoints";
const CHECKPOINTS: &str = "lastCheckpointDuration";
const LAG: &str = "millisBehindLatest";
const THROUGHPUT: &str = "numRecordsInPerSecond";
/// What counters held before the window is sought so long before it, in seconds.
const BEFORE: u64 = 5 * 60;

/// What the metrics say.
#[derive(Debug, Default)]
pub(super) struct Findings {
    reasons: Vec<String>,
    missing: Vec<&'static str>,
    evidence: Vec<String>,
}

/// What the counters hold now is not of the time that is watched.
pub(super) fn open(release: &mut Releasing<'_>) -> Result<(), CloudError> {
    let now = release.clock.now();
    let before = metrics::read(release.services, &counters(release)?, now.saturating_sub(BEFORE), now)?;
    let mut window = json!({ "opened": now });
    for (name, values) in &before {
        if let Some((_, last)) = values.last() {
            window[*name] = json!(last);
        }
    }
    release.record.set("window", window);
    Ok(())
}

pub(super) fn close(release: &mut Releasing<'_>) {
    release.record.remove("window");
}

fn opened(release: &Releasing<'_>) -> u64 {
    release.record.get("window")["opened"].as_u64().unwrap_or_else(|| release.clock.now())
}

fn watched_for(release: &Releasing<'_>) -> u64 {
    release.clock.now().saturating_sub(opened(release))
}

/// `2 minutes`
pub(super) fn window(release: &Releasing<'_>) -> String {
    spoken(watched_for(release))
}

pub(super) fn left(release: &Releasing<'_>) -> u64 {
    (60 * release.asked.health.for_minutes).saturating_sub(watched_for(release))
}

pub(super) fn is_open(release: &Releasing<'_>) -> bool {
    left(release) > 0
}

/// The window is over by no more than metrics may be late.
pub(super) fn is_graceful(release: &Releasing<'_>) -> bool {
    watched_for(release) < 60 * (release.asked.health.for_minutes + Machine::get().limit("grace-minutes"))
}

pub(super) fn unhealthy<'a>(release: &'a Releasing<'_>) -> Result<&'a [String], CloudError> {
    Ok(&findings(release)?.reasons)
}

/// The metrics that should have had a value in the window.
pub(super) fn missing<'a>(release: &'a Releasing<'_>) -> Result<&'a [&'static str], CloudError> {
    Ok(&findings(release)?.missing)
}

pub(super) fn evidence(release: &Releasing<'_>) -> Result<String, CloudError> {
    Ok(format!("{}.", findings(release)?.evidence.join(", ")))
}

fn findings<'a>(release: &'a Releasing<'_>) -> Result<&'a Findings, CloudError> {
    kept(&release.seen.health, || look(release))
}

/// The metric that counts restarts was renamed with Flink 2.
pub fn restarts_metric(runtime: Option<Runtime>) -> &'static str {
    let gone = runtime.and_then(|runtime| runtime.gone_metric(RESTARTS));
    gone.and_then(|gone| gone.instead.first().copied()).unwrap_or(RESTARTS)
}

fn counters(release: &Releasing<'_>) -> Result<Vec<Wanted>, CloudError> {
    let application = &release.asked.application;
    let restarts = restarts_metric(super::looks::runtime(release)?);
    Ok(vec![
        Wanted::of(application, "restarts", restarts, "Maximum"),
        Wanted::of(application, "failed", FAILED_CHECKPOINTS, "Maximum"),
    ])
}

fn look(release: &Releasing<'_>) -> Result<Findings, CloudError> {
    let (health, application) = (&release.asked.health, &release.asked.application);
    let mut wanted = counters(release)?;
    wanted.push(Wanted::of(application, "checkpoints", CHECKPOINTS, "Maximum"));
    if health.lag_seconds.is_some() {
        wanted.push(Wanted::greatest(application, "lag", LAG));
    }
    if health.throughput.is_some() {
        wanted.push(Wanted::of(application, "throughput", THROUGHPUT, "Average"));
    }
    let from = opened(release);
    let mut series = metrics::read(release.services, &wanted, from - from % 60, release.clock.now())?;
    for (_, values) in &mut series {
        // A minute that began before the window tells of the job of before as well.
        values.retain(|(at, _)| *at >= from as f64);
    }
    let mut findings = Findings::default();
    findings.counters(release, &series, wanted[0].metric);
    findings.checkpoints(release, &series);
    findings.sources(release, &series);
    findings.alarms(release)?;
    Ok(findings)
}

impl Findings {
    fn refuse(&mut self, wrong: bool, reason: String) {
        if wrong {
            self.reasons.push(reason);
        }
    }

    fn counters(&mut self, release: &Releasing<'_>, series: &Series, metric: &'static str) {
        let health = &release.asked.health;
        let window = release.record.get("window");
        let begun = release.record.is("touched");
        let grown = |name: &str| growth(&values_of(series, name), window[name].as_f64(), begun);
        let (restarts, failed) = (grown("restarts"), grown("failed"));
        if values_of(series, "restarts").is_empty() {
            self.missing.push(metric);
        }
        self.evidence.push(counted(restarts, "restart"));
        let reason = format!("{}, {} allowed", counted(restarts, "restart"), health.restarts);
        self.refuse(restarts > health.restarts as f64, reason);
        self.refuse(failed > 0.0 && health.checkpoints > 0, counted(failed, "failed checkpoint"));
    }

    fn checkpoints(&mut self, release: &Releasing<'_>, series: &Series) {
        let required = release.asked.health.checkpoints;
        let durations = of(series, "checkpoints");
        let completed = durations.iter().filter(|(_, duration)| *duration >= 0.0).count();
        let told = counted(completed as f64, "completed checkpoint");
        self.evidence.push(told.clone());
        if u64::try_from(completed).unwrap_or(u64::MAX) >= required {
            return;
        }
        let end = opened(release) + 60 * release.asked.health.for_minutes;
        let last = durations.last().map(|(at, _)| *at);
        // Values come a minute or more after what they tell of.
        let known = !is_graceful(release) || last.is_some_and(|at| at + 60.0 >= end as f64);
        if last.is_none() || !known {
            self.missing.push(CHECKPOINTS);
        }
        self.refuse(last.is_some() && known && !is_open(release), format!("{told}, {required} required"));
    }

    fn sources(&mut self, release: &Releasing<'_>, series: &Series) {
        let (health, over) = (&release.asked.health, !is_open(release));
        if let Some(most) = health.lag_seconds {
            match of(series, "lag").last() {
                None => self.missing.push(LAG),
                Some((_, milliseconds)) => {
                    let lag = milliseconds / 1000.0;
                    let told = format!("{} seconds behind its sources", number(lag));
                    self.evidence.push(told.clone());
                    self.refuse(over && lag > most, format!("{told}, {} allowed", number(most)));
                }
            }
        }
        if let Some(least) = health.throughput {
            let values = values_of(series, "throughput");
            if values.is_empty() {
                self.missing.push(THROUGHPUT);
                return;
            }
            let average = values.iter().sum::<f64>() / values.len() as f64;
            let average = (average * 10.0).round() / 10.0;
            let told = format!("{} records a second", number(average));
            self.evidence.push(told.clone());
            self.refuse(over && average < least, format!("{told}, {} required", number(least)));
        }
    }

    fn alarms(&mut self, release: &Releasing<'_>) -> Result<(), CloudError> {
        let names = &release.asked.health.alarms;
        if names.is_empty() {
            return Ok(());
        }
        let input = json!({ "AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"] });
        let answer = release.services.call("cloudwatch", "DescribeAlarms", input)?;
        let members = ["MetricAlarms", "CompositeAlarms"];
        let alarms = members.iter().flat_map(|member| answer[*member].as_array().into_iter().flatten());
        for alarm in alarms.filter(|alarm| alarm["StateValue"] == "ALARM") {
            let name = alarm["AlarmName"].as_str().unwrap_or_default();
            let since = metrics::seconds(release.clock, &alarm["StateUpdatedTimestamp"]);
            let is_new = since > opened(release) as f64;
            self.refuse(is_new, format!("alarm {name} went off"));
            if !is_new {
                self.evidence.push(format!("alarm {name} was on before"));
            }
        }
        Ok(())
    }
}

/// How much a counter grew. It begins at nothing again with each start of a job.
fn growth(values: &[f64], before: Option<f64>, begun: bool) -> f64 {
    let first = if begun { 0.0 } else { values.first().copied().unwrap_or_default() };
    let (mut grown, mut last) = (0.0, before.unwrap_or(first));
    for value in values {
        grown += if *value >= last { value - last } else { *value };
        last = *value;
    }
    grown
}

fn of<'a>(series: &'a Series, name: &str) -> &'a [(f64, f64)] {
    series.iter().find(|(known, _)| *known == name).map(|(_, values)| &values[..]).unwrap_or_default()
}

fn values_of(series: &Series, name: &str) -> Vec<f64> {
    of(series, name).iter().map(|(_, value)| *value).collect()
}

#[cfg(test)]
mod tests {
    use super::growth;

    #[test]
    fn counters_grow_from_what_they_held() {
        assert_eq!(growth(&[], None, true), 0.0);
        assert_eq!(growth(&[3.0, 3.0, 5.0], Some(3.0), false), 2.0);
        assert_eq!(growth(&[3.0, 4.0], None, false), 1.0);
        assert_eq!(growth(&[3.0, 4.0], None, true), 4.0);
        assert_eq!(growth(&[0.0, 2.0, 0.0, 1.0], Some(9.0), true), 3.0);
    }
}
