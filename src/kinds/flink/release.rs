//! The pipeline step that releases a build into an application: a Lambda function that CodePipeline calls until the
//! application runs what was released.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{Application, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::facts::actions::VALUE_MAX;
use crate::facts::partition;
use crate::kinds::step_function::{self, StepFunction, decrypt_published};
use crate::model::{
    BuildOutput, Contract, Entry, Home, Lowering, Model, Released, Role, Statement, Step, StepRequest, pascal,
};
use crate::release::MACHINE;

const ROLE: &str = "ReleaseFunctionRole";

/// The function's own Python, in this order.
const CODE: [&str; 6] = [
    include_str!("release/look.py"),
    include_str!("release/health.py"),
    include_str!("release/predicates.py"),
    include_str!("release/change_sets.py"),
    include_str!("release/actions.py"),
    include_str!("release/index.py"),
];

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
    let names = names(application, this, model, request.environment);
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
    let mut parameters = contract(application, this, model, request.environment).asked;
    parameters["key"] = json!(format!("#{{{}.KEY}}", build.namespace));
    parameters["sha256"] = json!(format!("#{{{}.SHA256}}", build.namespace));
    parameters["execution"] = json!("#{codepipeline.PipelineExecutionId}");
    let parameters = parameters.to_string();
    refuse_long(application, &parameters, request, lowering);
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
        code: code(elsewhere),
        statements: own,
        parameters: Value::text(parameters, &parameters_origin),
        origin,
    };
    Some(step_function::add(lowering, request, function))
}

/// CodePipeline refuses a longer text when the pipeline is made.
fn refuse_long(application: &Application, parameters: &str, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) {
    let length = parameters.chars().count();
    if length <= VALUE_MAX {
        return;
    }
    let release = application.release.as_ref();
    let parts = [
        release.and_then(|release| release.health.as_ref()?.alarms.as_ref()).map(|it| (&it.span, "its alarms")),
        release.and_then(|release| release.quiet.as_ref()).map(|it| (&it.span, "its quiet times")),
    ];
    let longest = parts.into_iter().flatten().max_by_key(|(span, _)| span.text().len());
    let (span, what) =
        longest.unwrap_or((&application.code.span, "the names of the system, the application and its build"));
    let message = format!(
        "the step that releases this into {} gets {length} characters to read, and CodePipeline takes {VALUE_MAX}",
        request.environment
    );
    let found = Diagnostic::new(&rules::RELEASE_PARAMETERS, span, message).label("the longest part of it");
    let more = length - VALUE_MAX;
    lowering.report.push(found.help(format!("shorten {what} by {more} character{}", if more == 1 { "" } else { "s" })));
}

/// All of the function's Python. JSON without true, false and null is a literal of Python as it stands.
fn code(elsewhere: bool) -> String {
    let data = [("MACHINE", MACHINE), ("RUNTIMES", include_str!("runtimes.json"))]
        .map(|(name, json)| (name, json.trim_end().to_owned()));
    let mut parts = CODE.to_vec();
    if elsewhere {
        parts.push(include_str!("release/elsewhere.py"));
    }
    step_function::python_locked(&data, &parts.join("\n\n"))
}

/// What is released, where it stands, and what the document asks of its release.
pub(super) fn contract(application: &Application, this: &Entry, model: &Model, environment: &str) -> Contract {
    let [application_name, stack, pointer, bucket] = names(application, this, model, environment).map(|(_, name)| name);
    let minutes = application.deadline_minutes();
    let mut asked = json!({
        "application": application_name,
        "stack": stack,
        "pointer": pointer,
        "bucket": bucket,
        "deadline-minutes": minutes,
        "runtime": application.runtime.environment(),
    });
    let build = model.entry(&application.code.path()).and_then(|entry| entry.thing.as_ref()?.build_output());
    if let Some(BuildOutput::Java { jdk }) = build {
        asked["java"] = json!(jdk.value);
    }
    if let Some(place) = model.apart(environment) {
        let (partition, role) = (partition(place.region), model.release_role_name(place.name));
        asked["role"] = json!(format!("arn:{partition}:iam::{}:role/{role}", place.account));
        asked["region"] = json!(place.region);
        asked["from"] = json!(model.published_bucket());
    }
    if let Json::Object(members) = &mut asked {
        members.extend(application.asked_of_releases(model, environment));
    }
    let promise = application.promise();
    Contract { build: application.code.path(), machine: MACHINE, promise, asked }
}

/// What stands for the placeholders of `permissions.json`.
fn names(application: &Application, this: &Entry, model: &Model, environment: &str) -> [(&'static str, String); 4] {
    let bucket = match model.apart(environment) {
        Some(place) => model.delivery_bucket_in("published", place.region),
        None => model.published_bucket(),
    };
    let stack = model.stack_name(environment);
    [
        ("Application", format!("{stack}-{}", this.name.value)),
        ("Stack", stack),
        ("Pointer", Released::code(application.code.path()).pointer(model, this, environment)),
        ("Bucket", bucket),
    ]
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
