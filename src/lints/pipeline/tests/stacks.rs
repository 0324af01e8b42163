//! What an action does with a stack.

use super::flow::{action, pipeline};
use super::running::brought_out;
use crate::lints::tests::{in_template_beside, rules};

const RULES: &[&str] = &[
    "pipeline/capabilities",
    "pipeline/change-set-never-made",
    "pipeline/half-configured-stack",
    "pipeline/parameter-overrides",
    "pipeline/replace-on-failure",
    "pipeline/template-not-an-input",
    "pipeline/unknown-action-mode",
];

fn found(actions: &[String]) -> Vec<&'static str> {
    let stage = format!("        - {{Name: Deploy, Actions: [{}]}}\n", actions.join(", "));
    brought_out(&pipeline("", "", &[&stage]), RULES)
}

fn stack(name: &str, configuration: &str, more: &str) -> String {
    action(name, "Deploy/CloudFormation", &format!("Configuration: {{{configuration}}}, {more}"))
}

/// A stack that is made or updated, with more in its configuration.
fn with(configuration: &str) -> Vec<&'static str> {
    let given = ["ActionMode", "StackName", "TemplatePath", "RoleArn"];
    let values = ["CREATE_UPDATE", "trips", "'Code::trips.yaml'", "!ImportValue role"];
    let mut all = configuration.to_owned();
    for (key, value) in given.iter().zip(values) {
        if !configuration.contains(key) {
            all = format!("{key}: {value}, {all}");
        }
    }
    found(&[stack("Deploy", &all, "InputArtifacts: [{Name: Code}]")])
}

#[test]
fn modes_are_those_that_there_are() {
    assert_eq!(with(""), [""; 0]);
    assert_eq!(with("ActionMode: !Ref Kind"), [""; 0]);
    assert_eq!(with("ActionMode: !If [Production, CREATE_UPDATE, DELETE_ONLY]"), [""; 0]);
    assert_eq!(with("ActionMode: !If [Production, CREATE_UPDATE, DELETE]"), ["pipeline/unknown-action-mode"]);
    assert_eq!(with("ActionMode: REPLACE_ON_FAILURE"), ["pipeline/replace-on-failure"]);
    assert_eq!(with("ActionMode: REPLACE_ON_FAILURE, StackName: trips-test"), [""; 0]);
}

#[test]
fn each_mode_has_what_it_needs() {
    let half = ["pipeline/half-configured-stack"];
    assert_eq!(with("RoleArn: !Ref AWS::NoValue"), half);
    assert_eq!(with("RoleArn: !If [Production, a, !Ref AWS::NoValue]"), [""; 0]);
    assert_eq!(with("ActionMode: CHANGE_SET_REPLACE"), half);
    let of = |configuration: &str| found(&[stack("Deploy", configuration, "RunOrder: 1")]);
    assert_eq!(of("ActionMode: DELETE_ONLY, StackName: trips, RoleArn: a"), [""; 0]);
    assert_eq!(of("ActionMode: DELETE_ONLY, StackName: trips"), half);
    assert_eq!(of("ActionMode: CHANGE_SET_EXECUTE, StackName: trips"), half);
    assert_eq!(of("ActionMode: CREATE_UPDATE, StackName: trips, RoleArn: a"), half);
}

