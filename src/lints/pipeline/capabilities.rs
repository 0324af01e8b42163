use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::{alternatives, text};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/capabilities", level: Level::Warning, page: include_str!("capabilities.md") },
    effect: Effect::Run,
    check,
};

const CAPABILITIES: [&str; 3] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            if !action.is("Deploy", "CloudFormation") && !action.is("Deploy", "CloudFormationStackSet") {
                continue;
            }
            let values = action.configuration("Capabilities").found().map(alternatives).unwrap_or_default();
            for value in values {
                findings.extend(wrong(system, value));
            }
        }
    }
}

fn wrong(system: &System<'_>, value: &Value) -> Option<Diagnostic> {
    let span = &value.origin.span;
    if matches!(value.kind, ValueKind::List(_)) {
        let message = "the capabilities of an action are one text, and this is a list";
        let help = "write them as one text, e.g. `CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND`";
        return Some(Diagnostic::new(&LINT.rule, value.key_span(), message).help(help));
    }
    let text = text(value).filter(|text| !text.contains(['#', '$']) && !text.is_empty())?;
    let unknown = text.split(',').map(str::trim).find(|name| !CAPABILITIES.contains(name));
    if let Some(unknown) = unknown {
        let message = format!("CloudFormation has no capability `{unknown}`");
        let help = match nearest(unknown, CAPABILITIES) {
            Some(near) => format!("write `{near}`"),
            None => format!("write {}, with commas and no spaces between them", list(CAPABILITIES)),
        };
        return Some(Diagnostic::new(&LINT.rule, span, message).help(help));
    }
    let tight: String = text.split(',').map(str::trim).collect::<Vec<_>>().join(",");
    (tight != text).then(|| {
        let edits = system.editor(span).and_then(|editor| editor.replace_scalar(span, &tight));
        let message = "capabilities are separated by a comma alone; a space becomes part of a name that nothing has";
        let found = Diagnostic::new(&LINT.rule, span, message).help(format!("write `{tight}`"));
        found.fix(format!("write `{tight}`"), Safety::Safe, edits.unwrap_or_default())
    })
}
