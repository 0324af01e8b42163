//! Conditions of stages, their rules, and modes.

use super::running::{found, pipeline};

/// A pipeline whose build stage has more to say.
fn stage(properties: &str, more: &str) -> String {
    pipeline(properties)
        .replace("- Name: Build\n          Actions", &format!("- Name: Build\n          {more}\n          Actions"))
}

fn entry(result: &str, provider: &str, configuration: &str) -> String {
    let rule = "Name: R, RuleTypeId: {Category: Rule, Owner: AWS, Version: '1', Provider: ";
    let rule = format!("{{{rule}{provider}}}, Configuration: {{{configuration}}}}}");
    stage("", &format!("BeforeEntry: {{Conditions: [{{Result: {result}, Rules: [{rule}]}}]}}"))
}

#[test]
fn rules_that_fit_are_silent() {
    for (result, provider, configuration) in [
        ("FAIL", "CloudWatchAlarm", "AlarmName: !Ref Branch, AlarmStates: 'ALARM, INSUFFICIENT_DATA', WaitTime: '5'"),
        ("SKIP", "VariableCheck", "Variable: '#{SourceVariables.BranchName}', Value: main, Operator: NE"),
        ("SKIP", "LambdaInvoke", "FunctionName: !Ref Branch"),
        ("FAIL", "DeploymentWindow", "Cron: '* * 9-17 ? * MON-FRI *', TimeZone: UTC+05:30"),
        ("FAIL", "DeploymentWindow", "Cron: !Ref Branch, TimeZone: America/New_York"),
        ("FAIL", "DeploymentWindow", "Cron: '* * * ? * *', TimeZone: CET"),
        ("!If [IsProduction, FAIL, SKIP]", "!Ref Branch", "Any: thing"),
        ("FAIL", "CloudWatchAlarm", "Fn::Transform: {Name: Include, Parameters: {Location: s3://a/b}}"),
    ] {
        let text = entry(result, provider, configuration);
        assert_eq!(found(&text), [""; 0], "{provider} {configuration}");
    }
    assert_eq!(found(&stage("", "OnSuccess: {Conditions: [{Result: ROLLBACK}]}")), [""; 0]);
    assert_eq!(found(&stage("ExecutionMode: PARALLEL", "OnFailure: {Result: RETRY}")), [""; 0]);
    assert_eq!(found(&stage("ExecutionMode: !Ref Branch", "OnFailure: {Result: ROLLBACK}")), [""; 0]);
}

#[test]
fn rules_that_do_not_fit_are_found() {
    for (result, provider, configuration, rule) in [
        ("RETRY", "LambdaInvoke", "FunctionName: f", "pipeline/condition-result"),
        ("SKIP", "CloudWatchAlarm", "AlarmName: a", "pipeline/condition-result"),
        ("FAIL", "LambdaInvoke", "Function: f", "pipeline/rule-configuration"),
        ("FAIL", "CloudWatchAlarm", "AlarmName: a, AlarmStates: ALERT", "pipeline/rule-configuration"),
        ("FAIL", "DeploymentWindow", "Cron: 'cron(0 9 * * ? *)'", "pipeline/deployment-window"),
        ("FAIL", "DeploymentWindow", "Cron: '* * 9 ? * MON', TimeZone: CST", "pipeline/deployment-window"),
        ("FAIL", "DeploymentWindow", "Cron: '* * 9 ? * MON', TimeZone: Berlin", "pipeline/deployment-window"),
        ("FAIL", "CloudWatchAlarms", "AlarmName: a", "pipeline/unknown-rule"),
    ] {
        let text = entry(result, provider, configuration);
        assert_eq!(found(&text), [rule], "{result} {provider} {configuration}");
    }
    let skipped = stage("", "OnSuccess: {Conditions: [{Result: SKIP}]}");
    assert_eq!(found(&skipped), ["pipeline/condition-result"]);
    let rolled = stage("ExecutionMode: PARALLEL", "OnSuccess: {Conditions: [{Result: ROLLBACK}]}");
    assert_eq!(found(&rolled), ["pipeline/parallel-rollback"]);
}

#[test]
fn only_stages_that_are_surely_missing_are_reported() {
    let transition = |name: &str| format!("DisableInboundStageTransitions: [{{StageName: {name}, Reason: r}}]");
    assert_eq!(found(&pipeline(&transition("Biuld"))), ["pipeline/unknown-stage-of-transition"]);
    assert_eq!(found(&pipeline(&transition("!Ref Branch"))), [""; 0]);
    let conditional = pipeline(&transition("Prod")).replace("- Name: Build", "- Name: !Ref Branch");
    assert_eq!(found(&conditional), [""; 0]);
}

#[test]
fn a_trigger_names_one_source_action_over_a_connection() {
    let trigger =
        |name: &str| format!("{{GitConfiguration: {{SourceActionName: {name}, Push: [{{Tags: {{Includes: [a]}}}}]}}}}");
    let triggers = |list: &str| format!("Triggers: [{list}]");
    let twice = format!("{}, {}", trigger("Code"), trigger("Code"));
    assert_eq!(found(&pipeline(&triggers(&twice))), ["pipeline/trigger-source"]);
    assert_eq!(found(&pipeline(&triggers(&trigger("Cod")))), ["pipeline/trigger-source"]);
    assert_eq!(found(&pipeline(&triggers(&trigger("Build")))), ["pipeline/trigger-source"]);
    let either = format!("!If [IsProduction, {}, {}]", trigger("Code"), trigger("Code"));
    assert_eq!(found(&pipeline(&triggers(&either))), [""; 0]);
    assert_eq!(found(&pipeline(&triggers(&trigger("!Ref Branch")))), [""; 0]);
}

#[test]
fn lists_are_counted_only_where_their_length_is_known() {
    let git = |patterns: &str| {
        let filter = format!("Push: [{{Branches: {{Includes: {patterns}}}}}]");
        let git = format!("{{GitConfiguration: {{SourceActionName: Code, {filter}}}}}");
        found(&pipeline(&format!("Triggers: [{git}]")))
    };
    assert_eq!(git("[a, b, c, d, e, f, g, h]"), [""; 0]);
    assert_eq!(git("[a, b, c, d, e, f, g, h, i]"), ["pipeline/trigger-limit"]);
    assert_eq!(git("[a, b, c, d, e, f, g, !If [IsProduction, h, i]]"), [""; 0]);
    assert_eq!(git("!Split [',', !Ref Branch]"), [""; 0]);
    assert_eq!(git("[]"), ["pipeline/trigger-limit"]);
    assert_eq!(git(&format!("[{}]", "a".repeat(256))), ["pipeline/trigger-limit"]);
    let variables = |list: &str| {
        let mut found = found(&pipeline(&format!("Variables: [{list}]")));
        found.retain(|rule| *rule != "pipeline/unused-variable" && *rule != "pipeline/variable-without-default");
        found
    };
    assert_eq!(variables("{Name: A, DefaultValue: !Ref Branch}, {Name: !Ref Branch}"), [""; 0]);
    assert_eq!(variables("{Name: A.B}"), ["pipeline/variable-declaration"]);
    assert_eq!(variables("{Name: A}, {Name: A}"), ["pipeline/variable-declaration"]);
    assert_eq!(found(&stage("", "OnFailure: {Conditions: [{Result: UNDO}]}")), ["pipeline/condition-result"]);
}
