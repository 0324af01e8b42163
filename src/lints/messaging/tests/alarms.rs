//! Alarms and dashboards.

use super::{found, resource, resources};

const METRIC: &str = "Namespace: AWS/SQS, MetricName: NumberOfMessagesSent, Dimensions: [{Name: QueueName, Value: q}]";

/// An alarm that acts.
fn alarm(properties: &str) -> String {
    let rest = "AlarmActions: [!Ref Text], ComparisonOperator: GreaterThanThreshold, Threshold: 1";
    resource("AWS::CloudWatch::Alarm", &format!("{rest}, {properties}"))
}

#[test]
fn alarms_that_fit_or_are_not_known_are_silent() {
    for properties in [
        format!("{METRIC}, Period: 20, EvaluationPeriods: 3, DatapointsToAlarm: 3"),
        format!("{METRIC}, Period: 60, EvaluationPeriods: 1440"),
        format!("{METRIC}, Period: 3600, EvaluationPeriods: 168"),
        format!("{METRIC}, Period: !Ref Text, EvaluationPeriods: 5000"),
        format!("{METRIC}, Period: 60, EvaluationPeriods: !Ref Text, DatapointsToAlarm: 9"),
        "Namespace: Trips, MetricName: Late, Period: 60, EvaluationPeriods: 1".to_owned(),
        "Namespace: !Ref Text, MetricName: Late, Period: 60, EvaluationPeriods: 1".to_owned(),
        "Namespace: AWS/SQS, MetricName: !Ref Text, Dimensions: !Ref Text, EvaluationPeriods: 1".to_owned(),
        "Namespace: AWS/SQS, MetricName: NumberOfMessagesSent, EvaluationPeriods: 1, \
         Dimensions: [!If [IsProduction, {Name: !Ref Text, Value: q}, {Name: QueueName, Value: q}]]"
            .to_owned(),
        "Namespace: AWS/Lambda, MetricName: Errors, EvaluationPeriods: 1".to_owned(),
        "Namespace: AWS/KinesisAnalytics, MetricName: numRecordsLost, EvaluationPeriods: 1, \
         Dimensions: [{Name: Application, Value: a}, {Name: Zone, Value: b}]"
            .to_owned(),
        "EvaluationPeriods: 1, Metrics: [{Id: a, Expression: 'SELECT SUM(Errors) FROM \"AWS/Lambda\"', Period: 60}]"
            .to_owned(),
        "EvaluationPeriods: 300, Metrics: [{Id: a, Expression: b, Period: !Ref Text}, \
         {Id: b, MetricStat: {Period: 600, Stat: Sum, Metric: {Namespace: Trips, MetricName: Late}}}]"
            .to_owned(),
    ] {
        assert_eq!(found(&["alarms"], &alarm(&properties)), [""; 0], "{properties}");
    }
}

#[test]
fn alarms_that_do_not_fit_are_found() {
    for (properties, rule) in [
        (
            format!("{METRIC}, Period: 60, EvaluationPeriods: 1, DatapointsToAlarm: 2"),
            "alarms/more-datapoints-than-periods",
        ),
        (format!("{METRIC}, Period: 60, EvaluationPeriods: 1441"), "alarms/span"),
        (format!("{METRIC}, Period: 3600, EvaluationPeriods: 169"), "alarms/span"),
        (format!("{METRIC}, Period: 15, EvaluationPeriods: 1"), "alarms/period"),
        (format!("{METRIC}, Period: !If [IsProduction, 60, 90], EvaluationPeriods: 1"), "alarms/period"),
        (
            "EvaluationPeriods: 300, Metrics: [{Id: b, MetricStat: {Period: 600, Stat: Sum, Metric: \
             {Namespace: Trips, MetricName: Late}}}]"
                .to_owned(),
            "alarms/span",
        ),
        (
            "EvaluationPeriods: 1, Metrics: [{Id: b, MetricStat: {Period: 600, Stat: Sum, Metric: \
             {Namespace: AWS/Lambda, MetricName: Error}}}]"
                .to_owned(),
            "alarms/unknown-metric",
        ),
        (
            "Namespace: AWS/KinesisAnalytics, MetricName: Uptime, EvaluationPeriods: 1, \
             Dimensions: [{Name: Application, Value: a}]"
                .to_owned(),
            "alarms/unknown-metric",
        ),
        (
            "Namespace: AWS/Lambda, MetricName: Errors, EvaluationPeriods: 1, Dimensions: [{Name: Function, Value: f}]"
                .to_owned(),
            "alarms/unknown-dimension",
        ),
        (
            "Namespace: AWS/ES, MetricName: ClusterStatus.red, EvaluationPeriods: 1, \
             Dimensions: [{Name: DomainName, Value: d}]"
                .to_owned(),
            "alarms/missing-dimension",
        ),
        ("Namespace: AWS/Lamda, MetricName: Errors, EvaluationPeriods: 1".to_owned(), "alarms/unknown-namespace"),
        (
            "Namespace: AWS/kinesis, MetricName: IncomingBytes, EvaluationPeriods: 1".to_owned(),
            "alarms/unknown-namespace",
        ),
    ] {
        assert_eq!(found(&["alarms"], &alarm(&properties)), [rule], "{properties}");
    }
}

