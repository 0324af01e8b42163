//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_template, offences, with_resources};

const CLEAN: &[&str] = &[];

/// The names of the rules of this area that find something in a delivery with these properties, in flow style.
fn found(properties: &str) -> Vec<&'static str> {
    let delivery = format!(
        "  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties: {{{properties}}}
  Archive: {{Type: AWS::S3::Bucket}}
  Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: !Ref Given}}}}
"
    );
    offences(&in_template(&with_resources(&delivery)), &["firehose"])
}

/// A delivery to S3 with more properties of that destination.
fn s3(more: &str) -> Vec<&'static str> {
    found(&format!("ExtendedS3DestinationConfiguration: {{BucketARN: !Ref Given, RoleARN: !Ref Given, {more}}}"))
}

const HTTP: &str = "HttpEndpointDestinationConfiguration: {EndpointConfiguration: {Url: !Ref Given}, \
                    S3Configuration: {BucketARN: !Ref Given, RoleARN: !Ref Given}}";
const BUCKET: &str = "S3DestinationConfiguration: {BucketARN: !Ref Given, RoleARN: !Ref Given}";
const ERRORS: &str = "ErrorOutputPrefix: 'e/!{firehose:error-output-type}/'";

#[test]
fn a_destination_may_depend_on_a_condition() {
    let one_of_two = "HttpEndpointDestinationConfiguration: !If [IsProd, {EndpointConfiguration: {Url: !Ref Given}, \
                      S3Configuration: {BucketARN: !Ref Given, RoleARN: !Ref Given}}, !Ref AWS::NoValue], \
                      S3DestinationConfiguration: !If [IsProd, !Ref AWS::NoValue, {BucketARN: !Ref Given, RoleARN: \
                      !Ref Given}]";
    assert_eq!(found(one_of_two), CLEAN);
    assert_eq!(found(HTTP), CLEAN);
    assert_eq!(found(&format!("{HTTP}, {BUCKET}")), ["destination-count"]);
    assert_eq!(found("S3DestinationConfiguration: !Ref AWS::NoValue"), ["destination-count"]);
    assert_eq!(found("Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}"), CLEAN);
}

#[test]
fn sources_belong_to_their_type() {
    let stream = "KinesisStreamSourceConfiguration: {KinesisStreamARN: !Ref Given, RoleARN: !Ref Given}";
    let encrypted = "DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}";
    for properties in [
        format!("DeliveryStreamType: KinesisStreamAsSource, {stream}"),
        format!("DeliveryStreamType: !Ref Given, {stream}"),
        format!("DeliveryStreamType: !If [IsProd, KinesisStreamAsSource, DirectPut], {encrypted}"),
        "DeliveryStreamType: !If [IsProd, KinesisStreamAsSource, DirectPut], KinesisStreamSourceConfiguration: !If \
         [IsProd, {KinesisStreamARN: !Ref Given, RoleARN: !Ref Given}, !Ref AWS::NoValue]"
            .to_owned(),
        format!("DeliveryStreamType: DirectPut, {encrypted}"),
        encrypted.to_owned(),
    ] {
        assert_eq!(found(&format!("{properties}, {BUCKET}")), CLEAN, "{properties}");
    }
    for (properties, rules) in [
        ("DeliveryStreamType: MSKAsSource".to_owned(), &["missing-source"][..]),
        (format!("DeliveryStreamType: MSKAsSource, {stream}"), &["ignored-source", "missing-source"]),
        (format!("DeliveryStreamType: DirectPut, {stream}"), &["ignored-source"]),
        ("DeliveryStreamType: DatabaseAsSource".to_owned(), &["missing-source"]),
        (
            "DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK, KeyARN: !Ref Given}".to_owned(),
            &["encryption-key"],
        ),
    ] {
        assert_eq!(found(&format!("{properties}, {BUCKET}")), rules, "{properties}");
    }
}

