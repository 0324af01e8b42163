use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/role-of-foreign-action",
        level: Level::Error,
        page: include_str!("role_of_foreign_action.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(owner) = action.owner().filter(|owner| ["ThirdParty", "Custom"].contains(&owner.as_ref())) else {
                continue;
            };
            let Some(role) = look(action.value, "/RoleArn").found() else { continue };
            let message = format!("an action of owner `{owner}` runs outside AWS and takes no role");
            let span = role.key_span();
            let edits = system.editor(span).and_then(|editor| editor.remove_entry(span));
            let found = Diagnostic::new(&LINT.rule, span, message).help("remove `RoleArn`");
            findings.push(found.fix("remove `RoleArn`", Safety::Unsafe, edits.unwrap_or_default()));
        }
    }
}
