//! The resources of a cluster: log group, configuration, cluster, growth of its storage, alarms.

use serde_json::json;

use super::{Kafka, Monitoring, Storage, access, replication, topics};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::kinds::network::{Place, Staying, let_itself_in, let_users_in, place};
use crate::model::{Alarm, Entry, Home, Lowering, logical_id};
use crate::spec::{Bytes, Mapping, Scalar};

/// Where brokers let in clients that authenticate with IAM.
const IAM_PORT: u16 = 9098;
/// Where they let in clients that authenticate with a password.
const SCRAM_PORT: u16 = 9096;
const LOG_RETENTION_DAYS: i64 = 30;
const GROW_ABOVE_PERCENT: i64 = 60;
const NEARLY_FULL_PERCENT: f64 = 85.0;

pub(super) fn lower(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(place) = place(&kafka.network, this, Staying::Retained, lowering) else { return };
    if kafka.is_serverless() {
        add_serverless(kafka, place, this, lowering);
    } else {
        add_cluster(kafka, place, this, lowering);
        add_alarms(kafka, this, lowering);
    }
    let ports: &[u16] = if kafka.authentication.is_some() { &[IAM_PORT, SCRAM_PORT] } else { &[IAM_PORT] };
    let itself = this.derived("event sources and replicators connect from within its own security group");
    let_itself_in(this, &[IAM_PORT], &itself, lowering);
    let_users_in(this, ports, lowering);
    topics::lower(kafka, this, lowering);
    access::lower(kafka, this, lowering);
    replication::lower(kafka, this, lowering);
}

pub(super) fn id(this: &Entry, suffix: &str) -> String {
    logical_id(this.section, &this.name.value, suffix)
}

/// Adds a resource that stays when its thing leaves the file.
fn add_retained(this: &Entry, suffix: &str, resource_type: &str, properties: Value, lowering: &mut Lowering<'_>) {
    let resource = lowering.add(Home::Application, this, suffix, resource_type, properties);
    resource.retain();
}

fn add_serverless(kafka: &Kafka, place: Place, this: &Entry, lowering: &mut Lowering<'_>) {
    let network = Origin::authored(&kafka.network.span);
    let iam = this.derived("clients authenticate with IAM");
    let config = Value::map(&network)
        .with("SubnetIds", Value::list(place.subnets, &network))
        .with("SecurityGroups", Value::list(place.security_groups, &network));
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("ClusterName", lowering.physical_name(this))
        .with("VpcConfigs", Value::list(vec![config], &network))
        .with("ClientAuthentication", Value::from_json(json!({ "Sasl": { "Iam": { "Enabled": true } } }), &iam));
    add_retained(this, "", "AWS::MSK::ServerlessCluster", properties, lowering);
}

fn add_cluster(kafka: &Kafka, place: Place, this: &Entry, lowering: &mut Lowering<'_>) {
    let (Some(version), Some(instance), Some(brokers)) = (&kafka.version, &kafka.instance, &kafka.brokers) else {
        return;
    };
    let network = Origin::authored(&kafka.network.span);
    let nodes = Value::map(&network)
        .with("InstanceType", Value::text(&*instance.text, &Origin::authored(&instance.span)))
        .with("ClientSubnets", Value::list(place.subnets, &network))
        .with("SecurityGroups", Value::list(place.security_groups, &network))
        .with_some("StorageInfo", kafka.storage.as_ref().map(|storage| volume(storage)))
        .with_some("ConnectivityInfo", other_vpcs(kafka));
    let tls = this.derived("clients and brokers connect by TLS");
    let encryption = json!({ "EncryptionInTransit": { "ClientBroker": "TLS", "InCluster": true } });
    let monitoring = match &kafka.monitoring {
        Some(monitoring) => Value::text(metrics(monitoring.value), &Origin::authored(&monitoring.span)),
        None => Value::text("DEFAULT", &this.derived("these metrics are without charge")),
    };
    let configuration = kafka.configuration.as_ref().map(|configuration| {
        let origin = Origin::authored(&configuration.span);
        add_configuration(configuration, this, &origin, lowering);
        Value::map(&origin)
            .with("Arn", Value::get_att(id(this, "Configuration"), "Arn", &origin))
            .with("Revision", Value::get_att(id(this, "Configuration"), "LatestRevision.Revision", &origin))
    });
    let count =
        lowering.valued(brokers, &brokers.span, |count, origin| Value::new(ValueKind::Integer(count.0), origin));
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("ClusterName", lowering.physical_name(this))
        .with("KafkaVersion", Value::text(version.word(), &Origin::authored(&version.span)))
        .with("NumberOfBrokerNodes", count)
        .with("BrokerNodeGroupInfo", nodes)
        .with("ClientAuthentication", authentication(kafka, this))
        .with("EncryptionInfo", Value::from_json(encryption, &tls))
        .with("EnhancedMonitoring", monitoring)
        .with_some("ConfigurationInfo", configuration)
        .with("LoggingInfo", add_log(this, lowering));
    add_retained(this, "", "AWS::MSK::Cluster", properties, lowering);
    if let Some(limit) = kafka.storage.as_ref().and_then(|storage| storage.grow_to.as_ref()) {
        add_growth(limit.value, this, &Origin::authored(&limit.span), lowering);
    }
}

