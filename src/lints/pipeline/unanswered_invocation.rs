use crate::analysis::System;
use crate::analysis::change::named;
use crate::analysis::stages::actions;
use crate::analysis::value::look;
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unanswered-invocation",
        level: Level::Warning,
        page: include_str!("unanswered_invocation.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Invoke", "Lambda")) {
            let Some(name) = action.configuration("FunctionName").found() else { continue };
            let Some(function) = named(system, site, "AWS::Lambda::Function", "/FunctionName", name) else { continue };
            let properties = &function.resource.properties;
            let Some(code) = look(properties, "/Code/ZipFile").found() else { continue };
            // A layer may hold what answers.
            let alone = look(properties, "/Layers").is_absent();
            if !alone || source_text(code).is_none_or(|source| answers(&source)) {
                continue;
            }
            let message =
                "a pipeline invokes the function and it never reports the result, so that the action times out";
            let found = Diagnostic::new(&LINT.rule, code.key_span(), message);
            let found = found.related(&name.origin.span, "invoked here");
            findings.push(found.help("call `PutJobSuccessResult`, and `PutJobFailureResult` when it fails"));
        }
    }
}

/// The code as far as it is written out; what an `Fn::Sub` puts in is no code of its own.
fn source_text(code: &Value) -> Option<String> {
    match &code.kind {
        ValueKind::Text(text) => Some(text.clone()),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => Some(text.clone()),
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => {
            let mut lines = String::new();
            let mut whole = true;
            argument.each(&mut |part| match &part.kind {
                ValueKind::Text(line) => lines.push_str(line),
                ValueKind::Intrinsic(_) => whole = false,
                _ => {}
            });
            whole.then_some(lines)
        }
        _ => None,
    }
}

/// What hands the job on to something that may report: a state machine, a queue, another function.
const HANDS_ON: &[&str] =
    &["startexecution", "invoke", "sendmessage", "publish", "putitem", "putevents", "runtask", "http"];

/// In any spelling of the SDKs: `put_job_success_result`, `putJobSuccessResult`, `PutJobSuccessResultCommand`.
fn answers(source: &str) -> bool {
    let plain: String = source.chars().filter(|letter| *letter != '_').collect::<String>().to_lowercase();
    let reports = ["putjobsuccess", "putjobfailure"];
    reports.iter().chain(HANDS_ON).any(|call| plain.contains(call))
}