#[test]
fn conversions_that_are_off_or_unknown_are_left_alone() {
    let complete = "InputFormatConfiguration: {Deserializer: {HiveJsonSerDe: {}}}, OutputFormatConfiguration: \
                    {Serializer: {OrcSerDe: {}}}, SchemaConfiguration: {DatabaseName: a, TableName: !Ref Given, \
                    RoleARN: !Ref Given}";
    let hints = |size: &str| format!("BufferingHints: {{SizeInMBs: {size}, IntervalInSeconds: 60}}");
    for more in [
        format!("DataFormatConversionConfiguration: {{Enabled: false}}, {}, CompressionFormat: GZIP", hints("5")),
        format!("DataFormatConversionConfiguration: {{Enabled: !Ref Given}}, {}", hints("5")),
        format!("DataFormatConversionConfiguration: {{{complete}}}, {}", hints("64")),
        format!("DataFormatConversionConfiguration: {{{complete}}}, {}", hints("!Ref Given")),
        format!("DataFormatConversionConfiguration: {{{complete}}}, CompressionFormat: UNCOMPRESSED"),
        format!("DataFormatConversionConfiguration: !If [IsProd, {{{complete}}}, !Ref AWS::NoValue], {}", hints("5")),
    ] {
        assert_eq!(s3(&more), CLEAN, "{more}");
    }
    for (more, rules) in [
        (format!("DataFormatConversionConfiguration: {{{complete}}}, {}", hints("'5'")), &["conversion-buffer"][..]),
        ("DataFormatConversionConfiguration: {Enabled: true}".to_owned(), &["conversion-without-schema"]),
        (
            format!(
                "DataFormatConversionConfiguration: {{{}}}",
                complete.replace("OrcSerDe: {}", "").replace("TableName: !Ref Given, ", "")
            ),
            &["conversion-format", "conversion-without-schema"],
        ),
    ] {
        assert_eq!(s3(&more), rules, "{more}");
    }
}

#[test]
fn prefixes_are_read_through_intrinsics() {
    for more in [
        "Prefix: 'a/', ErrorOutputPrefix: 'b/'".to_owned(),
        "Prefix: !Sub '${Given}/'".to_owned(),
        "Prefix: '!{timestamp:yyyy}/', ErrorOutputPrefix: !Ref Given".to_owned(),
        "Prefix: '!{timestamp:yyyy}/', ErrorOutputPrefix: !Sub '${Given}/!{timestamp:yyyy}/'".to_owned(),
        "Prefix: '!{timestamp:yyyy}/', ErrorOutputPrefix: !If [IsProd, a, b]".to_owned(),
        format!("Prefix: !Sub '${{Given}}/!{{timestamp:${{Given}}}}/!{{${{Given}}}}/', {ERRORS}"),
        format!("Prefix: !Join ['/', [!Ref Given, '!{{firehose:random-string}}', '']], {ERRORS}"),
        format!("Prefix: \"!{{timestamp:'Trips of 'yyyy'-'MM'-'dd}}/\", {ERRORS}"),
        format!("Prefix: '!{{timestamp:yyyy/MM/dd/HH/mm}}/', {ERRORS}"),
        format!("Prefix: '!{{timestamp:yyyy}}/!{{timestamp:MM}}/!{{timestamp:DDD}}/!{{timestamp:hh-a}}/', {ERRORS}"),
        format!("Prefix: \"!{{timestamp:YYYY-'W'ww}}/\", {ERRORS}"),
    ] {
        assert_eq!(s3(&more), CLEAN, "{more}");
    }
    for (more, rule) in [
        ("Prefix: !Sub '${AWS::Region}/!{timestamp:yyyy}/'".to_owned(), "prefix-without-error-prefix"),
        ("Prefix: '!{timestamp:yyyy}/', ErrorOutputPrefix: ''".to_owned(), "prefix-without-error-prefix"),
        ("Prefix: !If [IsProd, '!{timestamp:yyyy}/', a/]".to_owned(), "prefix-without-error-prefix"),
        (
            "Prefix: a/, ErrorOutputPrefix: !Sub '${AWS::Region}/!{timestamp:yyyy}/'".to_owned(),
            "error-prefix-without-type",
        ),
        (format!("Prefix: '!{{timestamp:yyyy/mm/dd}}/', {ERRORS}"), "date-pattern"),
        (format!("Prefix: '!{{timestamp:yyyy}}/!{{timestamp:mm}}/', {ERRORS}"), "date-pattern"),
        (format!("Prefix: '!{{timestamp:yyyy/MM/dd/HH/MM}}/', {ERRORS}"), "date-pattern"),
        (format!("Prefix: '!{{timestamp:yyyy/MM/dd/hh}}/', {ERRORS}"), "date-pattern"),
        (format!("Prefix: '!{{timestamp:yyyy-MM-ddTHH}}/', {ERRORS}"), "unknown-expression"),
        (format!("Prefix: '!{{timestamp}}/', {ERRORS}"), "unknown-expression"),
        (format!("Prefix: '!{{timestamp:yyyy', {ERRORS}"), "unknown-expression"),
        (format!("Prefix: '!{{firehose:random}}/', {ERRORS}"), "unknown-expression"),
        (
            "Prefix: a/, ErrorOutputPrefix: '!{firehose:error-output-type}/!{partitionKeyFromLambda:a}/'".to_owned(),
            "misplaced-expression",
        ),
    ] {
        assert_eq!(s3(&more), [rule], "{more}");
    }
}

