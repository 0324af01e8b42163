//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_part_of_template, rules, with_resources};

const AREAS: &[&str] =
    &["autoscaling", "dynamodb", "emr", "glue", "kms", "msk", "opensearch", "redshift", "sagemaker", "states"];

/// The rules that find something in a resource with these properties, in flow style.
fn found(resource_type: &str, properties: &str) -> Vec<&'static str> {
    all(&format!("  It: {{Type: '{resource_type}', Properties: {{{properties}}}}}\n"))
}

fn all(resources: &str) -> Vec<&'static str> {
    rules(&in_part_of_template(&with_resources(resources)), AREAS)
}

const CLEAN: &[&str] = &[];

#[test]
fn attributes_of_tables_are_those_of_keys() {
    let table = |definitions: &str, more: &str| {
        let keys = "BillingMode: PAY_PER_REQUEST, KeySchema: [{AttributeName: id, KeyType: HASH}]";
        found("AWS::DynamoDB::Table", &format!("{keys}, AttributeDefinitions: {definitions}, {more}"))
    };
    let bad = ["dynamodb/attribute-definitions"];
    let id = "{AttributeName: id, AttributeType: S}";
    let at = "{AttributeName: at, AttributeType: N}";
    let by = |list: &str| format!("{list}: [{{IndexName: by, KeySchema: [{{AttributeName: at, KeyType: HASH}}]}}]");
    assert_eq!(table(&format!("[{id}]"), ""), CLEAN);
    assert_eq!(table(&format!("[{id}, {at}]"), ""), bad);
    assert_eq!(table("[]", ""), bad);
    for index in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        assert_eq!(table(&format!("[{id}, {at}]"), &by(index)), CLEAN, "{index}");
        assert_eq!(table(&format!("[{id}]"), &by(index)), bad, "{index}");
    }
    for unknown in ["!Ref Given", "[{AttributeName: !Ref Given, AttributeType: S}]"] {
        assert_eq!(table(unknown, ""), CLEAN, "{unknown}");
    }
    assert_eq!(table(&format!("[{id}, {at}]"), "GlobalSecondaryIndexes: !If [IsProd, [], !Ref AWS::NoValue]"), CLEAN);
}

#[test]
fn tables_are_paid_in_one_way() {
    let table = |properties: &str| {
        let keys = "KeySchema: [{AttributeName: id, KeyType: HASH}], \
                    AttributeDefinitions: [{AttributeName: id, AttributeType: S}]";
        found("AWS::DynamoDB::Table", &format!("{keys}, {properties}"))
    };
    let throughput = "ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}";
    let bad = ["dynamodb/throughput-of-on-demand-table"];
    assert_eq!(table(throughput), CLEAN);
    assert_eq!(table(&format!("BillingMode: PROVISIONED, {throughput}")), CLEAN);
    assert_eq!(table(""), bad);
    assert_eq!(table("BillingMode: PROVISIONED"), bad);
    assert_eq!(table(&format!("BillingMode: PAY_PER_REQUEST, {throughput}")), bad);
    assert_eq!(table("BillingMode: PROVISIONED, ProvisionedThroughput: !Ref AWS::NoValue"), bad);
    assert_eq!(table("BillingMode: !Ref Given"), CLEAN);
    assert_eq!(table("ProvisionedThroughput: !If [IsProd, !Ref Given, !Ref AWS::NoValue]"), CLEAN);
}

#[test]
fn brokers_are_spread_over_subnets() {
    let cluster = |count: &str, subnets: &str| {
        found(
            "AWS::MSK::Cluster",
            &format!("NumberOfBrokerNodes: {count}, BrokerNodeGroupInfo: {{ClientSubnets: {subnets}}}"),
        )
    };
    let bad = ["msk/broker-count"];
    assert_eq!(cluster("6", "[subnet-a, subnet-b, subnet-c]"), CLEAN);
    assert_eq!(cluster("4", "[subnet-a, subnet-b, subnet-c]"), bad);
    assert_eq!(cluster("'2'", "[!Ref A, !Ref B, !ImportValue c]"), CLEAN, "an export may be anything");
    assert_eq!(cluster("2", "[!Ref A, !Ref B, subnet-c]"), bad);
    assert_eq!(cluster("4", "!Ref Given"), CLEAN);
    assert_eq!(cluster("!Ref Given", "[subnet-a, subnet-b, subnet-c]"), CLEAN);
    assert_eq!(cluster("4", "[]"), CLEAN);
}

