//! What all pipelines share: the buckets and the key.

use serde_json::{Value as Json, json};

use super::gates::Gate;
use crate::desired::{Origin, Value};
use crate::kinds::bucket::safety;
use crate::model::{Home, Lowering, Model, Statement};

pub(super) const STORE: &str = "StoreBucket";
pub(super) const PUBLISHED: &str = "PublishedBucket";
pub(super) const KEY: &str = "DeliveryKey";

/// How long CodePipeline's own artifacts are kept beyond the longest approval.
const SLACK_DAYS: u64 = 30;
const DAY: u64 = 86_400;

/// A private bucket of the delivery stack; older versions go after `leftover_days`.
pub(super) fn bucket(name: &str, leftover_days: u64, encryption: Json, origin: &Origin) -> Value {
    let leftovers = json!({ "Rules": [{
        "Id": "leftovers",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": { "NoncurrentDays": leftover_days },
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": leftover_days },
    }] });
    let mut bucket = Value::map(origin)
        .with("BucketName", Value::text(name, origin))
        .with("LifecycleConfiguration", Value::from_json(leftovers, origin));
    safety::secure(&mut bucket, encryption, origin);
    bucket
}

/// The key and the two buckets: one that pipelines pass artifacts through, and one that keeps what builds publish.
pub(super) fn add(lowering: &mut Lowering<'_>, origin: &Origin) {
    let model = lowering.model;
    let key = Value::from_json(
        json!({
            "Description": format!("Encrypts what the pipelines of {} build and pass on", model.name.value),
            "EnableKeyRotation": true,
            "KeyPolicy": { "Version": "2012-10-17", "Statement": [{
                "Sid": "AccountDecidesByIam",
                "Effect": "Allow",
                "Principal": { "AWS": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
                "Action": "kms:*",
                "Resource": "*",
            }] },
        }),
        origin,
    );
    let resource = lowering.add_shared(Home::Delivery, KEY, "AWS::KMS::Key", "delivery", key);
    resource.deletion_policy = Some("Retain");
    resource.update_replace_policy = Some("Retain");
    let alias =
        Value::from_json(json!({ "AliasName": model.delivery_key_alias(), "TargetKeyId": { "Ref": KEY } }), origin);
    lowering.add_shared(Home::Delivery, "DeliveryKeyAlias", "AWS::KMS::Alias", "delivery", alias);
    let encryption = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": { "Fn::GetAtt": [KEY, "Arn"] } });
    let expiry = longest_approval_days(model) + SLACK_DAYS;
    for (id, purpose, expire) in [(STORE, "store", Some(expiry)), (PUBLISHED, "published", None)] {
        let mut bucket = bucket(&model.delivery_bucket(purpose), SLACK_DAYS, encryption.clone(), origin);
        bucket.set("VersioningConfiguration", Value::from_json(json!({ "Status": "Enabled" }), origin));
        if let Some(days) = expire {
            let rules = json!({ "Rules": [{
                "Id": "outlives-approvals",
                "Status": "Enabled",
                "ExpirationInDays": days,
                "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
                "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
            }] });
            bucket.set("LifecycleConfiguration", Value::from_json(rules, origin));
        }
        let resource = lowering.add_shared(Home::Delivery, id, "AWS::S3::Bucket", "delivery", bucket);
        resource.deletion_policy = Some("Retain");
        resource.update_replace_policy = Some("Retain");
        let policy = safety::tls_only(id, origin);
        lowering.add_shared(Home::Delivery, &format!("{id}Policy"), "AWS::S3::BucketPolicy", "delivery", policy);
    }
}

/// What an approval waits for must still be there when it is given.
fn longest_approval_days(model: &Model) -> u64 {
    let timeouts = model.entries.iter().filter_map(|entry| {
        let (_, gate) = model.thing::<Gate>(&entry.path())?;
        Some(gate.timeout_seconds())
    });
    timeouts.max().unwrap_or(0).div_ceil(DAY)
}

/// Reading and writing what pipelines pass on.
pub(super) fn store_statements(origin: &Origin) -> Vec<Statement> {
    let arn = |id: &str| Value::get_att(id, "Arn", origin);
    vec![
        Statement::new(
            &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            vec![Value::sub(format!("${{{STORE}.Arn}}/*"), origin)],
            origin,
        ),
        Statement::new(&["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"], vec![arn(STORE)], origin),
        key_statement(origin),
    ]
}

/// Using the key that encrypts artifacts.
pub(super) fn key_statement(origin: &Origin) -> Statement {
    let actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
    Statement::new(&actions, vec![Value::get_att(KEY, "Arn", origin)], origin)
}

/// Reading what the build of this name published, in the application stack.
pub(in crate::kinds) fn read_published(model: &Model, build: &str, origin: &Origin) -> [Statement; 2] {
    let objects = format!("arn:${{AWS::Partition}}:s3:::{}/builds/{build}/*", model.published_bucket());
    let any_key = Value::sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*", origin);
    let by_alias = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": model.delivery_key_alias() } });
    [
        Statement::new(&["s3:GetObject", "s3:GetObjectVersion"], vec![Value::sub(objects, origin)], origin),
        Statement::new(&["kms:Decrypt"], vec![any_key], origin).when(Value::from_json(by_alias, origin)),
    ]
}
