//! What the review says of changes, one by one.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::desired::{Deployment, Origin};
use crate::reconcile::Context;
use crate::source::{SourceFile, Span};
use crate::template;

fn stack(resources: Json) -> Stack {
    let text = json!({ "Resources": resources }).to_string();
    template::lift(&SourceFile::new("template.json", text)).stack
}

fn deployment() -> Deployment {
    let file: Arc<SourceFile> = SourceFile::new("pipeline.yaml", "system: rides\n");
    Deployment {
        environment: "prod".to_owned(),
        stack_name: "rides-prod".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        parameters: Vec::new(),
        tags: Vec::new(),
        protected: false,
        origin: Origin::authored(&Span::start_of(&file)),
    }
}

fn reviewed(before: Json, after: Json) -> Vec<Reviewed> {
    let (before, after) = (stack(before), stack(after));
    let deployment = deployment();
    let (old, new) = (
        Context::new(&before, &deployment, None, &[]).resources(),
        Context::new(&after, &deployment, None, &[]).resources(),
    );
    review(Some(Side { stack: &before, resources: &old }), Side { stack: &after, resources: &new })
}

/// The kinds and texts of the effects on the only resource that changes.
fn effects(resource_type: &str, before: Json, after: Json) -> Vec<(&'static str, String)> {
    let one = |properties: Json| json!({ "It": { "Type": resource_type, "Properties": properties } });
    let found = reviewed(one(before), one(after));
    let [only] = found.as_slice() else { panic!("{found:?}") };
    only.effects.iter().map(|effect| (effect.kind.name(), effect.text.clone())).collect()
}

#[test]
fn nothing_changes_when_nothing_does() {
    let resources = json!({
        "Trips": { "Type": "AWS::Kinesis::Stream", "Properties": { "Name": "trips", "ShardCount": 2 } },
        "Role": { "Type": "AWS::IAM::Role", "Properties": { "ManagedPolicyArns": ["a", "b"],
            "AssumeRolePolicyDocument": { "Statement": [] } } },
    });
    assert!(reviewed(resources.clone(), resources.clone()).is_empty());
    let mut turned = resources.clone();
    turned["Role"]["Properties"]["ManagedPolicyArns"] = json!(["b", "a"]);
    turned["Trips"]["Properties"]["ShardCount"] = json!("2");
    assert!(reviewed(resources, turned).is_empty());
}

#[test]
fn shards_cost_and_retention_loses() {
    let stream = |shards: u32, hours: u32| json!({ "Name": "t", "ShardCount": shards, "RetentionPeriodHours": hours });
    assert_eq!(
        effects("AWS::Kinesis::Stream", stream(2, 48), stream(4, 48)),
        [("cost-up", "ShardCount: 2 → 4, which costs more".to_owned())]
    );
    let less = effects("AWS::Kinesis::Stream", stream(4, 48), stream(2, 24));
    let kinds: Vec<&str> = less.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["cost-down", "cost-down", "data-loss"]);
}

#[test]
fn a_changed_name_replaces_and_says_what_is_lost() {
    let stream = |name: &str| json!({ "Trips": { "Type": "AWS::Kinesis::Stream", "Properties": { "Name": name } } });
    let found = reviewed(stream("a"), stream("b"));
    assert_eq!(found[0].action, Action::Replace);
    assert!(found[0].effects.iter().any(|effect| effect.kind == EffectKind::DataLoss));
    let mut kept = stream("b");
    kept["Trips"]["UpdateReplacePolicy"] = json!("Retain");
    let found = reviewed(stream("a"), kept);
    assert!(found[0].effects.iter().all(|effect| effect.kind != EffectKind::DataLoss));
    let unknown = reviewed(
        stream("a"),
        json!({ "Trips": { "Type": "AWS::Kinesis::Stream", "Properties": { "Name": { "Fn::ImportValue": "name" } } } }),
    );
    assert_eq!(unknown[0].action, Action::PerhapsReplace);
}

