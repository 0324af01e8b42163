//! `workflows`: Step Functions state machines.

mod check;
mod definition;
mod lower;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Admission, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Sender, Statement, Step,
    StepRequest, Thing, Verb, links, logical_id, section, variable_name,
};
use crate::spec::{Anything, FreeMap, OneOrMany, PlainText, Reference};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<Workflow>("workflows", "Step Functions state machines."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "name",
            known: Home::Application,
            gives: Gives::GetAtt("Name"),
            doc: "The state machine's name.",
        },
        Attribute { name: "arn", known: Home::Application, gives: Gives::Ref, doc: "The state machine's ARN." },
    ],
    longest_name: 80,
    idle: None,
    steps: &["start"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Step Functions state machine, with its log and traces. Wired things are named in its definition as functions find them in their environment: `${FUNCTION_NOTE_NAME}`.
    pub struct Workflow {
        /// The definition in the Amazon States Language.
        optional definition: FreeMap = "definition",
        /// A file with the definition, in YAML or JSON, relative to this file. It names wired things by `${FUNCTION_NOTE_NAME}`; `${{ … }}` is for this file only.
        optional file: PlainText = "file",
        /// How executions run; `standard` unless told otherwise. Another type is another state machine.
        optional kind: Type = "type",
        /// What is logged; `error` of a standard workflow and `all` of an express one unless told otherwise.
        optional log_level: LogLevel = "log-level",
        /// Whether the log holds the input and output of states, which may be personal data; `false` unless told otherwise.
        optional log_data: bool = "log-data",
        /// What its states read.
        optional reads: OneOrMany<Reference<Anything>> = "reads",
        /// What its states write to.
        optional writes: OneOrMany<Reference<Anything>> = "writes",
        /// What its states call: functions, topics, other workflows.
        optional calls: OneOrMany<Reference<Anything>> = "calls",
    }
    one_of ["definition", "file"];
}

choice! {
    /// How executions of a workflow run.
    pub enum Type {
        /// Each state exactly once, for up to a year, with a history.
        Standard = "standard",
        /// Many and fast, for up to 5 minutes; a state may run twice, and only the log tells what happened.
        Express = "express",
    }
}

choice! {
    /// What a workflow logs.
    pub enum LogLevel {
        /// Every event.
        All = "all",
        /// What fails.
        Error = "error",
        /// What makes an execution fail.
        Fatal = "fatal",
    }
}

impl Workflow {
    fn is_express(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.value == Type::Express)
    }

    /// The names that the definition may put into `${…}`, each with the value that it stands for.
    fn names(&self, model: &Model) -> Vec<(String, Value)> {
        let mut names: Vec<(String, Value)> = Vec::new();
        for link in self.links() {
            let origin = Origin::derived(&link.span, "it is wired to this");
            let Some((target, grant)) = model.granted(&link, &origin) else { continue };
            for (attribute, value) in grant.environment {
                let name = variable_name(target, attribute);
                if names.iter().all(|(known, _)| *known != name) {
                    names.push((name, value));
                }
            }
        }
        names
    }
}

/// The ARN of a state machine by its name, for those that cannot wait for it to be there.
fn arn(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:stateMachine:{name}")
}

/// The ARN of all executions of a standard state machine.
fn executions(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:execution:{name}:*")
}

impl Thing for Workflow {
    fn links(&self) -> Vec<Link> {
        links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes), (Verb::Calls, &self.calls)])
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let arn = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
        let actions: &[&str] = if self.is_express() {
            &["states:StartExecution", "states:StartSyncExecution"]
        } else {
            &["states:StartExecution"]
        };
        (verb == Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(actions, vec![arn.clone()], origin)],
            environment: vec![("arn", arn)],
            event_source: None,
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, _lowering: &mut Lowering<'_>) -> Option<Admission> {
        let arn = Value::reference(logical_id(this.section, &this.name.value, ""), &sender.origin);
        let start = Statement::new(&["states:StartExecution"], vec![arn.clone()], &sender.origin);
        Some(Admission { arn, statements: vec![start], after: None })
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        if request.verb != "start" {
            return None;
        }
        let origin = &request.origin;
        let name = format!("{}-{}", lowering.model.stack_name(request.environment), this.name.value);
        let machine = Value::sub(arn(&name), origin);
        Some(Step {
            category: "Invoke",
            provider: "StepFunctions",
            configuration: vec![("StateMachineArn".to_owned(), machine.clone())],
            input: None,
            statements: vec![
                Statement::new(&["states:DescribeStateMachine", "states:StartExecution"], vec![machine], origin),
                Statement::new(&["states:DescribeExecution"], vec![Value::sub(executions(&name), origin)], origin),
            ],
        })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let arn = [("StateMachineArn", this.reference(&this.shown()))];
        vec![
            Chart::new(
                "Executions",
                "AWS/States",
                &arn,
                [("ExecutionsStarted", "Sum"), ("ExecutionsSucceeded", "Sum"), ("ExecutionsFailed", "Sum")],
            ),
            Chart::new("Duration", "AWS/States", &arn, [("ExecutionTime", "Average"), ("ExecutionTime", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}
