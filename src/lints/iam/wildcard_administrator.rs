use crate::analysis::System;
use crate::analysis::role::{Holder, documents};
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "iam/wildcard-administrator",
        level: Level::Warning,
        page: include_str!("wildcard_administrator.md"),
    },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for document in documents(system).into_iter().filter(|document| document.holder == Holder::Identity) {
        for statement in document.statements() {
            let everywhere = statement.resources.items.iter().any(|item| is(item, &["*"]));
            let plain = statement.allows == Some(true) && look(statement.value, "/Condition").is_absent();
            if !plain || !everywhere || statement.resources.inverted || statement.actions.inverted {
                continue;
            }
            let Some(action) = statement.actions.items.iter().find(|item| is(item, &["*", "*:*", "iam:*"])) else {
                continue;
            };
            let message = "the statement allows everything on every resource: whoever runs with it owns the account";
            let message = match is(action, &["iam:*"]) {
                true => "the statement allows every change of every role and policy: who has it can take all rights",
                false => message,
            };
            findings.push(
                Diagnostic::new(&LINT.rule, &action.origin.span, message)
                    .help("list the actions that are needed, each with the ARNs of the resources it is for"),
            );
        }
    }
}

fn is(value: &Value, texts: &[&str]) -> bool {
    text(value).is_some_and(|text| texts.contains(&text.as_ref()))
}