#[test]
fn clients_that_sign_in_need_encryption() {
    let cluster = |transit: &str, authentication: &str| {
        found(
            "AWS::MSK::Cluster",
            &format!(
                "EncryptionInfo: {{EncryptionInTransit: {{ClientBroker: {transit}}}}}, \
                 ClientAuthentication: {authentication}"
            ),
        )
    };
    let bad = ["msk/authentication-without-encryption"];
    for way in ["{Sasl: {Scram: {Enabled: true}}}", "{Sasl: {Iam: {Enabled: 'true'}}}", "{Tls: {Enabled: true}}"] {
        assert_eq!(cluster("PLAINTEXT", way), bad, "{way}");
        assert_eq!(cluster("TLS_PLAINTEXT", way), CLEAN, "{way}");
        assert_eq!(cluster("!Ref Given", way), CLEAN, "{way}");
    }
    assert_eq!(cluster("PLAINTEXT", "{Sasl: {Scram: {Enabled: false}}, Unauthenticated: {Enabled: true}}"), CLEAN);
}

#[test]
fn jobs_have_the_size_that_their_kind_has() {
    let job = |command: &str, more: &str| found("AWS::Glue::Job", &format!("Command: {{Name: {command}}}, {more}"));
    assert_eq!(job("pythonshell", "MaxCapacity: 0.0625"), CLEAN);
    assert_eq!(job("pythonshell", "WorkerType: G.1X"), ["glue/workers-of-python-shell"]);
    assert_eq!(job("!Ref Given", "WorkerType: G.1X, NumberOfWorkers: 2"), CLEAN);
    assert_eq!(job("glueetl", "WorkerType: G.1X, MaxCapacity: 2"), ["glue/capacity-beside-workers"]);
    assert_eq!(job("glueetl", "WorkerType: G.1X, MaxCapacity: !Ref AWS::NoValue"), CLEAN);
    assert_eq!(job("gluestreaming", "ExecutionClass: FLEX"), ["glue/flexible-streaming"]);
    assert_eq!(job("glueetl", "ExecutionClass: FLEX"), CLEAN);
    assert_eq!(job("glue-etl", ""), ["glue/unknown-command"]);
    assert_eq!(job("!If [IsProd, glueetl, gluestreaming]", ""), CLEAN);
}

#[test]
fn versions_of_glue_end() {
    let job = |command: &str, more: &str| found("AWS::Glue::Job", &format!("Command: {{Name: {command}}}, {more}"));
    let eight_hours = ["glue/streaming-ends-after-eight-hours"];
    for version in ["'5.0'", "5.1", "'6.0'", "'10.0'"] {
        assert_eq!(job("gluestreaming", &format!("GlueVersion: {version}")), eight_hours, "{version}");
        assert_eq!(job("gluestreaming", &format!("GlueVersion: {version}, Timeout: 10000")), CLEAN, "{version}");
        assert_eq!(job("glueetl", &format!("GlueVersion: {version}")), CLEAN, "{version}");
    }
    assert_eq!(job("gluestreaming", "GlueVersion: '4.0'"), CLEAN);
    assert_eq!(job("gluestreaming", "GlueVersion: !Ref Given"), CLEAN);
    for version in ["'0.9'", "0.9", "'1.0'", "'2.0'", "!If [IsProd, '4.0', '2.0']"] {
        assert_eq!(job("glueetl", &format!("GlueVersion: {version}")), ["glue/retired-version"], "{version}");
        assert_eq!(job("pythonshell", &format!("GlueVersion: {version}")), CLEAN, "{version}");
    }
    assert_eq!(job("glueetl", "GlueVersion: '99.0'"), CLEAN, "newer than the facts");
}

