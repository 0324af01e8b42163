//! Other shapes of properties, metrics and readers that fail, and shapes that look as if they did.

use crate::lints::tests::{in_template, with_resources};

/// How often a rule finds something in a template with these resources, in flow style.
fn count(rule: &str, resources: &str) -> usize {
    let template = with_resources(resources).replace("Conditions:", "  Givem: {Type: String}\nConditions:");
    let found = in_template(&template);
    found.iter().filter(|finding| finding.rule.name == rule).count()
}

/// An application with these property groups, in flow style.
fn application(groups: &str) -> String {
    named("Rider", groups)
}

fn named(id: &str, groups: &str) -> String {
    format!(
        "  {id}:
    Type: AWS::KinesisAnalyticsV2::Application
    Properties:
      RuntimeEnvironment: FLINK-2_2
      ApplicationName: !Sub '${{AWS::StackName}}-{id}'
      ServiceExecutionRole: !Ref Given
      ApplicationConfiguration: {{EnvironmentProperties: {{PropertyGroups: [{groups}]}}}}
"
    )
}

fn group(id: &str, map: &str) -> String {
    format!("{{PropertyGroupId: {id}, PropertyMap: {{{map}}}}}")
}

fn stream(id: &str, properties: &str) -> String {
    format!("  {id}: {{Type: AWS::Kinesis::Stream, Properties: {{{properties}}}}}\n")
}

fn mapping(id: &str, more: &str) -> String {
    format!(
        "  {id}:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{FunctionName: !Ref Given, EventSourceArn: !GetAtt Trips.Arn, StartingPosition: LATEST{more}}}
"
    )
}

#[test]
fn a_name_is_a_slip_only_when_nothing_else_explains_it() {
    for (name, value, expected) in [
        ("acme-trips", "acme-tirps", 1),
        ("acme-trips", "Acme-Trips", 1),
        ("acme-trips", "arn:aws:kinesis:us-east-1:111122223333:stream/acme-tripz", 1),
        ("acme-trips", "acme-trips", 0),
        ("acme-trips", "acme-fares", 0),
        ("acme-trips-1", "acme-trips-2", 0),
        ("acme-trips-eu", "acme-trips-us", 0),
        ("acme-trips-out", "acme-trips-our", 0),
        ("!Sub '${AWS::StackName}-trips'", "!Sub '${AWS::StackName}-trip'", 1),
        ("!Sub '${AWS::StackName}-trips'", "!Sub '${AWS::StackName}-trips'", 0),
        ("!Sub '${Given}-trips'", "!Sub '${Givem}-trips'", 0),
        ("!Ref Given", "acme-trips", 0),
        ("!Ref Given", "Trips", 0),
        ("!Sub '${Given}'", "Trips", 0),
        ("!Sub '${AWS::StackName}-trips'", "Trips", 1),
        ("acme-trips", "!ImportValue acme-tripz", 0),
        ("acme-trips", "!If [IsProd, acme-tripz, acme-fares]", 0),
        ("acme-trips", "!Join ['', [acme-, tripz]]", 0),
        ("acme-trips", "Trips", 1),
        ("acme-trips", "!Ref Trips", 0),
    ] {
        let groups = group("input", &format!("stream.name: {value}"));
        let text = stream("Trips", &format!("Name: {name}")) + &application(&groups);
        assert_eq!(count("flink/misspelt-stream", &text), expected, "{name} {value}");
    }
    let consumer = group("input", "flink.stream.efo.consumername: acme-trip, description: acme-trip");
    assert_eq!(count("flink/misspelt-stream", &(stream("Trips", "Name: acme-trips") + &application(&consumer))), 0);
    let by_id = group("input", "stream.name: Trips");
    assert_eq!(count("flink/misspelt-stream", &(stream("Trips", "") + &application(&by_id))), 1);
    assert_eq!(count("flink/misspelt-stream", &(stream("Trips", "Name: Trips") + &application(&by_id))), 0);
}

#[test]
fn a_region_is_wrong_only_beside_one_known_region() {
    let arn = |region: &str| format!("arn:aws:kinesis:{region}:111122223333:stream/trips");
    for (map, expected) in [
        (format!("a.arn: '{}', region: us-east-1", arn("eu-west-1")), 1),
        (format!("a.arn: '{}', b.arn: '{}', region: us-east-1", arn("eu-west-1"), arn("us-east-1")), 0),
        (format!("a.arn: '{}', region: us-east-1, sink.region: eu-west-1", arn("eu-west-1")), 0),
        (format!("a.arn: '{}', region: !Ref AWS::Region", arn("eu-west-1")), 0),
        (format!("a.arn: !Sub '{}', region: us-east-1", arn("${AWS::Region}")), 0),
    ] {
        assert_eq!(count("flink/region-mismatch", &application(&group("a", &map))), expected, "{map}");
    }
}

