//! The calls of the readers against the table of their actions.

use crate::cloud::aws::{readers, services};
use crate::facts;

/// What IAM calls the call of an SDK's client, where the names differ.
const NAMED_OTHERWISE: [(&str, &str); 5] = [
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
];
/// The digest of a function's code is compared without it where nobody allows it: objects are not looked into.
const NOT_ASKED_FOR: [&str; 1] = ["HeadObject"];

/// What IAM calls a service: what its calls are signed for, but for CloudWatch.
fn prefix(service: &str) -> &str {
    match services::get(service).map_or(service, |service| service.signing.as_str()) {
        "monitoring" => "cloudwatch",
        signing => signing,
    }
}

#[test]
fn every_call_of_a_row_is_in_the_table() {
    let mut calls = 0;
    for name in facts::resources::names() {
        let known = facts::readers::actions(name);
        for (service, operation) in readers::calls(name) {
            let action = format!("{}:{operation}", prefix(service));
            assert!(known.contains(&action), "{name} is read by {action}: add it to src/facts/readers.json");
            calls += 1;
        }
    }
    assert!(calls > 40, "{calls}");
}

#[test]
fn every_call_of_a_written_reader_is_in_the_table() {
    let readers = [
        ("AWS::CodePipeline::Pipeline", include_str!("pipeline.rs")),
        ("AWS::EC2::SecurityGroup", include_str!("groups.rs")),
        ("AWS::Kinesis::Stream", include_str!("stream.rs")),
        ("AWS::KinesisAnalyticsV2::Application", include_str!("flink.rs")),
        ("AWS::Lambda::Function", include_str!("function.rs")),
        ("AWS::S3::Bucket", include_str!("bucket.rs")),
    ];
    let sdk = regex::Regex::new(r"\.((?:batch|describe|get|head|list)_[a-z_]+)\(\)").unwrap();
    let named = regex::Regex::new(r#"named\("[a-z0-9]+:([A-Za-z]+)"\)"#).unwrap();
    for (name, code) in readers {
        let of_sdk = sdk.captures_iter(code).map(|found| {
            let parts = found[1].split('_').map(|part| part[..1].to_uppercase() + &part[1..]);
            parts.collect::<String>()
        });
        let of_rows = named.captures_iter(code).map(|found| found[1].to_owned());
        let operations: Vec<String> = of_sdk.chain(of_rows).collect();
        assert!(!operations.is_empty(), "no call was found in the reader of {name}");
        let known = facts::readers::actions(name);
        for operation in operations.iter().filter(|operation| !NOT_ASKED_FOR.contains(&operation.as_str())) {
            let otherwise = NAMED_OTHERWISE.iter().find(|(sdk, _)| sdk == operation);
            let action = otherwise.map_or(operation.as_str(), |(_, action)| action);
            let listed = known.iter().any(|one| one.split_once(':').is_some_and(|(_, name)| name == action));
            assert!(listed, "{name} is read by {action}: add it to src/facts/readers.json");
        }
    }
}
