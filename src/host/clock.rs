//! What day it is.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_OF_A_DAY: u64 = 86_400;

/// The day in UTC, `2026-11-21`: that of the clock, or of `SOURCE_DATE_EPOCH`, by which builds that have to be repeatable
/// say what time it is (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub fn today() -> String {
    let told = super::variable("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    day(told.unwrap_or_else(clock) / SECONDS_OF_A_DAY)
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

#[cfg(test)]
mod tests {
    use super::day;

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
