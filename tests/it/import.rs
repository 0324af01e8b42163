//! `tidegate import`: templates become documents, and what does not survive the round trip is told.

use std::fs;

use serde_json::json;
use tidegate::import;
use tidegate::source::SourceFile;

use crate::support::python::python;
use crate::support::repository::Repository;
use crate::support::server::Server;
use crate::support::{root, run::tidegate};

const PLACE: [&str; 4] = ["--account", "111122223333", "--region", "eu-central-1"];

fn case(name: &str) -> String {
    fs::read_to_string(root().join("tests/it/cases/import").join(name)).expect("a template")
}

/// Imports a template in a folder of its own, and gives the folder and the report.
fn imported(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), text).expect("a template");
    let ended = tidegate(&[&["import", name], PLACE.as_slice()].concat()).within(folder.path()).run().exits(0);
    (folder, ended.stdout)
}

fn document(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("pipeline.yaml")).expect("a document")
}

/// Stacks in the manner of public examples give documents without errors, and everything else is listed.
#[test]
fn what_others_wrote_becomes_a_document_that_checks() {
    for name in ["telemetry", "lake", "release"] {
        let file = format!("{name}.template.yaml");
        let (folder, report) = imported(&file, &case(&file));
        tidegate(&["check", "pipeline.yaml"]).within(folder.path()).run().exits(0);
        // Every resource is named in the report: as a thing, as it is, or as left out.
        let ids = import::lift(&SourceFile::new(&*file, case(&file))).expect("a template").resources;
        for id in ids.keys() {
            assert!(report.contains(id.as_str()), "{id} is not in the report:\n{report}");
        }
    }
}

/// Every resource of a template is either made or listed as left.
#[test]
fn nothing_is_passed_over() {
    let (_, report) = imported("telemetry.template.yaml", &case("telemetry.template.yaml"));
    for id in
        ["TelemetryStream", "ReadingsTable", "FailedBatches", "ProcessorFunction", "ProcessorRole", "StatusParameter"]
    {
        assert!(report.contains(id), "{id} is not in the report:\n{report}");
    }
}

#[test]
fn equal_templates_give_equal_documents_also_with_other_line_ends() {
    let text =
        "Resources:\n  RidesQueue:\n    Type: AWS::SQS::Queue\n    Properties:\n      MessageRetentionPeriod: 172800\n";
    let (first, _) = imported("a.template.yaml", text);
    let (second, _) = imported("a.template.yaml", text);
    let (third, _) = imported("a.template.yaml", &text.replace('\n', "\r\n"));
    assert_eq!(document(&first), document(&second));
    assert_eq!(document(&first), document(&third));
    assert!(document(&first).contains("retention: 2d"), "{}", document(&first));
}

#[test]
fn a_template_in_json_is_the_same_as_in_yaml() {
    let json = r#"{"Resources": {"RidesQueue": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 172800}}}}"#;
    let (folder, _) = imported("a.json", json);
    assert!(document(&folder).contains("retention: 2d"), "{}", document(&folder));
}

#[test]
fn a_document_is_never_replaced_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("pipeline.yaml"), "mine").expect("a document");
    fs::write(folder.path().join("a.yaml"), "Resources: {RidesQueue: {Type: \"AWS::SQS::Queue\"}}")
        .expect("a template");
    let arguments = [&["import", "a.yaml"], PLACE.as_slice()].concat();
    let ended = tidegate(&arguments).within(folder.path()).run().exits(2);
    assert!(ended.stderr.contains("--force"), "{}", ended.stderr);
    assert_eq!(document(&folder), "mine");
    tidegate(&[arguments.as_slice(), &["--force"]].concat()).within(folder.path()).run().exits(0);
    assert!(document(&folder).contains("queues:"));
}

#[test]
fn what_cannot_be_imported_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("empty.yaml", "Resources: {}\n");
    write("other.yaml", "a: 1\n");
    write("own.yaml", "tidegate: 1\nname: a\n");
    write("a.yaml", "Resources: {RidesQueue: {Type: \"AWS::SQS::Queue\"}}");
    for (arguments, reason) in [
        (vec!["import"], "nothing to import"),
        (vec!["import", "none.yaml"], "none.yaml"),
        (vec!["import", "empty.yaml"], "no resources"),
        (vec!["import", "other.yaml"], "neither a CloudFormation template"),
        (vec!["import", "own.yaml"], "a document already"),
        (vec!["import", "a.yaml", "--region", "eu-central-1"], "--account"),
        (vec!["import", "a.yaml", "--account", "111122223333"], "--region"),
    ] {
        let ended = tidegate(&arguments).within(folder.path()).run().exits(2);
        assert!(ended.stderr.contains(reason), "{arguments:?}: {}", ended.stderr);
    }
    assert!(!folder.path().join("pipeline.yaml").exists());
}

