//! The resources of an API: paths, methods, stage, log, and who may call.

use serde_json::json;

use super::shape::{segments, variable};
use super::{Api, Auth, Cognito, FieldType, Route, STAGE, calls_of};
use crate::desired::{Origin, Value};
use crate::kinds::function::Function;
use crate::model::{Alarm, Entry, Home, Lowering, Role, Sender, Statement, Verb, logical_id, pascal};
use crate::source::{Located, sha256};
use crate::spec::{Either, Valued};

const LOG_RETENTION_DAYS: i64 = 30;
/// Kinesis API reference, PutRecord: PartitionKey, in characters. Read 2026-11-20.
const LONGEST_PARTITION_KEY: i64 = 256;
const RATE: i64 = 100;
const BURST: i64 = 200;
const HOME: Home = Home::Application;
/// The setting of the account and its role, which all APIs of a stack share.
const ACCOUNT: &str = "ApiGatewayAccount";
const ACCOUNT_ROLE: &str = "ApiGatewayAccountRole";

/// One line of the access log.
const LOG_FORMAT: &str = r#"{"requestId":"$context.requestId","at":"$context.requestTime","method":"$context.httpMethod","path":"$context.resourcePath","status":"$context.status","latency":"$context.responseLatency","ip":"$context.identity.sourceIp","error":"$context.error.message"}"#;

pub(super) fn lower(api: &Api, this: &Entry, lowering: &mut Lowering<'_>) {
    let id = logical_id(this.section, &this.name.value, "");
    let regional = this.derived("an API is reached in its own Region");
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("Name", lowering.physical_name(this))
        .with("EndpointConfiguration", Value::from_json(json!({ "Types": ["REGIONAL"] }), &regional));
    lowering.add(HOME, this, "", "AWS::ApiGateway::RestApi", properties);
    let reference = |origin: &Origin| Value::reference(&*id, origin);
    let validated = this.derived("requests that do not say what they must are refused");
    let validator = Value::from_json(
        json!({ "Name": "requests", "ValidateRequestBody": true, "ValidateRequestParameters": true }),
        &validated,
    )
    .with("RestApiId", reference(&validated));
    lowering.add(HOME, this, "Validator", "AWS::ApiGateway::RequestValidator", validator);
    if let Some(Either::Long(cognito)) = api.auth.as_ref().map(|auth| &auth.value) {
        add_authorizer(cognito, this, reference(&Origin::authored(&cognito.cognito.span)), lowering);
    }
    let (mut statements, mut methods) = (Vec::new(), Vec::new());
    for (place, route) in &api.routes.entries {
        methods.push(add_route(api, this, (place, route), &mut statements, lowering));
    }
    if !statements.is_empty() {
        let origin = this.derived("an API writes under a role of its own");
        lowering.add_role(HOME, this, &Role::new("apigateway.amazonaws.com", statements), &origin);
    }
    add_stage(api, this, methods, lowering);
    let origin = this.derived("an API that answers with errors loses what it was sent");
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Failing",
            description: format!("{} answers with errors of its own", this.path()),
            namespace: "AWS/ApiGateway",
            metric: "5XXError",
            dimensions: vec![("ApiName", lowering.physical_name(this)), ("Stage", Value::text(STAGE, &origin))],
            statistic: "Sum",
            period: 300,
            periods: 1,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin,
        },
    );
}

/// `["vehicles", "{id}"]` → `VehiclesById`
pub(super) fn path_id(segments: &[&str]) -> String {
    let word = |segment: &&str| if variable(segment).is_some() { "ByName".to_owned() } else { pascal(segment) };
    segments.iter().map(word).collect()
}

