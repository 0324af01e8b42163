//! The cron expressions of CodePipeline's deployment windows, which are Quartz's: six fields and a year that may be
//! left out, where those of EventBridge have no seconds and those of Unix begin with the minute.
//!
//! Source: CodePipeline User Guide, "DeploymentWindow" (read 2026-04); that one of the two days must be `?` is
//! Quartz's own rule.

/// Why an expression is none, as a clause; `None` when it is one.
pub fn fault(expression: &str) -> Option<String> {
    let expression = expression.trim();
    if expression.starts_with("cron(") || expression.starts_with("rate(") {
        return Some("it is written as EventBridge writes schedules, with a word and parentheses".to_owned());
    }
    let fields: Vec<&str> = expression.split_whitespace().collect();
    if !(6..=7).contains(&fields.len()) {
        let count = fields.len();
        return Some(format!("it has {count} fields, and Quartz has six or seven, of which the first is seconds"));
    }
    fields_fault(&FIELDS, &fields)
}

/// Why the fields from the minute on are none of a schedule of EventBridge, which has the same fields but the first.
pub(super) fn fault_from_minute(fields: &[&str]) -> Option<String> {
    fields_fault(&FIELDS[1..], fields)
}

fn fields_fault(fields: &[Field], texts: &[&str]) -> Option<String> {
    let wrong = fields.iter().zip(texts).find_map(|(field, text)| field.fault(text));
    let is_open = |days: Days| fields.iter().zip(texts).any(|(field, text)| field.days == days && *text == "?");
    wrong.or_else(|| match (is_open(Days::OfMonth), is_open(Days::OfWeek)) {
        (false, false) => Some("neither the day of the month nor the day of the week is `?`".to_owned()),
        (true, true) => Some("both the day of the month and the day of the week are `?`".to_owned()),
        _ => None,
    })
}

struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    /// Names for numbers, the first for `low`.
    names: &'static [&'static str],
    days: Days,
}

/// Which further signs a field takes.
#[derive(Clone, Copy, PartialEq)]
enum Days {
    None,
    OfMonth,
    OfWeek,
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 7] = [
    Field::number("second", 0, 59),
    Field::number("minute", 0, 59),
    Field::number("hour", 0, 23),
    Field { name: "day of the month", low: 1, high: 31, names: &[], days: Days::OfMonth },
    Field { name: "month", low: 1, high: 12, names: MONTHS, days: Days::None },
    Field { name: "day of the week", low: 1, high: 7, names: WEEKDAYS, days: Days::OfWeek },
    Field::number("year", 1970, 2199),
];

impl Field {
    const fn number(name: &'static str, low: u32, high: u32) -> Self {
        Self { name, low, high, names: &[], days: Days::None }
    }

    fn fault(&self, text: &str) -> Option<String> {
        if self.days != Days::None && text == "?" {
            return None;
        }
        let wrong = text.split(',').find(|item| !self.is_item(item))?;
        let Self { name, low, high, .. } = self;
        Some(format!("`{wrong}` is no {name}, which is {low} to {high}"))
    }

    /// `*`, `5`, `1-5`, `*/15`, `/15`, `0/15`, `MON-FRI`, and the signs of days.
    fn is_item(&self, item: &str) -> bool {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let step_fits = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| (1..=self.high).contains(&step)));
        let is_all = range == "*" || (range.is_empty() && step.is_some());
        step_fits && (is_all || self.is_range(range) || (step.is_none() && self.is_day(range)))
    }

    fn is_range(&self, text: &str) -> bool {
        match text.split_once('-') {
            Some((low, high)) => self.value(low).is_some() && self.value(high).is_some(),
            None => self.value(text).is_some(),
        }
    }

    fn is_day(&self, text: &str) -> bool {
        match self.days {
            Days::None => false,
            Days::OfMonth => {
                let offset = text.strip_prefix("L-").and_then(|days| days.parse::<u32>().ok());
                let near = text.strip_suffix('W').and_then(|day| self.value(day));
                matches!(text, "L" | "LW") || offset.is_some_and(|days| (1..=30).contains(&days)) || near.is_some()
            }
            Days::OfWeek => {
                let last = text.strip_suffix('L').is_some_and(|day| day.is_empty() || self.value(day).is_some());
                let nth = text.split_once('#').is_some_and(|(day, nth)| {
                    self.value(day).is_some() && nth.parse::<u32>().is_ok_and(|nth| (1..=5).contains(&nth))
                });
                last || nth
            }
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().zip(self.low..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        let value = named.map(|(_, value)| value).or_else(|| text.parse().ok())?;
        (self.low..=self.high).contains(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn quartz_is_accepted() {
        for right in [
            "* * 9-17 ? * MON-FRI *",
            "0 0/15 8,12 L-3 JAN-MAR ? 2026-2030",
            "0 30 9 ? * 6#3",
            "* 0 9 15W * ?",
            "* * * LW * ?",
            "* * * ? * 6L",
            "* */5 22-2 * * ?",
            "* * * ? * mon,wed",
            "0 /35 * ? * MON",
        ] {
            assert_eq!(fault(right), None, "{right}");
        }
    }

    #[test]
    fn anything_else_says_what_is_wrong() {
        for (wrong, why) in [
            ("0 9 * * 1-5", "5 fields"),
            ("cron(0 9 * * ? *)", "EventBridge"),
            ("* * 9-17 * * MON-FRI", "neither"),
            ("* * 9-17 ? * ?", "both"),
            ("* 60 9 ? * MON", "`60` is no minute"),
            ("* * 24 ? * MON", "`24` is no hour"),
            ("0 9 ? * MON-FRI *", "`?` is no hour"),
            ("* * * ? * MO", "`MO` is no day of the week"),
            ("* * * 0 * ?", "day of the month"),
            ("* * */0 ? * MON", "hour"),
        ] {
            assert!(fault(wrong).is_some_and(|fault| fault.contains(why)), "{wrong}: {:?}", fault(wrong));
        }
    }
}
