use super::vouched as vouched_of;
use super::*;
use crate::cloud::aws::recorded::Recorded;

fn wanted(resource_type: &str, physical_id: &str, properties: Json) -> Wanted {
    Wanted {
        logical_id: "It".to_owned(),
        resource_type: resource_type.to_owned(),
        physical_id: physical_id.to_owned(),
        properties,
    }
}

fn named(resource_type: &str, physical_id: &str, properties: Json) -> Result<String, String> {
    let config = Recorded::default().config();
    identifier(&config, Some("111122223333"), &wanted(resource_type, physical_id, properties))
}

#[test]
fn identifiers_are_made_of_what_is_known() {
    assert_eq!(named("AWS::SNS::Topic", "arn:aws:sns:x:1:t", json!({})).unwrap(), "arn:aws:sns:x:1:t");
    let permission = json!({ "FunctionName": "f", "Action": "lambda:InvokeFunction" });
    assert_eq!(named("AWS::Lambda::Permission", "stack-P-1", permission).unwrap(), "f|stack-P-1");
    let method = json!({ "RestApiId": "a", "ResourceId": "r", "HttpMethod": "GET" });
    assert_eq!(named("AWS::ApiGateway::Method", "stack-M-1", method).unwrap(), "a|r|GET");
    assert_eq!(named("AWS::EC2::Route", "rtb-1|0.0.0.0/0", json!({})).unwrap(), "rtb-1|0.0.0.0/0");
    let rule = "arn:aws:events:eu-west-1:111122223333:rule/";
    assert_eq!(named("AWS::Events::Rule", "hourly", json!({})).unwrap(), format!("{rule}hourly"));
    assert_eq!(named("AWS::Events::Rule", "bus|hourly", json!({})).unwrap(), format!("{rule}bus/hourly"));
    let unknown = named("AWS::ApiGateway::Method", "x", json!({ "HttpMethod": "GET" })).unwrap_err();
    assert!(unknown.contains("`RestApiId` and `ResourceId`"), "{unknown}");
}

#[test]
fn only_what_is_returned_is_vouched_for() {
    let vouched = |resource_type, properties| vouched_of(&wanted(resource_type, "x", properties));
    let topic = vouched("AWS::SNS::Topic", json!({}));
    assert!(topic.contains(&"KmsMasterKeyId".to_owned()) && !topic.contains(&"TopicArn".to_owned()), "{topic:?}");
    let domain = |options| vouched("AWS::OpenSearchService::Domain", json!({ "AdvancedSecurityOptions": options }));
    let name = "AdvancedSecurityOptions".to_owned();
    assert!(domain(json!({ "Enabled": true })).contains(&name));
    let facts = resources::get("AWS::OpenSearchService::Domain").unwrap();
    assert!(facts.write_only.iter().any(|pattern| pattern.starts_with("/AdvancedSecurityOptions/")));
    let secret = json!({ "MasterUserOptions": { "MasterUserPassword": "x" } });
    assert!(domain(secret.clone()).contains(&name));
    let unread = |options| {
        let options = json!({ "AdvancedSecurityOptions": options });
        let unread = never_returned(&wanted("AWS::OpenSearchService::Domain", "x", options));
        unread.into_iter().map(|(pattern, _)| pattern).collect::<Vec<_>>()
    };
    assert!(unread(secret).iter().any(|place| place.starts_with("/AdvancedSecurityOptions/MasterUserOptions")));
    assert_eq!(unread(json!({ "Enabled": true })), [""; 0]);
    assert!(!vouched("AWS::SecretsManager::Secret", json!({})).contains(&"SecretString".to_owned()));
    assert!(vouched("AWS::Nothing::Here", json!({})).is_empty());
}

fn seen(recorded: &Recorded, wanted: Wanted, before: Observation) -> Observation {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = recorded.config();
    let mut seen =
        runtime.block_on(complete(&config, Some("111122223333"), &[wanted], vec![before], &Progress::default()));
    seen.remove(0)
}

fn topic() -> Wanted {
    wanted("AWS::SNS::Topic", "arn:aws:sns:x:1:t", json!({ "TopicName": "t", "DisplayName": "T" }))
}

#[test]
fn a_model_fills_what_no_reader_covers() {
    let model =
        json!({ "TopicName": "t", "DisplayName": "live", "KmsMasterKeyId": "k", "TopicArn": "arn" }).to_string();
    let answer = json!({ "ResourceDescription": { "Properties": model } }).to_string();
    let Observation::Live(live) = seen(&Recorded::new(&[(200, &answer)]), topic(), Observation::NoReader) else {
        panic!("not live")
    };
    assert_eq!(live.properties["KmsMasterKeyId"], "k");
    assert!(live.covers.contains(&"DisplayName".to_owned()));

    let reader = Live {
        properties: json!({ "DisplayName": "of the reader" }),
        covers: vec!["DisplayName".to_owned()],
        unread: vec![("/KmsMasterKeyId".to_owned(), "no right".to_owned())],
    };
    let recorded = Recorded::new(&[(200, &answer)]);
    let Observation::Live(live) = seen(&recorded, topic(), Observation::Live(reader.clone())) else {
        panic!("not live")
    };
    assert_eq!(live.properties, json!({ "DisplayName": "of the reader", "TopicName": "t" }));
    assert_eq!(live.unread, reader.unread);

    let whole = Live { covers: vec!["DisplayName".to_owned(), "TopicName".to_owned()], ..reader };
    let recorded = Recorded::new(&[]);
    assert_eq!(seen(&recorded, topic(), Observation::Live(whole.clone())), Observation::Live(whole));
}

#[test]
fn what_cannot_be_read_is_left_to_cloudformation() {
    let refused = |code: &str| json!({ "__type": code, "Message": "no" }).to_string();
    let recorded = |code: &str| Recorded::new(&[(400, &refused(code))]);
    let unsupported = seen(&recorded("UnsupportedActionException"), topic(), Observation::NoReader);
    assert_eq!(unsupported, Observation::NoReader);
    for code in ["ResourceNotFoundException", "AccessDeniedException"] {
        // That there is nothing by an identifier made here is no proof that there is nothing.
        let Observation::Unread(reason) = seen(&recorded(code), topic(), Observation::NoReader) else {
            panic!("{code}")
        };
        assert!(reason.contains(code), "{reason}");
    }
    let broken = Recorded::new(&[(200, r#"{"ResourceDescription":{"Properties":"{"}}"#)]);
    assert!(matches!(seen(&broken, topic(), Observation::NoReader), Observation::Unread(_)));
    let project = wanted("AWS::CodeBuild::Project", "p", json!({}));
    assert_eq!(seen(&Recorded::new(&[]), project, Observation::NoReader), Observation::NoReader);
    assert_eq!(seen(&Recorded::new(&[]), topic(), Observation::Missing), Observation::Missing);
}