/// The resource of the path that `segments` are; those above it are added as well.
fn add_path(this: &Entry, segments: &[&str], origin: &Origin, lowering: &mut Lowering<'_>) -> Value {
    let api = logical_id(this.section, &this.name.value, "");
    let Some((last, above)) = segments.split_last() else { return Value::get_att(api, "RootResourceId", origin) };
    let suffix = format!("Path{}", path_id(segments));
    let id = logical_id(this.section, &this.name.value, &suffix);
    if !lowering.resources(HOME).contains_key(&id) {
        let parent = add_path(this, above, origin, lowering);
        let properties = Value::map(origin)
            .with("RestApiId", Value::reference(api, origin))
            .with("ParentId", parent)
            .with("PathPart", Value::text(*last, origin));
        lowering.add(HOME, this, &suffix, "AWS::ApiGateway::Resource", properties);
    }
    Value::reference(id, origin)
}

/// Adds the method of a route and gives its logical id and what was said of it, as text.
fn add_route(
    api: &Api,
    this: &Entry,
    (place, route): (&Located<String>, &Located<Route>),
    statements: &mut Vec<Statement>,
    lowering: &mut Lowering<'_>,
) -> (String, String) {
    let origin = Origin::authored(&route.span);
    let api_id = logical_id(this.section, &this.name.value, "");
    let method = place.value.split_once(' ').map_or("", |(method, _)| method);
    let segments = segments(&place.value);
    let suffix = format!("{}{}", pascal(&method.to_lowercase()), path_id(&segments));
    let id = logical_id(this.section, &this.name.value, &suffix);
    let validator = logical_id(this.section, &this.name.value, "Validator");
    let mut properties = Value::map(&origin)
        .with("RestApiId", Value::reference(api_id, &origin))
        .with("ResourceId", add_path(this, &segments, &Origin::authored(&place.span), lowering))
        .with("HttpMethod", Value::text(method, &Origin::authored(&place.span)))
        .with("RequestValidatorId", Value::reference(validator, &origin));
    authorize(api, this, &mut properties);
    let parameters = required_parameters(&segments, route, &origin);
    if let Some(parameters) = parameters {
        properties.set("RequestParameters", parameters);
    }
    let mut said = String::new();
    if let Some(model) = add_model(this, route, &suffix, &mut said, lowering) {
        properties.set("RequestModels", model);
    }
    let integration = if route.to.section == "functions" {
        call(this, route, lowering)
    } else {
        properties.set(
            "MethodResponses",
            Value::from_json(json!([{ "StatusCode": "200" }, { "StatusCode": "503" }]), &origin),
        );
        put_record(this, route, statements, lowering)
    };
    if let Some(integration) = integration {
        properties.set("Integration", integration);
    }
    said.push_str(&properties.to_json().to_string());
    lowering.add(HOME, this, &suffix, "AWS::ApiGateway::Method", properties);
    (id, said)
}

/// Says who may call a method.
fn authorize(api: &Api, this: &Entry, method: &mut Value) {
    let origin = match &api.auth {
        Some(auth) => Origin::authored(&auth.span),
        None => this.derived("callers are authorised by IAM unless told otherwise"),
    };
    let (kind, key) = match api.auth.as_ref().map(|auth| &auth.value) {
        None | Some(Either::Short(Auth::Iam)) => ("AWS_IAM", false),
        Some(Either::Short(Auth::Key)) => ("NONE", true),
        Some(Either::Long(_)) => ("COGNITO_USER_POOLS", false),
    };
    method.set("AuthorizationType", Value::text(kind, &origin));
    method.set("ApiKeyRequired", Value::from_json(json!(key), &origin));
    if kind == "COGNITO_USER_POOLS" {
        let authorizer = logical_id(this.section, &this.name.value, "Authorizer");
        method.set("AuthorizerId", Value::reference(authorizer, &origin));
    }
}

fn add_authorizer(cognito: &Cognito, this: &Entry, api: Value, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&cognito.cognito.span);
    let pool = &cognito.cognito;
    let pool = lowering.valued(&pool.value, &pool.span, |pool, origin| Value::text(&*pool.text, origin));
    let properties = Value::from_json(
        json!({
            "Name": "users",
            "Type": "COGNITO_USER_POOLS",
            "IdentitySource": "method.request.header.Authorization",
        }),
        &origin,
    )
    .with("ProviderARNs", Value::list(vec![pool], &origin))
    .with("RestApiId", api);
    lowering.add(HOME, this, "Authorizer", "AWS::ApiGateway::Authorizer", properties);
}

