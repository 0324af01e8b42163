//! What a pipeline does beyond CloudFormation: a Lambda function that CodePipeline calls until a step has ended.
//!
//! A function with continuation and not a build step or a state machine: it waits for hours without being billed for
//! them, starts in a second, has nothing to install, and its code stands in the template that is reviewed.
//!
//! A function that does the same for all things of a document belongs to the delivery stack ([`add`]). One that must
//! know resources of the application, carries files of it or stands in its network belongs to the thing that it acts
//! for, in the application stack ([`add_own`] when the thing is lowered, [`call_own`] when a pipeline asks for its
//! step): what is deployed with the application is what the step does.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use crate::desired::{Origin, Value};
use crate::kinds::network::Place;
use crate::model::{Apart, Entry, Home, Lowering, Model, Role, Statement, Step, StepRequest, logical_id, pascal};
use crate::release::{MACHINE, Machine};

/// Reading the job, the continuation token, the deadline and the answers. A step's own Python follows it and defines
/// `step(job)`.
const PRELUDE: &str = include_str!("prelude.py");
/// The record of a release, which any step may keep.
pub const RECORD: &str = include_str!("record.py");
const LOCK: &str = include_str!("lock.py");
/// The words and the states of a release that goes on from its record; a step's own code follows it.
const RELEASE: &str = include_str!("release.py");
const RUNTIME: &str = "python3.13";
const MEMORY_MEBIBYTES: u64 = 256;
const TIMEOUT_SECONDS: u64 = 120;
const LOG_RETENTION_DAYS: u64 = 365;
/// CodePipeline user guide, action structure reference of Lambda: a job with continuation ends within a day. Read
/// 2026-11-21.
pub const LONGEST_SECONDS: u64 = 86_400;
pub const DEFAULT_DEADLINE_SECONDS: u64 = 2 * 3600;
/// How long what a release starts is watched, as for Flink.
pub const DEFAULT_WINDOW_SECONDS: u64 = 5 * 60;

/// Lambda developer guide, required IAM permissions of functions in a VPC: on any resource, as the interfaces are not
/// there before. Read 2026-11-21.
const INTERFACES: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// A function of the delivery stack, shared by all things whose steps it makes.
pub struct StepFunction<'a> {
    /// After the system's name: `release`.
    pub name: &'a str,
    pub description: &'a str,
    /// All of its Python; [`python`] puts the prelude before a step's own.
    pub code: String,
    /// What it needs for this thing.
    pub statements: Vec<Statement>,
    /// What it gets as `UserParameters`; at most 1,000 characters.
    pub parameters: Value,
    /// Why there is such a function.
    pub origin: Origin,
}

/// A function of the application stack, which makes the steps of one thing.
pub struct OwnStepFunction<'a> {
    /// After the thing's name: `release`.
    pub name: &'a str,
    pub description: String,
    /// All of its Python; [`python`] puts the prelude before a step's own.
    pub code: String,
    pub statements: Vec<Statement>,
    /// The environment variables that it finds values in which only CloudFormation knows.
    pub variables: Vec<(String, Value)>,
    /// Where it stands, when what it talks to has no public address.
    pub place: Option<Place>,
    /// Why there is such a function.
    pub origin: Origin,
}

/// The prelude and a step's own code, with `data` as constants between them.
pub fn python(data: &[(&str, String)], code: &str) -> String {
    let constants: String = data.iter().map(|(name, literal)| format!("{name} = {literal}\n")).collect();
    format!("{PRELUDE}\n\n{constants}\n\n{code}")
}

/// The prelude, the record and the lock of a release, and a step's own code.
pub fn python_locked(data: &[(&str, String)], code: &str) -> String {
    let minutes = ("LOCK_MINUTES", Machine::get().limit("lock-minutes").to_string());
    let data: Vec<_> = data.iter().cloned().chain([minutes]).collect();
    python(&data, &format!("{RECORD}{LOCK}\n\n{code}"))
}

