//! The pipeline steps of a job: `start` runs it once and waits for its end, `release` lets a streaming job go on with the
//! current script.

use serde_json::json;

use super::{Job, script};
use crate::desired::{Origin, Value};
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, StepFunction, python_of_release};
use crate::model::{Entry, Lowering, Statement, Step, StepRequest};

/// The function's own Python, in this order.
const CODE: [&str; 3] = [include_str!("run/index.py"), include_str!("run/once.py"), include_str!("run/release.py")];

pub(super) fn step(job: &Job, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Step {
    let model = lowering.model;
    let stack = model.stack_name(request.environment);
    let name = format!("{stack}-{}", this.name.value);
    let origin = this.derived("a run needs this and nothing else");
    let arn = format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:job/{name}");
    let actions: &[&str] = match request.verb {
        "release" => &["glue:BatchStopJobRun", "glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
        _ => &["glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
    };
    let mut statements = vec![Statement::new(actions, vec![Value::sub(arn, &origin)], &origin)];
    let deadline = job.deadline_of(request.verb);
    let mut parameters = json!({
        "job": name,
        "verb": request.verb,
        "deadline-minutes": deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0).div_ceil(60),
    });
    if request.verb == "release" {
        let record = step_function::record(this, &stack);
        statements.extend(step_function::record_statements(&record, &origin));
        statements.extend(job.script.iter().flat_map(|it| script::looking(it, this, model, request.environment)));
        parameters["record"] = json!(record);
        parameters["published"] = json!(job.local_file().is_some());
        parameters["health"] = json!({ "for-minutes": job.window_seconds().div_ceil(60) });
        parameters["execution"] = json!("#{codepipeline.PipelineExecutionId}");
    } else {
        parameters["retries"] = json!(job.retries.as_ref().map_or(0, |retries| retries.0));
    }
    let parameters_origin =
        deadline.map_or_else(|| request.origin.clone(), |deadline| Origin::authored(&deadline.span));
    let function = StepFunction {
        name: "run-jobs",
        description: "Runs Glue jobs and tells how they ended",
        code: python_of_release(&[], &CODE.join("\n\n")),
        statements,
        parameters: Value::text(parameters.to_string(), &parameters_origin),
        origin: Origin::derived(&request.origin.span, "a function starts jobs and waits for them"),
    };
    step_function::add(lowering, request, function)
}