/// The parts of the request that must be there.
fn required_parameters(segments: &[&str], route: &Route, origin: &Origin) -> Option<Value> {
    let of_path = segments.iter().filter_map(|segment| variable(segment)).map(|name| format!("path.{name}"));
    let key = route.partition_key.as_ref().and_then(|key| key.text.split_once('.'));
    let of_key = key.and_then(|(part, name)| match part {
        "header" => Some(format!("header.{name}")),
        "query" => Some(format!("querystring.{name}")),
        _ => None,
    });
    let names: Vec<_> = of_path.chain(of_key).map(|name| format!("method.request.{name}")).collect();
    (!names.is_empty()).then(|| {
        names.into_iter().fold(Value::map(origin), |all, name| all.with(name, Value::from_json(json!(true), origin)))
    })
}

/// The schema that the body must fit.
fn add_model(
    this: &Entry,
    route: &Route,
    suffix: &str,
    said: &mut String,
    lowering: &mut Lowering<'_>,
) -> Option<Value> {
    let body = route.body.as_ref()?;
    let origin = Origin::authored(&body.span);
    // The order of fields means nothing, and must not make another deployment.
    let mut fields: Vec<_> = body.entries.iter().collect();
    fields.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
    let key = route.partition_key.as_ref().and_then(|key| key.text.strip_prefix("body."));
    let schema_of = |name: &str, kind: &FieldType| match kind {
        FieldType::String if key == Some(name) => {
            json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_PARTITION_KEY })
        }
        _ => json!({ "type": kind.word() }),
    };
    let types: serde_json::Map<_, _> =
        fields.iter().map(|(name, kind)| (name.value.clone(), schema_of(&name.value, kind))).collect();
    let required: Vec<_> = fields.iter().map(|(name, _)| name.value.as_str()).collect();
    let schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "properties": types,
        "required": required,
    });
    let suffix = format!("Body{suffix}");
    let properties = Value::map(&origin)
        .with("RestApiId", Value::reference(logical_id(this.section, &this.name.value, ""), &origin))
        .with("ContentType", Value::text("application/json", &origin))
        .with("Schema", Value::from_json(schema, &origin));
    said.push_str(&properties.to_json().to_string());
    lowering.add(HOME, this, &suffix, "AWS::ApiGateway::Model", properties);
    let model = Value::reference(logical_id(this.section, &this.name.value, &suffix), &origin);
    Some(Value::map(&origin).with("application/json", model))
}

/// The integration with a function, which lets the API in.
fn call(this: &Entry, route: &Route, lowering: &mut Lowering<'_>) -> Option<Value> {
    let origin = Origin::authored(&route.to.span);
    let source = calls_of(&logical_id(this.section, &this.name.value, ""), &origin);
    let service = "apigateway.amazonaws.com";
    let sender = Sender { service, entry: this, source: Some(source), origin: origin.clone() };
    lowering.admit(&route.to.path(), &sender)?;
    let (entry, function) = lowering.model.thing::<Function>(&route.to.path())?;
    let function = function.callee(entry);
    let place = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions";
    let uri = format!("{place}/${{{function}}}/invocations");
    let integration = Value::from_json(json!({ "Type": "AWS_PROXY", "IntegrationHttpMethod": "POST" }), &origin);
    Some(integration.with("Uri", Value::sub(uri, &origin)))
}

