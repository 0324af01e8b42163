//! `release`: what a new build has to go through, and what of it differs from what every release keeps to.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::Application;
use crate::model::Model;
use crate::release::MACHINE;
use crate::source::Located;
use crate::spec::{Count, Matching, Number, OneOrMany, Pattern, PlainText, Seconds};
use crate::{choice, record};

record! {
    /// What a release goes through: how long it waits, when the new build is healthy, and what happens when it is not.
    pub struct Release {
        /// How long a release may take in all, with its waiting and its health window; then it fails. `2h` unless told otherwise, at most `24h`.
        optional deadline: Seconds = "deadline",
        /// How long a release waits for an application that another update, autoscaling or maintenance keeps busy; `30m` unless told otherwise.
        optional busy: Seconds = "busy",
        /// When the new build is healthy. What is not shown to be healthy counts as failed.
        optional health: Health = "health",
        /// What happens when the new build does not start or is not healthy; `roll-back` unless told otherwise.
        optional on_failure: OnFailure = "on-failure",
        /// How many snapshots taken by releases are kept, the newest ones; `10` unless told otherwise. Others' snapshots are never deleted.
        optional keep_snapshots: Count<1, 1000> = "keep-snapshots",
        /// Times in which no release begins, in UTC. A release waits for their end, within its deadline.
        optional quiet: OneOrMany<Quiet> = "quiet",
        /// What holds for the next release alone. It names the build that it replaces, so it is spent by that release and does nothing if it stays here.
        optional once: Once = "once",
    }
}

record! {
    /// When a build is healthy: what its own metrics must show from its start on. RUNNING alone says nothing: a job that falls over and over again is RUNNING.
    pub struct Health {
        /// How long it is watched; `5m` unless told otherwise, and longer where checkpoints come less often.
        optional window: Seconds = "for",
        /// How often the job may restart meanwhile; `0` unless told otherwise.
        optional restarts: Count<0, 1000> = "restarts",
        /// How many checkpoints must be completed meanwhile; `1` unless told otherwise. With `0` failing checkpoints are not looked at.
        optional checkpoints: Count<0, 1000> = "checkpoints",
        /// How far the job may be behind its source at the end, by `millisBehindLatest` of Kinesis; not looked at unless given.
        optional lag: Seconds = "lag",
        /// How many records a second the job must read on average; not looked at unless given.
        optional throughput: Number = "throughput",
        /// Alarms that must not go off meanwhile: those that come with a thing (`streams.trips.late`), or any by its name in CloudWatch.
        optional alarms: OneOrMany<PlainText> = "alarms",
    }
}

record! {
    /// A time of the week in which no release begins, in UTC.
    pub struct Quiet {
        /// The days: `fri`, or from one to another `mon-fri`; every day unless told otherwise.
        optional days: Matching<Days> = "days",
        /// When it begins: `"08:00"`.
        required from: Matching<Time> = "from",
        /// When it ends, on the same day: `"18:00"`; `"24:00"` is the day's end.
        required to: Matching<Time> = "to",
    }
}

record! {
    /// What holds for one release alone, and is dangerous to keep.
    pub struct Once {
        /// The digest of the build that runs now and that the release replaces, or at least its first 8 characters; `tidegate status` shows it.
        required replacing: Matching<Digest> = "replacing",
        /// What the new build starts from instead of its latest state: `fresh` for no state at all, or the name of a snapshot. What the job has done since is done again or lost.
        optional state: Matching<StartFrom> = "state",
        /// Whether state that the new build has no operator for is dropped; otherwise such a build does not start.
        optional allow_non_restored_state: bool = "allow-non-restored-state",
    }
}

choice! {
    /// What happens when a release fails.
    pub enum OnFailure {
        /// What ran before comes back, with its state.
        RollBack = "roll-back",
        /// The new build stays as it is, for a person to look at.
        Leave = "leave",
    }
}

/// Days of the week.
#[derive(Clone, Copy, Debug)]
pub struct Days;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Pattern for Days {
    const REGEX: &'static str = "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$";
    const EXPECTED: &'static str = "a day (`mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`), or one and a later one";
    const EXAMPLE: &'static str = "mon-fri";

    fn matches(text: &str) -> bool {
        days(text).is_some()
    }
}

/// The first and the last of some days, counted from Monday.
fn days(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let day = |name: &str| DAYS.iter().position(|day| *day == name);
    Some((day(first)?, day(last)?))
}

/// A time of the day.
#[derive(Clone, Copy, Debug)]
pub struct Time;

impl Pattern for Time {
    const REGEX: &'static str = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
    const EXPECTED: &'static str = "a time of the day: hours and minutes, two digits each";
    const EXAMPLE: &'static str = "08:00";

