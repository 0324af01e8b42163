//! What `tidegate status` shows of a streaming job.

use serde_json::{Value as Json, json};

use super::Job;
use crate::kinds::{delivery, step_function};
use crate::model::{Entry, Model};
use crate::release::{Ask, Form, Said, Shown, Word};

/// At the end of the name of a published script: `…/join-3f2a9c1d2b4c5e6f.py`.
const DIGEST: Form = Form::Part(r"/[^/.]*-([0-9a-f]{16})\.[^/]*$");
/// Glue names the newest run first. A run that went back has its script in its arguments.
const RUN: [Said; 4] = [
    Said::plain(Word::Status, "/JobRuns/0/JobRunState"),
    Said::new(Word::Since, "/JobRuns/0/StartedOn", Form::Time),
    Said::new(Word::Digest, "/JobRuns/0/Arguments/--scriptLocation", DIGEST),
    Said::plain(Word::Note("Glue says: {}"), "/JobRuns/0/ErrorMessage"),
];
const SCRIPT: &str = "/Job/Command/ScriptLocation";
const DEFINITION: [Said; 2] =
    [Said::new(Word::Digest, SCRIPT, DIGEST), Said::new(Word::Key, SCRIPT, Form::Part(r"^s3://[^/]+/(.+)$"))];

pub(super) fn shown(job: &Job, this: &Entry, model: &Model, environment: &str) -> Option<Shown> {
    job.streaming.as_ref()?;
    let stack = model.stack_name(environment);
    let name = format!("{stack}-{}", this.name.value);
    let ask = |operation, action, input: Json, says: &[Said]| Ask {
        service: "glue",
        operation,
        input,
        path: None,
        action,
        resource: format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:job/{name}"),
        absent: "EntityNotFoundException",
        says: says.to_vec(),
    };
    let asks = vec![
        ask("GetJobRuns", "glue:GetJobRuns", json!({ "JobName": name, "MaxResults": 1 }), &RUN),
        ask("GetJob", "glue:GetJob", json!({ "JobName": name }), &DEFINITION),
    ];
    let record = step_function::record(this, &stack);
    let pipelines = delivery::pipelines_of(model, "release", &this.path());
    let (what, code, unstarted, bucket) = ("job", "script", "never started", None);
    Some(Shown { what, code, unstarted, name, stack, bucket, record, pipelines, asks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_stands_at_the_end_of_a_published_name() {
        let Form::Part(expression) = DIGEST else { panic!("{DIGEST:?}") };
        let expression = regex::Regex::new(expression).unwrap();
        let digest = |text: &str| expression.captures(text).map(|found| found[1].to_owned());
        assert_eq!(digest("s3://b/scripts/a/join-3f2a9c1d2b4c5e6f.py").as_deref(), Some("3f2a9c1d2b4c5e6f"));
        for other in ["s3://b/join.py", "s3://b/join-late.py", "s3://b/x-3f2a9c1d2b4c5e6f.d/join.py", ""] {
            assert_eq!(digest(other), None, "{other}");
        }
    }
}
