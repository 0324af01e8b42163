//! What a release is asked to do: the same JSON that the pipeline's step is given.

use serde_json::Value as Json;

use crate::release::Machine;

/// A release of one build into one application.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    pub application: String,
    pub stack: String,
    /// The parameter that holds the key of the released build.
    pub pointer: String,
    pub bucket: String,
    pub key: String,
    pub sha256: String,
    pub deadline_minutes: u64,
    /// The bucket that builds are brought from, where it is not `bucket` itself.
    pub from: Option<String>,
    /// `FLINK-1_20`: what the document says.
    pub runtime: Option<String>,
    /// The Java that the build is made for.
    pub java: Option<u64>,
    /// The maximum parallelism that the job sets.
    pub maximum_parallelism: Option<u64>,
    pub busy_minutes: u64,
    /// What a release has brought stays when it fails.
    pub leave: bool,
    pub keep_snapshots: u64,
    pub quiet: Vec<Quiet>,
    pub health: Health,
    pub once: Option<Once>,
}

/// What counts as healthy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    pub for_minutes: u64,
    pub restarts: u64,
    pub checkpoints: u64,
    pub lag_seconds: Option<f64>,
    pub throughput: Option<f64>,
    pub alarms: Vec<String>,
}

/// A time, in UTC, in which no release begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    /// Monday is 0.
    pub days: Vec<u64>,
    /// Minutes after midnight.
    pub from: u64,
    /// At or before `from`: of the next day.
    pub to: u64,
}

/// What holds for one release only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Once {
    /// The beginning of the digest of the build that is replaced; by hand there is none.
    pub replacing: Option<String>,
    /// `fresh`, or the name of a snapshot.
    pub state: Option<String>,
    pub allow_non_restored_state: bool,
}

impl Asked {
    /// Reads what is asked; the machine's defaults stand for what is left out.
    ///
    /// # Errors
    /// Which member is missing.
    pub fn read(json: &Json) -> Result<Self, String> {
        let machine = Machine::get();
        let text = |name: &str| {
            let text = json[name].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| format!("`{name}` is missing in what the release is asked to do"))
        };
        let number = |pointer: &str| {
            let asked = json.pointer(pointer).and_then(Json::as_u64);
            asked.or_else(|| machine.default(pointer).as_u64()).unwrap_or_default()
        };
        let optional = |name: &str| json[name].as_str().map(str::to_owned);
        let health = &json["health"];
        let alarms = health["alarms"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let on_failure = json["on-failure"].as_str().or_else(|| machine.default("/on-failure").as_str());
        let java = json["java"].as_u64().or_else(|| json["java"].as_str().and_then(|java| java.parse().ok()));
        Ok(Self {
            application: text("application")?,
            stack: text("stack")?,
            pointer: text("pointer")?,
            bucket: text("bucket")?,
            key: text("key")?,
            sha256: text("sha256")?,
            deadline_minutes: number("/deadline-minutes"),
            from: optional("from"),
            runtime: optional("runtime"),
            java,
            maximum_parallelism: json["maximum-parallelism"].as_u64(),
            busy_minutes: number("/busy-minutes"),
            leave: on_failure == Some("leave"),
            keep_snapshots: number("/keep-snapshots"),
            quiet: json["quiet"].as_array().into_iter().flatten().filter_map(Quiet::read).collect(),
            health: Health {
                for_minutes: number("/health/for-minutes"),
                restarts: number("/health/restarts"),
                checkpoints: number("/health/checkpoints"),
                lag_seconds: health["lag-seconds"].as_f64(),
                throughput: health["throughput"].as_f64(),
                alarms: alarms.map(str::to_owned).collect(),
            },
            once: json.get("once").filter(|once| once.is_object()).map(Once::read),
        })
    }

    /// The name of the record.
    pub fn record(&self) -> String {
        format!("{}-record", self.pointer)
    }
}

