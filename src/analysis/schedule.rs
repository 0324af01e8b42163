//! Schedule expressions: `rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)` and `at(2026-12-24T08:00:00)`.
//!
//! Sources: EventBridge User Guide, "Setting a schedule pattern for scheduled rules"; EventBridge Scheduler User Guide,
//! "Schedule types"; Glue Developer Guide, "Time-based schedules" (read 2026-04).

use super::quartz;

/// Who reads the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A rule of EventBridge: `rate` and `cron`; the unit of a rate agrees with its number.
    Rule,
    /// EventBridge Scheduler: also `at`.
    Scheduler,
    /// Scheduled actions of Application Auto Scaling: as the Scheduler.
    Autoscaling,
    /// Triggers and crawlers of Glue: `cron` only.
    Glue,
}

impl Reader {
    /// An example for each form that is read, as the end of a sentence.
    pub fn forms(self) -> &'static str {
        match self {
            Reader::Rule => "`rate(5 minutes)` or `cron(0 9 ? * MON-FRI *)`",
            Reader::Scheduler | Reader::Autoscaling => {
                "`rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)` or `at(2026-12-24T08:00:00)`"
            }
            Reader::Glue => "`cron(0 9 ? * MON-FRI *)`",
        }
    }
}

/// Why an expression is no schedule for its reader, as a clause; `None` when it is one.
pub fn fault(expression: &str, reader: Reader) -> Option<String> {
    let inside = |word: &str| expression.trim().strip_prefix(word)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(fields) = inside("cron") {
        return cron(fields);
    }
    match reader {
        Reader::Glue => {}
        Reader::Rule => {
            if let Some(rate) = inside("rate") {
                return self::rate(rate, true);
            }
            if inside("at").is_some() {
                return Some("a rule has no `at`, which only the Scheduler reads".to_owned());
            }
        }
        Reader::Scheduler | Reader::Autoscaling => {
            if let Some(rate) = inside("rate") {
                return self::rate(rate, false);
            }
            if let Some(time) = inside("at") {
                return (!is_time(time)).then(|| format!("`{time}` is no time such as `2026-12-24T08:00:00`"));
            }
        }
    }
    Some(format!("it has not the form {}", reader.forms()))
}

/// The expression with the unit that agrees with its number, where nothing else is wrong.
pub fn agreeing(expression: &str) -> Option<String> {
    let rate = expression.trim().strip_prefix("rate(")?.strip_suffix(')')?;
    let mut words = rate.split_whitespace();
    let (number, unit) = (words.next()?, words.next()?);
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let mended = format!("rate({number} {unit}{})", if number == "1" { "" } else { "s" });
    (words.next().is_none() && fault(&mended, Reader::Rule).is_none()).then_some(mended)
}

fn cron(fields: &str) -> Option<String> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    match fields.len() {
        6 => quartz::fault_from_minute(&fields),
        5 => Some("it has 5 fields as cron of Unix has, and AWS wants a year as the sixth".to_owned()),
        count => Some(format!("it has {count} fields, where AWS wants six")),
    }
}

/// `agrees`: the unit has an `s` for all numbers but 1.
fn rate(rate: &str, agrees: bool) -> Option<String> {
    let words: Vec<&str> = rate.split_whitespace().collect();
    let [number, unit] = words.as_slice() else {
        return Some("a rate has a number and a unit".to_owned());
    };
    if !number.parse::<u32>().is_ok_and(|number| number > 0) {
        return Some(format!("`{number}` is no whole number above 0"));
    }
    let single = unit.strip_suffix('s').unwrap_or(unit);
    if !["minute", "hour", "day"].contains(&single) {
        return Some(format!("`{unit}` is no unit; `minutes`, `hours` and `days` are"));
    }
    let is_one = number.trim_start_matches('0') == "1";
    match (agrees, is_one, single == *unit) {
        (true, true, false) => Some(format!("the unit after 1 is `{single}`")),
        (true, false, true) => Some(format!("the unit after {number} is `{single}s`")),
        _ => None,
    }
}

