use super::words::owner;
use crate::analysis::System;
use crate::analysis::conform::{Fault, Violation};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::facts::schema::{self, Shape};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/unknown-property", level: Level::Error, page: include_str!("unknown_property.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::UnknownProperty { name, shape } = violation.fault else { continue };
        let owner = owner(violation);
        let message = format!("{owner} has no property `{name}`, so CloudFormation refuses the stack");
        let help = help(violation, name, shape);
        let near = nearest(name, shape.names()).unwrap_or_default();
        let edits = system.editor(violation.span).filter(|_| !near.is_empty());
        let edits = edits.and_then(|editor| editor.rename_key(violation.span, near));
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(help).fix(
            format!("write `{near}`"),
            Safety::Unsafe,
            edits.unwrap_or_default(),
        ));
    }
}

/// The property that is likely meant, or else the one place of the type where it would stand.
fn help(violation: &Violation<'_>, name: &str, shape: &Shape) -> String {
    if let Some(near) = nearest(name, shape.names()) {
        return format!("write `{near}`");
    }
    let schema = schema::get(&violation.site.resource.resource_type);
    match schema.map(|schema| schema.places_of(name)).unwrap_or_default().as_slice() {
        [place] if place.is_empty() => format!("write `{name}` directly below `Properties`"),
        [place] => format!("write `{name}` below `{place}`"),
        _ if (1..=12).contains(&shape.names().count()) => {
            format!("remove it, or use one of {}", list(shape.names()))
        }
        _ => format!("remove it; {} has no such setting", owner(violation)),
    }
}