#[test]
fn crawlers_and_tables_keep_apart() {
    let both = |location: &str, path: &str, policy: &str| {
        all(&format!(
            "  Table: {{Type: 'AWS::Glue::Table', Properties: {{TableInput: {{Name: rides, \
             StorageDescriptor: {{Location: {location}}}}}}}}}\n  \
             Crawler: {{Type: 'AWS::Glue::Crawler', Properties: {{Targets: {{S3Targets: [{{Path: {path}}}]}}, \
             SchemaChangePolicy: {policy}}}}}\n"
        ))
    };
    let bad = ["glue/crawled-table"];
    let default = "!Ref AWS::NoValue";
    assert_eq!(both("s3://lake/rides/", "s3://lake/rides", default), bad);
    assert_eq!(both("s3://lake/rides/2024", "s3://lake/", default), bad);
    assert_eq!(both("s3://lake/rides-2024", "s3://lake/rides", default), CLEAN, "another folder");
    assert_eq!(both("!Sub 's3://${Given}/a'", "!Sub 's3://${Given}/'", default), bad);
    assert_eq!(both("!Sub 's3://${Given}/a'", "!Sub 's3://${Other}/'", default), CLEAN);
    assert_eq!(both("!Ref Given", "!Ref Given", default), CLEAN);
    assert_eq!(both("s3://a/b", "s3://a/b", "{UpdateBehavior: LOG, DeleteBehavior: LOG}"), CLEAN);
    assert_eq!(both("s3://a/b", "s3://a/b", "{UpdateBehavior: LOG}"), bad);
    assert_eq!(both("s3://a/b", "s3://a/b", "!Ref Given"), CLEAN);
}

#[test]
fn crawls_of_new_folders_change_nothing() {
    let crawler = |policy: &str, targets: &str| {
        let recrawl = "RecrawlPolicy: {RecrawlBehavior: CRAWL_NEW_FOLDERS_ONLY}";
        found("AWS::Glue::Crawler", &format!("{recrawl}, Targets: {targets}, {policy}"))
    };
    let (bad, s3) = (["glue/recrawl-with-changes"], "{S3Targets: [{Path: s3://a/b}]}");
    assert_eq!(crawler("", s3), bad);
    assert_eq!(crawler("SchemaChangePolicy: {UpdateBehavior: LOG}", s3), bad);
    assert_eq!(crawler("SchemaChangePolicy: {UpdateBehavior: LOG, DeleteBehavior: LOG}", s3), CLEAN);
    assert_eq!(crawler("SchemaChangePolicy: {UpdateBehavior: LOG, DeleteBehavior: !Ref Given}", s3), CLEAN);
    assert_eq!(crawler("", "{DynamoDBTargets: [{Path: rides}]}"), CLEAN);
}

#[test]
fn columns_are_named_once_and_in_lower_case() {
    let table = |name: &str, columns: &str, keys: &str| {
        found(
            "AWS::Glue::Table",
            &format!("TableInput: {{Name: {name}, StorageDescriptor: {{Columns: {columns}}}, PartitionKeys: {keys}}}"),
        )
    };
    assert_eq!(table("rides", "[{Name: km, Type: int}]", "[{Name: day, Type: date}]"), CLEAN);
    assert_eq!(
        table("rides", "[{Name: DAY, Type: date}]", "[{Name: day, Type: date}]"),
        ["glue/repeated-partition-column"]
    );
    assert_eq!(table("rides", "[{Name: !Ref Given, Type: int}]", "[{Name: !Ref Given, Type: int}]"), CLEAN);
    assert_eq!(table("Rides", "[]", "[]"), ["glue/table-name"]);
    assert_eq!(table("注文", "[]", "[]"), CLEAN);
    assert_eq!(table("!Sub 'Rides-${Given}'", "[]", "[]"), CLEAN);
}

