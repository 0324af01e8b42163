use crate::analysis::System;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{Look, is_intrinsic, look};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::actions::Count;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/artifact-count", level: Level::Error, page: include_str!("artifact_count.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(known) = action.facts() else { continue };
            let inputs = Count { min: least_inputs(&action, known.inputs()), ..known.inputs() };
            let sides = [("InputArtifacts", "input", inputs), ("OutputArtifacts", "output", known.outputs())];
            for (key, side, count) in sides {
                findings.extend(miscounted(&action, key, &format!("{side} artifact"), known.provider(), count));
            }
        }
    }
}

/// Some actions need no input when a setting says where else the work comes from.
fn least_inputs(action: &Action<'_>, count: Count) -> usize {
    let needs_code = action.is("Deploy", "Lambda") && action.configuration("PublishedTargetVersion").is_absent();
    let mode = action.setting("InspectorRunMode");
    let scans_code = action.is("Invoke", "InspectorScan") && mode.as_deref() == Some("SourceCodeScan");
    if needs_code || scans_code { 1 } else { count.min }
}

fn miscounted(action: &Action<'_>, key: &str, what: &str, provider: &str, count: Count) -> Option<Diagnostic> {
    let (list, items): (_, &[Value]) = match look(action.value, &format!("/{key}")) {
        Look::Absent => (None, &[]),
        Look::Found(list) => match &list.kind {
            ValueKind::List(items) if !items.iter().any(is_intrinsic) => (Some(list), items),
            _ => return None,
        },
        Look::Unknown => return None,
    };
    let message = format!("an action `{provider}` has {}, and this one has {}", takes(count, what), items.len());
    if items.len() < count.min {
        let place = list.or_else(|| look(action.value, "/ActionTypeId/Provider").found()).unwrap_or(action.value);
        let found = Diagnostic::new(&LINT.rule, place.key_span(), message);
        return Some(found.help(format!("name an {what} under `{key}`")));
    }
    let found = Diagnostic::new(&LINT.rule, &items.get(count.max)?.origin.span, message);
    Some(match count.max {
        0 => found.help(format!("remove `{key}`")),
        max => found.help(format!("keep {max} under `{key}`")),
    })
}

fn takes(count: Count, what: &str) -> String {
    let plural = if count.max == 1 { "" } else { "s" };
    match (count.min, count.max) {
        (_, 0) => format!("no {what}"),
        (min, max) if min == max => format!("exactly {max} {what}{plural}"),
        (0, max) => format!("at most {max} {what}{plural}"),
        (min, max) => format!("{min} to {max} {what}{plural}"),
    }
}
