use crate::analysis::change::named;
use crate::analysis::stages::{Action, actions, json_fault, text_at};
use crate::analysis::value::{look, text};
use crate::analysis::{Site, System};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/state-machine-input",
        level: Level::Warning,
        page: include_str!("state_machine_input.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Invoke", "StepFunctions")) {
            match action.setting("InputType").as_deref() {
                Some("FilePath") => findings.extend(file(action)),
                Some("Literal") => findings.extend(literal(action)),
                None if action.configuration("InputType").is_absent() => findings.extend(literal(action)),
                _ => {}
            }
            findings.extend(express(system, site, action));
        }
    }
}

fn file(action: &Action<'_>) -> Option<Diagnostic> {
    let kind = action.configuration("InputType").found()?;
    let (message, help) = if action.configuration("Input").is_absent() {
        ("the input is a file and no file is named", "write the path of a JSON file in the artifact as `Input`")
    } else if look(action.value, "/InputArtifacts").is_absent() {
        ("the input is a file and the action has no artifact to find it in", "add the artifact to `InputArtifacts`")
    } else {
        return None;
    };
    Some(Diagnostic::new(&LINT.rule, &kind.origin.span, message).help(help))
}

fn literal(action: &Action<'_>) -> Option<Diagnostic> {
    let input = action.configuration("Input").found()?;
    let fault = json_fault(&text(input)?)?;
    let message = format!("the input of the state machine is no JSON: {fault}");
    let help = "write JSON, e.g. `{}`, or set `InputType: FilePath` when it is the path of a file";
    Some(Diagnostic::new(&LINT.rule, &input.origin.span, message).help(help))
}

fn express<'a>(system: &System<'a>, site: Site<'a>, action: &Action<'a>) -> Option<Diagnostic> {
    let arn = action.configuration("StateMachineArn").found()?;
    let machine = named(system, site, "AWS::StepFunctions::StateMachine", "/StateMachineName", arn)?;
    let kind = text_at(&machine.resource.properties, "/StateMachineType");
    let output = action.outputs().into_iter().next().filter(|_| kind.as_deref() == Some("EXPRESS"))?;
    let message = "an Express state machine has no output that could become an artifact";
    let found = Diagnostic::new(&LINT.rule, &output.origin.span, message);
    let found = found.related(&machine.resource.origin.span, "the state machine");
    Some(found.help("remove `OutputArtifacts`, or make the state machine of type `STANDARD`"))
}