#[test]
fn what_goes_and_what_comes() {
    let table = json!({ "T": { "Type": "AWS::DynamoDB::Table", "Properties": {} } });
    let found = reviewed(table.clone(), json!({}));
    assert_eq!((found[0].action, found[0].origin.is_none()), (Action::Remove, true));
    assert_eq!(found[0].effects[0].line(), "loses data: the table's items");
    let mut kept = table;
    kept["T"]["DeletionPolicy"] = json!("Retain");
    assert!(reviewed(kept, json!({}))[0].effects.is_empty());
    let cluster = json!({ "C": { "Type": "AWS::MSK::Cluster", "Properties": {} } });
    assert_eq!(reviewed(json!({}), cluster)[0].effects[0].kind, EffectKind::Cost(Direction::Up));
    let other = json!({ "T": { "Type": "AWS::SQS::Queue", "Properties": {} } });
    let found = reviewed(json!({ "T": { "Type": "AWS::SNS::Topic" } }), other);
    assert_eq!(found[0].action, Action::Replace);
}

#[test]
fn a_flink_job_keeps_its_state_or_not() {
    let job = |snapshots: Json, restore: &str, parallelism: u32| {
        let mut properties = json!({ "RuntimeEnvironment": "FLINK-1_20", "ApplicationConfiguration": {
            "ApplicationSnapshotConfiguration": { "SnapshotsEnabled": snapshots },
            "FlinkApplicationConfiguration": { "ParallelismConfiguration": { "Parallelism": parallelism } } } });
        if !restore.is_empty() {
            properties["RunConfiguration"] = json!({ "ApplicationRestoreConfiguration": {
                "ApplicationRestoreType": restore, "SnapshotName": "tuesday" } });
        }
        properties
    };
    let name = "AWS::KinesisAnalyticsV2::Application";
    let first = |before: Json, after: Json| effects(name, before, after).remove(0);
    let with = first(job(json!(true), "", 1), job(json!(true), "", 2));
    assert_eq!((with.0, with.1.contains("with its state, from a snapshot")), ("restart", true));
    for (before, after, words) in [
        (job(json!(false), "", 1), job(json!(false), "", 2), "snapshots are off"),
        (job(json!(true), "", 1), job(json!("false"), "", 1), "switched off by this very change"),
        (job(json!(true), "", 1), job(json!(true), "SKIP_RESTORE_FROM_SNAPSHOT", 1), "told to skip"),
        (job(json!(true), "", 1), job(json!(true), "RESTORE_FROM_CUSTOM_SNAPSHOT", 1), "`tuesday`"),
    ] {
        let (kind, text) = first(before, after);
        assert!(kind == "data-loss" && text.contains(words), "{text}");
    }
    for (snapshots, restore, before, after, told) in [
        (true, "", 2, 128, false),
        (true, "", 2, 129, true),
        (true, "", 85, 129, true),
        (true, "", 86, 129, false),
        (true, "", u32::MAX, 1, false),
        (true, "SKIP_RESTORE_FROM_SNAPSHOT", 2, 200, false),
        (false, "", 2, 200, false),
    ] {
        let found = effects(name, job(json!(snapshots), restore, before), job(json!(snapshots), restore, after));
        let tells = found.iter().any(|(kind, text)| *kind == "interruption" && text.contains("refuses to restore"));
        assert_eq!(tells, told, "{before} to {after}: {found:?}");
    }
    let mut newer = job(json!(true), "", 1);
    newer["RuntimeEnvironment"] = json!("FLINK-2_2");
    let raised = effects(name, job(json!(true), "", 1), newer.clone());
    assert!(raised.iter().any(|(kind, _)| *kind == "one-way"), "{raised:?}");
    assert!(raised.iter().any(|(kind, text)| *kind == "data-loss" && text.contains("Kryo")), "{raised:?}");
    let lowered = effects(name, newer, job(json!(true), "", 1));
    assert!(lowered.iter().any(|(kind, text)| *kind == "data-loss" && text.contains("older major")), "{lowered:?}");
    let mut described = job(json!(true), "", 1);
    described["ApplicationDescription"] = json!("走行");
    assert!(effects(name, job(json!(true), "", 1), described).is_empty());
}