/// The integration with a stream: the body becomes a record.
fn put_record(
    this: &Entry,
    route: &Route,
    statements: &mut Vec<Statement>,
    lowering: &mut Lowering<'_>,
) -> Option<Value> {
    let origin = Origin::authored(&route.to.span);
    let path = route.to.path();
    let used = ["kinesis:PutRecord", "kms:GenerateDataKey"];
    let grant = lowering.grant(&path, Verb::Writes, &origin)?;
    statements.extend(grant.statements.into_iter().filter_map(|statement| statement.only(&used)));
    let key = route.partition_key.as_ref();
    let key_origin = match key {
        Some(key) => Origin::authored(&key.span),
        None => this.derived("records are spread evenly unless told otherwise"),
    };
    let stream = logical_id(&route.to.section, &route.to.name, "");
    let template = format!(
        "{{\"StreamName\": \"${{{stream}}}\", \"Data\": \"$util.base64Encode($input.body)\", \"PartitionKey\": \"{}\"}}",
        partition_key(key.map_or("request-id", |key| &key.text))
    );
    let role = Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", &origin);
    let answers = json!([
        { "StatusCode": "200", "ResponseTemplates": { "application/json": "{\"accepted\": true}" } },
        {
            "StatusCode": "503",
            "SelectionPattern": "[45]\\d{2}",
            "ResponseTemplates": { "application/json": "{\"message\": \"not accepted, try again\"}" },
        },
    ]);
    let retried = this.derived("what the stream does not take, the caller has to send again");
    let integration = Value::from_json(
        json!({
            "Type": "AWS",
            "IntegrationHttpMethod": "POST",
            "Uri": { "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:kinesis:action/PutRecord" },
            "PassthroughBehavior": "NEVER",
            "RequestParameters": { "integration.request.header.Content-Type": "'application/x-amz-json-1.1'" },
        }),
        &origin,
    );
    let templates = Value::map(&key_origin).with("application/json", Value::sub(template, &key_origin));
    Some(
        integration
            .with("Credentials", role)
            .with("RequestTemplates", templates)
            .with("IntegrationResponses", Value::from_json(answers, &retried)),
    )
}

/// The template that gives the partition key, in the language of API Gateway's templates.
fn partition_key(key: &str) -> String {
    let escaped = |value: String| format!("$util.escapeJavaScript({value}).replaceAll(\"\\\\'\", \"'\")");
    match key.split_once('.') {
        Some(("body", name)) => escaped(format!("$input.path('$').get('{name}').toString()")),
        Some(("header", name)) => escaped(format!("$input.params().header.get('{name}')")),
        Some(("query", name)) => escaped(format!("$input.params().querystring.get('{name}')")),
        Some((_, name)) => escaped(format!("$input.params().path.get('{name}')")),
        None => "$context.requestId".to_owned(),
    }
}

