use crate::analysis::System;
use crate::analysis::value::{items, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "kms/locked-out", level: Level::Error, page: include_str!("locked_out.md") },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::KMS::Key") {
        let properties = &site.resource.properties;
        let Some(policy) = look(properties, "/KeyPolicy").found() else { continue };
        let bypass = look(properties, "/BypassPolicyLockoutSafetyCheck").found();
        let Some(statements) = look(policy, "/Statement").found() else { continue };
        let statements = items(statements);
        if statements.is_empty() || bypass.is_some() || statements.iter().any(|it| may_administer(it)) {
            continue;
        }
        let message = "nobody may change this key's policy, so KMS refuses the key: it could never be managed again";
        findings.push(Diagnostic::new(&LINT.rule, policy.key_span(), message).help(
            "add a statement that allows `kms:*` to `arn:aws:iam::<account>:root`: then policies of the account decide",
        ));
    }
}

/// Whether a statement may let somebody change the policy; what is not known counts as yes.
fn may_administer(statement: &crate::desired::Value) -> bool {
    if look(statement, "/Effect").found().and_then(text).is_some_and(|effect| effect != "Allow") {
        return false;
    }
    let Some(actions) = look(statement, "/Action").found() else { return true };
    let actions = match text(actions) {
        Some(action) => vec![Some(action.into_owned())],
        None => items(actions).into_iter().map(|item| text(item).map(|action| action.into_owned())).collect(),
    };
    actions.is_empty()
        || actions.iter().any(|action| {
            let Some(action) = action else { return true };
            let action = action.to_ascii_lowercase();
            let start = action.split('*').next().unwrap_or_default();
            action == "kms:putkeypolicy" || (action.contains('*') && "kms:putkeypolicy".starts_with(start))
        })
}
