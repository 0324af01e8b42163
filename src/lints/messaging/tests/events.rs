//! Rules and schedules.

use super::{resource, resources};

/// The rules of this lint's area, without those that speak of permissions.
fn found(text: &str) -> Vec<&'static str> {
    const RULES: &[&str] = &[
        "events/event-pattern",
        "events/flexible-window",
        "events/no-target",
        "events/repeated-target",
        "events/schedule-expression",
        "events/schedule-on-custom-bus",
        "events/several-inputs",
        "events/time-zone",
        "events/unknown-event-field",
    ];
    let mut names = super::found(&["events"], text);
    names.retain(|name| RULES.contains(name));
    names
}

fn rule(properties: &str) -> String {
    resource("AWS::Events::Rule", &format!("Targets: [{{Id: a, Arn: !Ref Text}}], {properties}"))
}

fn schedule(properties: &str) -> String {
    resource("AWS::Scheduler::Schedule", &format!("Target: {{Arn: !Ref Text, RoleArn: !Ref Text}}, {properties}"))
}

#[test]
fn right_schedules_are_silent() {
    for text in [
        rule("ScheduleExpression: rate(1 minute)"),
        rule("ScheduleExpression: !Ref Text"),
        rule("ScheduleExpression: !Sub 'rate(${Text} minutes)'"),
        rule("ScheduleExpression: !If [IsProduction, rate(1 hour), rate(2 hours)]"),
        rule("ScheduleExpression: rate(1 hour), EventBusName: default"),
        rule("ScheduleExpression: rate(1 hour), EventBusName: !Ref Text"),
        rule("ScheduleExpression: '{{resolve:ssm:/jobs/schedule}}'"),
        schedule("ScheduleExpression: rate(1 hours), FlexibleTimeWindow: {Mode: 'OFF'}"),
        schedule("ScheduleExpression: at(2027-01-01T00:00:00), FlexibleTimeWindow: {Mode: !Ref Text}"),
        schedule(
            "ScheduleExpression: rate(1 hour), FlexibleTimeWindow: !Ref Text, ScheduleExpressionTimezone: !Ref Text",
        ),
        schedule(
            "ScheduleExpression: rate(1 hour), FlexibleTimeWindow: {Mode: 'OFF'}, ScheduleExpressionTimezone: UTC+01:00",
        ),
        resource("AWS::Glue::Trigger", "Type: SCHEDULED, Schedule: cron(15 12 * * ? *), Actions: [{JobName: a}]"),
        resource("AWS::Glue::Trigger", "Type: ON_DEMAND, Schedule: '', Actions: [{JobName: a}]"),
    ] {
        assert_eq!(found(&text), [""; 0], "{text}");
    }
}

#[test]
fn wrong_schedules_are_found() {
    for (text, rule) in [
        (rule("ScheduleExpression: !If [IsProduction, rate(1 hour), rate(2 hour)]"), "events/schedule-expression"),
        (rule("ScheduleExpression: rate(1 hour), EventBusName: orders"), "events/schedule-on-custom-bus"),
        (schedule("ScheduleExpression: 0 9 * * *, FlexibleTimeWindow: {Mode: 'OFF'}"), "events/schedule-expression"),
        (schedule("ScheduleExpression: rate(1 day), FlexibleTimeWindow: {Mode: FLEXIBLE}"), "events/flexible-window"),
        (
            schedule(
                "ScheduleExpression: rate(1 day), FlexibleTimeWindow: {Mode: 'OFF'}, ScheduleExpressionTimezone: PDT",
            ),
            "events/time-zone",
        ),
        (
            resource("AWS::Glue::Trigger", "Type: SCHEDULED, Schedule: rate(1 hour), Actions: [{JobName: a}]"),
            "events/schedule-expression",
        ),
        (
            resource("AWS::Glue::Crawler", "Role: r, Targets: {}, Schedule: {ScheduleExpression: 0 1 * * ? *}"),
            "events/schedule-expression",
        ),
        (
            format!(
                "Transform: AWS::Serverless-2016-10-31\n{}",
                resource(
                    "AWS::Serverless::Function",
                    "Events: {Tick: {Type: Schedule, Properties: {Schedule: rate(1 hours)}}}"
                )
            ),
            "events/schedule-expression",
        ),
        (
            format!(
                "Transform: AWS::Serverless-2016-10-31\n{}",
                resource(
                    "AWS::Serverless::Function",
                    "Events: {Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hours), ScheduleExpressionTimezone: Berlin}}}"
                )
            ),
            "events/time-zone",
        ),
    ] {
        assert_eq!(found(&text), [rule], "{text}");
    }
}