#[test]
fn definitions_are_read_wherever_they_are_written() {
    let machine = |properties: &str| found("AWS::StepFunctions::StateMachine", properties);
    let unknown = ["states/unknown-state"];
    assert_eq!(machine("Definition: {StartAt: A, States: {A: {Type: Succeed}}}"), CLEAN);
    assert_eq!(machine("Definition: {StartAt: B, States: {A: {Type: Succeed}}}"), unknown);
    let text = |start: &str| {
        format!(r#"DefinitionString: '{{"StartAt": "{start}", "States": {{"A": {{"Type": "Pass", "End": true}}}}}}'"#)
    };
    assert_eq!(machine(&text("A")), CLEAN);
    assert_eq!(machine(&text("B")), unknown);
    assert_eq!(machine(&text("${Start}")), CLEAN, "put in by the deployment");
    let joined = |start: &str| {
        format!(
            r#"DefinitionString: !Join ['', ['{{"StartAt": "{start}", "States": {{"A": {{"Type": "Task", "Resource": "', !Ref Given, '", "End": true}}}}}}']]"#
        )
    };
    assert_eq!(machine(&joined("A")), CLEAN);
    assert_eq!(machine(&joined("B")), unknown);
    assert_eq!(machine("DefinitionString: '{'"), CLEAN, "no JSON is another's to find");
    assert_eq!(machine("DefinitionString: !Ref Given"), CLEAN);
    assert_eq!(machine("Definition: !Ref Given"), CLEAN);
    let inside = |next: &str| {
        format!(
            "Definition: {{StartAt: A, States: {{A: {{Type: Parallel, End: true, Branches: \
             [{{StartAt: B, States: {{B: {{Type: Pass, Next: {next}}}, C: {{Type: Succeed}}}}}}]}}}}}}"
        )
    };
    assert_eq!(machine(&inside("C")), CLEAN);
    assert_eq!(machine(&inside("A")), unknown, "a branch does not see the states around it");
    assert_eq!(
        machine("Definition: {StartAt: A, States: {A: {Type: Succeed}}}, DefinitionString: '{}'"),
        ["states/two-definitions"]
    );
    assert_eq!(machine("RoleArn: a"), ["states/two-definitions"]);
}

#[test]
fn express_workflows_do_not_wait() {
    let machine = |kind: &str, resource: &str| {
        let states = format!("{{A: {{Type: Task, Resource: '{resource}', End: true}}}}");
        found(
            "AWS::StepFunctions::StateMachine",
            &format!("StateMachineType: {kind}, Definition: {{StartAt: A, States: {states}}}"),
        )
    };
    let bad = ["states/wait-in-express"];
    for way in ["glue:startJobRun.sync", "states:startExecution.sync:2", "sqs:sendMessage.waitForTaskToken"] {
        assert_eq!(machine("EXPRESS", &format!("arn:aws:states:::{way}")), bad, "{way}");
        assert_eq!(machine("STANDARD", &format!("arn:aws:states:::{way}")), CLEAN, "{way}");
        assert_eq!(machine("!Ref Given", &format!("arn:aws:states:::{way}")), CLEAN, "{way}");
    }
    assert_eq!(machine("EXPRESS", "arn:aws:states:::sqs:sendMessage"), CLEAN);
}

#[test]
fn logs_of_workflows_name_the_streams() {
    let machine = |arn: &str| {
        let log =
            format!("LoggingConfiguration: {{Destinations: [{{CloudWatchLogsLogGroup: {{LogGroupArn: {arn}}}}}]}}");
        found(
            "AWS::StepFunctions::StateMachine",
            &format!("{log}, Definition: {{StartAt: A, States: {{A: {{Type: Succeed}}}}}}"),
        )
    };
    let bad = ["states/log-group-without-star"];
    assert_eq!(machine("'arn:aws:logs:eu-west-1:111122223333:log-group:a'"), bad);
    assert_eq!(machine("'arn:aws:logs:eu-west-1:111122223333:log-group:a:*'"), CLEAN);
    assert_eq!(machine("!Sub 'arn:aws:logs:eu-west-1:111122223333:log-group:${Given}'"), CLEAN);
    assert_eq!(machine("!Sub 'arn:aws:logs:${Given}:111122223333:log-group:a'"), bad);
    assert_eq!(machine("!GetAtt Log.Arn"), CLEAN);
}

#[test]
fn domains_have_types_zones_and_encryption() {
    let domain = |properties: &str| found("AWS::OpenSearchService::Domain", properties);
    let instance = ["opensearch/instance-type"];
    for wrong in ["r6g.large", "r6g.large.elasticsearch", "!If [IsProd, r6g.large.search, t3.small]"] {
        assert_eq!(domain(&format!("ClusterConfig: {{InstanceType: {wrong}}}")), instance, "{wrong}");
    }
    for right in ["or1.medium.search", "!Ref Given", "!Sub '${Given}.search'"] {
        assert_eq!(domain(&format!("ClusterConfig: {{WarmType: {right}}}")), CLEAN, "{right}");
    }
    let zones = |count: &str, more: &str| {
        domain(&format!("ClusterConfig: {{ZoneAwarenessEnabled: true, InstanceCount: {count}, {more}}}"))
    };
    let uneven = ["opensearch/uneven-zones"];
    assert_eq!(zones("3", ""), uneven);
    assert_eq!(zones("4", ""), CLEAN);
    assert_eq!(zones("4", "ZoneAwarenessConfig: {AvailabilityZoneCount: 3}"), uneven);
    assert_eq!(zones("!Ref Given", ""), CLEAN);
    assert_eq!(zones("3", "ZoneAwarenessConfig: !Ref Given"), CLEAN);
    let fine_grained = |more: &str| domain(&format!("AdvancedSecurityOptions: {{Enabled: true}}, {more}"));
    let bare = ["opensearch/fine-grained-access-without-encryption"];
    let (nodes, rest, https) = (
        "NodeToNodeEncryptionOptions: {Enabled: true}",
        "EncryptionAtRestOptions: {Enabled: true}",
        "DomainEndpointOptions: {EnforceHTTPS: true}",
    );
    assert_eq!(fine_grained(&format!("{nodes}, {rest}, {https}")), CLEAN);
    assert_eq!(fine_grained(&format!("{nodes}, {rest}")), bare);
    assert_eq!(fine_grained(&format!("{nodes}, {https}, EncryptionAtRestOptions: {{Enabled: false}}")), bare);
    assert_eq!(fine_grained(&format!("{nodes}, {https}, EncryptionAtRestOptions: !Ref Given")), CLEAN);
}

#[test]
fn clusters_and_endpoints_are_of_one_kind() {
    let emr = |instances: &str| found("AWS::EMR::Cluster", &format!("Instances: {{{instances}}}"));
    assert_eq!(emr("MasterInstanceGroup: {InstanceCount: 1}, CoreInstanceFleet: {}"), ["emr/groups-and-fleets"]);
    assert_eq!(emr("MasterInstanceGroup: {InstanceCount: 1}, CoreInstanceFleet: !Ref AWS::NoValue"), CLEAN);
    let redshift = |properties: &str| found("AWS::Redshift::Cluster", properties);
    let nodes = ["redshift/node-count"];
    assert_eq!(redshift("ClusterType: multi-node"), nodes);
    assert_eq!(redshift("ClusterType: multi-node, NumberOfNodes: 1"), nodes);
    assert_eq!(redshift("ClusterType: single-node, NumberOfNodes: 2"), nodes);
    assert_eq!(redshift("ClusterType: single-node, NumberOfNodes: 1"), CLEAN);
    assert_eq!(redshift("ClusterType: multi-node, NumberOfNodes: !Ref Given"), CLEAN);
    assert_eq!(redshift("ClusterType: !If [IsProd, multi-node, single-node]"), CLEAN);
    let endpoint =
        |variant: &str| found("AWS::SageMaker::EndpointConfig", &format!("ProductionVariants: [{{{variant}}}]"));
    let serverless = "ServerlessConfig: {MaxConcurrency: 1, MemorySizeInMB: 1024}";
    assert_eq!(
        endpoint(&format!("{serverless}, InstanceType: ml.m5.large")),
        ["sagemaker/serverless-beside-instances"]
    );
    assert_eq!(endpoint(serverless), CLEAN);
    assert_eq!(found("AWS::SageMaker::Model", "ModelName: fares"), ["sagemaker/named-configuration"]);
    assert_eq!(found("AWS::SageMaker::Model", "ModelName: !Sub 'fares-${Given}'"), CLEAN);
}

#[test]
fn capacity_grows_between_its_limits() {
    let target = |properties: &str| found("AWS::ApplicationAutoScaling::ScalableTarget", properties);
    assert_eq!(target("MinCapacity: 1, MaxCapacity: 1"), CLEAN);
    assert_eq!(target("MinCapacity: '10', MaxCapacity: 9"), ["autoscaling/reversed-limits"]);
    assert_eq!(target("MinCapacity: 10, MaxCapacity: !Ref Given"), CLEAN);
    let dimension = ["autoscaling/dimension-of-another-service"];
    assert_eq!(target("ServiceNamespace: kafka, ScalableDimension: 'kafka:broker-storage:VolumeSize'"), CLEAN);
    assert_eq!(target("ServiceNamespace: kafka, ScalableDimension: 'dynamodb:table:ReadCapacityUnits'"), dimension);
    assert_eq!(target("ServiceNamespace: !Ref Given, ScalableDimension: 'kafka:broker-storage:VolumeSize'"), CLEAN);
    let policy = |metric: &str, more: &str| {
        let metric = format!("PredefinedMetricSpecification: {{PredefinedMetricType: {metric}}}");
        let properties = format!("TargetTrackingScalingPolicyConfiguration: {{{metric}, {more}}}");
        found("AWS::ApplicationAutoScaling::ScalingPolicy", &properties)
    };
    let shrinks = ["msk/storage-that-shrinks"];
    assert_eq!(policy("KafkaBrokerStorageUtilization", ""), shrinks);
    assert_eq!(policy("KafkaBrokerStorageUtilization", "DisableScaleIn: false"), shrinks);
    assert_eq!(policy("KafkaBrokerStorageUtilization", "DisableScaleIn: true"), CLEAN);
    assert_eq!(policy("KafkaBrokerStorageUtilization", "DisableScaleIn: !Ref Given"), CLEAN);
    assert_eq!(policy("DynamoDBReadCapacityUtilization", ""), CLEAN);
}

#[test]
fn somebody_manages_every_key() {
    let key = |statements: &str| found("AWS::KMS::Key", &format!("KeyPolicy: {{Statement: {statements}}}"));
    let bad = ["kms/locked-out"];
    for right in [
        "kms:*",
        "'*'",
        "'kms:Put*'",
        "kms:PutKeyPolicy",
        "KMS:PUTKEYPOLICY",
        "[kms:Get*, kms:PutKeyPolicy]",
        "!Ref Given",
    ] {
        assert_eq!(key(&format!("[{{Effect: Allow, Action: {right}}}]")), CLEAN, "{right}");
    }
    for wrong in ["kms:Decrypt", "[kms:Decrypt, 'kms:Get*']"] {
        assert_eq!(key(&format!("[{{Effect: Allow, Action: {wrong}}}]")), bad, "{wrong}");
    }
    assert_eq!(key("[{Effect: Deny, Action: kms:*}]"), bad);
    assert_eq!(key("[{Effect: Allow, NotAction: kms:Decrypt}]"), CLEAN);
    assert_eq!(key("{Effect: Allow, Action: kms:*}"), CLEAN);
    assert_eq!(key("!Ref Given"), CLEAN);
}