/// The same, and what goes from state to state.
pub fn python_of_release(data: &[(&str, String)], code: &str) -> String {
    let data: Vec<_> = data.iter().cloned().chain([("WORDS", WORDS.clone())]).collect();
    python_locked(&data, &format!("{RELEASE}\n\n{code}"))
}

/// Sentences of a release: those of the state machine that fit whatever is released, and a few more.
static WORDS: LazyLock<String> = LazyLock::new(|| {
    let read = |text| serde_json::from_str::<Json>(text).expect("data of the program is JSON");
    let (machine, words) = (read(MACHINE), read(include_str!("words.json")));
    let mut said: Map<String, Json> = words["own"].as_object().cloned().unwrap_or_default();
    let shared = words["shared"].as_array().into_iter().flatten().filter_map(Json::as_str);
    said.extend(shared.map(|word| (word.to_owned(), machine["words"][word].clone())));
    format!("{:#}", Json::Object(said))
});

/// The parameter that holds the record of a thing without a pointer, in a stack: its name, or `${AWS::StackName}`.
pub fn record(this: &Entry, stack: &str) -> String {
    format!("/tidegate/records/{stack}/{}/{}", this.section, this.name.value)
}

/// Writing the record, and taking and giving back the lock beside it.
pub fn record_statements(record: &str, origin: &Origin) -> [Statement; 2] {
    let parameter = |name: &str| {
        let arn = format!("arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{name}");
        vec![Value::sub(arn, origin)]
    };
    let lock = record.replace("/tidegate/records/", "/tidegate/locks/");
    [
        Statement::new(&["ssm:GetParameter", "ssm:PutParameter"], parameter(record), origin),
        Statement::new(&["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"], parameter(&lock), origin),
    ]
}

