use crate::analysis::System;
use crate::analysis::stages::{Moment, conditions, counted, stages};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/condition-limit", level: Level::Error, page: include_str!("condition_limit.md") },
    effect: Effect::Deployment,
    check,
};

/// How many rules a condition can have.
const RULES: usize = 5;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for stage in stages(&site.resource.properties) {
            for moment in [Moment::BeforeEntry, Moment::OnSuccess, Moment::OnFailure] {
                let key = moment.key();
                let list = counted(stage, &format!("/{key}/Conditions")).unwrap_or_default();
                let [first, second, ..] = list else { continue };
                let message = format!("`{key}` takes one condition");
                let found = Diagnostic::new(&LINT.rule, &second.origin.span, message);
                let found = found.related(&first.origin.span, "the first condition");
                findings.push(found.help("write all rules into one condition: each of them must hold"));
            }
            for (_, condition) in conditions(stage) {
                let Some(sixth) = counted(condition, "/Rules").and_then(|rules| rules.get(RULES)) else { continue };
                let message = format!("a condition takes at most {RULES} rules");
                findings.push(Diagnostic::new(&LINT.rule, &sixth.origin.span, message).help("remove rules"));
            }
        }
    }
}
