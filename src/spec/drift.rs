//! `drift`: how it is dealt with that the account differs from the document.

use serde_json::{Value as Json, json};

use crate::source::Located;
use crate::spec::modules::ThingPath;
use crate::spec::scalars::{Anything, Count, Matching, OneOrMany, Pattern, PlainText};
use crate::spec::{Decoder, Definitions, Reference, Shape, Target};
use crate::syntax::Node;
use crate::{choice, record};

record! {
    /// How it is dealt with that the account differs from this document.
    pub struct Drift {
        /// When the account is looked at, as EventBridge Scheduler writes it: `rate(6 hours)`, `cron(0 6 * * ? *)`.
        optional schedule: Matching<Recurring> = "schedule",
        /// The time zone of the schedule, with its daylight saving time; `UTC` unless told otherwise.
        optional time_zone: PlainText = "time-zone",
        /// The repository that holds this document, for the scheduled look.
        optional repo: Reference<Anything> = "repo",
        /// Commands that install tidegate for the scheduled look.
        optional install: Vec<Located<PlainText>> = "install",
        /// E-mail addresses that are told what the scheduled look found; each must confirm its subscription once.
        optional notify: OneOrMany<PlainText> = "notify",
        /// The environments that the scheduled look is about; all of them, and the pipelines, unless told otherwise.
        optional environments: Vec<Located<Reference<Environments>>> = "environments",
        /// What the scheduled look does about what differs; `report` unless told otherwise.
        optional on_drift: OnDrift = "on-drift",
        /// The file of rules by which `on-drift: revert` takes something back, from the folder of this document: `.tidegate-reconcile.yaml`.
        optional policy: Matching<PolicyPath> = "policy",
        /// The least share of all properties, in percent, that must have been looked at; less is a failure of `tidegate drift`.
        optional require_coverage: Count<1, 100> = "require-coverage",
        /// Differences that somebody has decided to live with, each for a time.
        optional accept: Vec<Located<Acceptance>> = "accept",
    }
}

record! {
    /// A difference that somebody has decided to live with until a day.
    pub struct Acceptance {
        /// The thing that differs; all of its resources are meant.
        optional thing: Matching<ThingPath> = "thing",
        /// The resource that differs, by its logical id.
        optional resource: Matching<LogicalId> = "resource",
        /// The property that differs, as `tidegate drift` names it: `Tags[team]`; what is below it is meant too. Without it, everything is accepted, even that the resource is gone.
        optional property: PlainText = "property",
        /// The live value that is accepted; another one is drift again.
        optional value: AnyValue = "value",
        /// The only environment in which it is accepted.
        optional environment: Reference<Environments> = "environment",
        /// Who decided it, and is asked when the time is over.
        required owner: PlainText = "owner",
        /// Why it may differ.
        required reason: PlainText = "reason",
        /// The last day on which it is accepted: `2027-01-31`.
        required until: Matching<Day> = "until",
    }
    one_of ["thing", "resource"];
}

choice! {
    /// What happens to a difference by itself.
    pub enum OnDrift {
        /// It is told.
        Report = "report",
        /// It is taken back where a rule of the policy says so, and told.
        Revert = "revert",
    }
}

/// A path that stands in a command as it is.
#[derive(Clone, Copy, Debug)]
pub struct PolicyPath;

impl Pattern for PolicyPath {
    const REGEX: &'static str = r#"^[^/\n\r'"$`\\-][^\n\r'"$`\\]*$"#;
    const EXPECTED: &'static str = "a path from the folder of this document, without quotes, `$` and `\\`";
    const EXAMPLE: &'static str = ".tidegate-reconcile.yaml";

    fn matches(text: &str) -> bool {
        let stays = |c: char| !matches!(c, '\n' | '\r' | '\'' | '"' | '$' | '`' | '\\');
        !text.is_empty() && !text.starts_with(['/', '-']) && text.chars().all(stays)
    }
}

/// The environments of the document.
#[derive(Debug)]
pub struct Environments;

impl Target for Environments {
    const SECTIONS: &'static [&'static str] = &["environments"];
}

/// `rate(…)` or `cron(…)`; what stands inside is checked with all schedules.
#[derive(Clone, Copy, Debug)]
pub struct Recurring;

impl Pattern for Recurring {
    const REGEX: &'static str = r"^(rate|cron)\([^\n\r()]+\)$";
    const EXPECTED: &'static str = "a schedule that recurs: `rate(…)` or `cron(…)`";
    const EXAMPLE: &'static str = "rate(6 hours)";

    fn matches(text: &str) -> bool {
        let inside = ["rate(", "cron("].into_iter().find_map(|word| text.strip_prefix(word)?.strip_suffix(')'));
        inside.is_some_and(|inside| !inside.is_empty() && !inside.contains(['\n', '\r', '(', ')']))
    }
}

/// A logical id of a template.
#[derive(Clone, Copy, Debug)]
pub struct LogicalId;

impl Pattern for LogicalId {
    const REGEX: &'static str = "^[A-Za-z0-9]{1,255}$";
    const EXPECTED: &'static str = "a logical id: letters and digits";
    const EXAMPLE: &'static str = "StreamTrips";

    fn matches(text: &str) -> bool {
        (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

/// A day of the calendar. Days in this form are in the order of their texts.
#[derive(Clone, Copy, Debug)]
pub struct Day;

impl Pattern for Day {
    const REGEX: &'static str = "^20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$";
    const EXPECTED: &'static str = "a day: year, month and day";
    const EXAMPLE: &'static str = "2027-01-31";

    fn matches(text: &str) -> bool {
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else { return false };
        let days = match *month {
            "02" => 29,
            "04" | "06" | "09" | "11" => 30,
            "01" | "03" | "05" | "07" | "08" | "10" | "12" => 31,
            _ => return false,
        };
        let day = day.parse().ok().filter(|_| digits(day, 2));
        digits(year, 4) && year.starts_with("20") && day.is_some_and(|day: u32| (1..=days).contains(&day))
    }
}

/// Anything that JSON can hold; `${{` means nothing in it.
#[derive(Clone, Debug)]
pub struct AnyValue(pub Json);

impl Shape for AnyValue {
    fn schema(_: &mut Definitions) -> Json {
        json!({})
    }

    fn decode(node: &Node, _: &mut Decoder) -> Option<Self> {
        Some(Self(node.to_json()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Pattern, PolicyPath};

    #[test]
    fn a_policy_is_a_path_that_needs_no_quotes() {
        let regex = regex::Regex::new(PolicyPath::REGEX).unwrap();
        for right in [".tidegate-reconcile.yaml", "ops/rules.yaml", "../規則.yaml", "a b.yaml"] {
            assert!(PolicyPath::matches(right) && regex.is_match(right), "{right}");
        }
        for wrong in ["", "/etc/rules.yaml", "-rf", "a'b", "$HOME/a", "a`id`", "a\nb", "a\\b", "\"a"] {
            assert!(!PolicyPath::matches(wrong) && !regex.is_match(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        let regex = regex::Regex::new(Day::REGEX).unwrap();
        for right in ["2026-11-21", "2027-01-31", "2028-02-29", "2099-12-31"] {
            assert!(Day::matches(right) && regex.is_match(right), "{right}");
        }
        for wrong in [
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "26-04-30",
            "2026-4-30",
            "2026-04-3",
            "1999-01-01",
            "2026-04-30 ",
            "",
            "2026-04-00",
            "2026-04-+1",
            "二〇二六",
        ] {
            assert!(!Day::matches(wrong) && !regex.is_match(wrong), "{wrong}");
        }
    }
}