    fn matches(text: &str) -> bool {
        minutes(text).is_some()
    }
}

/// Minutes since midnight.
fn minutes(text: &str) -> Option<usize> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<usize>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60 || (hours, minutes) == (24, 0)).then_some(hours * 60 + minutes)
}

/// The beginning of a SHA-256.
#[derive(Clone, Copy, Debug)]
pub struct Digest;

impl Pattern for Digest {
    const REGEX: &'static str = "^[0-9a-f]{8,64}$";
    const EXPECTED: &'static str = "a digest or its beginning: 8 to 64 characters of `0` to `9` and `a` to `f`";
    const EXAMPLE: &'static str = "3f2a9c1d";

    fn matches(text: &str) -> bool {
        (8..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// `fresh`, or the name of a snapshot.
#[derive(Clone, Copy, Debug)]
pub struct StartFrom;

impl Pattern for StartFrom {
    const REGEX: &'static str = "^[a-zA-Z0-9_.-]{1,256}$";
    const EXPECTED: &'static str = "`fresh`, or the name of a snapshot: 1 to 256 letters, digits, `_`, `.` and `-`";
    const EXAMPLE: &'static str = "fresh";

    fn matches(text: &str) -> bool {
        (1..=256).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    }
}

static DEFAULTS: LazyLock<Json> = LazyLock::new(|| {
    let machine: Json = serde_json::from_str(MACHINE).expect("machine.json is part of the program");
    machine["defaults"].clone()
});

fn default(pointer: &str) -> u64 {
    DEFAULTS.pointer(pointer).and_then(Json::as_u64).unwrap_or_default()
}

fn whole_minutes(duration: &Option<Located<Seconds>>) -> Option<u64> {
    duration.as_ref().map(|duration| duration.0.div_ceil(60))
}

impl Release {
    pub(super) fn alarms(&self) -> impl Iterator<Item = &Located<PlainText>> {
        let alarms = self.health.iter().filter_map(|health| health.alarms.as_ref());
        alarms.flat_map(|alarms| &alarms.value.0)
    }

    /// The alarms that come with things of the document.
    pub(super) fn own_alarms(&self) -> Vec<Located<String>> {
        let own = self.alarms().filter(|alarm| Model::is_alarm_path(&alarm.0));
        own.map(|alarm| Located { value: alarm.0.clone(), span: alarm.span.clone() }).collect()
    }
}

impl Application {
    /// How long a release may take.
    pub(super) fn deadline_minutes(&self) -> u64 {
        let given = self.release.as_ref().and_then(|release| whole_minutes(&release.deadline));
        given.unwrap_or_else(|| default("/deadline-minutes"))
    }

    /// Seconds from one checkpoint to the next.
    pub(super) fn checkpoint_seconds(&self) -> u64 {
        let interval = self.checkpoints.as_ref().and_then(|checkpoints| checkpoints.interval.as_ref());
        interval.map_or(60, |interval| interval.0)
    }

    /// How many checkpoints a release must see.
    pub(super) fn required_checkpoints(&self) -> u64 {
        let given = self.release.as_ref().and_then(|release| release.health.as_ref()?.checkpoints.as_ref());
        given.map_or_else(|| default("/health/checkpoints"), |given| given.0.unsigned_abs())
    }

    /// How long a release watches; unless it is said, long enough for the checkpoints that it must see.
    pub(super) fn window_minutes(&self) -> u64 {
        let given = self.release.as_ref().and_then(|release| release.health.as_ref()?.window.as_ref());
        given.map_or_else(
            || {
                let seen = (self.required_checkpoints() + 1) * self.checkpoint_seconds();
                default("/health/for-minutes").max(seen.div_ceil(60))
            },
            |given| given.0.div_ceil(60),
        )
    }

    /// What becomes of what runs when it is released into.
    pub(super) fn promise(&self) -> String {
        let release = self.release.as_ref();
        if let Some(once) = release.and_then(|release| release.once.as_ref()) {
            let begins = match once.state.as_ref().map(|state| state.text.as_str()) {
                Some("fresh") => "WITHOUT ITS STATE".to_owned(),
                Some(snapshot) => format!("from snapshot {snapshot}"),
                None => "from its latest state".to_owned(),
            };
            let drops = if once.drops_state() { ", DROPPING state without an operator" } else { "" };
            return format!("In place of {} it begins {begins}{drops}.", once.replacing.text);
        }
        let window = self.window_minutes();
        let leaves = release.and_then(|release| release.on_failure.as_ref());
        match leaves.map(|it| it.value) {
            Some(OnFailure::Leave) => {
                format!("A snapshot is taken first; the new build stays, healthy for {window} min or not.")
            }
            _ => format!(
                "A snapshot is taken first; unless the new build is healthy for {window} min, what runs now comes back."
            ),
        }
    }

    /// What the document says of releases, as far as it differs from what every release keeps to.
    pub(super) fn asked_of_releases(&self, model: &Model, environment: &str) -> Map<String, Json> {
        let release = self.release.as_ref();
        let mut asked = Map::new();
        let mut ask = |key: &str, value: Option<Json>| {
            asked.extend(value.filter(|value| DEFAULTS[key] != *value).map(|value| (key.to_owned(), value)));
        };
        ask("busy-minutes", release.and_then(|release| whole_minutes(&release.busy)).map(Json::from));
        let maximum = self.parallelism.as_ref().and_then(|parallelism| parallelism.maximum.as_ref());
        ask("maximum-parallelism", maximum.map(|maximum| json!(maximum.0)));
        ask("on-failure", release.and_then(|release| release.on_failure.as_ref()).map(|given| json!(given.word())));
        ask("keep-snapshots", release.and_then(|release| release.keep_snapshots.as_ref()).map(|keep| json!(keep.0)));
        ask("health", Some(self.health(model, environment)).filter(|health| health != &json!({})));
        let quiet = release.and_then(|release| release.quiet.as_ref());
        ask("quiet", quiet.map(|quiet| quiet.value.0.iter().map(|quiet| quiet.value.asked()).collect()));
        ask("once", release.and_then(|release| release.once.as_ref()).map(|once| once.value.asked()));
        asked
    }

    fn health(&self, model: &Model, environment: &str) -> Json {
        let given = self.release.as_ref().and_then(|release| release.health.as_ref());
        let mut asked = Map::new();
        let mut ask = |key: &str, value: Option<Json>| {
            let differs = value.filter(|value| DEFAULTS["health"][key] != *value);
            asked.extend(differs.map(|value| (key.to_owned(), value)));
        };
        ask("for-minutes", Some(json!(self.window_minutes())));
        ask("restarts", given.and_then(|health| health.restarts.as_ref()).map(|restarts| json!(restarts.0)));
        ask("checkpoints", Some(json!(self.required_checkpoints())));
        ask("lag-seconds", given.and_then(|health| health.lag.as_ref()).map(|lag| json!(lag.0)));
        ask("throughput", given.and_then(|health| health.throughput.as_ref()).map(|throughput| json!(throughput.0)));
        let names = |alarms: &OneOrMany<PlainText>| -> Json {
            alarms.0.iter().map(|alarm| model.alarm_name(environment, &alarm.0)).collect()
        };
        ask("alarms", given.and_then(|health| health.alarms.as_ref()).map(|alarms| names(&alarms.value)));
        Json::Object(asked)
    }
}

impl Quiet {
    fn days(&self) -> &str {
        self.days.as_ref().map_or("mon-sun", |days| &days.text)
    }

    fn asked(&self) -> Json {
        json!({ "days": self.days(), "from": self.from.text, "to": self.to.text })
    }

    /// The first and the last day, counted from Monday.
    pub(super) fn span_of_days(&self) -> (usize, usize) {
        days(self.days()).unwrap_or_default()
    }

    /// The first minute of each of these days, and the first after it.
    pub(super) fn minutes(&self) -> (usize, usize) {
        (minutes(&self.from.text).unwrap_or_default(), minutes(&self.to.text).unwrap_or_default())
    }
}

impl Once {
    fn asked(&self) -> Json {
        let mut asked = json!({ "replacing": self.replacing.text });
        if let Some(state) = &self.state {
            asked["state"] = json!(state.text);
        }
        if self.drops_state() {
            asked["allow-non-restored-state"] = json!(true);
        }
        asked
    }

    /// Whether state without an operator is dropped.
    pub(super) fn drops_state(&self) -> bool {
        self.allow_non_restored_state.as_ref().is_some_and(|allowed| allowed.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_week_are_read_as_they_are_written() {
        for (text, expected) in [("mon", Some((0, 0))), ("mon-fri", Some((0, 4))), ("fri-mon", Some((4, 0)))] {
            assert_eq!(days(text), expected, "{text}");
        }
        for (text, expected) in [("00:00", Some(0)), ("08:05", Some(485)), ("24:00", Some(1440))] {
            assert_eq!(minutes(text), expected, "{text}");
        }
        for wrong in ["", "-", "mon-", "weekdays", "Mon", "mon-tue-wed", "月-金"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
        for wrong in ["", ":", "8:00", "24:01", "25:00", "08:60", "+8:00", "08:00:00", "08:0\u{0660}"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_said_is_what_every_release_keeps_to() {
        assert_eq!(
            (default("/deadline-minutes"), default("/health/for-minutes"), default("/health/checkpoints")),
            (120, 5, 1)
        );
    }
}