fn authentication(kafka: &Kafka, this: &Entry) -> Value {
    let iam = this.derived("clients authenticate with IAM");
    let mut ways = Value::from_json(json!({ "Iam": { "Enabled": true } }), &iam);
    if let Some(given) = &kafka.authentication {
        ways.set("Scram", Value::from_json(json!({ "Enabled": true }), &Origin::authored(&given.scram.span)));
    }
    Value::map(&iam).with("Sasl", ways).with("Unauthenticated", Value::from_json(json!({ "Enabled": false }), &iam))
}

/// How clients of other VPCs authenticate: Firehose and other accounts by IAM.
fn other_vpcs(kafka: &Kafka) -> Option<Value> {
    let given = kafka.multi_vpc.as_ref()?;
    let access = json!({ "ClientAuthentication": { "Sasl": { "Iam": { "Enabled": given.value } } } });
    Some(Value::from_json(json!({ "VpcConnectivity": access }), &Origin::authored(&given.span)))
}

fn gibibytes(size: Bytes) -> i64 {
    (size.0 / (1 << 30)) as i64
}

fn volume(storage: &Storage) -> Value {
    let origin = Origin::authored(&storage.size.span);
    Value::from_json(json!({ "EBSStorageInfo": { "VolumeSize": gibibytes(storage.size.value) } }), &origin)
}

fn metrics(monitoring: Monitoring) -> &'static str {
    match monitoring {
        Monitoring::Default => "DEFAULT",
        Monitoring::PerBroker => "PER_BROKER",
        Monitoring::PerTopicPerBroker => "PER_TOPIC_PER_BROKER",
        Monitoring::PerTopicPerPartition => "PER_TOPIC_PER_PARTITION",
    }
}

/// Brokers write a log, and the cluster is told where.
fn add_log(this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = this.derived("brokers write a log");
    let properties = Value::map(&origin)
        .with("LogGroupName", Value::sub(format!("/aws/msk/${{AWS::StackName}}-{}", this.name.value), &origin))
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &origin));
    let group = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", properties);
    group.deletion_policy = Some("Delete");
    group.update_replace_policy = Some("Delete");
    let target = json!({ "Enabled": true, "LogGroup": { "Ref": id(this, "Logs") } });
    Value::from_json(json!({ "BrokerLogs": { "CloudWatchLogs": target } }), &origin)
}

