//! The pipeline step that releases a build into an application: a Lambda function that CodePipeline calls until the
//! application runs what was released.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::Application;
use crate::desired::{Origin, Value};
use crate::facts::partition;
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, StepFunction, decrypt_published};
use crate::model::{Entry, Home, Lowering, Released, Role, Statement, Step, StepRequest, pascal};

const ROLE: &str = "ReleaseFunctionRole";

static PERMISSIONS: LazyLock<Json> = LazyLock::new(|| {
    serde_json::from_str(include_str!("release/permissions.json")).expect("permissions.json is part of the program")
});

pub(super) fn step(
    application: &Application,
    this: &Entry,
    request: &StepRequest<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<Step> {
    let build = request.build?;
    let model = lowering.model;
    let place = model.apart(request.environment);
    let bucket =
        place.map_or_else(|| model.published_bucket(), |place| model.delivery_bucket_in("published", place.region));
    let names = [
        ("Application", format!("{}-{}", model.stack_name(request.environment), this.name.value)),
        ("Stack", model.stack_name(request.environment)),
        ("Pointer", Released::code(application.code.path()).pointer(model, this, request.environment)),
        ("Bucket", bucket),
    ];
    let origin = this.derived("a release needs this and nothing else");
    let (there, here): (Vec<_>, Vec<_>) =
        permissions().partition(|permission| place.is_some() && !OF_THE_PIPELINE.contains(&sid(permission)));
    let mut own = statements(here, &names, &origin);
    if let Some(place) = &place {
        let statements = statements(there, &names, &origin);
        own.extend(step_function::release_elsewhere(model, place, &model.release_role_name(place.name), &origin));
        let trusted = Value::sub(model.delivery_role_arn(&model.releases_role_name()), &origin);
        let name = Value::text(model.release_role_name(place.name), &origin);
        let role = Role::for_roles(&model.delivery_account.value, vec![trusted], name, statements);
        lowering.share_role(place.home, &format!("{}ReleaseRole", pascal(place.name)), role, &origin);
    }
    own.push(decrypt_published(model, &origin));
    let deadline = application.release.as_ref().and_then(|release| release.deadline.as_ref());
    let deadline_seconds = deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0);
    let [application_name, stack, pointer, bucket] = names.map(|(_, name)| name);
    let mut parameters = json!({
        "application": application_name,
        "stack": stack,
        "pointer": pointer,
        "bucket": bucket,
        "key": format!("#{{{}.KEY}}", build.namespace),
        "sha256": format!("#{{{}.SHA256}}", build.namespace),
        "deadline-minutes": deadline_seconds.div_ceil(60),
    });
    if let Some(place) = &place {
        let (partition, role) = (partition(place.region), model.release_role_name(place.name));
        parameters["role"] = json!(format!("arn:{partition}:iam::{}:role/{role}", place.account));
        parameters["region"] = json!(place.region);
        parameters["from"] = json!(model.published_bucket());
    }
    let parameters_origin =
        deadline.map_or_else(|| request.origin.clone(), |deadline| Origin::authored(&deadline.span));
    let origin = Origin::derived(&request.origin.span, "releases are made by a function");
    let elsewhere = model.all_apart().next().is_some();
    if elsewhere {
        let named = Origin::derived(&request.origin.span, "environments elsewhere let it in by this name");
        let mut role = Role::new("lambda.amazonaws.com", Vec::new());
        role.name = Some(Value::text(model.releases_role_name(), &named));
        lowering.share_role(Home::Delivery, ROLE, role, &origin);
    }
    let function = StepFunction {
        name: "release",
        description: "Releases a build into a Flink application and waits until it runs",
        code: match elsewhere {
            true => concat!(include_str!("release/index.py"), include_str!("release/elsewhere.py")).to_owned(),
            false => include_str!("release/index.py").to_owned(),
        },
        statements: own,
        parameters: Value::text(parameters.to_string(), &parameters_origin),
        origin,
    };
    Some(step_function::add(lowering, request, function))
}

/// What a release needs in the account of the pipelines also where the application is in another one.
const OF_THE_PIPELINE: [&str; 3] = ["ReadBuild", "TellMissingFromForbidden", "AnswerCodePipeline"];

fn permissions() -> impl Iterator<Item = &'static Json> {
    PERMISSIONS["statements"].as_array().into_iter().flatten()
}

fn sid(permission: &Json) -> &str {
    permission["Sid"].as_str().unwrap_or_default()
}

/// Statements of `permissions.json` for one application.
fn statements(permissions: Vec<&Json>, names: &[(&str, String)], origin: &Origin) -> Vec<Statement> {
    permissions
        .into_iter()
        .map(|statement| {
            let actions: Vec<&str> =
                statement["Action"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            let mut resource = statement["Resource"].to_string();
            for (placeholder, name) in names {
                resource = resource.replace(&format!("${{{placeholder}}}"), name);
            }
            let resource = serde_json::from_str(&resource).unwrap_or(Json::Null);
            Statement::new(&actions, vec![Value::from_json(resource, origin)], origin)
        })
        .collect()
}