/// `yyyy-mm-ddThh:mm:ss` of a day that there is.
fn is_time(text: &str) -> bool {
    let number = |text: &str, width: usize| {
        let plain = text.len() == width && text.bytes().all(|digit| digit.is_ascii_digit());
        plain.then(|| text.parse::<u32>().ok()).flatten()
    };
    let parts = |text: &str, separator: char, widths: [usize; 3]| -> Option<[u32; 3]> {
        let mut texts = text.split(separator);
        let mut found = [0; 3];
        for (place, width) in found.iter_mut().zip(widths) {
            *place = number(texts.next()?, width)?;
        }
        texts.next().is_none().then_some(found)
    };
    let Some((day, clock)) = text.trim().split_once('T') else { return false };
    let (Some([year, month, day]), Some([hour, minute, second])) =
        (parts(day, '-', [4, 2, 2]), parts(clock, ':', [2, 2, 2]))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60
}

#[cfg(test)]
mod tests {
    use super::{Reader, agreeing, fault};

    #[test]
    fn schedules_are_accepted() {
        for (right, reader) in [
            ("rate(1 minute)", Reader::Rule),
            ("rate(5 minutes)", Reader::Rule),
            ("rate(7 days)", Reader::Rule),
            ("rate(1 hours)", Reader::Scheduler),
            ("rate(1 hour)", Reader::Scheduler),
            ("cron(0 10 * * ? *)", Reader::Rule),
            ("cron(0/15 8,12 ? * MON-FRI 2026-2030)", Reader::Rule),
            ("cron(15 12 L * ? *)", Reader::Scheduler),
            ("cron(0 9 15W JAN-MAR ? *)", Reader::Scheduler),
            ("cron(0 9 ? * 6#3 *)", Reader::Glue),
            ("cron(0 9 ? * 6L *)", Reader::Glue),
            ("cron( 0 9 ? * mon * )", Reader::Autoscaling),
            ("at(2028-02-29T23:59:59)", Reader::Scheduler),
        ] {
            assert_eq!(fault(right, reader), None, "{right}");
        }
    }

    #[test]
    fn anything_else_says_what_is_wrong() {
        for (wrong, reader, why) in [
            ("rate(1 minutes)", Reader::Rule, "`minute`"),
            ("rate(5 minute)", Reader::Rule, "`minutes`"),
            ("rate(0 minutes)", Reader::Rule, "above 0"),
            ("rate(1.5 hours)", Reader::Scheduler, "whole number"),
            ("rate(2 weeks)", Reader::Scheduler, "no unit"),
            ("rate(5)", Reader::Rule, "number and a unit"),
            ("rate(5 minutes)", Reader::Glue, "form"),
            ("0 9 * * 1-5", Reader::Rule, "form"),
            ("cron(0 9 * * 1-5)", Reader::Rule, "5 fields"),
            ("cron(0 0 9 ? * MON *)", Reader::Rule, "7 fields"),
            ("cron(0 9 * * MON-FRI *)", Reader::Scheduler, "neither"),
            ("cron(0 9 ? * ? *)", Reader::Scheduler, "both"),
            ("cron(60 9 * * ? *)", Reader::Rule, "`60` is no minute"),
            ("cron(0 24 * * ? *)", Reader::Rule, "`24` is no hour"),
            ("cron(0 9 ? * 0 *)", Reader::Rule, "`0` is no day of the week"),
            ("cron(0 9 32 * ? *)", Reader::Rule, "`32` is no day of the month"),
            ("cron(0 9 1 13 ? *)", Reader::Rule, "`13` is no month"),
            ("cron(0 9 1 * ? 1969)", Reader::Rule, "`1969` is no year"),
            ("at(2026-12-24T08:00:00)", Reader::Rule, "Scheduler"),
            ("at(2026-12-24 08:00)", Reader::Scheduler, "no time"),
            ("at(2026-02-29T08:00:00)", Reader::Scheduler, "no time"),
            ("at(2026-12-24T08:00:00Z)", Reader::Scheduler, "no time"),
        ] {
            assert!(
                fault(wrong, reader).is_some_and(|fault| fault.contains(why)),
                "{wrong}: {:?}",
                fault(wrong, reader)
            );
        }
    }

    #[test]
    fn a_unit_is_made_to_agree() {
        assert_eq!(agreeing("rate(1 minutes)").as_deref(), Some("rate(1 minute)"));
        assert_eq!(agreeing("rate(5 hour)").as_deref(), Some("rate(5 hours)"));
        assert_eq!(agreeing("rate(5 weeks)"), None);
        assert_eq!(agreeing("cron(0 9 * * *)"), None);
    }
}
