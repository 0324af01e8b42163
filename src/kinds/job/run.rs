//! The pipeline steps of a job: `start` runs it once and waits for its end, `release` lets a streaming job go on with the
//! current script.

use serde_json::json;

use super::Job;
use crate::desired::{Origin, Value};
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, StepFunction, python};
use crate::model::{Entry, Lowering, Statement, Step, StepRequest};

pub(super) fn step(job: &Job, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Step {
    let name = format!("{}-{}", lowering.model.stack_name(request.environment), this.name.value);
    let origin = this.derived("a run needs this and nothing else");
    let arn = format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:job/{name}");
    let actions: &[&str] = match request.verb {
        "release" => &["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
        _ => &["glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
    };
    let deadline = job.deadline.as_ref();
    let parameters = json!({
        "job": name,
        "verb": request.verb,
        "retries": job.retries.as_ref().map_or(0, |retries| retries.0),
        "deadline-minutes": deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0).div_ceil(60),
    });
    let parameters_origin =
        deadline.map_or_else(|| request.origin.clone(), |deadline| Origin::authored(&deadline.span));
    let function = StepFunction {
        name: "run-jobs",
        description: "Runs Glue jobs and tells how they ended",
        code: python(&[], include_str!("run/index.py")),
        statements: vec![Statement::new(actions, vec![Value::sub(arn, &origin)], &origin)],
        parameters: Value::text(parameters.to_string(), &parameters_origin),
        origin: Origin::derived(&request.origin.span, "a function starts jobs and waits for them"),
    };
    step_function::add(lowering, request, function)
}
