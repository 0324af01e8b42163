use crate::analysis::System;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/beyond-limit", level: Level::Error, page: include_str!("beyond_limit.md") },
    effect: Effect::Deployment,
    check,
};

/// A property, the most that a function without machines of its own may have, and the unit.
///
/// Source: Lambda Developer Guide, Lambda quotas (read 2026-04).
const LIMITS: &[(&str, i64, &str)] =
    &[("/Timeout", 900, "seconds"), ("/MemorySize", 10_240, "MB"), ("/EphemeralStorage/Size", 10_240, "MB")];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Lambda::Function").filter(|site| !site.stack.open) {
        let properties = &site.resource.properties;
        if !look(properties, "/CapacityProviderConfig").is_absent() {
            continue;
        }
        for (pointer, limit, unit) in LIMITS {
            let Some(value) = look(properties, pointer).found() else { continue };
            let Some(number) = integer(value).filter(|number| number > limit) else { continue };
            let message = format!("Lambda refuses {number} {unit}: without a capacity provider the most is {limit}");
            findings
                .push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(format!("write {limit} or less")));
        }
    }
}
