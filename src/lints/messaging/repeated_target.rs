use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/repeated-target", level: Level::Warning, page: include_str!("repeated_target.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Events::Rule") {
        let Some(targets) = look(&site.resource.properties, "/Targets").found() else { continue };
        let ValueKind::List(targets) = &targets.kind else { continue };
        let mut seen = BTreeMap::new();
        for id in targets.iter().filter_map(|target| look(target, "/Id").found()) {
            let Some(name) = text(id) else { continue };
            let Some(first) = seen.insert(name.clone().into_owned(), id) else { continue };
            let message = format!("two targets of the rule have the id `{name}`, which stands for one target");
            findings.push(
                Diagnostic::new(&LINT.rule, &id.origin.span, message)
                    .related(&first.origin.span, "the other")
                    .help("give each target an `Id` of its own"),
            );
        }
    }
}