#[test]
fn readers_are_counted_when_they_surely_poll() {
    let trips = stream("Trips", "");
    let job = application(&group("source", "stream.arn: !GetAtt Trips.Arn"));
    let rule = "flink/too-many-readers";
    let two = mapping("A", "") + &mapping("B", "");
    assert_eq!(count(rule, &(trips.clone() + &job + &two)), 1);
    assert_eq!(count(rule, &(trips.clone() + &job + &mapping("A", ""))), 0);
    assert_eq!(count(rule, &(trips.clone() + &job + &mapping("A", "") + &mapping("B", ", Enabled: false"))), 0);
    let sink = application(&group("sink", "stream.arn: !GetAtt Trips.Arn"));
    assert_eq!(count(rule, &(trips.clone() + &sink + &two)), 0);
    let conditional = mapping("B", "").replace("Mapping\n", "Mapping\n    Condition: IsProd\n");
    assert_eq!(count(rule, &(trips.clone() + &job + &mapping("A", "") + &conditional)), 0);
    let firehose = "  Archive:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Trips.Arn, RoleARN: !Ref Given}
";
    assert_eq!(count(rule, &(trips + &job + &mapping("A", "") + firehose)), 1);
}

#[test]
fn consumers_of_other_streams_or_names_do_not_clash() {
    let efo = |id: &str, stream: &str, name: &str| {
        let map = format!("stream.arn: !GetAtt {stream}.Arn, flink.stream.efo.consumername: {name}");
        named(id, &group("source", &map))
    };
    let streams = stream("Trips", "") + &stream("Fares", "");
    let rule = "flink/shared-consumer";
    assert_eq!(count(rule, &(streams.clone() + &efo("A", "Trips", "c") + &efo("B", "Trips", "c"))), 1);
    assert_eq!(count(rule, &(streams.clone() + &efo("A", "Trips", "c") + &efo("B", "Fares", "c"))), 0);
    assert_eq!(count(rule, &(streams.clone() + &efo("A", "Trips", "c") + &efo("B", "Trips", "d"))), 0);
    assert_eq!(count(rule, &(streams + &efo("A", "Trips", "!Ref Given") + &efo("B", "Trips", "!Ref Given"))), 0);
}

#[test]
fn metrics_are_read_in_alarms_and_dashboards() {
    let alarm =
        |properties: &str| format!("  It:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {{{properties}}}\n");
    let of = |name: &str| format!("Dimensions: [{{Name: Application, Value: {name}}}]");
    let plain = |metric: &str, name: &str| {
        alarm(&format!("Namespace: AWS/KinesisAnalytics, MetricName: {metric}, {}", of(name)))
    };
    let dashboard = |name: &str| {
        format!(
            "  It:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Sub '{{\"widgets\": [{{\"properties\": {{\"metrics\": [[\"AWS/KinesisAnalytics\", \"downtime\", \"Application\", \"{name}\"]]}}}}]}}'
"
        )
    };
    let math = alarm(&format!(
        "Metrics: [{{Id: a, MetricStat: {{Stat: Sum, Period: 60, Metric: {{Namespace: AWS/KinesisAnalytics, MetricName: uptime, {}}}}}}}]",
        of("!Ref Rider")
    ));
    for (text, gone) in [
        (plain("fullRestarts", "!Ref Rider"), 1),
        (plain("fullRestarts", "!Sub '${AWS::StackName}-Rider'"), 1),
        (plain("fullRestarts", "!Ref Given"), 0),
        (plain("numRestarts", "!Ref Rider"), 0),
        (plain("!Ref Given", "!Ref Rider"), 0),
        (math, 1),
        (dashboard("${Rider}"), 1),
        (dashboard("${AWS::StackName}-Rider"), 1),
        (dashboard("other"), 0),
    ] {
        let all = application("") + &text;
        assert_eq!(count("flink/gone-metric", &all), gone, "{text}");
    }
    let older = application("").replace("FLINK-2_2", "FLINK-1_20");
    assert_eq!(count("flink/gone-metric", &(older + &plain("fullRestarts", "!Ref Rider"))), 0);
}

