//! The resources of a model: log group, role, model, endpoint configuration, endpoint, alarm.

use serde_json::json;

use super::image::Image;
use super::{Buckets, GIBIBYTE, ModelData, ModelEndpoint};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Statement, logical_id};
use crate::source::Located;
use crate::spec::{Part, Reference, Text};

const LOG_RETENTION_DAYS: i64 = 30;
const ANY_BUCKET: &str = "arn:${AWS::Partition}:s3:::";
const VARIANT: &str = "AllTraffic";

pub(super) fn endpoint_name(this: &Entry, origin: &Origin) -> Value {
    Value::sub(format!("${{AWS::StackName}}-{}", this.name.value), origin)
}

pub(super) fn lower(endpoint: &ModelEndpoint, image: &Image, this: &Entry, lowering: &mut Lowering<'_>) {
    let id = |suffix| logical_id(this.section, &this.name.value, suffix);
    let logs = add_log_group(this, lowering);
    let statements = statements(endpoint, image, logs, this, lowering);
    let role_origin = this.derived("a model runs under a role of its own");
    let role = Role::new("sagemaker.amazonaws.com", statements);
    let role = lowering.add_role(Home::Application, this, &role, &role_origin);

    // Models and configurations cannot change: each new one needs another name, which CloudFormation makes.
    let model = Value::map(&this.derived("an endpoint answers with a model"))
        .with("ExecutionRoleArn", role)
        .with("PrimaryContainer", container(endpoint, lowering))
        .with_some("EnableNetworkIsolation", isolation(endpoint, this));
    lowering.add(Home::Application, this, "Model", "AWS::SageMaker::Model", model);
    let configuration_origin = this.derived("an endpoint's capacity is a configuration of its own");
    let variants = Value::list(vec![variant(endpoint, this)], &configuration_origin);
    let configuration = Value::map(&configuration_origin).with("ProductionVariants", variants);
    lowering.add(Home::Application, this, "Config", "AWS::SageMaker::EndpointConfig", configuration);
    let origin = Origin::authored(&this.name.span);
    let properties = Value::map(&origin)
        .with("EndpointName", lowering.physical_name(this))
        .with("EndpointConfigName", Value::get_att(id("Config"), "EndpointConfigName", &configuration_origin));
    let resource = lowering.add(Home::Application, this, "", "AWS::SageMaker::Endpoint", properties);
    resource.depends_on.push(id("Logs"));
    add_alarm(this, lowering);
}

fn add_log_group(this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = this.derived("an endpoint writes a log");
    let name = format!("/aws/sagemaker/Endpoints/${{AWS::StackName}}-{}", this.name.value);
    let group = Value::map(&origin)
        .with("LogGroupName", Value::sub(name, &origin))
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &origin));
    let group = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", group);
    group.deletion_policy = Some("Delete");
    group.update_replace_policy = Some("Delete");
    Value::get_att(logical_id(this.section, &this.name.value, "Logs"), "Arn", &origin)
}

fn statements(
    endpoint: &ModelEndpoint,
    image: &Image,
    logs: Value,
    this: &Entry,
    lowering: &Lowering<'_>,
) -> Vec<Statement> {
    let pull = Origin::derived(&endpoint.image.span, "the image is pulled");
    let repository =
        format!("arn:${{AWS::Partition}}:ecr:{}:{}:repository/{}", image.region, image.account, image.repository);
    let mut statements = vec![
        Statement::new(&["ecr:GetAuthorizationToken"], vec![Value::text("*", &pull)], &pull),
        Statement::new(
            &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            vec![Value::sub(repository, &pull)],
            &pull,
        ),
    ];
    if let Some(data) = &endpoint.data {
        let origin = Origin::derived(&data.span, "the model is loaded from here");
        let key = lowering.text(&data.key, &data.key.span, Home::Application);
        let prefix = Value::map(&origin).with("StringEquals", Value::map(&origin).with("s3:prefix", key));
        let (bucket, object) = arns(data, lowering, &origin);
        statements.push(Statement::new(&["s3:GetObject"], vec![object], &origin));
        statements.push(Statement::new(&["s3:ListBucket"], vec![bucket], &origin).when(prefix));
    }
    let origin = logs.origin.clone();
    statements.push(Statement::new(
        &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        vec![logs],
        &origin,
    ));
    let metrics = this.derived("an endpoint has metrics");
    let namespace = json!({ "StringEquals": { "cloudwatch:namespace": "/aws/sagemaker/Endpoints" } });
    statements.push(
        Statement::new(&["cloudwatch:PutMetricData"], vec![Value::text("*", &metrics)], &metrics)
            .when(Value::from_json(namespace, &metrics)),
    );
    statements
}

