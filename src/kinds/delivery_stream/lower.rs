//! The resources of a delivery: log group and stream, role, delivery stream, alarm.

use serde_json::json;

use super::destination::{
    Compression, Destination, GlueTable, Rotation, SplunkRecords, ToOpenSearch, ToRedshift, ToS3,
};
use super::{Backup, DeliveryStream, Transform};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::kinds::catalog::{self, CatalogTables};
use crate::kinds::kafka;
use crate::kinds::network::{Place, Staying, place};
use crate::kinds::warehouse::Warehouse;
use crate::model::{Alarm, Entry, Home, Lowering, Role, Statement, Verb, logical_id};
use crate::source::Located;
use crate::spec::{Bytes, Either, PlainText, Reference, Text};

const LOG_RETENTION_DAYS: i64 = 30;
/// A delivery is late when records are older than the time to gather them by so many seconds.
const LATE_SECONDS: u64 = 900;
/// Developer guide, Grant Firehose access to an OpenSearch destination in a VPC: on any resource, as the interfaces are
/// not there before. From memory, not read again (2026-11-21).
const INTERFACES: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
];
const ACCOUNT: &str = "${AWS::Region}:${AWS::AccountId}";

/// What the parts of a delivery stream have in common.
struct Delivery<'a, 'm> {
    delivery: &'a DeliveryStream,
    this: &'a Entry,
    lowering: &'a Lowering<'m>,
    role: Value,
    /// `CloudWatchLoggingOptions`
    logging: Value,
    /// Where it connects to a domain that has no public address.
    place: Option<(Place, Origin)>,
}

pub(super) fn lower(delivery: &DeliveryStream, this: &Entry, lowering: &mut Lowering<'_>) {
    let table = match &*delivery.to {
        Destination::S3(to) => to.table.as_ref().and_then(|table| table_id(table, lowering)),
        _ => None,
    };
    let logging = add_log(this, lowering);
    let place = delivery.place(lowering.model).cloned().and_then(|network| {
        let origin = Origin::derived(&network.span, "Firehose connects to the domain in its network");
        Some((place(&network, this, Staying::Removed, lowering)?, origin))
    });
    let role_origin = this.derived("a delivery runs under a role of its own");
    let role = Role::new("firehose.amazonaws.com", statements(delivery, this, lowering));
    let role = lowering.add_role(Home::Application, this, &role, &role_origin);
    let common = Delivery { delivery, this, lowering, role, logging, place };
    let (destination, settings) = common.destination();
    let properties = common.source().with(destination, settings);
    let after = delivery.topic().map(|topic| kafka::before_firehose(lowering.model, &topic.kafka, &topic.topic.text));
    let resource = lowering.add(Home::Application, this, "", "AWS::KinesisFirehose::DeliveryStream", properties);
    resource.depends_on.extend(table.into_iter().chain(after.into_iter().flatten()));
    add_alarm(delivery, this, lowering);
}

/// The logical id of the table of this file that says the columns: Firehose reads it when the delivery is made.
fn table_id(table: &Either<Reference<CatalogTables>, GlueTable>, lowering: &Lowering<'_>) -> Option<String> {
    let Either::Short(table) = table else { return None };
    Some(catalog::table_id(lowering.model.entry(&table.path())?, table.part.as_deref()?))
}

/// Adds the log of what could not be delivered, and gives the options that name it.
fn add_log(this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = this.derived("what cannot be delivered is told in a log");
    let id = |suffix| logical_id(this.section, &this.name.value, suffix);
    let group = Value::map(&origin)
        .with(
            "LogGroupName",
            Value::sub(format!("/aws/kinesisfirehose/${{AWS::StackName}}-{}", this.name.value), &origin),
        )
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &origin));
    let resource = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", group);
    resource.deletion_policy = Some("Delete");
    resource.update_replace_policy = Some("Delete");
    let stream = Value::map(&origin)
        .with("LogGroupName", Value::reference(id("Logs"), &origin))
        .with("LogStreamName", Value::text("errors", &origin));
    lowering.add(Home::Application, this, "LogStream", "AWS::Logs::LogStream", stream);
    Value::map(&origin)
        .with("Enabled", Value::new(ValueKind::Boolean(true), &origin))
        .with("LogGroupName", Value::reference(id("Logs"), &origin))
        .with("LogStreamName", Value::reference(id("LogStream"), &origin))
}

