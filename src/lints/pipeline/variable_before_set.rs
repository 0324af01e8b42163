use crate::analysis::System;

use crate::analysis::variables::{namespaces, read_by};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/variable-before-set",
        level: Level::Warning,
        page: include_str!("variable_before_set.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, actions) in system.whole_pipelines() {
        let Some(namespaces) = namespaces(&actions) else { continue };
        for action in &actions {
            for reference in read_by(action) {
                let mut setters = namespaces.iter().filter(|(name, ..)| *name == reference.namespace);
                let Some((_, value, setter)) = setters.next() else { continue };
                if setters.next().is_some() || !setter.is_not_before(action) {
                    continue;
                }
                let itself = std::ptr::eq(setter.value, action.value);
                let namespace = &reference.namespace;
                let message = match itself {
                    true => format!("the action sets `{namespace}` itself, and only once it is done"),
                    false => format!("the action that sets `{namespace}` does not run before this one"),
                };
                let help = match setter.run_order().filter(|_| setter.index == action.index && !itself) {
                    Some(order) => format!("set `RunOrder: {}` on the action that reads it", order + 1),
                    None => "read a variable of an action that runs before".to_owned(),
                };
                let found = Diagnostic::new(&LINT.rule, &reference.span, message);
                findings.push(found.related(&value.origin.span, "set by this action").help(help));
            }
        }
    }
}
