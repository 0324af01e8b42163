use crate::analysis::stages::actions;
use crate::analysis::value::{boolean, target, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/personal-token", level: Level::Warning, page: include_str!("personal_token.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(token) = action.configuration("OAuthToken").found() else { continue };
            // The API gives four asterisks in the place of a token; a definition may have `${…}` there.
            let written = text(token).is_some_and(|token| token != "****" && !token.contains("${"));
            let message = match written {
                true => "a token is written into the template, where everybody who reads it can use it",
                false if is_shown(site, token) => "the token is a parameter without `NoEcho`, which the console shows",
                false => continue,
            };
            let found = Diagnostic::new(&LINT.rule, &token.origin.span, message);
            findings.push(
                found.help("use a connection, or a dynamic reference to a secret: `{{resolve:secretsmanager:…}}`"),
            );
        }
    }
}

fn is_shown(site: Site<'_>, token: &Value) -> bool {
    let Some(parameter) = target(token).and_then(|name| site.stack.parameters.get(name)) else { return false };
    let hidden = parameter.constraints.iter().any(|(name, value)| name == "NoEcho" && boolean(value) != Some(false));
    !hidden && !parameter.parameter_type.contains("SSM")
}
