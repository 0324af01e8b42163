use crate::analysis::System;
use crate::analysis::stages::{Moment, below, conditions, stages, text_at};
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/condition-result", level: Level::Error, page: include_str!("condition_result.md") },
    effect: Effect::Deployment,
    check,
};

/// The rules that a skip may hang on.
const OF_SKIP: [&str; 2] = ["LambdaInvoke", "VariableCheck"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for (moment, condition) in stages(&site.resource.properties).into_iter().flat_map(conditions) {
            let Some(result) = look(condition, "/Result").found() else { continue };
            findings.extend(unfit(moment, result));
            if moment == Moment::BeforeEntry && text(result).as_deref() == Some("SKIP") {
                findings.extend(below(condition, "/Rules").into_iter().filter_map(|rule| no_skip(rule, result)));
            }
        }
    }
}

fn unfit(moment: Moment, result: &Value) -> Option<Diagnostic> {
    let (fits, when): (&[&str], _) = match moment {
        Moment::BeforeEntry => (&["FAIL", "SKIP"], "before entry"),
        Moment::OnSuccess => (&["FAIL", "ROLLBACK"], "on success"),
        // The API and CloudFormation do not agree on less.
        Moment::OnFailure => (&["ROLLBACK", "RETRY", "FAIL", "SKIP"], "on failure"),
    };
    let name = text(result).filter(|name| !fits.contains(&name.as_ref()))?;
    let message = format!("a condition {when} cannot have the result `{name}`");
    let help = match nearest(&name, fits.iter().copied()) {
        Some(meant) => format!("write `{meant}`"),
        None => format!("write one of {}", list(fits.iter().copied())),
    };
    Some(Diagnostic::new(&LINT.rule, &result.origin.span, message).help(help))
}

fn no_skip(rule: &Value, result: &Value) -> Option<Diagnostic> {
    let provider = look(rule, "/RuleTypeId/Provider").found()?;
    let name = text_at(rule, "/RuleTypeId/Provider").filter(|name| !OF_SKIP.contains(&name.as_ref()))?;
    let message = format!("a stage is skipped only by the rules {}, not by `{name}`", list(OF_SKIP));
    let found = Diagnostic::new(&LINT.rule, &provider.origin.span, message);
    Some(found.related(&result.origin.span, "the result").help("write `Result: FAIL`, or check with another rule"))
}
