//! How many calls a second a service takes: found out by its refusals, since AWS tells few of its limits.
//!
//! Additive increase, multiplicative decrease: after a refusal the rate is halved, then it grows by one call a second
//! with each second that passes without another. Until a service refuses, calls are not held back.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);
/// Calls a second below which it is not lowered: a call has to end before its timeout.
const LEAST: f64 = 1.0;

/// The rate of calls of one service.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// `None`: nothing was refused yet.
    per_second: Option<f64>,
    /// When the next call may be sent.
    next: Option<Instant>,
    /// When the calls of the last [`WINDOW`] were sent.
    sent: VecDeque<Instant>,
    lowered: Option<Instant>,
}

impl Rate {
    /// Takes the next place in the row: how long to wait until the call is sent.
    pub(super) fn admit(&mut self, now: Instant) -> Duration {
        let at = self.next.map_or(now, |next| next.max(now));
        if let Some(rate) = self.per_second {
            self.next = Some(at + Duration::from_secs_f64(1.0 / rate));
        }
        while self.sent.front().is_some_and(|sent| *sent + WINDOW <= now) {
            self.sent.pop_front();
        }
        self.sent.push_back(at);
        at - now
    }

    /// The service took a call.
    pub(super) fn taken(&mut self) {
        if let Some(rate) = &mut self.per_second {
            *rate += 1.0 / *rate;
        }
    }

    /// The service refused a call that was sent at `sent` because there were too many.
    pub(super) fn refused(&mut self, sent: Instant, now: Instant) {
        // Calls that were under way already say nothing about the lower rate.
        if self.lowered.is_some_and(|lowered| sent < lowered) {
            return;
        }
        let seen = self.sent.iter().filter(|sent| **sent <= now && **sent + WINDOW > now).count();
        let seen = f64::from(u32::try_from(seen).unwrap_or(u32::MAX));
        let rate = self.per_second.map_or(seen, |rate| rate.min(seen));
        self.per_second = Some((rate / 2.0).max(LEAST));
        self.next = Some(now + Duration::from_secs_f64(1.0 / (rate / 2.0).max(LEAST)));
        self.lowered = Some(now);
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "any moment will do")]
mod tests {
    use super::*;

    /// A service that takes `limit` calls a second: how long `calls` take, and how many are refused.
    fn simulate(limit: usize, calls: usize) -> (Duration, usize) {
        let start = Instant::now();
        let (mut rate, mut now, mut refused, mut done) = (Rate::default(), start, 0, 0);
        let mut taken: VecDeque<Instant> = VecDeque::new();
        while done < calls {
            now += rate.admit(now);
            taken.retain(|at| *at + WINDOW > now);
            if taken.len() < limit {
                taken.push_back(now);
                rate.taken();
                done += 1;
            } else {
                rate.refused(now, now + Duration::from_millis(1));
                refused += 1;
            }
            now += Duration::from_millis(1);
        }
        (now - start, refused)
    }

    #[test]
    fn nothing_is_held_back_until_something_is_refused() {
        let (time, refused) = simulate(usize::MAX, 500);
        assert_eq!(refused, 0);
        assert!(time < Duration::from_secs(1));
    }

    #[test]
    fn a_limit_is_found_and_nearly_used() {
        let (time, refused) = simulate(20, 1000);
        assert!(refused < 100, "{refused} of 1000 were refused");
        assert!(time < Duration::from_secs(50 * 2), "{time:?} where 50 s is the least");
    }

    #[test]
    fn one_burst_lowers_the_rate_once() {
        let now = Instant::now();
        let mut rate = Rate::default();
        for _ in 0..16 {
            assert_eq!(rate.admit(now), Duration::ZERO);
        }
        for _ in 0..16 {
            rate.refused(now, now + Duration::from_millis(10));
        }
        assert_eq!(rate.per_second, Some(8.0));
        let later = now + Duration::from_secs(5);
        rate.refused(later, later);
        assert_eq!(rate.per_second, Some(LEAST));
        rate.taken();
        assert_eq!(rate.per_second, Some(2.0));
    }
}
