use crate::lints::tests::in_part_of_template;

/// The lints of this area that a template brings out, with the text at which each points.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let mut found: Vec<_> = in_part_of_template(text)
        .into_iter()
        .filter(|it| it.rule.area() == "resource")
        .map(|it| {
            let (_, start, end) = it.primary.span.order();
            (it.rule.name.trim_start_matches("resource/"), text[start..end].to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What is found in one resource with these properties.
fn of(resource_type: &str, properties: &str) -> Vec<(&'static str, String)> {
    let parameters = "{Names: {Type: CommaDelimitedList}, Name: {Type: String}, Subnets: {Type: \
                      'AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>'}}";
    found(&format!(
        "Parameters: {parameters}\nResources:\n  Other: {{Type: 'AWS::SNS::Topic'}}\n  It: {{Type: '{resource_type}', \
         Properties: {properties}}}\n"
    ))
}

fn is(resource_type: &str, properties: &str, rule: &'static str, place: &str) {
    assert_eq!(of(resource_type, properties), [(rule, place.to_owned())], "{properties}");
}

fn is_right(resource_type: &str, properties: &str) {
    assert_eq!(of(resource_type, properties), [], "{properties}");
}

const STREAM: &str = "AWS::Kinesis::Stream";
const QUEUE: &str = "AWS::SQS::Queue";
const PROJECT: &str = "AWS::CodeBuild::Project";

#[test]
fn scalars_are_read_as_what_is_wanted() {
    for properties in [
        "{ShardCount: 4}",
        "{ShardCount: '4'}",
        "{ShardCount: 4.0}",
        "{ShardCount: !Ref Name}",
        "{ShardCount: !GetAtt Other.Count}",
        "{ShardCount: '{{resolve:ssm:/shards}}'}",
        "{ShardCount: !If [Big, 8, !Ref AWS::NoValue]}",
        "{ShardCount: !FindInMap [Sizes, !Ref Name, Shards]}",
        "{ShardCount: !Sub '4'}",
        "{ShardCount: !Sub '${Name}'}",
        "{Name: 12}",
        "{Name: true}",
    ] {
        is_right(STREAM, properties);
    }
    is(STREAM, "{ShardCount: four}", "wrong-type", "four");
    is(STREAM, "{ShardCount: 4.5}", "wrong-type", "4.5");
    is(STREAM, "{ShardCount: true}", "wrong-type", "true");
    is(STREAM, "{ShardCount: [4]}", "wrong-type", "[4]");
    is(STREAM, "{ShardCount: 0}", "out-of-range", "0");
    is(STREAM, "{ShardCount: '0'}", "out-of-range", "'0'");
    is(STREAM, "{ShardCount: !If [Big, 8, 0]}", "out-of-range", "0");
    is(STREAM, "{Name: {a: b}}", "wrong-type", "{a: b}");
    for truth in ["true", "'true'", "'True'", "!Ref Name"] {
        is_right(QUEUE, &format!("{{SqsManagedSseEnabled: {truth}}}"));
    }
    is(QUEUE, "{SqsManagedSseEnabled: 1}", "wrong-type", "1");
    is(QUEUE, "{SqsManagedSseEnabled: enabled}", "wrong-type", "enabled");
}

#[test]
fn functions_give_texts_or_lists() {
    const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
    for subnets in [
        "!Ref Names",
        "!Ref Subnets",
        "!Split [',', !ImportValue subnets]",
        "!ImportValue subnets",
        "!GetAtt Other.Subnets",
        "!If [Wide, [a, b], !Ref Names]",
        "[!If [Wide, a, !Ref AWS::NoValue], b]",
        "{'Fn::Transform': {Name: Mine}}",
        "[!Ref Name, !Select [0, !Ref Names]]",
    ] {
        is_right(ENDPOINT, &format!("{{VpcId: v, SubnetIds: {subnets}}}"));
    }
    is(ENDPOINT, "{VpcId: v, SubnetIds: !Ref Name}", "wrong-type", "Name");
    is(ENDPOINT, "{VpcId: v, SubnetIds: a}", "wrong-type", "a");
    is(ENDPOINT, "{VpcId: v, SubnetIds: [!Ref Names]}", "wrong-type", "Names");
    is(ENDPOINT, "{VpcId: !Split [',', a], SubnetIds: [a]}", "wrong-type", "[',', a]");
    is(ENDPOINT, "{VpcId: v, SubnetIds: !If [Wide, [a], a]}", "wrong-type", "a");
}

#[test]
fn properties_are_known_by_name() {
    is(STREAM, "{ShardsCount: 1}", "unknown-property", "ShardsCount");
    is(STREAM, "{StreamModeDetails: {StreamMode: ON_DEMAND, Mode: x}}", "unknown-property", "Mode");
    is(STREAM, "{Arn: x}", "read-only-property", "Arn");
    is(STREAM, "{StreamModeDetails: {}}", "missing-property", "StreamModeDetails");
    is("AWS::Kinesis::StreamConsumer", "{ConsumerName: x}", "missing-property", "It");
    is("AWS::Kinesis::StreamConsumer", "{ConsumerName: x, StreamARN: !Ref AWS::NoValue}", "missing-property", "It");
    for properties in [
        "{ConsumerName: x, StreamARN: !If [A, !Ref Name, !Ref AWS::NoValue]}",
        "{ConsumerName: x, 'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: s}}}",
        "!If [A, {ConsumerName: x, StreamARN: !Ref Name}, {ConsumerName: x, StreamARN: !GetAtt Other.Arn}]",
        "{ConsumerName: x, StreamARN: !Ref Name, Nonsense: !Ref AWS::NoValue}",
    ] {
        is_right("AWS::Kinesis::StreamConsumer", properties);
    }
    is(
        "AWS::Kinesis::StreamConsumer",
        "!If [A, {ConsumerName: x, StreamARN: !Ref Name}, {ConsumerName: x}]",
        "missing-property",
        "It",
    );
}

#[test]
fn documents_are_free() {
    is_right("AWS::IAM::Role", "{AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Any: thing}]}}");
    is_right("AWS::IAM::Role", "{AssumeRolePolicyDocument: !Sub '{\"Version\": \"2012-10-17\"}'}");
    is_right("AWS::Events::Rule", "{EventPattern: {detail: {state: [{anything-but: [a]}]}}}");
    is_right("AWS::CloudFormation::CustomResource", "{ServiceToken: x, Id: 4, Deep: {a: [true]}, On: false}");
    is_right("AWS::StepFunctions::StateMachine", "{RoleArn: !Ref Name, Definition: {StartAt: A, States: {A: {}}}}");
    is_right(
        "AWS::Lambda::Function",
        "{Role: !Ref Name, Handler: a.b, Runtime: python3.13, Code: ./src, Environment: {Variables: {A1: 1, b_2: !Ref Name}}}",
    );
    is(
        "AWS::Lambda::Function",
        "{Role: !Ref Name, Handler: a.b, Runtime: python3.13, Code: {S3Bucket: bucket, Key: b}}",
        "unknown-property",
        "Key",
    );
}

#[test]
fn values_are_compared_as_texts() {
    let project = |compute: &str| {
        format!(
            "{{ServiceRole: r, Source: {{Type: CODEPIPELINE}}, Artifacts: {{Type: CODEPIPELINE}}, Environment: \
             {{Type: LINUX_CONTAINER, Image: 'aws/codebuild/standard:7.0', ComputeType: {compute}}}}}"
        )
    };
    for compute in
        ["BUILD_GENERAL1_SMALL", "!Ref Name", "!Sub 'BUILD_GENERAL1_${Name}'", "!If [A, BUILD_LAMBDA_1GB, !Ref Name]"]
    {
        is_right(PROJECT, &project(compute));
    }
    is(PROJECT, &project("BUILD_GENERAL1_HUGE"), "unknown-value", "BUILD_GENERAL1_HUGE");
    is_right("AWS::Logs::LogGroup", "{RetentionInDays: '14'}");
    is("AWS::Logs::LogGroup", "{RetentionInDays: 15}", "unknown-value", "15");
}

#[test]
fn lengths_count_what_may_be_there() {
    const PIPELINE: &str = "AWS::CodePipeline::Pipeline";
    let pipeline = |stages: &str| format!("{{RoleArn: !Ref Name, ArtifactStore: !Ref Name, Stages: {stages}}}");
    let stage = |name: &str| format!("{{Name: {name}, Actions: [!Ref Name]}}");
    let (a, b) = (stage("A"), stage("B"));
    for stages in [
        format!("[{a}, {b}]"),
        format!("[{a}, !If [C, {b}, !Ref AWS::NoValue]]"),
        format!("[{a}, !GetAtt Other.Stages]"),
        "!Ref AWS::NoValue".to_owned(),
    ] {
        let found = of(PIPELINE, &pipeline(&stages));
        assert!(found.iter().all(|(rule, _)| *rule != "length"), "{stages}: {found:?}");
    }
    assert!(of(PIPELINE, &pipeline(&format!("[{a}]"))).contains(&("length", format!("[{a}]"))));
    assert!(of(PIPELINE, &pipeline(&format!("[{a}, !Ref AWS::NoValue]"))).iter().any(|(rule, _)| *rule == "length"));
    is(STREAM, "{Name: ''}", "length", "''");
    is_right(STREAM, "{Name: !Sub '${Name}'}");
    is(STREAM, "{Name: a b}", "pattern", "a b");
}

#[test]
fn what_is_given_together_fits() {
    const RULE: &str = "AWS::Events::Rule";
    is(RULE, "{Name: x}", "exclusive-properties", "It");
    is_right(RULE, "{ScheduleExpression: !If [A, 'rate(1 day)', !Ref AWS::NoValue]}");
    is_right(RULE, "{ScheduleExpression: rate(1 day), EventPattern: {source: [a]}}");
    const POLICY: &str = "AWS::ApplicationAutoScaling::ScalingPolicy";
    let policy = |rest: &str| format!("{{PolicyName: p, PolicyType: StepScaling, {rest}}}");
    is_right(POLICY, &policy("ScalingTargetId: !Ref Name"));
    is_right(
        POLICY,
        &policy(
            "ScalingTargetId: !If [A, a, !Ref AWS::NoValue], ResourceId: !If [A, !Ref AWS::NoValue, b], ScalableDimension: 'kafka:broker-storage:VolumeSize', ServiceNamespace: kafka",
        ),
    );
    is(POLICY, &policy("ResourceId: r, ServiceNamespace: kafka"), "exclusive-properties", "ResourceId");
    is(
        POLICY,
        &policy(
            "ResourceId: r, ServiceNamespace: kafka, ScalableDimension: 'kafka:broker-storage:VolumeSize', ScalingTargetId: t",
        ),
        "exclusive-properties",
        "ScalingTargetId",
    );
}

#[test]
fn only_surely_equal_items_are_equal() {
    let endpoint = |subnets: &str| format!("{{VpcId: v, SubnetIds: {subnets}}}");
    is("AWS::EC2::VPCEndpoint", &endpoint("[!Ref Name, !Ref Name]"), "duplicate-item", "Name");
    is_right("AWS::EC2::VPCEndpoint", &endpoint("[!Ref AWS::NoValue, !Ref AWS::NoValue]"));
    is_right("AWS::EC2::VPCEndpoint", &endpoint("[!If [A, a, b], !If [A, b, a]]"));
    is_right("AWS::EC2::VPCEndpoint", &endpoint("[!Select [0, !Ref Names], !Select [1, !Ref Names]]"));
}

#[test]
fn types_of_others_are_not_looked_up() {
    for name in [
        "Custom::Thing",
        "AWS::Serverless::Function",
        "Acme::Data::Feed",
        "Acme::Data::Feed::MODULE",
        "AWS::CDK::Metadata",
    ] {
        is_right(name, "{}");
    }
    for name in ["AWS::Lambda::Funktion", "AWS::Kinesis", "Lambda::Function", "Function"] {
        is(name, "{}", "unknown-type", "It");
    }
}