#[test]
fn right_patterns_are_silent() {
    for pattern in [
        "{source: [aws.s3], detail: {bucket: {name: [!Ref Text]}, object: {key: [{prefix: in/}, {suffix: .csv}]}}}",
        "{source: [{anything-but: {prefix: aws.}}], detail: {size: [{numeric: ['>', 0, '<=', 5]}], x: [{exists: false}]}}",
        "{detail: {$or: [{a: [1]}, {b: [{equals-ignore-case: x}]}]}}",
        "{$or: [{source: [a]}, {detail-type: [b]}]}",
        "{source: !If [IsProduction, [a], [b]]}",
        "{account: [!Ref 'AWS::AccountId', !If [IsProduction, a, !Ref 'AWS::NoValue']]}",
        "{source: !Split [',', !Ref Text]}",
        "!If [IsProduction, {source: [a]}, {source: [b]}]",
        "!Sub '{\"source\": [\"${Text}\"]}'",
        "'{\"source\": [\"a\", null, 1, {\"cidr\": \"10.0.0.0/24\"}]}'",
        "!Ref Text",
    ] {
        assert_eq!(found(&rule(&format!("EventPattern: {pattern}"))), [""; 0], "{pattern}");
    }
}

#[test]
fn wrong_patterns_are_found() {
    for (pattern, rule) in [
        ("{source: !If [IsProduction, [a], b]}", "events/event-pattern"),
        ("{detail: {bucket: {name: trips}}}", "events/event-pattern"),
        ("{source: []}", "events/event-pattern"),
        ("{}", "events/event-pattern"),
        ("{source: [a], detail: {}}", "events/event-pattern"),
        ("{source: [[a]]}", "events/event-pattern"),
        ("{source: [{starts-with: a}]}", "events/event-pattern"),
        ("{source: [{prefix: a, suffix: b}]}", "events/event-pattern"),
        ("'{\"source\": \"a\"}'", "events/event-pattern"),
        ("'{\"source\": [\"a\"]'", "events/event-pattern"),
        ("'[\"a\"]'", "events/event-pattern"),
        ("{detail: {$or: [{a: 1}, {b: [2]}]}}", "events/event-pattern"),
        ("{detailType: [a]}", "events/unknown-event-field"),
        ("'{\"eventName\": [\"a\"]}'", "events/unknown-event-field"),
        ("{$or: [{source: [a]}, {bucket: [b]}]}", "events/unknown-event-field"),
    ] {
        assert_eq!(found(&self::rule(&format!("EventPattern: {pattern}"))), [rule], "{pattern}");
    }
}

#[test]
fn a_rule_has_a_target() {
    let rule = |targets: &str| {
        resources(&format!(
            "It: {{Type: \"AWS::Events::Rule\", Properties: {{ScheduleExpression: rate(1 day){targets}}}}}"
        ))
    };
    assert_eq!(found(&rule("")), ["events/no-target"]);
    assert_eq!(found(&rule(", Targets: []")), ["events/no-target"]);
    for targets in [
        ", Targets: !If [IsProduction, [{Id: a, Arn: !Ref Text}], !Ref 'AWS::NoValue']",
        ", Targets: [!If [IsProduction, {Id: a, Arn: !Ref Text}, !Ref 'AWS::NoValue']]",
        ", Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}",
    ] {
        assert_eq!(found(&rule(targets)), [""; 0], "{targets}");
    }
}

#[test]
fn targets_differ_and_get_one_input() {
    let rule = |targets: &str| {
        found(&resource("AWS::Events::Rule", &format!("ScheduleExpression: rate(1 day), Targets: [{targets}]")))
    };
    assert_eq!(rule("{Id: a, Arn: b, Input: '{}'}, {Id: b, Arn: b, InputPath: $.detail}"), [""; 0]);
    assert_eq!(rule("{Id: !Ref Text, Arn: b}, {Id: !Ref Text, Arn: c}"), [""; 0]);
    assert_eq!(rule("!If [IsProduction, {Id: a, Arn: b}, {Id: a, Arn: c}]"), [""; 0]);
    let inputs = "{Id: a, Arn: b, Input: !If [IsProduction, a, !Ref 'AWS::NoValue'], InputPath: $.detail}";
    assert_eq!(rule(inputs), [""; 0]);
    assert_eq!(
        rule("{Id: a, Arn: b, InputPath: $.id, InputTransformer: {InputTemplate: c}}"),
        ["events/several-inputs"]
    );
    assert_eq!(rule("{Id: a, Arn: b}, {Id: a, Arn: c}"), ["events/repeated-target"]);
}
