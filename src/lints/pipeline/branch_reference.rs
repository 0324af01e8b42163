use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/branch-reference", level: Level::Warning, page: include_str!("branch_reference.md") },
    effect: Effect::Run,
    check,
};

const PREFIX: &str = "refs/heads/";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            if action.category().as_deref() != Some("Source") {
                continue;
            }
            let key = if action.is("Source", "GitHub") { "Branch" } else { "BranchName" };
            let Some(value) = action.configuration(key).found() else { continue };
            let Some(written) = text(value) else { continue };
            let Some(branch) = written.strip_prefix(PREFIX).filter(|branch| !branch.is_empty()) else { continue };
            let message =
                format!("`{written}` is a reference of Git and no name of a branch, so the source finds nothing");
            let span = &value.origin.span;
            let edits = system.editor(span).and_then(|editor| editor.replace_scalar(span, branch));
            let help = format!("write `{branch}`");
            let found = Diagnostic::new(&LINT.rule, span, message).help(help.clone());
            findings.push(found.fix(help, Safety::Unsafe, edits.unwrap_or_default()));
        }
    }
}