/// The ARNs of the bucket and of the object in it.
fn arns(data: &ModelData, lowering: &Lowering<'_>, origin: &Origin) -> (Value, Value) {
    let after = |before: &str, text: &Located<Text>| lowering.text_after(before, text, origin, Home::Application);
    match (&data.s3, &data.bucket) {
        (None, Some(bucket)) => (after(ANY_BUCKET, bucket), after(ANY_BUCKET, &within(bucket, &data.key))),
        (s3, _) => {
            let id = bucket_id(s3);
            (Value::get_att(&*id, "Arn", origin), after(&format!("${{{id}.Arn}}/"), &data.key))
        }
    }
}

fn url(data: &Located<ModelData>, lowering: &Lowering<'_>) -> Value {
    let origin = Origin::authored(&data.span);
    let after = |before: &str, text: &Located<Text>| lowering.text_after(before, text, &origin, Home::Application);
    match (&data.s3, &data.bucket) {
        (None, Some(bucket)) => after("s3://", &within(bucket, &data.key)),
        (s3, _) => after(&format!("s3://${{{}}}/", bucket_id(s3)), &data.key),
    }
}

fn bucket_id(bucket: &Option<Located<Reference<Buckets>>>) -> String {
    bucket.as_ref().map(|bucket| logical_id(&bucket.section, &bucket.name, "")).unwrap_or_default()
}

/// `bucket/key`
fn within(bucket: &Located<Text>, key: &Located<Text>) -> Located<Text> {
    let slash = Part::Literal("/".to_owned());
    let parts = bucket.parts.iter().cloned().chain([slash]).chain(key.parts.iter().cloned()).collect();
    Located { value: Text { parts }, span: key.span.clone() }
}

fn container(endpoint: &ModelEndpoint, lowering: &Lowering<'_>) -> Value {
    let origin = Origin::authored(&endpoint.image.span);
    let data = endpoint.data.as_ref().map(|data| url(data, lowering));
    let variables = endpoint.env.as_ref().map(|env| {
        let variables = Value::map(&Origin::authored(&env.span));
        env.entries.iter().fold(variables, |variables, (name, value)| {
            variables.with(&*name.value, lowering.text(&value.value.0, &value.span, Home::Application))
        })
    });
    Value::map(&origin)
        .with("Image", lowering.text(&endpoint.image.value.0, &endpoint.image.span, Home::Application))
        .with_some("ModelDataUrl", data)
        .with_some("Environment", variables)
}

/// Serverless endpoints cannot be cut off from the network.
fn isolation(endpoint: &ModelEndpoint, this: &Entry) -> Option<Value> {
    let origin = this.derived("a model answers calls and makes none");
    endpoint.instances.is_some().then(|| Value::from_json(json!(true), &origin))
}

fn variant(endpoint: &ModelEndpoint, this: &Entry) -> Value {
    let origin = this.derived("one model answers all calls");
    let model = Value::get_att(logical_id(this.section, &this.name.value, "Model"), "ModelName", &origin);
    let variant = Value::map(&origin)
        .with("VariantName", Value::text(VARIANT, &origin))
        .with("ModelName", model)
        .with("InitialVariantWeight", Value::new(ValueKind::Integer(1), &origin));
    let serverless = endpoint.serverless.as_ref().map(|serverless| {
        let memory = (serverless.memory.0 / GIBIBYTE * 1024) as i64;
        Value::map(&Origin::authored(&serverless.span))
            .with("MemorySizeInMB", Value::new(ValueKind::Integer(memory), &Origin::authored(&serverless.memory.span)))
            .with(
                "MaxConcurrency",
                Value::new(
                    ValueKind::Integer(serverless.concurrency.0),
                    &Origin::authored(&serverless.concurrency.span),
                ),
            )
    });
    let variant = variant.with_some("ServerlessConfig", serverless);
    let Some(instances) = &endpoint.instances else { return variant };
    variant.with("InstanceType", Value::text(&*instances.kind.text, &Origin::authored(&instances.kind.span))).with(
        "InitialInstanceCount",
        Value::new(ValueKind::Integer(instances.count.0), &Origin::authored(&instances.count.span)),
    )
}

/// The dimensions of the metrics of the endpoint's one variant.
pub(super) fn dimensions(this: &Entry, origin: &Origin) -> Vec<(&'static str, Value)> {
    let name = Value::get_att(logical_id(this.section, &this.name.value, ""), "EndpointName", origin);
    vec![("EndpointName", name), ("VariantName", Value::text(VARIANT, origin))]
}

fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a model that fails answers nobody");
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Failing",
            description: format!("Calls of {} fail in its container", this.path()),
            namespace: "AWS/SageMaker",
            metric: "Invocation5XXErrors",
            dimensions: dimensions(this, &origin),
            statistic: "Sum",
            period: 60,
            periods: 5,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin: origin.clone(),
        },
    );
}
