//! The time, and who this is.

use std::time::{SystemTime, UNIX_EPOCH};

use super::variable;

const SECONDS_OF_A_DAY: u64 = 86_400;

/// The day in UTC, `2026-11-21`: that of the clock, or of `SOURCE_DATE_EPOCH`, by which builds that have to be repeatable
/// say what time it is (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub fn today() -> String {
    days_from_today(0)
}

/// The day so many days later.
pub fn days_from_today(days: u64) -> String {
    let told = variable("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
    day(told.unwrap_or_else(seconds) / SECONDS_OF_A_DAY + days)
}

/// The day so many days after 1970-01-01. Years begin in March here, so that a leap day is the last one of its year.
fn day(days: u64) -> String {
    // 719,468 days from 0000-03-01 to 1970-01-01; 146,097 in four centuries.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month < 3);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|duration| duration.as_secs()).unwrap_or_default()
}

/// Milliseconds since 1970.
pub fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map(|duration| duration.as_millis());
    since.ok().and_then(|milliseconds| u64::try_from(milliseconds).ok()).unwrap_or_default()
}

/// Lets so many milliseconds pass.
pub fn pause_milliseconds(milliseconds: u64) {
    std::thread::sleep(std::time::Duration::from_millis(milliseconds));
}

/// Lets so many seconds pass.
pub fn pause(seconds: u64) {
    std::thread::sleep(std::time::Duration::from_secs(seconds));
}

/// Now, in RFC 3339 and UTC.
pub fn now() -> String {
    rfc3339(seconds())
}

/// The seconds since 1970 of a time that [`now`] gave; `None` when it is no such time.
pub fn seconds_of(time: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let days = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
    let days = days + months(year).iter().take(usize::try_from(month.checked_sub(1)?).ok()?).sum::<u64>();
    Some(((days + day.checked_sub(1)?) * 24 + hour) * 3600 + minute * 60 + second)
}

/// A time in seconds since 1970, in RFC 3339 and UTC.
pub fn written(seconds: u64) -> String {
    rfc3339(seconds)
}

fn rfc3339(seconds: u64) -> String {
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", day(seconds / SECONDS_OF_A_DAY))
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn months(year: u64) -> [u64; 12] {
    [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// The name of this machine and the number of this process.
pub fn machine() -> String {
    let named = ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(variable);
    let written = || std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned());
    let name = named.or_else(written).filter(|name| !name.is_empty()).unwrap_or_else(|| "this machine".to_owned());
    format!("{name}, process {}", std::process::id())
}

/// A text that no other run has.
pub fn unique() -> String {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).map(|it| it.as_nanos()).unwrap_or_default();
    format!("{:.16}", crate::source::sha256(format!("{nanoseconds} {}", machine())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        for (seconds, time) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_281_296, "2026-11-21T17:14:56Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), time);
            assert_eq!(seconds_of(time), Some(seconds), "{time}");
        }
        assert_eq!(seconds_of("yesterday"), None);
        assert_eq!(seconds_of("2026-00-01T00:00:00Z"), None);
        assert!(seconds_of(&now()).is_some_and(|then| seconds() - then < 5));
    }

    #[test]
    fn two_runs_have_different_names() {
        assert_ne!(unique(), unique());
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, wanted) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (10_957, "2000-01-01"),
            (11_016, "2000-02-29"),
            (20_778, "2026-11-21"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(day(days), wanted);
        }
    }
}
