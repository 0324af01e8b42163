use crate::analysis::System;
use crate::analysis::stages::Action;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/approval-guards-nothing",
        level: Level::Warning,
        page: include_str!("approval_guards_nothing.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, actions) in system.whole_pipelines() {
        let known = actions.iter().all(|action| action.run_order().is_some() && action.category().is_some());
        if !known {
            continue;
        }
        for approval in actions.iter().filter(|action| action.is("Approval", "Manual")) {
            // A refusal may undo what the stage did before it.
            if look(approval.stage, "/OnFailure").is_absent() {
                findings.extend(unguarded(&actions, approval));
            }
        }
    }
}

fn unguarded(actions: &[Action<'_>], approval: &Action<'_>) -> Option<Diagnostic> {
    let works = || actions.iter().filter(|other| other.category().as_deref() != Some("Approval"));
    let waits = works().find(|other| other.is_after(approval));
    let beside = works().find(|other| {
        other.index == approval.index
            && other.run_order() == approval.run_order()
            && other.category().as_deref() == Some("Deploy")
    });
    let waits_here = waits.is_some_and(|other| other.index == approval.index);
    let span = look(approval.value, "/Name").found().map_or(&approval.value.origin.span, |name| &name.origin.span);
    if let Some(deploy) = beside.filter(|_| !waits_here) {
        let order = approval.run_order().unwrap_or(1);
        let message = "the deployment runs at the same time as its approval, and waits for nobody";
        let at = look(deploy.value, "/Name").found().map_or(&deploy.value.origin.span, |name| &name.origin.span);
        let found = Diagnostic::new(&LINT.rule, span, message).related(at, "runs at the same time");
        return Some(found.help(format!("set `RunOrder: {}` on the deployment", order + 1)));
    }
    waits.is_none().then(|| {
        let message = "nothing runs after this approval, so a refusal stops nothing";
        let help = "move it before the action that it is to guard: to an earlier stage, or to a smaller `RunOrder`";
        Diagnostic::new(&LINT.rule, span, message).help(help)
    })
}