#[test]
fn partitions_need_keys_and_processors() {
    let on = "DynamicPartitioningConfiguration: {Enabled: true}";
    let query = |query: &str| {
        format!(
            "ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: MetadataExtraction, Parameters: \
             [{{ParameterName: MetadataExtractionQuery, ParameterValue: {query}}}, {{ParameterName: JsonParsingEngine, \
             ParameterValue: JQ-1.6}}]}}]}}"
        )
    };
    let by_query = "Prefix: '!{partitionKeyFromQuery:city}/'";
    for more in [
        format!("{on}, {by_query}, {ERRORS}, {}", query("'{city: .city}'")),
        format!("{on}, {by_query}, {ERRORS}, {}", query("!Ref Given")),
        format!("{on}, {by_query}, {ERRORS}, {}", query("'.a | {town: .town}'")),
        format!("{on}, {by_query}, {ERRORS}, ProcessingConfiguration: {{Enabled: true, Processors: !Ref Given}}"),
        format!("{on}, Prefix: !Ref Given, {}", query("'{city: .city}'")),
        format!("{on}, Prefix: !Sub '${{Given}}/', {}", query("'{city: .city}'")),
        format!("DynamicPartitioningConfiguration: {{Enabled: !Ref Given}}, {by_query}, {ERRORS}"),
    ] {
        assert_eq!(s3(&more), CLEAN, "{more}");
    }
    for (more, rules) in [
        (format!("{on}, Prefix: a/, {}", query("'{}'")), &["partition-without-key"][..]),
        (format!("{on}, {}", query("!Ref Given")), &["partition-without-key"]),
        (format!("{by_query}, {ERRORS}"), &["partition-not-enabled"]),
        (format!("{on}, {by_query}, {ERRORS}"), &["partition-key-without-processor"]),
        (
            format!("{on}, {by_query}, {ERRORS}, {}", query("'{city: .city}'").replace("true", "false")),
            &["partition-key-without-processor"],
        ),
        (
            format!("{on}, {by_query}, {ERRORS}, {}", query("'{town: .town}'")),
            &["partition-key-mismatch", "unused-partition-key"],
        ),
        (query("'{city: .city}'"), &["processor-without-partitioning"]),
    ] {
        assert_eq!(s3(&more), rules, "{more}");
    }
}

#[test]
fn processors_are_told_what_to_do() {
    let with =
        |processors: &str| s3(&format!("ProcessingConfiguration: {{Enabled: true, Processors: [{processors}]}}"));
    for processors in [
        "{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: !Ref Given}]}",
        "{Type: Lambda, Parameters: !Ref Given}",
        "{Type: !Ref Given}",
        "{Type: AppendDelimiterToRecord}",
        "!If [IsProd, {Type: Lambda}, !Ref AWS::NoValue]",
        "{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: a}, {ParameterName: NumberOfRetries, \
         ParameterValue: !Ref Given}]}",
    ] {
        assert_eq!(with(processors), CLEAN, "{processors}");
    }
    let lambda = |more: &str| {
        format!("{{Type: Lambda, Parameters: [{{ParameterName: LambdaArn, ParameterValue: a}}, {{{more}}}]}}")
    };
    for (processors, rule) in [
        ("{Type: Lambda}".to_owned(), "missing-processor-parameter"),
        (lambda("ParameterName: Delimiter, ParameterValue: a"), "foreign-processor-parameter"),
        (lambda("ParameterName: NumberOfRetries, ParameterValue: '301'"), "processor-buffer"),
        (lambda("ParameterName: BufferSizeInMBs, ParameterValue: '1'"), "processor-buffer"),
        (String::new(), "processor-count"),
        (
            "{Type: Decompression}, {Type: CloudWatchLogProcessing, Parameters: [{ParameterName: \
             DataMessageExtraction, ParameterValue: yes please}]}"
                .to_owned(),
            "processor-value",
        ),
    ] {
        assert_eq!(with(&processors), [rule], "{processors}");
    }
    assert_eq!(s3("ProcessingConfiguration: {Enabled: false, Processors: [{Type: Lambda}]}"), CLEAN);
}

#[test]
fn hints_come_in_pairs_where_the_api_says_so() {
    assert_eq!(s3("BufferingHints: {SizeInMBs: 5, IntervalInSeconds: !Ref Given}"), CLEAN);
    assert_eq!(s3("BufferingHints: {SizeInMBs: 5, IntervalInSeconds: !Ref AWS::NoValue}"), ["one-buffering-hint"]);
    assert_eq!(s3("BufferingHints: !If [IsProd, {SizeInMBs: 5}, !Ref AWS::NoValue]"), ["one-buffering-hint"]);
    let splunk = "SplunkDestinationConfiguration: {HECEndpoint: !Ref Given, HECEndpointType: Raw, HECToken: !Ref \
                  Given, BufferingHints: {SizeInMBs: 5}, S3Configuration: {BucketARN: !Ref Given, RoleARN: !Ref Given}}";
    assert_eq!(found(splunk), CLEAN);
}