/// A configuration is a resource of its own; the cluster takes its newest revision.
fn add_configuration<K>(
    configuration: &Mapping<K, Scalar>,
    this: &Entry,
    origin: &Origin,
    lowering: &mut Lowering<'_>,
) {
    let join = |separator: &str, parts: Vec<Value>| {
        let arguments = vec![Value::text(separator, origin), Value::list(parts, origin)];
        let call = Intrinsic::Call("Fn::Join".to_owned(), Box::new(Value::list(arguments, origin)));
        Value::new(ValueKind::Intrinsic(call), origin)
    };
    // Another order would be another revision, and the brokers would be restarted for nothing.
    let mut settings: Vec<_> = configuration.entries.iter().collect();
    settings.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
    let lines: Vec<_> = settings
        .into_iter()
        .map(|(key, value)| {
            let text = lowering.text(&value.value.0, &value.span, Home::Application);
            match text.as_text() {
                Some(text) => Value::text(format!("{}={text}", key.value), &Origin::authored(&value.span)),
                None => join("=", vec![Value::text(&*key.value, origin), text]),
            }
        })
        .collect();
    let known: Option<Vec<_>> = lines.iter().map(Value::as_text).collect();
    let settings = match known {
        Some(lines) => Value::text(lines.join("\n"), origin),
        None => join("\n", lines),
    };
    let properties = Value::map(origin).with("Name", lowering.physical_name(this)).with("ServerProperties", settings);
    add_retained(this, "Configuration", "AWS::MSK::Configuration", properties, lowering);
}

/// Storage grows with what is in it, and never shrinks.
fn add_growth(limit: Bytes, this: &Entry, origin: &Origin, lowering: &mut Lowering<'_>) {
    let target = json!({
        "ServiceNamespace": "kafka",
        "ScalableDimension": "kafka:broker-storage:VolumeSize",
        "ResourceId": { "Fn::GetAtt": [id(this, ""), "Arn"] },
        "MinCapacity": 1,
        "MaxCapacity": gibibytes(limit),
    });
    let target = Value::from_json(target, origin);
    lowering.add(Home::Application, this, "Growth", "AWS::ApplicationAutoScaling::ScalableTarget", target);
    let policy = json!({
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": { "Ref": id(this, "Growth") },
        "TargetTrackingScalingPolicyConfiguration": {
            "PredefinedMetricSpecification": { "PredefinedMetricType": "KafkaBrokerStorageUtilization" },
            "TargetValue": GROW_ABOVE_PERCENT,
            "DisableScaleIn": true,
        },
    });
    let policy = Value::from_json(policy, origin).with("PolicyName", lowering.physical_name(this));
    lowering.add(Home::Application, this, "GrowthPolicy", "AWS::ApplicationAutoScaling::ScalingPolicy", policy);
}

fn add_alarms(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin =
        this.derived("a cluster without a controller, a partition without a leader and a full disk stop writers");
    let cluster = lowering.physical_name(this);
    let path = this.path();
    lowering.add_alarm(
        this,
        alarm(
            "Headless",
            format!("{path} has no active controller: leaders are not elected"),
            "ActiveControllerCount",
            ("LessThanThreshold", 1.0),
            (&cluster, &origin),
        ),
    );
    lowering.add_alarm(
        this,
        alarm(
            "Offline",
            format!("Partitions of {path} have no leader: they cannot be read or written"),
            "OfflinePartitionsCount",
            ("GreaterThanThreshold", 0.0),
            (&cluster, &origin),
        ),
    );
    let brokers = kafka.brokers.as_ref().and_then(|brokers| brokers.literal()).map_or(0, |brokers| brokers.0);
    let brokers = if kafka.storage.is_some() { brokers } else { 0 };
    for broker in 1..=brokers {
        let suffix = format!("Broker{broker}Full");
        let description = format!("The disk of broker {broker} of {path} is nearly full: it stops when it is");
        let threshold = ("GreaterThanThreshold", NEARLY_FULL_PERCENT);
        let mut full = alarm(&suffix, description, "KafkaDataLogsDiskUsed", threshold, (&cluster, &origin));
        full.dimensions.push(("Broker ID", Value::text(broker.to_string(), &origin)));
        lowering.add_alarm(this, full);
    }
}

/// An alarm of the cluster whose name is given, when a metric is beyond a threshold for a quarter of an hour.
fn alarm<'a>(
    suffix: &'a str,
    description: String,
    metric: &'a str,
    (comparison, threshold): (&'a str, f64),
    (cluster, origin): (&Value, &Origin),
) -> Alarm<'a> {
    Alarm {
        suffix,
        description,
        namespace: "AWS/Kafka",
        metric,
        dimensions: vec![("Cluster Name", cluster.clone())],
        statistic: "Maximum",
        period: 300,
        periods: 3,
        comparison,
        threshold,
        origin: origin.clone(),
    }
}
