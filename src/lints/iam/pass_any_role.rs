use crate::analysis::System;
use crate::analysis::role::{Holder, documents};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/pass-any-role", level: Level::Warning, page: include_str!("pass_any_role.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for document in documents(system).into_iter().filter(|document| document.holder == Holder::Identity) {
        for statement in document.statements() {
            let (actions, resources) = (&statement.actions, &statement.resources);
            let plain = statement.allows == Some(true) && look(statement.value, "/Condition").is_absent();
            if !plain || actions.inverted || resources.inverted {
                continue;
            }
            let passes = |written: &str| written.eq_ignore_ascii_case("iam:PassRole");
            let Some(action) = actions.items.iter().find(|item| text(item).is_some_and(|it| passes(&it))) else {
                continue;
            };
            let Some(any) = resources.items.iter().find(|item| text(item).as_deref() == Some("*")) else { continue };
            let message =
                "the statement lets every role of the account be handed to every service, also one with more rights";
            findings.push(
                Diagnostic::new(&LINT.rule, &any.origin.span, message)
                    .related(&action.origin.span, "what is allowed on every resource")
                    .help(
                        "name the ARNs of the roles, or add a condition on `iam:PassedToService`, in a statement of its own",
                    ),
            );
        }
    }
}
