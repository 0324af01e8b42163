use crate::analysis::System;
use crate::analysis::stages::{actions, text_at};
use crate::analysis::value::{Look, look};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/parallel-deployments",
        level: Level::Warning,
        page: include_str!("parallel_deployments.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        if text_at(pipeline, "/ExecutionMode").as_deref() != Some("PARALLEL") {
            continue;
        }
        let Some(mode) = look(pipeline, "/ExecutionMode").found() else { continue };
        for action in actions(pipeline).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let Look::Found(stack) = action.configuration("StackName") else { continue };
            let prepares = action.setting("ActionMode").as_deref() == Some("CHANGE_SET_REPLACE");
            if prepares || !is_one_for_all_executions(stack) {
                continue;
            }
            let message =
                "executions run in parallel and update the same stack, where CloudFormation refuses all but one";
            let found = Diagnostic::new(&LINT.rule, &stack.origin.span, message);
            let help = "set `ExecutionMode: QUEUED`, or put a variable of the execution into `StackName`";
            findings.push(found.related(&mode.origin.span, "the mode of the pipeline").help(help));
        }
    }
}

/// Whether no variable of an execution can be in the name.
fn is_one_for_all_executions(name: &Value) -> bool {
    match &name.kind {
        ValueKind::Text(text) => !text.contains("#{"),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
            !text.contains("#{") && names.iter().all(|(_, value)| is_one_for_all_executions(value))
        }
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => name.starts_with("AWS::"),
        _ => false,
    }
}