/// What the role of the delivery has to allow.
///
/// Developer guide, Controlling access with Amazon Data Firehose; each action is held against its resources by the
/// Service Authorization Reference of 2026-10-20.
fn statements(delivery: &DeliveryStream, this: &Entry, lowering: &Lowering<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    if let Some(topic) = delivery.topic() {
        let origin = Origin::derived(&topic.kafka.span, "records are read from this topic");
        statements.extend(kafka::for_firehose(&topic.kafka, &topic.topic.text, &origin));
    }
    if let Some(network) = delivery.place(lowering.model) {
        let origin = Origin::derived(&network.span, "Firehose has interfaces in the network");
        statements.push(Statement::new(INTERFACES, vec![Value::text("*", &origin)], &origin));
        let made = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*";
        let made = vec![Value::sub(made, &origin)];
        statements.push(Statement::new(&["ec2:CreateNetworkInterfacePermission"], made, &origin));
    }
    if let Some((stream, span)) = delivery.stream() {
        let origin = Origin::derived(span, "records are read from this stream");
        let actions =
            ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"];
        statements.push(Statement::new(&actions, vec![arn(stream, &origin)], &origin));
        let reading = lowering.grant(&stream.path(), Verb::Reads, &origin).map(|grant| grant.statements);
        let of_key = |statement: &Statement| statement.actions.iter().all(|action| action.starts_with("kms:"));
        statements.extend(reading.into_iter().flatten().filter(of_key));
    }
    for bucket in delivery.to.buckets() {
        let origin = Origin::derived(&bucket.span, "records are written to this bucket");
        let objects = append("", arn(bucket, &origin), "/*", &origin);
        statements.extend([
            Statement::new(&["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], vec![objects], &origin),
            Statement::new(
                &["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                vec![arn(bucket, &origin)],
                &origin,
            ),
        ]);
    }
    if let Some(transforming) = delivery.transforming() {
        let origin = Origin::derived(transforming.span, "this function changes the records");
        let id = logical_id(&transforming.function.section, &transforming.function.name, "");
        let function = Value::get_att(&*id, "Arn", &origin);
        // Firehose asks for the latest version where none is named.
        let versions = Value::sub(format!("${{{id}.Arn}}:*"), &origin);
        let actions = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"];
        statements.push(Statement::new(&actions, vec![function, versions], &origin));
    }
    match &*delivery.to {
        Destination::S3(to) => statements.extend(of_table(to)),
        Destination::OpenSearch(to) => statements.extend(of_domain(to, lowering)),
        Destination::Redshift(to) => statements.extend(of_administrator(to, lowering)),
        Destination::Http(_) | Destination::Splunk(_) => {}
    }
    if let Some(secret) = delivery.to.secret() {
        let origin = Origin::derived(&secret.span, "this secret is read");
        // Secrets Manager adds a hyphen and six characters to the name.
        let arn = append("", secret_arn(secret, lowering), "-??????", &origin);
        statements.push(Statement::new(&["secretsmanager:GetSecretValue"], vec![arn], &origin));
    }
    let logs = this.derived("what cannot be delivered is told in a log");
    let group = Value::get_att(logical_id(this.section, &this.name.value, "Logs"), "Arn", &logs);
    statements.push(Statement::new(&["logs:PutLogEvents"], vec![group], &logs));
    statements
}

fn of_table(to: &ToS3) -> Option<Statement> {
    let table = to.table.as_ref()?;
    let origin = Origin::derived(&table.span, "the columns are read from this table");
    let (database, name) = match &table.value {
        Either::Short(table) => {
            let database = format!("${{{}}}", logical_id(&table.section, &table.name, ""));
            (database, table.part.clone().unwrap_or_default())
        }
        Either::Long(table) => (table.database.text.clone(), table.table.text.clone()),
    };
    let resources = ["catalog".to_owned(), format!("database/{database}"), format!("table/{database}/{name}")];
    let arn = |resource| Value::sub(format!("arn:${{AWS::Partition}}:glue:{ACCOUNT}:{resource}"), &origin);
    let actions = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"];
    Some(Statement::new(&actions, resources.map(arn).into(), &origin))
}

/// The secret of the administrator, where no other user loads a warehouse of this document.
fn administrator(to: &ToRedshift, lowering: &Lowering<'_>, origin: &Origin) -> Option<Value> {
    let Either::Short(warehouse) = &to.redshift.value else { return None };
    let entry = lowering.model.entry(&warehouse.path()).filter(|_| to.secret.is_none())?;
    lowering.model.attribute(entry, "secret", origin)
}

fn of_administrator(to: &ToRedshift, lowering: &Lowering<'_>) -> Option<Statement> {
    let origin = Origin::derived(&to.redshift.span, "the administrator of the warehouse loads the table");
    let secret = administrator(to, lowering, &origin)?;
    Some(Statement::new(&["secretsmanager:GetSecretValue"], vec![secret], &origin))
}

fn of_domain(to: &ToOpenSearch, lowering: &Lowering<'_>) -> Vec<Statement> {
    let Some(index) = to.index() else { return Vec::new() };
    let index = &index.text;
    let origin = Origin::derived(&to.opensearch.span, "documents are written to this domain");
    let arn = match &to.opensearch.value {
        Either::Short(domain) => arn(domain, &origin),
        Either::Long(long) => match long.domain.literal().and_then(domain_of) {
            Some(name) => Value::sub(format!("arn:${{AWS::Partition}}:es:{ACCOUNT}:domain/{name}"), &origin),
            None => lowering.text(&long.domain, &long.domain.span, Home::Application),
        },
    };
    let below = |path: &str| append("", arn.clone(), path, &origin);
    let read = [
        "/_all/_settings".to_owned(),
        "/_cluster/stats".to_owned(),
        format!("/{index}*/_mapping*"),
        "/_nodes".to_owned(),
        "/_nodes/*/stats".to_owned(),
        "/_nodes/stats".to_owned(),
        "/_stats".to_owned(),
        format!("/{index}*/_stats"),
    ];
    vec![
        Statement::new(
            &["es:DescribeDomain", "es:DescribeDomainConfig", "es:DescribeDomains", "es:ESHttpPost", "es:ESHttpPut"],
            vec![arn.clone(), below("/*")],
            &origin,
        ),
        Statement::new(&["es:ESHttpGet"], read.iter().map(|path| below(path)).collect(), &origin),
    ]
}

/// The domain whose endpoint this is: `trips` of `https://search-trips-0a1b2c3d.eu-central-1.es.amazonaws.com`.
pub(super) fn domain_of(endpoint: &str) -> Option<&str> {
    let host = endpoint.strip_prefix("https://")?.trim_end_matches('/');
    let (label, rest) = host.split_once('.')?;
    let label = label.strip_prefix("search-").or_else(|| label.strip_prefix("vpc-"))?;
    let (domain, random) = label.rsplit_once('-')?;
    (rest.contains("es.amazonaws.com") && !domain.is_empty() && !random.is_empty()).then_some(domain)
}

/// The ARN of a thing whose resource gives it as `Arn`.
fn arn<T>(reference: &Reference<T>, origin: &Origin) -> Value {
    Value::get_att(logical_id(&reference.section, &reference.name, ""), "Arn", origin)
}

/// The ARN of a secret without the characters that Secrets Manager adds, by which it is found as well.
fn secret_arn(secret: &Located<Text>, lowering: &Lowering<'_>) -> Value {
    let name = lowering.text(secret, &secret.span, Home::Application);
    let before = format!("arn:${{AWS::Partition}}:secretsmanager:{ACCOUNT}:secret:");
    append(&before, name, "", &Origin::authored(&secret.span))
}

/// A value with text around it; `before` and `after` may hold `${…}`.
fn append(before: &str, value: Value, after: &str, origin: &Origin) -> Value {
    let (middle, names) = match value.kind {
        ValueKind::Text(text) => (text.replace("${", "${!"), Vec::new()),
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => (format!("${{{name}}}"), Vec::new()),
        ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => (format!("${{{id}.{attribute}}}"), Vec::new()),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => (text, names),
        kind => ("${Value}".to_owned(), vec![("Value".to_owned(), Value::new(kind, &value.origin))]),
    };
    let text = format!("{before}{middle}{after}");
    if text.contains("${") {
        Value::new(ValueKind::Intrinsic(Intrinsic::Sub(text, names)), origin)
    } else {
        Value::text(text, origin)
    }
}

fn integer(value: u64, origin: &Origin) -> Value {
    Value::new(ValueKind::Integer(value as i64), origin)
}

fn plain(text: &Located<PlainText>) -> Value {
    Value::text(&*text.value.0, &Origin::authored(&text.span))
}

fn yes(origin: &Origin) -> Value {
    Value::new(ValueKind::Boolean(true), origin)
}

impl Delivery<'_, '_> {
    fn text(&self, text: &Located<Text>) -> Value {
        self.lowering.text(text, &text.span, Home::Application)
    }

    /// Everything but the destination.
    fn source(&self) -> Value {
        let origin = Origin::authored(&self.this.name.span);
        let properties = Value::map(&origin).with("DeliveryStreamName", self.lowering.physical_name(self.this));
        if let Some(topic) = self.delivery.topic() {
            let origin = Origin::authored(&topic.kafka.span);
            let private = self.this.derived("Firehose connects to brokers by AWS PrivateLink");
            let access = Value::map(&private)
                .with("Connectivity", Value::text("PRIVATE", &private))
                .with("RoleARN", self.role.clone());
            let source = Value::map(&origin)
                .with("MSKClusterARN", arn(&topic.kafka, &origin))
                .with("TopicName", Value::text(&*topic.topic.text, &Origin::authored(&topic.topic.span)))
                .with("AuthenticationConfiguration", access);
            return properties
                .with("DeliveryStreamType", Value::text("MSKAsSource", &origin))
                .with("MSKSourceConfiguration", source);
        }
        if let Some((stream, span)) = self.delivery.stream() {
            let origin = Origin::authored(span);
            let source =
                Value::map(&origin).with("KinesisStreamARN", arn(stream, &origin)).with("RoleARN", self.role.clone());
            return properties
                .with("DeliveryStreamType", Value::text("KinesisStreamAsSource", &origin))
                .with("KinesisStreamSourceConfiguration", source);
        }
        let direct = self.this.derived("records are put into a delivery that reads no stream");
        let encrypted = self.this.derived("records that wait are encrypted with a key that AWS owns");
        properties.with("DeliveryStreamType", Value::text("DirectPut", &direct)).with(
            "DeliveryStreamEncryptionConfigurationInput",
            Value::from_json(json!({ "KeyType": "AWS_OWNED_CMK" }), &encrypted),
        )
    }

    fn destination(&self) -> (&'static str, Value) {
        match &*self.delivery.to {
            Destination::S3(to) => ("ExtendedS3DestinationConfiguration", self.s3(to)),
            Destination::Redshift(to) => ("RedshiftDestinationConfiguration", self.redshift(to)),
            Destination::OpenSearch(to) => ("AmazonopensearchserviceDestinationConfiguration", self.opensearch(to)),
            Destination::Http(to) => {
                let origin = Origin::authored(&to.http.span);
                let name = to.http.name.as_ref().map(plain);
                let endpoint = Value::map(&origin).with("Url", self.text(&to.http.url)).with_some("Name", name);
                let settings = Value::map(&origin)
                    .with("EndpointConfiguration", endpoint)
                    .with("RoleARN", self.role.clone())
                    .with_some(
                        "SecretsManagerConfiguration",
                        to.http.secret.as_ref().map(|secret| self.secret(secret)),
                    );
                let settings = self.complete(settings).with("BufferingHints", self.buffer());
                let settings = settings.with("S3Configuration", self.bucket(&to.backup));
                ("HttpEndpointDestinationConfiguration", self.backup_mode(settings, "AllData", "FailedDataOnly"))
            }
            Destination::Splunk(to) => {
                let (kind, origin) = match &to.splunk.records {
                    Some(records) => (records.value, Origin::authored(&records.span)),
                    None => {
                        (SplunkRecords::Raw, self.this.derived("records for Splunk are any text unless told otherwise"))
                    }
                };
                let kind = match kind {
                    SplunkRecords::Raw => "Raw",
                    SplunkRecords::Event => "Event",
                };
                let settings = Value::map(&Origin::authored(&to.splunk.span))
                    .with("HECEndpoint", self.text(&to.splunk.endpoint))
                    .with("HECEndpointType", Value::text(kind, &origin))
                    .with("SecretsManagerConfiguration", self.secret(&to.splunk.secret));
                let settings = self.complete(settings).with("BufferingHints", self.buffer());
                let settings = settings.with("S3Configuration", self.bucket(&to.backup));
                ("SplunkDestinationConfiguration", self.backup_mode(settings, "AllEvents", "FailedEventsOnly"))
            }
        }
    }

    fn s3(&self, to: &ToS3) -> Value {
        let origin = Origin::authored(&to.s3.span);
        let name = &self.this.name.value;
        let prefix = match &to.prefix {
            Some(prefix) => self.text(prefix),
            None => {
                let keys = to.keys().map(|(key, _)| format!("{0}=!{{partitionKeyFromQuery:{0}}}/", key.value));
                let origin = self.this.derived("objects are named after the delivery unless told otherwise");
                Value::text(format!("{name}/{}", keys.collect::<String>()), &origin)
            }
        };
        let errors = to.errors.as_ref().map_or_else(|| self.default_errors(), |errors| self.text(errors));
        let compression = to.compression.as_ref().map(|compression| {
            let word = match compression.value {
                Compression::Gzip => "GZIP",
                Compression::Zip => "ZIP",
                Compression::Snappy => "Snappy",
                Compression::HadoopSnappy => "HADOOP_SNAPPY",
            };
            Value::text(word, &Origin::authored(&compression.span))
        });
        let settings = Value::map(&origin)
            .with("BucketARN", arn(&to.s3, &origin))
            .with("RoleARN", self.role.clone())
            .with("Prefix", prefix)
            .with("ErrorOutputPrefix", errors)
            .with("BufferingHints", self.buffer())
            .with_some("CompressionFormat", compression)
            .with("CloudWatchLoggingOptions", self.logging.clone())
            .with_some("DataFormatConversionConfiguration", self.conversion(to))
            .with_some("DynamicPartitioningConfiguration", self.partitioning(to))
            .with_some("ProcessingConfiguration", self.processing(Some(to)));
        self.source_backup(settings, to.backup.as_ref())
    }

    fn conversion(&self, to: &ToS3) -> Option<Value> {
        let (format, table) = (to.format.as_ref().filter(|_| to.converts())?, to.table.as_ref()?);
        let serializer = if format.word() == "orc" { "OrcSerDe" } else { "ParquetSerDe" };
        let (origin, of_table) = (Origin::authored(&format.span), Origin::authored(&table.span));
        let (database, name) = match &table.value {
            Either::Short(table) => (
                Value::reference(logical_id(&table.section, &table.name, ""), &of_table),
                Value::text(table.part.as_deref().unwrap_or_default(), &of_table),
            ),
            Either::Long(table) => (
                Value::text(&*table.database.text, &Origin::authored(&table.database.span)),
                Value::text(&*table.table.text, &Origin::authored(&table.table.span)),
            ),
        };
        let schema = Value::map(&of_table)
            .with("DatabaseName", database)
            .with("TableName", name)
            .with("Region", Value::reference("AWS::Region", &of_table))
            .with("RoleARN", self.role.clone());
        let conversion = Value::from_json(
            json!({
                "Enabled": true,
                "InputFormatConfiguration": { "Deserializer": { "OpenXJsonSerDe": {} } },
                "OutputFormatConfiguration": { "Serializer": { serializer: {} } },
            }),
            &origin,
        );
        Some(conversion.with("SchemaConfiguration", schema))
    }

    fn partitioning(&self, to: &ToS3) -> Option<Value> {
        let by = to.partition_by.as_ref().map(|keys| &keys.span).or(to.prefix.as_ref().map(|prefix| &prefix.span));
        let origin = Origin::authored(by.filter(|_| to.is_partitioned())?);
        Some(Value::map(&origin).with("Enabled", yes(&origin)).with("RetryOptions", self.retry()))
    }

    fn redshift(&self, to: &ToRedshift) -> Value {
        let origin = Origin::authored(&to.redshift.span);
        let (table, columns, options) = match &to.redshift.value {
            Either::Short(_) => (to.table.as_ref(), &to.columns, &to.options),
            Either::Long(table) => (Some(&table.table), &table.columns, &table.options),
        };
        let copy = Value::map(&origin)
            .with_some("DataTableName", table.map(plain))
            .with_some("DataTableColumns", columns.as_ref().map(plain))
            .with_some("CopyOptions", options.as_ref().map(plain));
        let jdbc = match &to.redshift.value {
            Either::Short(warehouse) => {
                let found = self.lowering.model.thing::<Warehouse>(&warehouse.path());
                found.map(|(entry, warehouse)| warehouse.jdbc(entry, &origin))
            }
            Either::Long(table) => {
                let origin = Origin::authored(&table.jdbc.span);
                Some(append("", self.text(&table.jdbc), &format!("/{}", table.database.text), &origin))
            }
        };
        let secret = match self.delivery.to.secret() {
            Some(secret) => Some(self.secret(secret)),
            None => {
                let origin = Origin::derived(&to.redshift.span, "the administrator loads the table");
                administrator(to, self.lowering, &origin).map(|secret| self.secret_at(secret, &origin))
            }
        };
        let through = Origin::authored(&to.through.span);
        let fixed = self.this.derived("objects are named after the delivery unless told otherwise");
        let location = Value::map(&through)
            .with("BucketARN", arn(&to.through, &through))
            .with("RoleARN", self.role.clone())
            .with("Prefix", Value::text(format!("{}/", self.this.name.value), &fixed))
            .with("BufferingHints", self.buffer())
            .with("CloudWatchLoggingOptions", self.logging.clone());
        let settings = Value::map(&origin)
            .with("RoleARN", self.role.clone())
            .with_some("ClusterJDBCURL", jdbc)
            .with("CopyCommand", copy)
            .with_some("SecretsManagerConfiguration", secret);
        let settings = self.complete(settings).with("S3Configuration", location);
        self.source_backup(settings, to.backup.as_ref())
    }

    fn opensearch(&self, to: &ToOpenSearch) -> Value {
        let origin = Origin::authored(&to.opensearch.span);
        let (rotation, kind) = match &to.opensearch.value {
            Either::Short(_) => (&to.rotation, None),
            Either::Long(index) => (&index.rotation, index.document_type.as_ref()),
        };
        let rotation = rotation.as_ref().map(|rotation| (rotation.value, Origin::authored(&rotation.span)));
        let (rotation, rotated) = match rotation {
            None => ("NoRotation", self.this.derived("an index is used for ever unless told otherwise")),
            Some((Rotation::Hour, origin)) => ("OneHour", origin),
            Some((Rotation::Day, origin)) => ("OneDay", origin),
            Some((Rotation::Week, origin)) => ("OneWeek", origin),
            Some((Rotation::Month, origin)) => ("OneMonth", origin),
        };
        let (property, domain) = match &to.opensearch.value {
            Either::Short(domain) => ("DomainARN", arn(domain, &origin)),
            Either::Long(index) => {
                let endpoint = index.domain.literal().is_some_and(|text| text.starts_with("https://"));
                (if endpoint { "ClusterEndpoint" } else { "DomainARN" }, self.text(&index.domain))
            }
        };
        let index = to.index().map(|index| Value::text(&*index.text, &Origin::authored(&index.span)));
        let place = self.place.as_ref().map(|(place, origin)| {
            Value::map(origin)
                .with("RoleARN", self.role.clone())
                .with("SubnetIds", place.subnet_list(origin))
                .with("SecurityGroupIds", place.group_list(origin))
        });
        let settings = Value::map(&origin)
            .with(property, domain)
            .with("RoleARN", self.role.clone())
            .with_some("IndexName", index)
            .with("IndexRotationPeriod", Value::text(rotation, &rotated))
            .with_some("TypeName", kind.map(plain))
            .with_some("VpcConfiguration", place);
        let settings = self.complete(settings).with("BufferingHints", self.buffer());
        let settings = settings.with("S3Configuration", self.bucket(&to.backup));
        self.backup_mode(settings, "AllDocuments", "FailedDocumentsOnly")
    }

    /// What all destinations but S3 have.
    fn complete(&self, settings: Value) -> Value {
        settings
            .with("CloudWatchLoggingOptions", self.logging.clone())
            .with_some("ProcessingConfiguration", self.processing(None))
            .with("RetryOptions", self.retry())
    }

    fn buffer(&self) -> Value {
        let (limits, buffer) = (self.delivery.to.limits(), self.delivery.buffer.as_ref());
        let usual = self.this.derived("so much is gathered unless told otherwise");
        let size = buffer.and_then(|buffer| buffer.size.as_ref());
        let interval = buffer.and_then(|buffer| buffer.interval.as_ref());
        let size = match size {
            Some(size) => integer(size.0 / Bytes::MEBIBYTE, &Origin::authored(&size.span)),
            None => integer(limits.default_size, &usual),
        };
        let interval = match interval {
            Some(interval) => integer(interval.0, &Origin::authored(&interval.span)),
            None => integer(limits.default_interval, &usual),
        };
        let origin = buffer.map_or(usual, |buffer| Origin::authored(&buffer.span));
        Value::map(&origin).with("SizeInMBs", size).with("IntervalInSeconds", interval)
    }

    fn retry(&self) -> Value {
        let (seconds, origin) = match &self.delivery.retry {
            Some(retry) => (retry.0, Origin::authored(&retry.span)),
            None => {
                let usual = self.this.derived("a failed delivery is tried again for so long unless told otherwise");
                (self.delivery.to.limits().default_retry, usual)
            }
        };
        Value::map(&origin).with("DurationInSeconds", integer(seconds, &origin))
    }

    fn secret(&self, secret: &Located<Text>) -> Value {
        self.secret_at(secret_arn(secret, self.lowering), &Origin::authored(&secret.span))
    }

    fn secret_at(&self, arn: Value, origin: &Origin) -> Value {
        Value::map(origin).with("Enabled", yes(origin)).with("SecretARN", arn).with("RoleARN", self.role.clone())
    }

    fn default_errors(&self) -> Value {
        let origin = self.this.derived("what failed is kept apart from what was delivered");
        Value::text(format!("errors/{}/!{{firehose:error-output-type}}/", self.this.name.value), &origin)
    }

    /// Where records are kept that could not be delivered, or all of them.
    fn bucket<T>(&self, bucket: &Located<Reference<T>>) -> Value {
        let origin = Origin::authored(&bucket.span);
        let named = self.this.derived("objects are named after the delivery unless told otherwise");
        Value::map(&origin)
            .with("BucketARN", arn(bucket, &origin))
            .with("RoleARN", self.role.clone())
            .with("Prefix", Value::text(format!("{}/", self.this.name.value), &named))
            .with("ErrorOutputPrefix", self.default_errors())
            .with("CloudWatchLoggingOptions", self.logging.clone())
    }

    fn backup_mode(&self, settings: Value, all: &str, failed: &str) -> Value {
        let (mode, origin) = match &self.delivery.backup {
            Some(mode) => (mode.value, Origin::authored(&mode.span)),
            None => (Backup::Failed, self.this.derived("what fails is kept unless told otherwise")),
        };
        let word = if mode == Backup::All { all } else { failed };
        settings.with("S3BackupMode", Value::text(word, &origin))
    }

    /// Copies of all records as they came, where they were asked for.
    fn source_backup<T>(&self, settings: Value, bucket: Option<&Located<Reference<T>>>) -> Value {
        let Some((bucket, mode)) = bucket.zip(self.delivery.backup.as_ref()) else { return settings };
        let (origin, authored) = (Origin::authored(&mode.span), Origin::authored(&bucket.span));
        let named = self.this.derived("copies have names of their own, should the bucket be the same");
        let copies = Value::map(&authored)
            .with("BucketARN", arn(bucket, &authored))
            .with("RoleARN", self.role.clone())
            .with("Prefix", Value::text(format!("source/{}/", self.this.name.value), &named))
            .with("CloudWatchLoggingOptions", self.logging.clone());
        settings.with("S3BackupMode", Value::text("Enabled", &origin)).with("S3BackupConfiguration", copies)
    }

    /// What is done to the records in between, if anything is.
    fn processing(&self, to: Option<&ToS3>) -> Option<Value> {
        let mut processors = Vec::new();
        if let Some(transforming) = self.delivery.transforming() {
            let origin = Origin::authored(transforming.span);
            let model = self.lowering.model;
            let function = model.entry(&transforming.function.path());
            let function = function.and_then(|entry| model.attribute(entry, "arn", &origin))?;
            let mut parameters = vec![parameter("LambdaArn", function)];
            parameters.extend(transforming.settings.into_iter().flat_map(|settings| self.calls(settings)));
            processors.push(processor("Lambda", parameters, &origin));
        }
        if let Some((to, keys)) = to.and_then(|to| to.partition_by.as_ref().map(|keys| (to, keys))) {
            let origin = Origin::authored(&keys.span);
            let engine = Value::text("JQ-1.6", &self.this.derived("Firehose finds keys with jq 1.6"));
            let parameters = vec![
                parameter("MetadataExtractionQuery", Value::text(to.query(), &origin)),
                parameter("JsonParsingEngine", engine),
            ];
            processors.push(processor("MetadataExtraction", parameters, &origin));
        }
        let format = to.and_then(|to| to.format.as_ref().filter(|_| !to.converts()));
        processors
            .extend(format.map(|it| processor("AppendDelimiterToRecord", Vec::new(), &Origin::authored(&it.span))));
        let origin = processors.first()?.origin.clone();
        Some(Value::map(&origin).with("Enabled", yes(&origin)).with("Processors", Value::list(processors, &origin)))
    }

    /// How Firehose calls a function: both sizes of the buffer, and how often it tries again.
    fn calls(&self, settings: &Transform) -> Vec<Value> {
        let usual = self.this.derived("Firehose calls functions so unless told otherwise");
        let buffer = settings.buffer.as_ref();
        let size = buffer.and_then(|buffer| buffer.size.as_ref());
        let interval = buffer.and_then(|buffer| buffer.interval.as_ref());
        let size = match size {
            // A size in mebibytes as people write it: `0.5`, `3`.
            Some(size) => {
                Value::text((size.0 as f64 / Bytes::MEBIBYTE as f64).to_string(), &Origin::authored(&size.span))
            }
            None => Value::text("1", &usual),
        };
        let interval = match interval {
            Some(interval) => Value::text(interval.0.to_string(), &Origin::authored(&interval.span)),
            None => Value::text("60", &usual),
        };
        let retries = match &settings.retries {
            Some(retries) => Value::text(retries.0.to_string(), &Origin::authored(&retries.span)),
            None => Value::text("3", &usual),
        };
        vec![
            parameter("BufferSizeInMBs", size),
            parameter("BufferIntervalInSeconds", interval),
            parameter("NumberOfRetries", retries),
        ]
    }
}

fn processor(kind: &str, parameters: Vec<Value>, origin: &Origin) -> Value {
    let parameters = (!parameters.is_empty()).then(|| Value::list(parameters, origin));
    Value::map(origin).with("Type", Value::text(kind, origin)).with_some("Parameters", parameters)
}

fn parameter(name: &str, value: Value) -> Value {
    let origin = value.origin.clone();
    Value::map(&origin).with("ParameterName", Value::text(name, &origin)).with("ParameterValue", value)
}

/// The metric of how old the oldest record is that was not delivered yet.
pub(super) fn freshness(delivery: &DeliveryStream) -> &'static str {
    match &*delivery.to {
        Destination::S3(_) => "DeliveryToS3.DataFreshness",
        Destination::Redshift(_) => "DeliveryToRedshift.DataFreshness",
        Destination::OpenSearch(_) => "DeliveryToAmazonOpenSearchService.DataFreshness",
        Destination::Http(_) => "DeliveryToHttpEndpoint.DataFreshness",
        Destination::Splunk(_) => "DeliveryToSplunk.DataFreshness",
    }
}

fn add_alarm(delivery: &DeliveryStream, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a delivery that is late loses records in the end");
    let interval = delivery.buffer.as_ref().and_then(|buffer| buffer.interval.as_ref());
    let gathered = interval.map_or(delivery.to.limits().default_interval, |interval| interval.0);
    let name = Value::reference(logical_id(this.section, &this.name.value, ""), &origin);
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Late",
            description: format!("{} is late: its oldest record should have been delivered long ago", this.path()),
            namespace: "AWS/Firehose",
            metric: freshness(delivery),
            dimensions: vec![("DeliveryStreamName", name)],
            statistic: "Maximum",
            period: 300,
            periods: 3,
            comparison: "GreaterThanThreshold",
            threshold: (gathered + LATE_SECONDS) as f64,
            origin,
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, Span};

    #[test]
    fn a_domain_is_told_from_its_endpoint() {
        let host = "eu-central-1.es.amazonaws.com";
        assert_eq!(domain_of(&format!("https://search-late-trips-0a1b2c.{host}")), Some("late-trips"));
        assert_eq!(domain_of(&format!("https://vpc-trips-0a1b2c.{host}/")), Some("trips"));
        assert_eq!(domain_of("https://search.acme.example"), None);
        assert_eq!(domain_of(&format!("http://search-trips-0a1b2c.{host}")), None);
    }

    #[test]
    fn text_around_a_value_leaves_the_value_as_it_is() {
        let file = SourceFile::new("pipeline.yaml", "name: trips");
        let origin = Origin::authored(&Span::new(&file, 0, 4));
        let around = |value| append("a/", value, "/z", &origin).to_json();
        assert_eq!(around(Value::text("b", &origin)), json!("a/b/z"));
        assert_eq!(around(Value::reference("Given", &origin)), json!({ "Fn::Sub": "a/${Given}/z" }));
        assert_eq!(around(Value::get_att("Given", "Arn", &origin)), json!({ "Fn::Sub": "a/${Given.Arn}/z" }));
    }
}
