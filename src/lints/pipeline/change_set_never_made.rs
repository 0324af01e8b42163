use crate::analysis::System;
use crate::analysis::stages::Action;
use crate::analysis::value::{Look, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/change-set-never-made",
        level: Level::Warning,
        page: include_str!("change_set_never_made.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, actions) in system.whole_pipelines() {
        let stacks: Vec<_> = actions.iter().filter(|action| action.is("Deploy", "CloudFormation")).collect();
        // An action whose mode is not known may be the one that makes it.
        if stacks.iter().any(|action| action.setting("ActionMode").is_none()) {
            continue;
        }
        let of_mode = |mode: &'static str| {
            stacks.iter().copied().filter(move |action| action.setting("ActionMode").as_deref() == Some(mode))
        };
        for execution in of_mode("CHANGE_SET_EXECUTE") {
            findings.extend(unmade(&actions, &of_mode("CHANGE_SET_REPLACE").collect::<Vec<_>>(), execution));
        }
    }
}

fn unmade(actions: &[Action<'_>], makers: &[&Action<'_>], execution: &Action<'_>) -> Option<Diagnostic> {
    let name = execution.configuration("ChangeSetName").found()?;
    let of_stack: Vec<_> = makers
        .iter()
        .filter(|maker| {
            ["/Configuration/StackName", "/Region"].iter().all(|at| is_same(maker, execution, at) != Some(false))
        })
        .collect();
    let same: Vec<_> = of_stack
        .iter()
        .filter(|maker| is_same(maker, execution, "/Configuration/ChangeSetName") != Some(false))
        .collect();
    let span = &name.origin.span;
    if let Some(late) = same.first() {
        if !same.iter().all(|maker| maker.is_not_before(execution)) {
            return None;
        }
        let at = &late.configuration("ChangeSetName").found()?.origin.span;
        let message = "the change set is executed before the action that makes it is done";
        let help = "give this action a greater `RunOrder`, or put it into a later stage";
        return Some(Diagnostic::new(&LINT.rule, span, message).related(at, "made here").help(help));
    }
    if let [maker] = of_stack.as_slice() {
        let made = maker.configuration("ChangeSetName").found()?;
        let message = format!("no action makes the change set `{}` of this stack", text(name)?);
        let found = Diagnostic::new(&LINT.rule, span, message).related(&made.origin.span, "the one that is made");
        return Some(found.help(format!("write `{}`, as in the action that makes it", text(made)?)));
    }
    // A build or a function may make it.
    let makes_none = |action: &Action<'_>| {
        let category = action.category();
        category.as_deref() == Some("Source")
            || category
                .and(action.provider())
                .is_some_and(|provider| ["CloudFormation", "Manual"].contains(&provider.as_ref()))
    };
    let others = !actions.iter().all(makes_none);
    (of_stack.is_empty() && !others).then_some(())?;
    let message = format!("no action of the pipeline makes the change set `{}` of this stack", text(name)?);
    let help = "add an action of mode `CHANGE_SET_REPLACE` with the same `StackName` and `ChangeSetName` before it";
    Some(Diagnostic::new(&LINT.rule, span, message).help(help))
}

/// Whether two actions have the same at a place; `None` when only a deployment tells.
fn is_same(one: &Action<'_>, other: &Action<'_>, pointer: &str) -> Option<bool> {
    match (look(one.value, pointer), look(other.value, pointer)) {
        (Look::Absent, Look::Absent) => Some(true),
        (Look::Found(one), Look::Found(other)) if one == other => Some(true),
        (Look::Found(one), Look::Found(other)) => {
            let known = |value| text(value).is_some_and(|text| !text.contains("#{"));
            (known(one) && known(other)).then_some(false)
        }
        _ => None,
    }
}
