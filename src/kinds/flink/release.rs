//! The pipeline step that releases a build into an application: a Lambda function that CodePipeline calls until the
//! application runs what was released.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::Application;
use crate::desired::{Origin, Value};
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, StepFunction, decrypt_published};
use crate::model::{Entry, Lowering, Statement, Step, StepRequest};

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
    let names = [
        ("Application", format!("{}-{}", model.stack_name(request.environment), this.name.value)),
        ("Stack", model.stack_name(request.environment)),
        ("Pointer", model.release_pointer(this, request.environment)),
        ("Bucket", model.published_bucket()),
    ];
    let origin = this.derived("a release needs this and nothing else");
    let mut statements = statements(&names, &origin);
    statements.push(decrypt_published(model, &origin));
    let deadline = application.release.as_ref().and_then(|release| release.deadline.as_ref());
    let deadline_seconds = deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0);
    let [application_name, stack, pointer, bucket] = names.map(|(_, name)| name);
    let parameters = json!({
        "application": application_name,
        "stack": stack,
        "pointer": pointer,
        "bucket": bucket,
        "key": format!("#{{{}.KEY}}", build.namespace),
        "sha256": format!("#{{{}.SHA256}}", build.namespace),
        "deadline-minutes": deadline_seconds.div_ceil(60),
    });
    let parameters_origin =
        deadline.map_or_else(|| request.origin.clone(), |deadline| Origin::authored(&deadline.span));
    let function = StepFunction {
        name: "release",
        description: "Releases a build into a Flink application and waits until it runs",
        code: include_str!("release/index.py").to_owned(),
        statements,
        parameters: Value::text(parameters.to_string(), &parameters_origin),
        origin: Origin::derived(&request.origin.span, "releases are made by a function"),
    };
    Some(step_function::add(lowering, request, function))
}

/// The statements of `permissions.json` for one application.
fn statements(names: &[(&str, String)], origin: &Origin) -> Vec<Statement> {
    PERMISSIONS["statements"]
        .as_array()
        .into_iter()
        .flatten()
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
