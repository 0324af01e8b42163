//! What is done about each difference: by selectors, or by a policy.

use crate::cli::Failure;
use crate::host;
use crate::policy::{self, Action, Policy, Subject};
use crate::reconcile::revert::Item;
use crate::reconcile::{Difference, Outcome, ResourceDrift};

use super::Seen;

/// Something that differs.
pub(super) struct Found<'a> {
    /// Which of the places.
    pub(super) place: usize,
    pub(super) environment: &'a str,
    pub(super) drift: &'a ResourceDrift,
    /// `None`: the resource is gone.
    pub(super) difference: Option<&'a Difference>,
    pub(super) item: Item,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Leave,
    Revert,
    Adopt,
    Accept { owner: String, reason: String, until: String },
}

/// What was chosen for a difference.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) choice: Choice,
    /// What is dangerous has its word.
    pub(super) danger: bool,
    /// A rule of a policy chose it.
    pub(super) by_rule: bool,
    /// How the document will say it.
    pub(super) says: Option<String>,
    /// Why it is not done, and what to do instead.
    pub(super) refused: Option<(String, String)>,
}

impl Chosen {
    pub(super) fn new(choice: Choice, danger: bool) -> Self {
        Self { choice, danger, by_rule: false, says: None, refused: None }
    }

    pub(super) fn refuse(&mut self, reason: String, help: &str) {
        self.choice = Choice::Leave;
        self.refused = Some((reason, help.to_owned()));
    }

    /// Whether the difference is there afterwards and counts.
    pub(super) fn stays(&self) -> bool {
        self.choice == Choice::Leave
    }
}

impl Found<'_> {
    /// `changed`, `added`, `removed` or `gone`.
    fn change(&self) -> &'static str {
        match self.difference.map(|difference| (&difference.wanted, &difference.live)) {
            None => "gone",
            Some((None, _)) => "added",
            Some((Some(_), None)) => "removed",
            Some(_) => "changed",
        }
    }

    fn is_legitimate(&self) -> bool {
        self.difference.is_some_and(|difference| !difference.class.is_drift())
    }

    pub(super) fn path(&self) -> &str {
        self.difference.map_or("", |difference| difference.path.as_str())
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            thing: &self.drift.thing,
            resource: &self.drift.logical_id,
            resource_type: &self.drift.resource_type,
            property: self.path(),
            change: self.change(),
            legitimate: self.is_legitimate(),
            environment: self.environment,
        }
    }
}

/// Everything that somebody changed, in the order of the reports; of what the account changed by design, what a rule of
/// the policy is about.
pub(super) fn found<'a>(seen: &'a [Seen<'_>], policy: Option<&Policy>) -> Vec<Found<'a>> {
    let mut all = all(seen, policy.is_some_and(Policy::knows_legitimate));
    all.retain(|found| !found.is_legitimate() || policy.is_some_and(|it| it.decide(&found.subject()).is_some()));
    all
}

fn all<'a>(seen: &'a [Seen<'_>], with_legitimate: bool) -> Vec<Found<'a>> {
    let mut all = Vec::new();
    for (place, seen) in seen.iter().enumerate() {
        let environment = seen.place.deployment.environment.as_str();
        for drift in &seen.inspection.drifts {
            if drift.outcome == Outcome::Deleted && drift.accepted.is_none() {
                all.push(Found { place, environment, drift, difference: None, item: Item::of(drift, None) });
            }
            let counts = |difference: &&Difference| {
                difference.accepted.is_none() && (with_legitimate || difference.class.is_drift())
            };
            all.extend(drift.differences.iter().filter(counts).map(|difference| {
                let item = Item::of(drift, Some(difference));
                Found { place, environment, drift, difference: Some(difference), item }
            }));
        }
    }
    all
}

/// Each selector must find something, and no difference may be meant by two of different choices.
pub(super) fn by_selectors(
    found: &[Found<'_>],
    asked: &[(&Vec<String>, Choice)],
    danger: bool,
) -> Result<Vec<Chosen>, Failure> {
    let mut chosen: Vec<Chosen> = found.iter().map(|_| Chosen::new(Choice::Leave, danger)).collect();
    for (selectors, choice) in asked {
        for selector in *selectors {
            let mut any = false;
            for (found, chosen) in found.iter().zip(chosen.iter_mut()).filter(|(found, _)| fits(selector, found)) {
                any = true;
                if chosen.choice != Choice::Leave && chosen.choice != *choice {
                    let message =
                        format!("`{}` of {} is chosen twice, for different ends", found.path(), found.drift.thing);
                    return Err(Failure::usage(message));
                }
                chosen.choice = choice.clone();
            }
            if !any {
                return Err(Failure::usage(format!(
                    "nothing that differs is called `{selector}`{}",
                    near(selector, found)
                )));
            }
        }
    }
    Ok(chosen)
}

fn near(selector: &str, found: &[Found<'_>]) -> String {
    let names: Vec<String> = found
        .iter()
        .map(|found| format!("{}/{}", found.drift.thing, found.path()).trim_end_matches('/').to_owned())
        .collect();
    match crate::diagnostic::nearest(selector, names.iter().map(String::as_str)) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => "; `tidegate drift` shows what differs".to_owned(),
    }
}

fn fits(selector: &str, found: &Found<'_>) -> bool {
    if selector == "all" {
        return true;
    }
    let (name, property) = match selector.split_once('/') {
        Some((name, property)) => (name, Some(property)),
        None => (selector, None),
    };
    let named = policy::matches(name, &found.drift.thing) || policy::matches(name, &found.drift.logical_id);
    named && property.is_none_or(|property| policy::matches(property, found.path()))
}

pub(super) fn by_policy(found: &[Found<'_>], policy: &Policy, danger: bool) -> Vec<Chosen> {
    let decide = |found: &Found<'_>| {
        let Some(decided) = policy.decide(&found.subject()) else { return Chosen::new(Choice::Leave, false) };
        let choice = match decided.action {
            Action::Report => Choice::Leave,
            Action::Revert => Choice::Revert,
            Action::Adopt => Choice::Adopt,
            Action::Accept { owner, reason, days } => {
                Choice::Accept { owner, reason, until: host::days_from_today(u64::from(days)) }
            }
        };
        Chosen { by_rule: true, ..Chosen::new(choice, decided.danger || danger) }
    };
    found.iter().map(decide).collect()
}

/// The day must be one, and not over.
pub(super) fn check_day(day: &str) -> Result<(), Failure> {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = day.split('-').collect();
    let is_day =
        matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2));
    if !is_day {
        return Err(Failure::usage(format!("`{day}` is no day; write year, month and day: 2027-01-31")));
    }
    match day < host::days_from_today(0).as_str() {
        true => Err(Failure::usage(format!("{day} is over; name the last day on which the difference is accepted"))),
        false => Ok(()),
    }
}