#[test]
fn buckets_and_keys_are_named_by_their_arns() {
    let to = |bucket: &str| found(&format!("S3DestinationConfiguration: {{BucketARN: {bucket}, RoleARN: !Ref Given}}"));
    for bucket in [
        "!GetAtt Archive.Arn",
        "!Ref Given",
        "!Sub 'arn:${AWS::Partition}:s3:::${Archive}'",
        "!Join ['', ['arn:aws:s3:::', !Ref Archive]]",
        "'{{resolve:ssm:/archive/arn}}'",
        "!Sub '{{resolve:ssm:/${Given}/arn}}'",
        "!ImportValue archive/arn",
    ] {
        assert_eq!(to(bucket), CLEAN, "{bucket}");
    }
    for (bucket, rule) in [
        ("!Ref Archive", "name-for-arn"),
        ("!If [IsProd, !Ref Archive, !Ref Given]", "name-for-arn"),
        ("!Sub '${Archive.Arn}/trips'", "bucket-arn"),
        ("!Join ['', [!GetAtt Archive.Arn, '/*']]", "bucket-arn"),
        ("arn:aws:s3:eu-central-1:111122223333:archive", "bucket-arn"),
    ] {
        assert_eq!(to(bucket), [rule], "{bucket}");
    }
    let encrypted = "EncryptionConfiguration: {KMSEncryptionConfig: {AWSKMSKeyARN: !Ref Key}}";
    assert_eq!(s3(encrypted), ["name-for-arn"]);
}

#[test]
fn each_destination_insists_on_its_own() {
    let to = |kind: &str, more: &str, location: &str| {
        found(&format!(
            "{kind}DestinationConfiguration: {{RoleARN: !Ref Given, {more}, S3Configuration: {{BucketARN: !Ref Given, \
             RoleARN: !Ref Given, {location}}}}}"
        ))
    };
    let redshift = "ClusterJDBCURL: !Ref Given, CopyCommand: {DataTableName: a}";
    let user = "Username: a, Password: !Ref Given";
    let search = "IndexName: a, DomainARN: !Ref Given";
    for (kind, more, location) in [
        ("Redshift", format!("{redshift}, {user}"), "CompressionFormat: GZIP, Prefix: a/"),
        ("Redshift", format!("{redshift}, SecretsManagerConfiguration: {{Enabled: !Ref Given}}"), ""),
        ("Redshift", format!("{redshift}, {user}, S3BackupMode: Disabled"), "CompressionFormat: !Ref Given"),
        ("Amazonopensearchservice", format!("{search}, S3BackupMode: AllDocuments, TypeName: a"), ""),
        ("Amazonopensearchservice", search.to_owned(), "Prefix: '!{timestamp:yyyy}/'"),
        ("Amazonopensearchservice", "IndexName: a, ClusterEndpoint: !If [IsProd, !Ref Given, b]".to_owned(), ""),
        ("AmazonOpenSearchServerless", "IndexName: a, CollectionEndpoint: !Ref Given".to_owned(), ""),
        ("Iceberg", "CatalogConfiguration: {}, DestinationTableConfigurationList: !Ref Given".to_owned(), ""),
        ("Iceberg", "CatalogConfiguration: {}, TableCreationConfiguration: {Enabled: true}".to_owned(), ""),
    ] {
        assert_eq!(to(kind, &more, location), CLEAN, "{kind} {more} {location}");
    }
    for (kind, more, location, rule) in [
        ("Redshift", format!("{redshift}, Username: a"), "", "missing-credentials"),
        ("Redshift", format!("{redshift}, SecretsManagerConfiguration: {{Enabled: true}}"), "", "missing-credentials"),
        ("Redshift", format!("{redshift}, {user}"), "Prefix: '!{timestamp:yyyy}/'", "misplaced-expression"),
        ("Redshift", format!("{redshift}, {user}, S3BackupMode: Enabled"), "", "backup-without-bucket"),
        ("Amazonopensearchservice", format!("{search}, ClusterEndpoint: !Ref Given"), "", "opensearch-endpoint"),
        ("Amazonopensearchservice", search.to_owned(), "EncryptionConfiguration: {}", "object-encryption"),
        ("Amazonopensearchservice", search.to_owned(), "Prefix: '!{partitionKeyFromQuery:a}/'", "misplaced-expression"),
        (
            "Amazonopensearchservice",
            format!("{search}, CloudWatchLoggingOptions: {{Enabled: true, LogGroupName: !Ref Given}}"),
            "",
            "logging-without-group",
        ),
    ] {
        assert_eq!(to(kind, &more, location), [rule], "{kind} {more} {location}");
    }
}