#[test]
fn change_sets_are_made_before_they_are_executed() {
    let make = |more: &str, order: u8| {
        let configuration =
            format!("ActionMode: CHANGE_SET_REPLACE, TemplatePath: 'Code::a.yaml', RoleArn: !ImportValue role, {more}");
        stack("Make", &configuration, &format!("RunOrder: {order}, InputArtifacts: [{{Name: Code}}]"))
    };
    let execute = |more: &str, order: u8| {
        stack("Run", &format!("ActionMode: CHANGE_SET_EXECUTE, {more}"), &format!("RunOrder: {order}"))
    };
    let same = "StackName: trips, ChangeSetName: a";
    let bad = ["pipeline/change-set-never-made"];
    assert_eq!(found(&[make(same, 1), execute(same, 2)]), [""; 0]);
    assert_eq!(found(&[make(same, 1), execute(same, 1)]), bad);
    assert_eq!(found(&[make(same, 1), execute("StackName: trips, ChangeSetName: b", 2)]), bad);
    assert_eq!(found(&[make(same, 1), execute("StackName: other, ChangeSetName: a", 2)]), bad);
    assert_eq!(found(&[execute(same, 1)]), bad);
    for unknown in ["StackName: trips, ChangeSetName: !Ref Kind", "StackName: !Ref Kind, ChangeSetName: a"] {
        assert_eq!(found(&[make(same, 1), execute(unknown, 2)]), [""; 0], "{unknown}");
        assert_eq!(found(&[make(unknown, 1), execute(unknown, 2)]), [""; 0], "{unknown}");
    }
    // A build may make it.
    let build =
        action("Build", "Build/CodeBuild", "Configuration: {ProjectName: trips}, InputArtifacts: [{Name: Code}]");
    assert_eq!(found(&[build.clone(), execute(same, 2)]), [""; 0]);
    assert_eq!(found(&[build, make(same, 1), execute("StackName: trips, ChangeSetName: b", 2)]), bad);
}

#[test]
fn capabilities_are_one_text() {
    let of = |value: &str| with(&format!("Capabilities: {value}"));
    let bad = ["pipeline/capabilities"];
    assert_eq!(of("CAPABILITY_IAM"), [""; 0]);
    assert_eq!(of("'CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND'"), [""; 0]);
    assert_eq!(of("!Ref Kind"), [""; 0]);
    assert_eq!(of("!Join [',', [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]]"), [""; 0]);
    assert_eq!(of("'CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND'"), bad);
    assert_eq!(of("CAPABILITY_NAME_IAM"), bad);
    assert_eq!(of("CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"), bad);
}

#[test]
fn parameters_are_an_object() {
    let of = |value: &str| with(&format!("ParameterOverrides: {value}"));
    let bad = ["pipeline/parameter-overrides"];
    for fine in [
        r##"'{"A": "b", "C": "#{Source.CommitId}"}'"##,
        r#"!Sub '{"A": "${Kind}", "B": ${Kind}}'"#,
        r#"!Join ['', ['{"A": "', !Ref Kind, '"}']]"#,
        r#"!Sub '{"A": "b", ${Kind}}'"#,
        "!Sub '${Kind}'",
        "!Ref Kind",
        r#"'{"A": {"Fn::GetParam": ["Code", "a.json", "Tag"]}}'"#,
        r#"'{"A": {"Fn::GetArtifactAtt": ["Code", "ObjectKey"]}}'"#,
    ] {
        assert_eq!(of(fine), [""; 0], "{fine}");
    }
    for wrong in [
        "'A=b'",
        r#"'[{"ParameterKey": "A", "ParameterValue": "b"}]'"#,
        r#"'{"A": "b",}'"#,
        r#"'{"A": {"Ref": "Kind"}}'"#,
        r#"'{"A": {"Fn::GetParam": ["Code", "Tag"]}}'"#,
        r#"!Sub '{"A": "${Kind}", "B": {"Fn::GetArtifactAtt": ["Code", "Key"]}}'"#,
    ] {
        assert_eq!(of(wrong), bad, "{wrong}");
    }
}