impl Once {
    fn read(json: &Json) -> Self {
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        Self {
            replacing: text("replacing"),
            state: text("state"),
            allow_non_restored_state: json["allow-non-restored-state"].as_bool().unwrap_or_default(),
        }
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_OF_A_DAY: u64 = 1440;

impl Quiet {
    fn read(json: &Json) -> Option<Self> {
        let mut days = Vec::new();
        for part in json["days"].as_str().unwrap_or("mon-sun").split(',') {
            let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
            let (first, last) = (day(first)?, day(last)?);
            let count = (last + 7 - first) % 7;
            days.extend((0..=count).map(|more| (first + more) % 7));
        }
        Some(Self { days, from: minutes(json["from"].as_str()?)?, to: minutes(json["to"].as_str()?)? })
    }

    /// When the quiet time ends, in which `now` (seconds since 1970) is.
    pub fn until(&self, now: u64) -> Option<u64> {
        let (day, minute) = (now / 86_400, now / 60 % MINUTES_OF_A_DAY);
        // 1970-01-01 was a Thursday.
        let is_on = |day: u64| self.days.contains(&((day + 3) % 7));
        let end = |day: u64| Some(day * 86_400 + self.to * 60);
        if self.from < self.to {
            return if is_on(day) && (self.from..self.to).contains(&minute) { end(day) } else { None };
        }
        if is_on(day) && minute >= self.from {
            return end(day + 1);
        }
        if is_on(day.checked_sub(1)?) && minute < self.to { end(day) } else { None }
    }
}

fn day(name: &str) -> Option<u64> {
    let at = DAYS.iter().position(|day| *day == name)?;
    u64::try_from(at).ok()
}

fn minutes(time: &str) -> Option<u64> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<u64>().ok()? * 60 + minutes.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_stand_for_what_is_left_out() {
        let mut json = json!({
            "application": "trips-prod-taxi", "stack": "trips-prod", "pointer": "/trips/prod/flink/taxi/release",
            "bucket": "b", "key": "builds/jar/abc/taxi.jar", "sha256": "abc", "deadline-minutes": 60,
        });
        let asked = Asked::read(&json).unwrap();
        assert_eq!((asked.deadline_minutes, asked.busy_minutes, asked.keep_snapshots), (60, 30, 10));
        assert_eq!((asked.health.for_minutes, asked.health.restarts, asked.health.checkpoints), (5, 0, 1));
        assert!(!asked.leave && asked.once.is_none() && asked.quiet.is_empty());
        assert_eq!(asked.record(), "/trips/prod/flink/taxi/release-record");
        json["once"] = json!({ "state": "fresh" });
        json["on-failure"] = json!("leave");
        json["java"] = json!("17");
        let asked = Asked::read(&json).unwrap();
        assert_eq!((asked.once.unwrap().state.as_deref(), asked.leave, asked.java), (Some("fresh"), true, Some(17)));
        json["sha256"] = json!("");
        assert!(Asked::read(&json).unwrap_err().contains("`sha256`"));
    }

    #[test]
    fn a_quiet_time_ends() {
        let quiet = |days: &str, from: &str, to: &str| Quiet::read(&json!({ "days": days, "from": from, "to": to }));
        let office = quiet("mon-fri", "08:00", "18:00").unwrap();
        // 2026-11-20 is a Friday.
        let friday = 1_795_132_800;
        let at = |day: u64, hour: u64| friday + day * 86_400 + hour * 3600;
        assert_eq!(office.until(at(0, 8)), Some(at(0, 18)));
        assert_eq!(office.until(at(0, 18)), None);
        assert_eq!(office.until(at(1, 9)), None);
        assert_eq!(office.until(at(3, 9)), Some(at(3, 18)));
        let night = quiet("fri", "22:00", "06:00").unwrap();
        assert_eq!(night.until(at(0, 23)), Some(at(1, 6)));
        assert_eq!(night.until(at(1, 5)), Some(at(1, 6)));
        assert_eq!(night.until(at(1, 23)), None);
        assert_eq!(night.until(at(0, 5)), None);
        assert_eq!(quiet("sat-mon", "00:00", "23:59").unwrap().days, [5, 6, 0]);
        assert_eq!(quiet("fry", "08:00", "18:00"), None);
    }
}
