//! The pipeline step that releases what builds publish into a function.

use serde_json::json;

use super::{Function, LIVE};
use crate::desired::{Origin, Value};
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, StepFunction, decrypt_published, python};
use crate::model::{Entry, Lowering, Statement, Step, StepRequest};

pub(super) fn step(
    function: &Function,
    this: &Entry,
    request: &StepRequest<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<Step> {
    let model = lowering.model;
    let packages: serde_json::Map<String, serde_json::Value> = function
        .released()
        .iter()
        .filter_map(|released| {
            let build = request.builds.iter().find(|build| build.build == released.build)?;
            Some((released.place(), json!(format!("#{{{}.KEY}}", build.namespace))))
        })
        .collect();
    if packages.is_empty() {
        return None;
    }
    let (stack, bucket) = (model.stack_name(request.environment), model.published_bucket());
    let name = format!("{stack}-{}", this.name.value);
    let pointers = model.release_folder(this, request.environment);
    let deadline = function.release.as_ref().and_then(|release| release.deadline.as_ref());
    let parameters = json!({
        "function": format!("{name}:{LIVE}"),
        "stack": stack,
        "bucket": bucket,
        "pointers": pointers,
        "packages": packages,
        "deadline-minutes": deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0).div_ceil(60),
    });
    let origin = this.derived("a release needs this and nothing else");
    let parameters_origin =
        deadline.map_or_else(|| request.origin.clone(), |deadline| Origin::authored(&deadline.span));
    let mut statements = statements(&stack, &bucket, &pointers, &name, &origin);
    statements.push(decrypt_published(model, &origin));
    let function = StepFunction {
        name: "release-functions",
        description: "Releases what builds published into a Lambda function, and verifies it",
        code: python(&[], include_str!("release/index.py")),
        statements,
        parameters: Value::text(parameters.to_string(), &parameters_origin),
        origin: Origin::derived(&request.origin.span, "releases are made by a function"),
    };
    Some(step_function::add(lowering, request, function))
}

/// There is no `iam:PassRole`: the stack is updated under the role that it has, which needs no permission to pass it.
fn statements(stack: &str, bucket: &str, pointers: &str, function: &str, origin: &Origin) -> Vec<Statement> {
    let ours = |service: &str, rest: String| {
        Value::sub(format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"), origin)
    };
    let bucket = format!("arn:${{AWS::Partition}}:s3:::{bucket}");
    let updates =
        &["cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks", "cloudformation:UpdateStack"];
    let versions = ours("lambda", format!("layer:{function}-*:*"));
    vec![
        Statement::new(&["s3:GetObject"], vec![Value::sub(format!("{bucket}/builds/*"), origin)], origin),
        // Without it S3 answers that a missing object is forbidden, and nobody could tell that the build is gone.
        Statement::new(&["s3:ListBucket"], vec![Value::sub(bucket, origin)], origin),
        Statement::new(
            &["ssm:GetParameter", "ssm:PutParameter"],
            vec![ours("ssm", format!("parameter{pointers}*"))],
            origin,
        ),
        Statement::new(updates, vec![ours("cloudformation", format!("stack/{stack}/*"))], origin),
        Statement::new(
            &["lambda:GetFunctionConfiguration"],
            vec![ours("lambda", format!("function:{function}:{LIVE}"))],
            origin,
        ),
        Statement::new(&["lambda:GetLayerVersion"], vec![versions], origin),
    ]
}
