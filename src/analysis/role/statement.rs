//! The statements of policy documents.

use super::arn::{self, glob, text_of};
use super::{Allowed, Asked};
use crate::analysis::value::{alternatives, is_intrinsic, look, text};
use crate::desired::{Stack, Value, ValueKind};

/// One statement of a policy document.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    pub value: &'a Value,
    /// `None`: decided at deployment.
    pub allows: Option<bool>,
    /// Whether it is always there and has no condition.
    pub certain: bool,
    pub actions: Scope<'a>,
    pub resources: Scope<'a>,
}

/// The actions or resources that a statement speaks of.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    pub items: Vec<&'a Value>,
    /// `NotAction`, `NotResource`: everything but these.
    pub inverted: bool,
    /// Whether more may be there than the items, or not all of them.
    pub open: bool,
}

/// The statements of a policy document, and whether these are all.
pub fn statements<'a>(document: &'a Value) -> (Vec<Statement<'a>>, bool) {
    let Some(list) = look(document, "/Statement").found() else { return (Vec::new(), !is_intrinsic(document)) };
    let (parts, open) = parts(list);
    let always = |value: &Value| match &list.kind {
        ValueKind::List(items) => items.iter().any(|item| std::ptr::eq(item, value)),
        _ => std::ptr::eq(list, value),
    };
    let (known, unknown): (Vec<&Value>, Vec<&Value>) = parts.into_iter().partition(|part| !is_intrinsic(part));
    (known.into_iter().map(|value| statement(value, always(value))).collect(), !open && unknown.is_empty())
}

fn statement<'a>(value: &'a Value, always: bool) -> Statement<'a> {
    let scope = |name: &str| {
        for (pointer, inverted) in [(format!("/{name}"), false), (format!("/Not{name}"), true)] {
            if let Some(found) = look(value, &pointer).found() {
                let (items, open) = parts(found);
                return Scope { items, inverted, open };
            }
        }
        Scope { items: Vec::new(), inverted: false, open: true }
    };
    Statement {
        value,
        allows: look(value, "/Effect").found().and_then(text).map(|effect| effect == "Allow"),
        certain: always && look(value, "/Condition").is_absent(),
        actions: scope("Action"),
        resources: scope("Resource"),
    }
}

/// The items of a list, or the one value that stands instead of a list; and whether some of them are conditional.
pub fn parts(value: &Value) -> (Vec<&Value>, bool) {
    let branches = alternatives(value);
    let mut open = !branches.iter().any(|branch| std::ptr::eq(*branch, value));
    let mut found = Vec::new();
    for branch in branches {
        match &branch.kind {
            ValueKind::List(items) => {
                for item in items {
                    let alternatives = alternatives(item);
                    open |= !alternatives.iter().any(|it| std::ptr::eq(*it, item));
                    found.extend(alternatives);
                }
            }
            _ => found.push(branch),
        }
    }
    (found, open)
}

impl Statement<'_> {
    /// Whether the statement speaks of an action on a resource.
    pub(super) fn covers(&self, stack: &Stack, asked: &Asked<'_>) -> Allowed {
        let action = self.actions.covers(|item| match text(item) {
            Some(pattern) if covers_action(&pattern, asked.action) => Allowed::Yes,
            Some(_) => Allowed::No,
            None => Allowed::Unknown,
        });
        let resource = match asked.resource {
            Some(wanted) => self.resources.covers(|item| arn::matches(&text_of(stack, item), wanted)),
            None => Allowed::Yes,
        };
        let covers = action.and(resource);
        if covers == Allowed::Yes && !self.certain { Allowed::Unknown } else { covers }
    }
}

impl Scope<'_> {
    fn covers(&self, one: impl Fn(&Value) -> Allowed) -> Allowed {
        let among = self.items.iter().map(|item| one(item)).fold(Allowed::No, Allowed::or);
        match (among, self.inverted) {
            _ if self.items.is_empty() => Allowed::Unknown,
            (Allowed::Yes, false) | (Allowed::No, true) if self.open => Allowed::Unknown,
            (Allowed::Yes, true) => Allowed::No,
            (Allowed::No, true) => Allowed::Yes,
            (among, _) => among,
        }
    }
}

/// Whether an action of a policy, perhaps with `*` and `?`, covers an action. IAM takes no notice of case.
pub fn covers_action(pattern: &str, action: &str) -> bool {
    glob(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}
