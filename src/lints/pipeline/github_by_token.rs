use crate::analysis::System;
use crate::analysis::stages::{actions, text_at};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/github-by-token", level: Level::Info, page: include_str!("github_by_token.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Source", "GitHub")) {
            let Some(provider) = look(action.value, "/ActionTypeId/Provider").found() else { continue };
            if text_at(action.value, "/ActionTypeId/Owner").as_deref() != Some("ThirdParty") {
                continue;
            }
            let message = "the action reads GitHub with a person's token, which AWS no longer recommends";
            let found = Diagnostic::new(&LINT.rule, &provider.origin.span, message);
            findings.push(found.help("use provider `CodeStarSourceConnection` of owner `AWS` with a connection"));
        }
    }
}
