use crate::analysis::System;
use crate::analysis::stages::{actions, is_whole};
use crate::analysis::triggers::triggers;
use crate::analysis::value::{is_intrinsic, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/trigger-source", level: Level::Error, page: include_str!("trigger_source.md") },
    effect: Effect::Deployment,
    check,
};

const CONNECTION: &str = "CodeStarSourceConnection";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let mut named: Vec<&Value> = Vec::new();
        for trigger in triggers(pipeline) {
            let Some(source) = look(trigger, "/GitConfiguration/SourceActionName").found() else { continue };
            findings.extend(unfit(pipeline, source));
            let earlier = named.iter().find(|other| text(other).is_some() && text(other) == text(source));
            let plain = look(pipeline, "/Triggers/0").found().is_some_and(|first| !is_intrinsic(first));
            if let (Some(earlier), true) = (earlier, plain) {
                let message = "the source action has a trigger already, and CodePipeline takes one for each";
                let help = "write all filters into one trigger: one that is met is enough";
                let found = Diagnostic::new(&LINT.rule, &source.origin.span, message);
                findings.push(found.related(&earlier.origin.span, "the other trigger").help(help));
            }
            named.push(source);
        }
    }
}

/// Says that a trigger names no action, or one that triggers cannot listen to.
fn unfit(pipeline: &Value, source: &Value) -> Option<Diagnostic> {
    let name = text(source)?;
    let actions = actions(pipeline);
    let named: Vec<_> = actions.iter().filter(|action| action.name().as_deref() == Some(&name)).collect();
    let fits = |provider: Option<&str>| provider.is_none_or(|provider| provider == CONNECTION);
    let names = actions
        .iter()
        .filter(|action| action.provider().as_deref() == Some(CONNECTION))
        .filter_map(|action| action.name())
        .collect::<Vec<_>>();
    let help = match (nearest(&name, names.iter().map(AsRef::as_ref)), names.as_slice()) {
        (Some(meant), _) => format!("write `{meant}`"),
        (None, [only]) => format!("write `{only}`, the source action over a connection"),
        _ => format!("name a source action of provider `{CONNECTION}`"),
    };
    if let Some(other) = named.iter().find(|action| !fits(action.provider().as_deref())) {
        if named.iter().any(|action| fits(action.provider().as_deref())) {
            return None;
        }
        let provider = other.provider()?;
        let message =
            format!("triggers listen to connections only, and `{name}` is an action of provider `{provider}`");
        let found = Diagnostic::new(&LINT.rule, &source.origin.span, message);
        return Some(found.related(&other.value.origin.span, "the action").help(help));
    }
    let unknown = !is_whole(pipeline) || actions.iter().any(|action| action.name().is_none());
    if !named.is_empty() || unknown {
        return None;
    }
    let message = format!("the pipeline has no action `{name}` that the trigger could start for");
    Some(Diagnostic::new(&LINT.rule, &source.origin.span, message).help(help))
}
