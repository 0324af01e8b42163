use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::{alternatives, text};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unknown-action-mode",
        level: Level::Warning,
        page: include_str!("unknown_action_mode.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let Some(key) = action.facts().and_then(|facts| facts.key("ActionMode")) else { continue };
            let modes = action.configuration("ActionMode").found().map(alternatives).unwrap_or_default();
            for value in modes {
                let Some(mode) = text(value).filter(|mode| !mode.contains(['#', '$'])) else { continue };
                let known = key.values();
                if mode.is_empty() || known.contains(&mode.as_ref()) {
                    continue;
                }
                let span = &value.origin.span;
                let meant = match mode.as_ref() {
                    "CREATE_OR_UPDATE" | "CREATE" | "UPDATE" => Some("CREATE_UPDATE"),
                    "CHANGE_SET_CREATE" | "CREATE_CHANGE_SET" => Some("CHANGE_SET_REPLACE"),
                    "EXECUTE_CHANGE_SET" => Some("CHANGE_SET_EXECUTE"),
                    "DELETE" => Some("DELETE_ONLY"),
                    other => nearest(other, known.iter().copied()),
                };
                let help = match meant {
                    Some(meant) => format!("write `{meant}`"),
                    None => format!("write one of {}", list(known.iter().copied())),
                };
                let edits =
                    system.editor(span).zip(meant).and_then(|(editor, meant)| editor.replace_scalar(span, meant));
                let message = format!("a stack action has no mode `{mode}`");
                let title = format!("write `{}`", meant.unwrap_or_default());
                let found = Diagnostic::new(&LINT.rule, span, message).help(help);
                findings.push(found.fix(title, Safety::Unsafe, edits.unwrap_or_default()));
            }
        }
    }
}