/// The stacks of an account, by name.
#[test]
fn stacks_of_an_account_are_imported_by_name() {
    let server = Server::start();
    let repository = Repository::of("flink-delivery");
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let ended = repository
        .against(
            &server,
            &[
                "import",
                "--stack",
                "taxi-analytics-prod",
                "--stack",
                "taxi-analytics-delivery",
                "--region",
                "us-east-1",
                "-o",
                "stacks.yaml",
            ],
        )
        .exits(0);
    assert!(ended.stdout.contains("flink.taxi: "), "{}", ended.stdout);
    // The project that looks for drift takes its source from elsewhere than a pipeline, and stays right.
    repository.run(&["check", "stacks.yaml"]).exits(0);
    let text = fs::read_to_string(repository.path().join("stacks.yaml")).expect("a document");
    for part in
        ["name: taxi-analytics\n", "account: \"111122223333\"", "  producer:\n", "  trips:\n", "code: builds.taxi-jar"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// A stack as somebody made it by hand: text in Japanese, Windows line ends, a hidden value, an export and a stack inside.
const BY_HAND: &str = r#"
import boto3, os
session = boto3.Session(aws_access_key_id="111122223333", aws_secret_access_key="test", region_name="eu-central-1")
client = lambda service: session.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
inner = "Resources:\n  InnerTopic:\n    Type: AWS::SNS::Topic\n"
client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
client("s3").put_object(Bucket="templates", Key="inner.yaml", Body=inner)
body = """Description: 配車の記録
Parameters:
  Password: {Type: String, NoEcho: true}
  Level: {Type: String, Default: info}
Resources:
  RidesQueue:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 172800}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://templates.s3.eu-central-1.amazonaws.com/inner.yaml"}
  Secret:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: 配車, Value: !Ref Password, Description: !Ref Level}
Outputs:
  Queue:
    Value: !GetAtt RidesQueue.Arn
    Export: {Name: rides-queue}
""".replace("\n", "\r\n")
client("cloudformation").create_stack(StackName="rides-prod", TemplateBody=body, Parameters=[
    {"ParameterKey": "Password", "ParameterValue": "tiptoe-9"}, {"ParameterKey": "Level", "ParameterValue": "debug"}])
"#;

const REGION: [&str; 2] = ["--region", "eu-central-1"];

#[test]
fn a_stack_made_by_hand_is_imported_and_hidden_values_are_not() {
    let server = Server::with_faults();
    python(&["-"], &[("AWS_ENDPOINT_URL", &server.url)], BY_HAND);
    let folder = tempfile::tempdir().expect("a folder");
    let import = |arguments: &[&str]| {
        let all = [&["import"], arguments, REGION.as_slice()].concat();
        server.account(tidegate(&all).within(folder.path()), "111122223333").run()
    };
    let ended = import(&["--stack", "rides-prod"]).exits(0);
    let text = document(&folder);
    for said in ["Inner (AWS::CloudFormation::Stack)", "exported as `rides-queue`", "the secret `rides/password`"] {
        assert!(ended.stdout.contains(said), "{said} is not in\n{}", ended.stdout);
    }
    for part in ["retention: 2d", "配車", "{{resolve:secretsmanager:rides/password}}", "level: debug"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    for hidden in ["tiptoe-9", "****", "\r"] {
        assert!(!text.contains(hidden) && !ended.stdout.contains(hidden), "{hidden:?} is in\n{text}");
    }
    tidegate(&["check", "pipeline.yaml"]).within(folder.path()).run().exits(0);

    let ended = import(&["--stack", "nobody", "-o", "b.yaml"]).exits(1);
    assert!(ended.stderr.contains("there is no stack `nobody` in this account and Region"), "{}", ended.stderr);
    let denied = json!({ "service": "cloudformation", "operation": "GetTemplate", "times": -1, "code": "AccessDenied",
        "status": 403, "message": "User: arn:aws:iam::111122223333:user/a is not authorized to perform: cloudformation:GetTemplate" });
    server.control("PUT", "faults", &json!([denied]));
    let ended = import(&["--stack", "rides-prod", "-o", "b.yaml"]);
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("cloudformation:GetTemplate"), "{}", ended.stderr);
    assert!(!folder.path().join("b.yaml").exists());
}

#[test]
fn a_pipeline_of_an_account_is_imported_by_name() {
    let server = Server::with_faults();
    let repository = Repository::of("flink-delivery");
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    let import = |name: &str| {
        repository.against(&server, &["import", "--pipeline", name, "--region", "us-east-1", "-o", "one.yaml"])
    };
    let ended = import("nobody").exits(1);
    assert!(ended.stderr.contains("there is no pipeline `nobody` in this account and Region"), "{}", ended.stderr);
    let denied = json!({ "service": "codepipeline", "operation": "GetPipeline", "times": -1,
        "code": "AccessDeniedException", "status": 400,
        "message": "User: arn:aws:iam::111122223333:user/a is not authorized to perform: codepipeline:GetPipeline" });
    server.control("PUT", "faults", &json!([denied]));
    let ended = import("taxi-analytics-application");
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("GetPipeline"), "{}", ended.stderr);
    assert!(!repository.path().join("one.yaml").exists());
    server.control("PUT", "faults", &json!([]));
    let name = pipeline_name(&server);
    let ended = import(&name).exits(0);
    assert!(
        ended.stdout.contains("AWS::CodePipeline::Pipeline") || ended.stdout.contains("pipelines."),
        "{}",
        ended.stdout
    );
    repository.run(&["check", "one.yaml"]).exits(0);
}

fn pipeline_name(server: &Server) -> String {
    let script = r#"
import boto3, os
client = boto3.client("codepipeline", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1",
    aws_access_key_id="111122223333", aws_secret_access_key="test")
print(client.list_pipelines()["pipelines"][0]["name"], end="")
"#;
    python(&["-"], &[("AWS_ENDPOINT_URL", &server.url)], script)
}
