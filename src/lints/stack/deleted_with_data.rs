use crate::analysis::System;
use crate::diagnostic::{self, Diagnostic, Level, Rule, Safety};
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
        let owner = &resource.origin.span;
        let edits = system.editor(owner).and_then(|editor| {
            let insert = |policy: &&str| editor.insert_entry_in(owner, "Type", policy, &"Retain".into());
            absent.iter().map(insert).collect::<Option<Vec<_>>>()
        });
        findings.push(
            Diagnostic::new(&LINT.rule, owner, message)
                .label(format!("has no {}", diagnostic::list(absent)))
                .help(format!("add {}; write `Delete` where the loss is meant", lines.join(" and ")))
                .fix(format!("add {}", lines.join(" and ")), Safety::Unsafe, edits.unwrap_or_default().concat()),
        );
    }
}
