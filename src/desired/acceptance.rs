//! Where the account may differ from what should exist.

use serde_json::Value as Json;

use crate::source::{Located, Span};

/// A difference that somebody decided to live with until a day.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// `streams.trips`; either this or `resource` is given.
    pub thing: Option<String>,
    /// A logical id.
    pub resource: Option<String>,
    /// As reports name it, `Tags[team]`; what is below it is meant too. `None`: all of it.
    pub property: Option<String>,
    /// The only live value that is accepted.
    pub value: Option<Json>,
    /// The stacks in which it is accepted, by [`Deployment::environment`](super::Deployment::environment); empty for all.
    pub places: Vec<String>,
    pub owner: String,
    pub reason: String,
    /// The last day, `2027-01-31`.
    pub until: Located<String>,
    /// The whole of the entry.
    pub span: Span,
}

impl Acceptance {
    /// Whether its time is over on a day such as `2026-11-21`.
    pub fn expired(&self, today: &str) -> bool {
        self.until.value.as_str() < today
    }

    /// Whether it is about this resource in this stack.
    pub fn is_about(&self, place: &str, thing: &str, logical_id: &str) -> bool {
        let here = self.places.is_empty() || self.places.iter().any(|known| known == place);
        here && (self.thing.as_deref() == Some(thing) || self.resource.as_deref() == Some(logical_id))
    }

    /// Whether it accepts that a property is what it is; `None` is a property that is not there.
    pub fn accepts(&self, path: &str, live: Option<&Json>) -> bool {
        let within = self.property.as_ref().is_none_or(|property| is_within(path, property));
        within && self.value.as_ref().is_none_or(|value| same(value, live.unwrap_or(&Json::Null)))
    }

    /// Whether it accepts a part of what differs as a whole.
    pub fn is_about_a_part_of(&self, path: &str) -> bool {
        self.property.as_ref().is_some_and(|property| property != path && is_within(property, path))
    }

    /// `` `Tags` of `streams.trips` ``
    pub fn subject(&self) -> String {
        let who = self.thing.as_ref().or(self.resource.as_ref()).map_or("", String::as_str);
        match &self.property {
            Some(property) => format!("`{property}` of `{who}`"),
            None => format!("`{who}`"),
        }
    }

    /// `accepted by data-team until 2027-01-31: a reason`
    pub fn told(&self) -> String {
        format!("accepted by {} until {}: {}", self.owner, self.until.value, self.reason)
    }
}

fn is_within(path: &str, around: &str) -> bool {
    path.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// AWS returns some numbers and booleans as text.
fn same(wanted: &Json, live: &Json) -> bool {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    };
    wanted == live || text(wanted).is_some_and(|wanted| text(live) == Some(wanted))
}