#[test]
fn an_alarm_that_something_else_reads_may_do_nothing_itself() {
    let quiet = format!(
        "Quiet: {{Type: \"AWS::CloudWatch::Alarm\", Properties: {{AlarmName: late, EvaluationPeriods: 1, ComparisonOperator: GreaterThanThreshold, {METRIC}}}}}"
    );
    let with = |more: &str| found(&["alarms"], &resources(&format!("{quiet}\n{more}")));
    assert_eq!(with(""), ["alarms/without-action"]);
    for more in [
        "All: {Type: \"AWS::CloudWatch::CompositeAlarm\", Properties: {AlarmActions: [!Ref Text], AlarmRule: !Sub 'ALARM(${Quiet})'}}",
        "All: {Type: \"AWS::CloudWatch::CompositeAlarm\", Properties: {AlarmActions: [!Ref Text], AlarmRule: 'ALARM(late)'}}",
        "Group: {Type: \"AWS::CodeDeploy::DeploymentGroup\", Properties: {AlarmConfiguration: {Alarms: [{Name: !Ref Quiet}]}}}",
    ] {
        assert_eq!(with(more), [""; 0], "{more}");
    }
}

#[test]
fn missing_values_matter_where_a_metric_falls() {
    let falls = |more: &str| {
        let properties = format!("{METRIC}, EvaluationPeriods: 1, Threshold: 1, AlarmActions: [!Ref Text], {more}");
        found(&["alarms"], &resource("AWS::CloudWatch::Alarm", &properties))
    };
    const RULE: &str = "alarms/missing-data-of-liveness";
    assert_eq!(falls("ComparisonOperator: LessThanThreshold"), [RULE]);
    assert_eq!(falls("ComparisonOperator: LessThanThreshold, TreatMissingData: notBreaching"), [RULE]);
    for more in [
        "ComparisonOperator: LessThanThreshold, TreatMissingData: breaching",
        "ComparisonOperator: LessThanThreshold, TreatMissingData: !Ref Text",
        "ComparisonOperator: LessThanThreshold, InsufficientDataActions: [!Ref Text]",
        "ComparisonOperator: GreaterThanThreshold",
        "ComparisonOperator: !Ref Text",
    ] {
        assert_eq!(falls(more), [""; 0], "{more}");
    }
}

fn dashboard(body: &str) -> Vec<&'static str> {
    let lines = format!(
        "Queue: {{Type: \"AWS::SQS::Queue\", Properties: {{}}}}\n\
         It: {{Type: \"AWS::CloudWatch::Dashboard\", Properties: {{DashboardBody: {body}}}}}"
    );
    found(&["dashboards"], &resources(&lines))
}

#[test]
fn dashboards_that_fit_or_are_not_known_are_silent() {
    for body in [
        "'{\"widgets\": []}'",
        "'{\"start\": \"-PT6H\", \"widgets\": [{\"type\": \"log\", \"x\": 0, \"width\": 24, \"properties\": {\"region\": \"us-gov-west-1\"}}]}'",
        "!Ref Text",
        "!Sub '${Text}'",
        "!Sub '{\"widgets\": ${Text}}'",
        "!Sub '{\"widgets\": [${Text}]}'",
        "!Sub '{\"widgets\": [{\"type\": \"text\"} ${Text}]}'",
        "!Sub '{\"widgets\": [{\"type\": \"${Text}\", \"x\": ${Text}, \"properties\": {\"region\": \"${AWS::Region}\"}}]}'",
        "!Join ['', ['{\"widgets\": [{\"type\": \"metric\", \"properties\": {\"region\": \"', !Ref 'AWS::Region', '\"}}]}']]",
        "!Join ['', ['{\"widgets\": [', !Join [',', [!Ref Text]], ']}']]",
        "!If [IsProduction, '{\"widgets\": []}', '{}']",
        "'{\"widgets\": [{\"type\": \"metric\", \"properties\": {\"metrics\": [[\"AWS/SQS\", \"NumberOfMessagesSent\", \"QueueName\", \"q\"], [\".\", \"NumberOfMessagesDeleted\", \".\", \".\"], [{\"expression\": \"m1\"}], [\"Trips\", \"Late\"]]}}]}'",
    ] {
        assert_eq!(dashboard(body), [""; 0], "{body}");
    }
}

#[test]
fn dashboards_that_do_not_fit_are_found() {
    for (body, rule) in [
        ("'{\"widgets\": []'", "dashboards/body"),
        ("'[]'", "dashboards/body"),
        ("'{\"widgets\": {}}'", "dashboards/body"),
        ("'{\"widgets\": [1]}'", "dashboards/body"),
        ("'{\"widgets\": [{\"type\": \"metrics\"}]}'", "dashboards/body"),
        ("'{\"widgets\": [{\"type\": \"text\", \"width\": 25}]}'", "dashboards/body"),
        ("!If [IsProduction, '{\"widgets\": []}', '{widgets: []}']", "dashboards/body"),
        (
            "!Sub '{\"widgets\": [{\"type\": \"text\", \"properties\": {\"markdown\": \"${Queue}\"}]}'",
            "dashboards/body",
        ),
        ("!Join ['', ['{\"widgets\": [{\"type\": ', !Ref Queue, '\"}]}']]", "dashboards/body"),
        ("'{\"widgets\": [{\"type\": \"log\", \"properties\": {\"region\": \"EU-West-1\"}}]}'", "dashboards/region"),
        (
            "'{\"widgets\": [{\"type\": \"metric\", \"properties\": {\"metrics\": [[\"AWS/SQS\", \"NumberOfMessagesSent\"], [\".\", \"NumberOfMessageDeleted\"]]}}]}'",
            "dashboards/unknown-metric",
        ),
    ] {
        assert_eq!(dashboard(body), [rule], "{body}");
    }
}