#[test]
fn templates_are_in_inputs() {
    let bad = ["pipeline/template-not-an-input"];
    for fine in
        ["'Code::#{Source.BranchName}.yaml'", "!Sub 'Code::${Kind}.yaml'", "!Sub '${Kind}::a.yaml'", "!Ref Kind"]
    {
        assert_eq!(with(&format!("TemplatePath: {fine}")), [""; 0], "{fine}");
    }
    for wrong in
        ["'Built::a.yaml'", "trips.yaml", "!Sub 'Built::${Kind}.yaml'", "!If [Production, 'Code::a', 'Built::a']"]
    {
        assert_eq!(with(&format!("TemplatePath: {wrong}")), bad, "{wrong}");
    }
    assert_eq!(with("TemplateConfiguration: 'Built::a.json'"), bad);
    assert_eq!(with(r#"ParameterOverrides: '{"A": {"Fn::GetParam": ["Built", "a.json", "Tag"]}}'"#), bad);
    assert_eq!(with(r#"ParameterOverrides: !Sub '{"A": {"Fn::GetArtifactAtt": ["${Kind}", "URL"]}}'"#), [""; 0]);
}

#[test]
fn capabilities_are_those_that_the_template_beside_needs() {
    let of = |template: &str, configuration: &str| {
        let stack = stack(
            "Deploy",
            &format!("StackName: trips, TemplatePath: 'Code::app.yaml', RoleArn: !ImportValue role, {configuration}"),
            "InputArtifacts: [{Name: Code}]",
        );
        let stage = format!("        - {{Name: Deploy, Actions: [{stack}]}}\n");
        let found = in_template_beside(&pipeline("", "", &[&stage]), &[("app.yaml", template)]);
        let mut names = rules(&found, &["pipeline"]);
        names.retain(|name| *name == "pipeline/missing-capability");
        names
    };
    let update = "ActionMode: CREATE_UPDATE";
    let role = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {Path: /}}}";
    let named = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: !Sub 'a-${B}'}}}";
    let macros = "Transform: AWS::Serverless-2016-10-31\nResources: {}";
    let bad = ["pipeline/missing-capability"];
    for (template, configuration) in [
        (role, update),
        (named, "ActionMode: CREATE_UPDATE, Capabilities: CAPABILITY_IAM"),
        (named, "ActionMode: CHANGE_SET_REPLACE, ChangeSetName: a"),
        (macros, "ActionMode: CREATE_UPDATE, Capabilities: CAPABILITY_NAMED_IAM"),
    ] {
        assert_eq!(of(template, configuration), bad, "{template} {configuration}");
    }
    for (template, configuration) in [
        (role, "ActionMode: CREATE_UPDATE, Capabilities: CAPABILITY_IAM"),
        (role, "ActionMode: CREATE_UPDATE, Capabilities: CAPABILITY_NAMED_IAM"),
        (role, "ActionMode: CREATE_UPDATE, Capabilities: !Ref Kind"),
        (role, "ActionMode: !Ref Kind"),
        (role, "ActionMode: CHANGE_SET_EXECUTE, ChangeSetName: a"),
        (macros, "ActionMode: CHANGE_SET_REPLACE, ChangeSetName: a"),
        ("Resources: {Role: {Type: 'AWS::IAM::Role', Condition: A}}", update),
        ("Resources: {Stream: {Type: 'AWS::Kinesis::Stream'}}", update),
        ("Resources: [", update),
    ] {
        assert_eq!(of(template, configuration), [""; 0], "{template} {configuration}");
    }
}

#[test]
fn parameters_are_those_of_the_template_beside() {
    let of = |template: &str, overrides: &str| {
        let configuration = "ActionMode: CREATE_UPDATE, StackName: trips, TemplatePath: 'Code::app.yaml'";
        let configuration = format!("{configuration}, RoleArn: !ImportValue role, ParameterOverrides: {overrides}");
        let stack = stack("Deploy", &configuration, "InputArtifacts: [{Name: Code}]");
        let stage = format!("        - {{Name: Deploy, Actions: [{stack}]}}\n");
        let found = in_template_beside(&pipeline("", "", &[&stage]), &[("app.yaml", template)]);
        found.iter().filter(|finding| finding.rule.name == "pipeline/unknown-parameter").count()
    };
    let template = "Parameters: {Shards: {Type: Number}}\nResources: {}";
    assert_eq!(of(template, r#"'{"Shards": "4"}'"#), 0);
    assert_eq!(of(template, r#"'{"shards": "4", "Size": {"Fn::GetParam": ["Code", "a.json", "b"]}}'"#), 2);
    assert_eq!(of("Resources: {}", r#"'{"Shards": "4"}'"#), 1);
    assert_eq!(of(&format!("Transform: Rows\n{template}"), r#"'{"Size": "4"}'"#), 0);
    for unknown in ["!Ref Kind", r#"!Sub '{"${Kind}": "4"}'"#, "'{'", "'[]'", "''"] {
        assert_eq!(of(template, unknown), 0, "{unknown}");
    }
    assert_eq!(of("Resources: [", r#"'{"Size": "4"}'"#), 0);
}
