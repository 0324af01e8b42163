//! Waiting for others, as long as `--wait` says.

use super::applying::age;
use crate::host;

/// Between two looks, in seconds.
const PAUSE: u64 = 2;
/// After so many seconds it is told again what is waited for.
const AGAIN: u64 = 30;

/// How long others are waited for; by default not at all.
#[derive(Default)]
pub(super) struct Waiting {
    /// In seconds.
    longest: Option<u64>,
    since: Option<u64>,
    told: Option<(String, u64)>,
}

impl Waiting {
    /// The time begins with the first look that finds somebody else.
    pub(super) fn at_most(seconds: Option<u64>) -> Self {
        Self { longest: seconds, ..Self::default() }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.longest.is_some()
    }

    /// Waits a little for `what`, which is told when it is new, and now and then; false when there is no time left.
    pub(super) fn pause(&mut self, what: &str) -> bool {
        let Some(longest) = self.longest else { return false };
        let now = host::seconds();
        let waited = now.saturating_sub(*self.since.get_or_insert(now));
        if waited >= longest {
            return false;
        }
        let is_known = |(told, at): &(String, u64)| told == what && now.saturating_sub(*at) < AGAIN;
        if !self.told.as_ref().is_some_and(is_known) {
            host::tell(&format!("waiting, for {} more: {what} …", age(longest - waited)));
            self.told = Some((what.to_owned(), now));
        }
        host::pause(PAUSE.min(longest - waited));
        true
    }

    /// ` after 10 min`, if anything was waited for.
    pub(super) fn waited(&self) -> String {
        let waited = self.since.map(|since| host::seconds().saturating_sub(since));
        waited.map_or_else(String::new, |waited| format!(" after {}", age(waited)))
    }
}

/// Reads `90s`, `10m`, `1h` or `1h30m`, in seconds.
pub(super) fn duration(text: &str) -> Result<u64, String> {
    let refusal = || format!("`{text}` is no duration: write e.g. `90s`, `10m` or `1h30m`");
    let mut seconds: u64 = 0;
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let unit = part.chars().next_back().ok_or_else(refusal)?;
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(refusal()),
        };
        let number: u64 = part.trim_end_matches(unit).parse().map_err(|_| refusal())?;
        seconds = number.checked_mul(factor).and_then(|more| seconds.checked_add(more)).ok_or_else(refusal)?;
    }
    if seconds == 0 { Err(refusal()) } else { Ok(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_units() {
        let read = ["90s", "10m", "1h", "1h30m", "2h0m5s"].map(duration);
        assert_eq!(read, [Ok(90), Ok(600), Ok(3600), Ok(5400), Ok(7205)]);
        for wrong in
            ["", "10", "m", "10 m", "-1s", "1d", "0s", "10m5", "99999999999999999999h", "18446744073709551615h", "1分"]
        {
            let refusal = duration(wrong).expect_err(wrong);
            assert!(refusal.contains("10m"), "{wrong}: {refusal}");
        }
    }

    #[test]
    fn without_time_nobody_is_waited_for() {
        assert!(!Waiting::default().pause("the end"));
        assert_eq!(Waiting::default().waited(), "");
    }
}
