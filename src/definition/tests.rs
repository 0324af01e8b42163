use serde_json::json;

use super::{LOGICAL_ID, Lifted, lift};
use crate::source::SourceFile;

fn lift_text(text: &str) -> Lifted {
    lift(&SourceFile::new("pipeline.json", text))
}

/// Each message as its rule and the text at its place.
fn told(text: &str) -> Vec<(&'static str, String)> {
    lift_text(text).diagnostics.iter().map(|it| (it.rule.name, it.primary.span.text().to_owned())).collect()
}

const WHOLE: &str = r##"{"pipeline": {
  "name": "trips", "roleArn": "arn:aws:iam::111122223333:role/trips", "version": 3, "pipelineType": "V2",
  "artifactStores": {"us-east-1": {"type": "S3", "location": "a", "encryptionKey": {"id": "k", "type": "KMS"}}},
  "variables": [{"name": "Stage", "defaultValue": "prod"}],
  "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
    "sourceActionName": "Code", "push": [{"branches": {"includes": ["main"]}, "filePaths": {"excludes": ["**.md"]}}]}}],
  "stages": [
    {"name": "Source", "actions": [{"name": "Code", "runOrder": 1,
      "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
      "configuration": {"S3Bucket": "b", "Ref": "x"}, "inputArtifacts": [], "outputArtifacts": [{"name": "Code"}]}],
      "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}},
      "beforeEntry": {"conditions": [{"result": "FAIL", "rules": [{"name": "R",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
        "configuration": {"Variable": "#{variables.Stage}"}}]}]}}]
}, "metadata": {"pipelineArn": "arn", "created": 1700000000.1}, "tags": [{"key": "team", "value": "data"}]}"##;

#[test]
fn a_definition_is_a_resource_with_cloudformations_names() {
    let lifted = lift_text(WHOLE);
    assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
    let pipeline = &lifted.stack.resources[LOGICAL_ID];
    assert_eq!(pipeline.resource_type, "AWS::CodePipeline::Pipeline");
    assert_eq!(pipeline.origin.span.text(), "\"trips\"");
    let stage = json!({
        "Name": "Source",
        "Actions": [{
            "Name": "Code", "RunOrder": 1,
            "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": "1"},
            "Configuration": {"S3Bucket": "b", "Ref": "x"},
            "InputArtifacts": [], "OutputArtifacts": [{"Name": "Code"}],
        }],
        "OnFailure": {"Result": "RETRY", "RetryConfiguration": {"RetryMode": "ALL_ACTIONS"}},
        "BeforeEntry": {"Conditions": [{"Result": "FAIL", "Rules": [{
            "Name": "R",
            "RuleTypeId": {"Category": "Rule", "Owner": "AWS", "Provider": "VariableCheck", "Version": "1"},
            "Configuration": {"Variable": "#{variables.Stage}"},
        }]}]},
    });
    assert_eq!(
        pipeline.properties.to_json(),
        json!({
            "Name": "trips", "RoleArn": "arn:aws:iam::111122223333:role/trips", "PipelineType": "V2",
            "ArtifactStores": [{"Region": "us-east-1", "ArtifactStore": {
                "Type": "S3", "Location": "a", "EncryptionKey": {"Id": "k", "Type": "KMS"}}}],
            "Variables": [{"Name": "Stage", "DefaultValue": "prod"}],
            "Triggers": [{"ProviderType": "CodeStarSourceConnection", "GitConfiguration": {
                "SourceActionName": "Code",
                "Push": [{"Branches": {"Includes": ["main"]}, "FilePaths": {"Excludes": ["**.md"]}}]}}],
            "Stages": [stage],
            "Tags": [{"Key": "team", "Value": "data"}],
        })
    );
    let mode = pipeline.properties.at("/Stages/0/OnFailure/RetryConfiguration/RetryMode").expect("the mode");
    assert_eq!((mode.origin.span.text(), mode.key_span().text()), ("\"ALL_ACTIONS\"", "\"retryMode\""));
}

#[test]
fn what_the_call_refuses_is_told_where_it_stands() {
    for (from, to, rule, text) in [
        ("\"runOrder\"", "\"RunOrder\"", "definition/unknown-key", "\"RunOrder\""),
        ("\"tags\"", "\"tag\"", "definition/unknown-key", "\"tag\""),
        ("\"runOrder\": 1", "\"runOrder\": \"1\"", "definition/wrong-shape", "\"1\""),
        ("\"S3\", \"version\": \"1\"", "\"S3\", \"version\": 1", "definition/text-wanted", "1"),
        ("\"S3Bucket\": \"b\"", "\"S3Bucket\": false", "definition/text-wanted", "false"),
        ("\"S3Bucket\": \"b\"", "\"S3Bucket\": [1]", "definition/text-wanted", "[1]"),
        ("\"defaultValue\": \"prod\"", "\"defaultValue\": null", "definition/wrong-shape", "null"),
        ("\"roleArn\": \"arn:aws:iam::111122223333:role/trips\",", "", "definition/missing-key", "\"pipeline\""),
        ("\"location\": \"a\",", "", "definition/missing-key", "\"us-east-1\""),
        ("\"sourceActionName\": \"Code\",", "", "definition/missing-key", "\"push\""),
        ("\"includes\": [\"main\"]", "\"includes\": \"main\"", "definition/wrong-shape", "\"main\""),
    ] {
        let changed = WHOLE.replacen(from, to, 1);
        assert_ne!(changed, WHOLE, "{from}");
        assert_eq!(told(&changed), [(rule, text.to_owned())], "{to}");
    }
}

#[test]
fn a_definition_may_stand_alone_and_in_yaml() {
    let text = "name: trips\nroleArn: arn\nstages:\n  - name: Source\n    actions:\n      - name: Code\n";
    let missing = ("definition/missing-key", "Code".to_owned());
    assert_eq!(told(text), [missing]);
    assert_eq!(told("name: trips\nroleArn: arn\nstages: []\n"), []);
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_lifted(text in crate::desired::generate::any_text()) {
        lift_text(&text);
        lift_text(&format!("pipeline: {text}\nname: {text}\nstages: {text}\n"));
        lift_text(&format!("stages:\n  - {text}\n  - actions: {text}\n"));
    }
}