#[test]
fn doors_that_close_are_told() {
    let cluster =
        |size: u32| json!({ "BrokerNodeGroupInfo": { "StorageInfo": { "EBSStorageInfo": { "VolumeSize": size } } } });
    let kinds = |before: Json, after: Json| -> Vec<&'static str> {
        effects("AWS::MSK::Cluster", before, after).into_iter().map(|(kind, _)| kind).collect()
    };
    assert_eq!(kinds(cluster(100), cluster(200)), ["cost-up", "one-way", "interruption"]);
    assert_eq!(kinds(cluster(200), cluster(100)), ["cost-down", "interruption"]);
    let versioned = json!({ "VersioningConfiguration": { "Status": "Enabled" } });
    assert_eq!(
        effects(
            "AWS::S3::Bucket",
            json!({ "BucketName": "b" }),
            json!({ "BucketName": "b",
        "VersioningConfiguration": versioned["VersioningConfiguration"] })
        )[0]
        .0,
        "one-way"
    );
    let tiered = effects("AWS::MSK::Cluster", json!({ "StorageMode": "LOCAL" }), json!({ "StorageMode": "TIERED" }));
    assert!(tiered[0].1.starts_with("probably: "), "{tiered:?}");
    let open = json!({ "PublicAccessBlockConfiguration": { "BlockPublicPolicy": false } });
    let closed = json!({ "PublicAccessBlockConfiguration": { "BlockPublicPolicy": true } });
    assert_eq!(effects("AWS::S3::Bucket", closed.clone(), open.clone())[0].0, "wider-permission");
    assert!(effects("AWS::S3::Bucket", open, closed).is_empty());
}

#[test]
fn a_grant_to_something_new_widens_nothing() {
    let policy = |roles: Json| {
        json!({ "Type": "AWS::IAM::Policy", "Properties": { "Roles": roles, "PolicyName": "p",
            "PolicyDocument": { "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] } } })
    };
    let known = reviewed(json!({}), json!({ "P": policy(json!(["admin"])) }));
    assert_eq!(known[0].effects[0].line(), "widens permissions: `s3:*` on everything is allowed: a new action");
    let role = json!({ "Type": "AWS::IAM::Role", "Properties": {} });
    let new = reviewed(json!({}), json!({ "R": role, "P": policy(json!([{ "Ref": "R" }])) }));
    assert!(new.iter().all(|reviewed| reviewed.effects.is_empty()), "{new:?}");
}

#[test]
fn a_policy_widens_when_somebody_gets_it() {
    let policy = |properties: Json| {
        let mut properties = properties;
        properties["PolicyDocument"] =
            json!({ "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }] });
        json!({ "Reading": { "Type": "AWS::IAM::ManagedPolicy", "Properties": properties } })
    };
    let effects = |properties: Json| {
        let found = reviewed(json!({}), policy(properties));
        found.iter().flat_map(|it| &it.effects).map(|effect| effect.kind.name()).collect::<Vec<_>>()
    };
    assert_eq!(effects(json!({})), [""; 0]);
    assert_eq!(effects(json!({ "Roles": ["somebody"] })), ["wider-permission"]);
}

#[test]
fn a_new_stack_widens_nothing() {
    let after = stack(json!({ "P": { "Type": "AWS::S3::BucketPolicy", "Properties": { "Bucket": "b",
        "PolicyDocument": { "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" }] } } } }));
    let resources = Context::new(&after, &deployment(), None, &[]).resources();
    let found = review(None, Side { stack: &after, resources: &resources });
    assert!(found.len() == 1 && found[0].effects.is_empty());
    assert_eq!(facts_date().len(), 10);
}
