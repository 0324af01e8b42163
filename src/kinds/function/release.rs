//! The pipeline step that releases what builds publish into a function.

use serde_json::json;

use super::{Function, LIVE, shift};
use crate::desired::{Origin, Value};
use crate::facts::partition;
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, RECORD, StepFunction, decrypt_published, python};
use crate::model::{Entry, Home, Lowering, Role, Statement, Step, StepRequest, pascal};

const ROLE: &str = "ReleaseFunctionsFunctionRole";

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
    let place = model.apart(request.environment);
    let stack = model.stack_name(request.environment);
    let bucket =
        place.map_or_else(|| model.published_bucket(), |place| model.delivery_bucket_in("published", place.region));
    let name = format!("{stack}-{}", this.name.value);
    let pointers = model.release_folder(this, request.environment);
    let deadline = function.release.as_ref().and_then(|release| release.deadline.as_ref());
    let mut parameters = json!({
        "function": format!("{name}:{LIVE}"),
        "stack": stack,
        "bucket": bucket,
        "pointers": pointers,
        "packages": packages,
        "execution": "#{codepipeline.PipelineExecutionId}",
        "deadline-minutes": deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0).div_ceil(60),
    });
    if let Some(shift) = function.shift().and_then(|shift| shift.spoken()) {
        parameters["shift"] = json!(shift);
    }
    let origin = this.derived("a release needs this and nothing else");
    let parameters_origin =
        deadline.map_or_else(|| request.origin.clone(), |deadline| Origin::authored(&deadline.span));
    let mut own = reading(&bucket, &origin);
    let mut acting = acting(&stack, &pointers, &name, &origin);
    acting.extend(function.shift().map(|_| shift::following(&name, &origin)));
    match &place {
        None => own.extend(acting),
        Some(place) => {
            own.extend(step_function::release_elsewhere(
                model,
                place,
                &model.function_release_role_name(place.name),
                &origin,
            ));
            let trusted = Value::sub(model.delivery_role_arn(&model.function_releases_role_name()), &origin);
            let role_name = model.function_release_role_name(place.name);
            parameters["role"] =
                json!(format!("arn:{}:iam::{}:role/{role_name}", partition(place.region), place.account));
            parameters["region"] = json!(place.region);
            parameters["from"] = json!(model.published_bucket());
            let role_name = Value::text(role_name, &origin);
            let role = Role::for_roles(&model.delivery_account.value, vec![trusted], role_name, acting);
            lowering.share_role(place.home, &format!("{}FunctionReleaseRole", pascal(place.name)), role, &origin);
        }
    }
    own.push(decrypt_published(model, &origin));
    let elsewhere = model.all_apart().next().is_some();
    let origin = Origin::derived(&request.origin.span, "releases are made by a function");
    if elsewhere {
        let named = Origin::derived(&request.origin.span, "environments elsewhere let it in by this name");
        let mut role = Role::new("lambda.amazonaws.com", Vec::new());
        role.name = Some(Value::text(model.function_releases_role_name(), &named));
        lowering.share_role(Home::Delivery, ROLE, role, &origin);
    }
    let mut code = [include_str!("release/index.py"), RECORD].concat();
    if elsewhere {
        code.push_str(include_str!("release/elsewhere.py"));
    }
    let function = StepFunction {
        name: "release-functions",
        description: "Releases what builds published into a Lambda function, and verifies it",
        code: python(&[], &code),
        statements: own,
        parameters: Value::text(parameters.to_string(), &parameters_origin),
        origin,
    };
    Some(step_function::add(lowering, request, function))
}

/// Looking at builds, in the account of the pipelines.
fn reading(bucket: &str, origin: &Origin) -> Vec<Statement> {
    let bucket = format!("arn:${{AWS::Partition}}:s3:::{bucket}");
    vec![
        Statement::new(&["s3:GetObject"], vec![Value::sub(format!("{bucket}/builds/*"), origin)], origin),
        // Without it S3 answers that a missing object is forbidden, and nobody could tell that the build is gone.
        Statement::new(&["s3:ListBucket"], vec![Value::sub(bucket, origin)], origin),
    ]
}

/// There is no `iam:PassRole`: the stack is updated under the role that it has, which needs no permission to pass it.
fn acting(stack: &str, pointers: &str, function: &str, origin: &Origin) -> Vec<Statement> {
    let ours = |service: &str, rest: String| {
        Value::sub(format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"), origin)
    };
    let updates =
        &["cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks", "cloudformation:UpdateStack"];
    let versions = ours("lambda", format!("layer:{function}-*:*"));
    vec![
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
