use serde_json::json;

use super::*;
use crate::cloud::aws::recorded::Recorded;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn made(recorded: &Recorded, made: &Call) -> Result<Json, CloudError> {
    run(call(&recorded.config(), "read the thing", "rides", made))
}

#[test]
fn a_call_is_signed_for_its_service_and_goes_to_its_address() {
    let recorded = Recorded::new(&[(200, r#"{"ResourceDescription":{"Identifier":"rides"}}"#)]);
    let input = json!({ "TypeName": "AWS::Kinesis::Stream", "Identifier": "rides" });
    let answer = made(&recorded, &Call::new("cloudcontrol", "GetResource", input)).unwrap();
    assert_eq!(answer["ResourceDescription"]["Identifier"], "rides");
    let [sent] = recorded.sent().try_into().unwrap();
    assert_eq!(sent.uri, "https://cloudcontrolapi.eu-west-1.amazonaws.com/");
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", "CloudApiService.GetResource"));
    let scope = "/eu-west-1/cloudcontrolapi/aws4_request";
    assert!(sent.authorization.contains(scope), "{}", sent.authorization);
    assert_eq!(sent.body, r#"{"TypeName":"AWS::Kinesis::Stream","Identifier":"rides"}"#);
}

#[test]
fn services_of_a_whole_partition_have_a_region_of_their_own() {
    let recorded = Recorded::new(&[(200, "<GetRoleResponse><GetRoleResult/></GetRoleResponse>")]);
    made(&recorded, &Call::new("iam", "GetRole", json!({ "RoleName": "r" }))).unwrap();
    let [sent] = recorded.sent().try_into().unwrap();
    assert_eq!(sent.uri, "https://iam.amazonaws.com/");
    assert!(sent.authorization.contains("/us-east-1/iam/aws4_request"), "{}", sent.authorization);
    assert_eq!(sent.body, "Action=GetRole&Version=2010-05-08&RoleName=r");
}

#[test]
fn the_endpoint_of_the_settings_goes_first() {
    let recorded = Recorded::new(&[(200, "{}")]);
    let config = recorded.config().into_builder().endpoint_url("http://127.0.0.1:1/base").build();
    let path = format!("/api/v2/clusters/{}", encode("arn:x/y"));
    run(call(&config, "read the cluster", "c", &Call::get("kafka", "DescribeClusterV2", path))).unwrap();
    let [sent] = recorded.sent().try_into().unwrap();
    assert_eq!(sent.uri, "http://127.0.0.1:1/base/api/v2/clusters/arn%3Ax%2Fy");
    assert_eq!((sent.method.as_str(), sent.body.as_str()), ("GET", ""));
}

#[test]
fn a_refusal_keeps_code_and_message_and_names_the_action() {
    let message = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: glue:GetJob on resource: *";
    let json = json!({ "__type": "AccessDeniedException", "Message": message }).to_string();
    let recorded = Recorded::new(&[(400, &json)]);
    let error = made(&recorded, &Call::new("glue", "GetJob", json!({ "JobName": "j" }))).unwrap_err();
    assert!(error.has_code("AccessDeniedException"));
    assert_eq!((error.attempted, error.subject.as_str(), error.message.as_str()), ("read the thing", "rides", message));
    assert_eq!(error.hint.as_deref(), Some("allow `glue:GetJob` for these credentials"));

    let xml = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>";
    let error = made(&Recorded::new(&[(404, xml)]), &Call::new("iam", "GetRole", Json::Null)).unwrap_err();
    assert!(error.has_code("NoSuchEntity") && error.message == "none", "{error:?}");
}

#[test]
fn throttled_and_failed_calls_are_made_again() {
    let throttled = (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#);
    let recorded = Recorded::new(&[throttled, (503, ""), (200, r#"{"ok":1}"#)]);
    let answer = made(&recorded, &Call::new("glue", "GetJob", Json::Null)).unwrap();
    assert_eq!((answer, recorded.sent().len()), (json!({ "ok": 1 }), 3));

    let query = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
    let recorded = Recorded::new(&[(400, query); 3]);
    let error = made(&recorded, &Call::new("sns", "ListTopics", Json::Null)).unwrap_err();
    assert!(error.has_code("Throttling") && error.hint.is_some());
    assert_eq!(recorded.sent().len(), 3);
}

#[test]
fn broken_answers_and_unknown_services_are_errors() {
    let error = made(&Recorded::new(&[(200, "<html>")]), &Call::new("glue", "GetJob", Json::Null)).unwrap_err();
    assert!(error.message.contains("not JSON"), "{error}");
    let error = made(&Recorded::new(&[]), &Call::new("nothing", "Get", Json::Null)).unwrap_err();
    assert!(error.message.contains("`nothing` is not known"), "{error}");
}
