use crate::analysis::System;
use crate::diagnostic::{self, Diagnostic, Level, Rule};
use crate::facts::lifecycle;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/deleted-with-data", level: Level::Warning, page: include_str!("deleted_with_data.md") },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        let resource = site.resource;
        let Some(lost) = lifecycle::lost_by_deletion(&resource.resource_type) else { continue };
        let absent: Vec<&str> = [
            ("DeletionPolicy", resource.deletion_policy.is_none()),
            ("UpdateReplacePolicy", resource.update_replace_policy.is_none()),
        ]
        .into_iter()
        .filter_map(|(policy, absent)| absent.then_some(policy))
        .collect();
        if absent.is_empty() {
            continue;
        }
        let when = match absent.as_slice() {
            ["DeletionPolicy"] => "removed from the template or its stack is deleted",
            ["UpdateReplacePolicy"] => "replaced by an update",
            _ => "removed, replaced, or its stack is deleted",
        };
        let message = format!("when `{}` is {when}, {lost} are lost", site.id);
        let lines: Vec<String> = absent.iter().map(|policy| format!("`{policy}: Retain`")).collect();
        findings.push(
            Diagnostic::new(&LINT.rule, &resource.origin.span, message)
                .label(format!("has no {}", diagnostic::list(absent)))
                .help(format!("add {}; write `Delete` where the loss is meant", lines.join(" and "))),
        );
    }
}