/// The deployment, its stage, and the log of all calls.
fn add_stage(api: &Api, this: &Entry, methods: Vec<(String, String)>, lowering: &mut Lowering<'_>) {
    let id = logical_id(this.section, &this.name.value, "");
    let deployed = this.derived("a change of a route is deployed");
    let mut said: String = methods.iter().map(|(id, said)| format!("{id}{said}\n")).collect();
    if let Some(Either::Long(cognito)) = api.auth.as_ref().map(|auth| &auth.value) {
        said.push_str(match &cognito.cognito.value {
            Valued::Literal(pool) => &pool.text,
            Valued::Expression(expression) => &expression.path,
        });
    }
    // A deployment is what the API was when it was made, so what has changed needs another one.
    let suffix = format!("Deployment{}", &sha256(said)[..8]);
    let properties = Value::map(&deployed).with("RestApiId", Value::reference(&*id, &deployed));
    let deployment = lowering.add(HOME, this, &suffix, "AWS::ApiGateway::Deployment", properties);
    deployment.depends_on = methods.into_iter().map(|(id, _)| id).collect();
    let deployment = logical_id(this.section, &this.name.value, &suffix);
    add_account(this, lowering);
    let logged = this.derived("every call is logged");
    let group = logical_id(this.section, &this.name.value, "Calls");
    let properties = Value::map(&logged)
        .with("LogGroupName", Value::sub(format!("/${{AWS::StackName}}/apis/{}", this.name.value), &logged))
        .with("RetentionInDays", Value::from_json(json!(LOG_RETENTION_DAYS), &logged));
    let log = lowering.add(HOME, this, "Calls", "AWS::Logs::LogGroup", properties);
    log.retain();
    let log = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group";
    let access = Value::map(&logged)
        .with("DestinationArn", Value::sub(format!("{log}:${{{group}}}"), &logged))
        .with("Format", Value::text(LOG_FORMAT, &logged));
    let limit = |given: Option<(i64, Origin)>, default: i64| match given {
        Some((value, origin)) => Value::from_json(json!(value), &origin),
        None => Value::from_json(json!(default), &this.derived("an API is throttled unless told otherwise")),
    };
    let rate = limit(api.rate.as_ref().map(|rate| (rate.0, Origin::authored(&rate.span))), RATE);
    let burst = limit(api.burst.as_ref().map(|burst| (burst.0, Origin::authored(&burst.span))), BURST);
    let settings = Value::from_json(json!({ "HttpMethod": "*", "ResourcePath": "/*" }), &deployed)
        .with("ThrottlingRateLimit", rate.clone())
        .with("ThrottlingBurstLimit", burst.clone());
    let properties = Value::map(&deployed)
        .with("RestApiId", Value::reference(&*id, &deployed))
        .with("StageName", Value::text(STAGE, &deployed))
        .with("DeploymentId", Value::reference(deployment, &deployed))
        .with("AccessLogSetting", access)
        .with("MethodSettings", Value::list(vec![settings], &deployed));
    let stage = lowering.add(HOME, this, "Stage", "AWS::ApiGateway::Stage", properties);
    stage.depends_on = vec![ACCOUNT.to_owned()];
    if let Some(Either::Short(Auth::Key)) = api.auth.as_ref().map(|auth| &auth.value) {
        add_key(this, (rate, burst), lowering);
    }
}

/// API Gateway writes logs under a role of the account, which is set once for the Region and must outlive the stack.
fn add_account(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("API Gateway writes logs under a role of the account");
    let policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
    let role = Role::new("apigateway.amazonaws.com", Vec::new())
        .to_value(&origin)
        .with("ManagedPolicyArns", Value::from_json(json!([{ "Fn::Sub": policy }]), &origin));
    let arn = Value::get_att(ACCOUNT_ROLE, "Arn", &origin);
    let setting = Value::map(&origin).with("CloudWatchRoleArn", arn);
    for (id, kind, properties) in
        [(ACCOUNT_ROLE, "AWS::IAM::Role", role), (ACCOUNT, "AWS::ApiGateway::Account", setting)]
    {
        let resource = lowering.add_shared(HOME, id, kind, "apis", properties);
        resource.retain();
    }
}

/// The API key and the plan that lets it in.
fn add_key(this: &Entry, (rate, burst): (Value, Value), lowering: &mut Lowering<'_>) {
    let origin = this.derived("callers have an API key");
    let of = |suffix| Value::reference(logical_id(this.section, &this.name.value, suffix), &origin);
    let key = Value::map(&origin)
        .with("Name", lowering.physical_name(this))
        .with("Enabled", Value::from_json(json!(true), &origin));
    let stage = Value::map(&origin).with("ApiId", of("")).with("Stage", of("Stage"));
    let plan = Value::map(&origin)
        .with("UsagePlanName", lowering.physical_name(this))
        .with("ApiStages", Value::list(vec![stage], &origin))
        .with("Throttle", Value::map(&origin).with("RateLimit", rate).with("BurstLimit", burst));
    let link = Value::map(&origin)
        .with("KeyId", of("Key"))
        .with("KeyType", Value::text("API_KEY", &origin))
        .with("UsagePlanId", of("Plan"));
    lowering.add(HOME, this, "Key", "AWS::ApiGateway::ApiKey", key);
    lowering.add(HOME, this, "Plan", "AWS::ApiGateway::UsagePlan", plan);
    lowering.add(HOME, this, "PlanKey", "AWS::ApiGateway::UsagePlanKey", link);
}
