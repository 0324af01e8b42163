use serde_json::json;

use super::*;
use crate::cloud::aws::services;

fn service(name: &str) -> &'static Service {
    services::get(name).unwrap()
}

#[test]
fn json_names_the_operation_in_a_header() {
    let request = request(service("cloudcontrol"), "GetResource", None, &json!({ "TypeName": "A::B::C" }));
    assert_eq!((request.method, request.path.as_str()), ("POST", "/"));
    assert_eq!(request.body, r#"{"TypeName":"A::B::C"}"#);
    assert!(request.headers.contains(&("content-type", "application/x-amz-json-1.0".to_owned())));
    assert!(request.headers.contains(&("x-amz-target", "CloudApiService.GetResource".to_owned())));
    assert_eq!(super::request(service("glue"), "GetTags", None, &Json::Null).body, "{}");
}

#[test]
fn forms_number_their_lists() {
    let input = json!({
        "RoleName": "日本 & co",
        "Empty": null,
        "MaxItems": 100,
        "Filters": [{ "Name": "a", "Values": ["x", "y"] }],
    });
    let iam = request(service("iam"), "GetRole", None, &input).body;
    assert!(iam.starts_with("Action=GetRole&Version=2010-05-08&RoleName=%E6%97%A5%E6%9C%AC%20%26%20co&MaxItems=100"));
    assert!(
        iam.ends_with("&Filters.member.1.Name=a&Filters.member.1.Values.member.1=x&Filters.member.1.Values.member.2=y")
    );
    let ec2 = request(service("ec2"), "DescribeVpcs", None, &input).body;
    assert!(ec2.ends_with("&Filters.1.Name=a&Filters.1.Values.1=x&Filters.1.Values.2=y"), "{ec2}");
}

#[test]
fn rest_has_a_place() {
    let path = format!("/api/v2/clusters/{}", encode("arn:aws:kafka:x/y"));
    let place = Place { method: "GET", path: path.clone() };
    let request = request(service("kafka"), "DescribeClusterV2", Some(&place), &Json::Null);
    assert_eq!((request.method, request.path, request.body.as_str()), ("GET", path, ""));
    assert!(request.headers.is_empty());
    assert_eq!(encode("a/b c~é"), "a%2Fb%20c~%C3%A9");
}

#[test]
fn xml_becomes_json() {
    let body = br#"<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
        <GetTopicAttributesResult><Attributes>
          <entry><key>Policy</key><value>{}</value></entry>
          <entry><key>Owner</key><value>111122223333</value></entry>
        </Attributes></GetTopicAttributesResult>
        <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetTopicAttributesResponse>"#;
    let read = answer(service("sns"), "GetTopicAttributes", body).unwrap();
    assert_eq!(read["Attributes"]["entry"][1], json!({ "key": "Owner", "value": "111122223333" }));

    let body =
        br#"<R xmlns="x"><ListResult><Names><member>a</member></Names><None/><Flag>true</Flag></ListResult></R>"#;
    let read = answer(service("iam"), "List", body).unwrap();
    assert_eq!(read, json!({ "Names": ["a"], "None": "", "Flag": "true" }));

    let body =
        br#"<DescribeVpcsResponse xmlns="x"><vpcSet><item><vpcId>v</vpcId></item></vpcSet></DescribeVpcsResponse>"#;
    let read = answer(service("ec2"), "DescribeVpcs", body).unwrap();
    assert_eq!(read, json!({ "vpcSet": [{ "vpcId": "v" }] }));

    let body =
        br#"<NotificationConfiguration><Topic>a</Topic><Topic>b</Topic><Topic>c</Topic></NotificationConfiguration>"#;
    assert_eq!(answer(service("s3"), "Get", body).unwrap(), json!({ "Topic": ["a", "b", "c"] }));
    let body = b"<R><L><member>a</member></L><L><member>b</member></L></R>";
    assert_eq!(answer(service("s3"), "Get", body).unwrap(), json!({ "L": [["a"], ["b"]] }));
}

#[test]
fn an_answer_may_be_empty_or_broken() {
    for name in ["glue", "kafka", "iam", "ec2", "s3"] {
        assert_eq!(answer(service(name), "X", b" \n").unwrap(), json!({}), "{name}");
        assert!(answer(service(name), "X", b"\xff<").is_err(), "{name}");
    }
    assert_eq!(answer(service("iam"), "X", b"<XResponse><XResult/></XResponse>").unwrap(), json!({}));
}

#[test]
fn every_protocol_refuses_in_its_own_way() {
    let said = |name: &str, kind: Option<&str>, body: &str| {
        let refusal = refusal(service(name), 400, kind, body.as_bytes());
        (refusal.code().unwrap_or_default().to_owned(), refusal.message().unwrap_or_default().to_owned())
    };
    let expected = ("NoSuchThing".to_owned(), "no such thing".to_owned());
    let json = r#"{"__type":"com.amazonaws.x#NoSuchThing","message":"no such thing"}"#;
    assert_eq!(said("glue", None, json), expected);
    assert_eq!(said("glue", None, r#"{"__type":"NoSuchThing","Message":"no such thing"}"#), expected);
    assert_eq!(said("kafka", Some("NoSuchThing:http://x/"), r#"{"message":"no such thing"}"#), expected);
    let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchThing</Code><Message>no such thing</Message>\
                 </Error><RequestId>1</RequestId></ErrorResponse>";
    assert_eq!(said("iam", None, query), expected);
    let ec2 =
        "<Response><Errors><Error><Code>NoSuchThing</Code><Message>no such thing</Message></Error></Errors></Response>";
    assert_eq!(said("ec2", None, ec2), expected);
    let s3 = "<Error><Code>NoSuchThing</Code><Message>no such thing</Message></Error>";
    assert_eq!(said("s3", None, s3), expected);
    let (code, message) = said("glue", None, "<html>");
    assert_eq!((code.as_str(), message.as_str()), ("", "the service answered 400 without a message"));
    assert_eq!(refusal(service("s3"), 404, None, b"").code(), Some("404"));
    assert_eq!(refusal(service("ssm"), 503, None, b"<html>").code(), Some("503"));
}
