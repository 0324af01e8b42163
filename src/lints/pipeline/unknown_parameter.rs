use serde_json::Value as Json;

use crate::analysis::buildspec::{entries, entry};
use crate::analysis::delivered::template;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{alternatives, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};
use crate::syntax::Node;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unknown-parameter",
        level: Level::Warning,
        page: include_str!("unknown_parameter.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let actions = actions(&site.resource.properties);
        for action in actions.iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            findings.extend(unknown(system, site, &actions, action));
        }
    }
}

fn unknown<'a>(system: &System<'a>, site: Site<'a>, actions: &[Action<'a>], action: &Action<'a>) -> Vec<Diagnostic> {
    let Some(overrides) = action.configuration("ParameterOverrides").found() else { return Vec::new() };
    let Some(template) = template(system, site, actions, action) else { return Vec::new() };
    // A macro may add parameters.
    if entry(&template, "Transform").is_some() {
        return Vec::new();
    }
    alternatives(overrides).into_iter().flat_map(|value| absent(value, &template)).collect()
}

/// The parameters of one value that the template does not have.
fn absent(value: &Value, template: &Node) -> Vec<Diagnostic> {
    let parsed = text(value).and_then(|text| serde_json::from_str(&text).ok());
    let Some(Json::Object(given)) = parsed else { return Vec::new() };
    let parameters = entry(template, "Parameters");
    let names: Vec<&str> = parameters.map_or(&[][..], |it| entries(&it.value)).iter().map(|it| &*it.key.text).collect();
    let span = &value.origin.span;
    let told = given.keys().filter(|name| !names.contains(&name.as_str())).map(|name| {
        let place = span.text().find(&format!("\"{name}\"")).map(|at| span.within(at + 1, at + 1 + name.len()));
        let message = format!("the template has no parameter `{name}`, so CloudFormation refuses the action");
        let found = Diagnostic::new(&LINT.rule, place.as_ref().unwrap_or(span), message);
        let found = match parameters {
            Some(parameters) => found.related(&parameters.key.span, "those that it has"),
            None => found,
        };
        found.help(match nearest(name, names.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None => "remove it, or add it to `Parameters` of the template".to_owned(),
        })
    });
    told.collect()
}