/// A text of several lines as a literal of Python that reads like the text.
pub fn python_text(text: &str) -> String {
    // A quotation mark at the end would be taken for one of the three that end the literal.
    let (body, last) = text.strip_suffix('"').map_or((text, ""), |body| (body, r#"\""#));
    let body = body.replace('\\', r"\\").replace(r#"""""#, r#"\"\"\""#).replace('\r', r"\r").replace('\0', r"\0");
    format!("\"\"\"\\\n{body}{last}\"\"\"")
}

/// What builds publish is encrypted by the key of the pipelines.
pub fn decrypt_published(model: &Model, origin: &Origin) -> Statement {
    let any_key = Value::sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*", origin);
    let by_alias = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": model.delivery_key_alias() } });
    Statement::new(&["kms:Decrypt"], vec![any_key], origin).when(Value::from_json(by_alias, origin))
}

/// Taking on the role in another account or Region, and bringing builds to the Region.
pub fn release_elsewhere(model: &Model, place: &Apart<'_>, role: &str, origin: &Origin) -> Vec<Statement> {
    let role = Value::sub(place.role_arn(role), origin);
    let mut statements = vec![Statement::new(&["sts:AssumeRole"], vec![role], origin)];
    if model.store_home(place.region) != Home::Delivery {
        let origin = Origin::derived(&origin.span, "what runs a build loads it from a bucket of its own Region");
        let bucket = model.delivery_bucket_in("published", place.region);
        let arn = |text: String| vec![Value::sub(text, &origin)];
        let any_key = format!("arn:${{AWS::Partition}}:kms:{}:${{AWS::AccountId}}:key/*", place.region);
        let by_alias = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": model.delivery_key_alias() } });
        let from = format!("arn:${{AWS::Partition}}:s3:::{}/builds/*", model.published_bucket());
        statements.extend([
            Statement::new(&["s3:GetObject"], arn(from), &origin),
            Statement::new(&["s3:PutObject"], arn(format!("arn:${{AWS::Partition}}:s3:::{bucket}/builds/*")), &origin),
            Statement::new(&["kms:Decrypt", "kms:GenerateDataKey"], arn(any_key), &origin)
                .when(Value::from_json(by_alias, &origin)),
        ]);
    }
    statements
}

/// Adds the function to the delivery stack, once, lets it do what this thing needs, and gives the step that calls it.
pub fn add(lowering: &mut Lowering<'_>, request: &StepRequest<'_>, function: StepFunction<'_>) -> Step {
    let StepFunction { name, description, code, statements, parameters, origin } = function;
    let id = format!("{}Function", pascal(name));
    let part = |suffix: &str| format!("{id}{suffix}");
    let physical = format!("{}-{name}", lowering.model.name.value);
    let logs = lowering.add_shared(
        Home::Delivery,
        &part("Logs"),
        "AWS::Logs::LogGroup",
        "delivery",
        log_group(Value::text(format!("/aws/lambda/{physical}"), &origin), &origin),
    );
    logs.deletion_policy = Some("Delete");
    logs.update_replace_policy = Some("Delete");
    let mut statements = statements;
    statements.extend(every_function(&part("Logs"), &origin));
    let role = lowering.add_to_shared_role(Home::Delivery, &part("Role"), "lambda.amazonaws.com", statements, &origin);
    let properties = properties(Value::text(physical, &origin), description, code, &part("Logs"), role, &origin);
    lowering.add_shared(Home::Delivery, &id, "AWS::Lambda::Function", "delivery", properties);
    let once = Value::from_json(once(&id), &origin);
    lowering.add_shared(Home::Delivery, &part("Once"), "AWS::Lambda::EventInvokeConfig", "delivery", once);
    let called = &request.origin;
    step(Value::reference(&*id, called), Value::get_att(&*id, "Arn", called), parameters, called)
}

/// Adds the function of one thing to the application stack.
pub fn add_own(this: &Entry, lowering: &mut Lowering<'_>, function: OwnStepFunction<'_>) {
    let OwnStepFunction { name, description, code, mut statements, variables, place, origin } = function;
    let suffix = format!("{}Function", pascal(name));
    let part = |part: &str| format!("{suffix}{part}");
    let id = |part: &str| logical_id(this.section, &this.name.value, &format!("{suffix}{part}"));
    let physical = format!("${{AWS::StackName}}-{}-{name}", this.name.value);
    let group = log_group(Value::sub(format!("/aws/lambda/{physical}"), &origin), &origin);
    let logs = lowering.add(Home::Application, this, &part("Logs"), "AWS::Logs::LogGroup", group);
    logs.deletion_policy = Some("Delete");
    logs.update_replace_policy = Some("Delete");
    statements.extend(every_function(&id("Logs"), &origin));
    if place.is_some() {
        statements.push(Statement::new(INTERFACES, vec![Value::text("*", &origin)], &origin));
    }
    let role = Role::new("lambda.amazonaws.com", statements).to_value(&origin);
    lowering.add(Home::Application, this, &part("Role"), "AWS::IAM::Role", role);
    let role = Value::get_att(id("Role"), "Arn", &origin);
    let mut properties = properties(Value::sub(physical, &origin), &description, code, &id("Logs"), role, &origin);
    if !variables.is_empty() {
        let variables =
            variables.into_iter().fold(Value::map(&origin), |variables, (name, value)| variables.with(name, value));
        properties.set("Environment", Value::map(&origin).with("Variables", variables));
    }
    if let Some(place) = place {
        let config = Value::map(&origin)
            .with("SubnetIds", Value::list(place.subnets, &origin))
            .with("SecurityGroupIds", Value::list(place.security_groups, &origin));
        properties.set("VpcConfig", config);
    }
    lowering.add(Home::Application, this, &suffix, "AWS::Lambda::Function", properties);
    let once = Value::from_json(once(&id("")), &origin);
    lowering.add(Home::Application, this, &part("Once"), "AWS::Lambda::EventInvokeConfig", once);
}

/// The step that calls the function that [`add_own`] made of this thing.
pub fn call_own(
    this: &Entry,
    name: &str,
    request: &StepRequest<'_>,
    parameters: Value,
    lowering: &Lowering<'_>,
) -> Step {
    let origin = &request.origin;
    let physical = format!("{}-{}-{name}", lowering.model.stack_name(request.environment), this.name.value);
    let arn = format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{physical}");
    step(Value::text(physical, origin), Value::sub(arn, origin), parameters, origin)
}

fn step(function: Value, arn: Value, parameters: Value, origin: &Origin) -> Step {
    Step {
        category: "Invoke",
        provider: "Lambda",
        configuration: vec![("FunctionName".to_owned(), function), ("UserParameters".to_owned(), parameters)],
        input: None,
        statements: vec![Statement::new(&["lambda:InvokeFunction"], vec![arn], origin)],
    }
}

fn log_group(name: Value, origin: &Origin) -> Value {
    Value::map(origin)
        .with("LogGroupName", name)
        .with("RetentionInDays", Value::from_json(json!(LOG_RETENTION_DAYS), origin))
}

/// What a function that a pipeline invokes needs to say how its job ended; these actions take no resource.
pub fn answering(origin: &Origin) -> Statement {
    let answers = &["codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"];
    Statement::new(answers, vec![Value::text("*", origin)], origin)
}

/// Writing its log, and answering CodePipeline.
fn every_function(logs: &str, origin: &Origin) -> [Statement; 2] {
    [
        answering(origin),
        Statement::new(
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![Value::get_att(logs, "Arn", origin)],
            origin,
        ),
    ]
}

fn properties(name: Value, description: &str, code: String, logs: &str, role: Value, origin: &Origin) -> Value {
    Value::map(origin)
        .with("FunctionName", name)
        .with("Description", Value::text(description, origin))
        .with("Runtime", Value::text(RUNTIME, origin))
        .with("Architectures", Value::from_json(json!(["arm64"]), origin))
        .with("Handler", Value::text("index.handler", origin))
        .with("MemorySize", Value::from_json(json!(MEMORY_MEBIBYTES), origin))
        .with("Timeout", Value::from_json(json!(TIMEOUT_SECONDS), origin))
        .with("Code", Value::map(origin).with("ZipFile", Value::text(code, origin)))
        .with("LoggingConfig", Value::from_json(json!({ "LogGroup": { "Ref": logs } }), origin))
        .with("Role", role)
}

/// CodePipeline calls asynchronously: a second call by Lambda would repeat a job that has already failed.
fn once(function: &str) -> Json {
    json!({ "FunctionName": { "Ref": function }, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_what_every_release_keeps_to() {
        let machine: Json = serde_json::from_str(MACHINE).unwrap();
        assert_eq!(machine["defaults"]["health"]["for-minutes"], DEFAULT_WINDOW_SECONDS / 60);
        assert_eq!(machine["defaults"]["deadline-minutes"], DEFAULT_DEADLINE_SECONDS / 60);
    }

    /// By hand the machine alone says so.
    #[test]
    fn what_passes_by_itself_does_so_in_every_step() {
        let (_, list) = PRELUDE.split_once("PASSING = {").unwrap();
        let (list, _) = list.split_once('}').unwrap();
        let listed: Vec<&str> = list.split(',').map(|code| code.trim().trim_matches('"')).collect();
        let machine: Json = serde_json::from_str(MACHINE).unwrap();
        for code in machine["errors"]["passing"].as_array().unwrap().iter().filter_map(Json::as_str) {
            // Those that are a status are told by it.
            assert!(code.parse::<u16>().is_ok() || listed.contains(&code), "{code}: {listed:?}");
        }
    }

    #[test]
    fn every_sentence_is_there() {
        let words: Json = serde_json::from_str(&WORDS).unwrap();
        for (word, sentence) in words.as_object().unwrap() {
            assert!(sentence.as_str().is_some_and(|sentence| !sentence.is_empty()), "{word}");
        }
    }

    #[test]
    fn a_text_is_a_literal_of_python() {
        for (text, literal) in [
            ("select 1;\n", "\"\"\"\\\nselect 1;\n\"\"\""),
            ("copy \"t\" from 'a\\b'", "\"\"\"\\\ncopy \"t\" from 'a\\\\b'\"\"\""),
            ("\"\"\"\"", "\"\"\"\\\n\\\"\\\"\\\"\\\"\"\"\""),
            ("a\r\nb\"", "\"\"\"\\\na\\r\nb\\\"\"\"\""),
        ] {
            assert_eq!(python_text(text), literal, "{text:?}");
        }
    }
}
