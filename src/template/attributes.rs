//! Attributes of resources and outputs that name something, or take a word of a short list.

use super::rules::BAD_RESOURCE;
use super::section::Fields;
use super::{Lifter, is_function, plain_text};
use crate::desired::DECIDED_LATER;
use crate::diagnostic::{Diagnostic, Rule, list, nearest};
use crate::syntax::Value as Syntax;

/// `UpdateReplacePolicy` knows no `RetainExceptOnCreate`: it speaks of resources that were created before.
const POLICIES: &[&str] = &["Delete", "Retain", "Snapshot", "RetainExceptOnCreate"];

impl Lifter {
    pub(super) fn depends_on(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let Some((_, node)) = fields.get("DependsOn") else { return Vec::new() };
        let items = match &node.value {
            Syntax::List(items) if !is_function(node) => items.as_slice(),
            _ => std::slice::from_ref(*node),
        };
        let mut ids = Vec::with_capacity(items.len());
        for item in items {
            if let Some(id) = plain_text(item) {
                self.names.depend(id, &item.span);
                ids.push(id.to_owned());
            } else if is_function(item) && (self.macros.language_extensions || self.macros.other) {
                self.open = true;
            } else {
                let message = "`DependsOn` is a logical id or a list of them";
                let help = "write the logical id of a resource of this template";
                self.report(Diagnostic::new(&BAD_RESOURCE, &item.span, message).help(help));
            }
        }
        ids
    }

    /// The name of the condition under which the resource or output exists.
    pub(super) fn condition(&mut self, fields: &Fields<'_>, rule: &'static Rule) -> Option<String> {
        let (_, node) = fields.get("Condition")?;
        let name = self.attribute(fields, "Condition", rule)?;
        self.names.condition(&name, &node.span);
        Some(name)
    }

    pub(super) fn policy(&mut self, fields: &Fields<'_>, attribute: &str) -> Option<&'static str> {
        let (key, node) = fields.get(attribute)?;
        if is_function(node) {
            self.needs_extensions(&key.span, &format!("a function as `{attribute}`"));
            return Some(DECIDED_LATER);
        }
        let policies = if attribute == "UpdateReplacePolicy" { &POLICIES[..3] } else { POLICIES };
        let written = plain_text(node);
        let policy = policies.iter().find(|policy| written == Some(**policy)).copied();
        if policy.is_none() {
            let words = list(policies.iter().copied());
            let message = format!("`{attribute}` is one of {words}, and CloudFormation refuses other words");
            let help = match written.and_then(|word| nearest(word, policies.iter().copied())) {
                Some(near) => format!("write `{near}`"),
                None => "write `Retain` to keep what the resource holds".to_owned(),
            };
            self.report(Diagnostic::new(&BAD_RESOURCE, &node.span, message).help(help));
        }
        policy
    }
}