#[test]
fn options_of_python_are_known() {
    let options = |map: &str| application(&group("kinesis.analytics.flink.run.options", map));
    for (map, unfit, missing) in [
        ("python: main.py, jarfile: a.jar, pyFiles: lib/, pyArchives: a.zip", 0, 0),
        ("Python: main.py", 1, 0),
        ("python: main.py, pyRequirements: r.txt", 1, 0),
        ("python: !Ref Given", 0, 0),
        ("jarfile: a.jar", 0, 1),
    ] {
        assert_eq!(count("flink/unfit-python-option", &options(map)), unfit, "{map}");
        assert_eq!(count("flink/no-python-main", &options(map)), missing, "{map}");
    }
    let misspelt = application(&group("kinesis.analytics.flink.run.option", "python: main.py"));
    assert_eq!(count("flink/no-python-main", &misspelt), 1);
    assert_eq!(count("flink/no-python-main", &application("!If [IsProd, !Ref AWS::NoValue, !Ref AWS::NoValue]")), 0);
}

#[test]
fn a_route_to_a_gateway_makes_a_subnet_public_unless_there_are_endpoints() {
    let job = "  Rider:
    Type: AWS::KinesisAnalyticsV2::Application
    Properties:
      RuntimeEnvironment: FLINK-2_2
      ServiceExecutionRole: !Ref Given
      ApplicationConfiguration: {VpcConfigurations: [{SubnetIds: [!Ref Subnet], SecurityGroupIds: [!Ref Given]}]}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Given, CidrBlock: 10.0.0.0/24}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Given}}
  Ours: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}}
  Gateway: {Type: AWS::EC2::InternetGateway}
";
    let out = |through: &str| {
        let route = format!("{{RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, {through}}}");
        format!("{job}  Out: {{Type: AWS::EC2::Route, Properties: {route}}}\n")
    };
    let rule = "flink/public-subnet";
    assert_eq!(count(rule, job), 0);
    assert_eq!(count(rule, &out("GatewayId: !Ref Gateway")), 1);
    assert_eq!(count(rule, &out("NatGatewayId: !Ref Given")), 0);
    assert_eq!(count(rule, &out("GatewayId: !Ref Given")), 0);
    let endpoint = "  Door: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Given, ServiceName: !Ref Given}}\n";
    assert_eq!(count(rule, &(out("GatewayId: !Ref Gateway") + endpoint)), 0);
}

#[test]
fn a_command_updates_an_application_when_it_names_it() {
    let project = |command: &str, variable: &str| {
        format!(
            "  Release:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Given
      Artifacts: {{Type: NO_ARTIFACTS}}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/standard:7.0
        EnvironmentVariables: [{{Name: JOB, Value: {variable}}}]
      Source:
        Type: NO_SOURCE
        BuildSpec: |
          version: 0.2
          phases: {{build: {{commands: ['aws kinesisanalyticsv2 {command}']}}}}
"
        )
    };
    let job = application("").replace("!Sub '${AWS::StackName}-Rider'", "rider");
    for (command, variable, expected) in [
        ("update-application --application-name rider --cli-input-json x", "none", 1),
        ("rollback-application --application-name rider", "none", 1),
        ("update-application --application-name $JOB", "!Ref Rider", 1),
        ("update-application --application-name \"${JOB}\"", "rider", 1),
        ("update-application --application-name $JOBS", "!Ref Rider", 0),
        ("update-application --application-name $JOB", "!Ref Given", 0),
        ("update-application --application-name other", "!Ref Rider", 0),
        ("describe-application --application-name rider", "!Ref Rider", 0),
    ] {
        let found = count("flink/updated-beside-stack", &(job.clone() + &project(command, variable)));
        assert_eq!(found, expected, "{command} {variable}");
    }
}

#[test]
fn parallelism_is_compared_with_the_shards_of_what_is_read() {
    let job = |id: &str, kind: &str, parallelism: &str| {
        let map = group(id, "stream.arn: !GetAtt Trips.Arn");
        let settings = format!("{{ConfigurationType: {kind}, Parallelism: {parallelism}}}");
        let flink =
            format!("FlinkApplicationConfiguration: {{ParallelismConfiguration: {settings}}}, EnvironmentProperties");
        application(&map).replace("EnvironmentProperties", &flink)
    };
    for (shards, id, kind, parallelism, expected) in [
        ("ShardCount: 2", "input", "CUSTOM", "8", 1),
        ("ShardCount: 2", "input", "CUSTOM", "4", 0),
        ("ShardCount: 2", "output", "CUSTOM", "8", 0),
        ("ShardCount: 2", "input", "DEFAULT", "8", 0),
        ("ShardCount: 2", "input", "CUSTOM", "!Ref Given", 0),
        ("ShardCount: !Ref Given", "input", "CUSTOM", "8", 0),
        ("StreamModeDetails: {StreamMode: ON_DEMAND}", "input", "CUSTOM", "8", 0),
    ] {
        let all = stream("Trips", shards) + &job(id, kind, parallelism);
        assert_eq!(count("flink/parallelism-above-shards", &all), expected, "{shards} {id} {kind} {parallelism}");
    }
}
