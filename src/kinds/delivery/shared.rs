//! What all pipelines share: the buckets and the key.

use serde_json::{Value as Json, json};

use super::access;
use super::gates::Gate;
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::bucket::safety;
use crate::model::{Home, Lowering, Model, Statement};

pub(super) const STORE: &str = "StoreBucket";
pub(super) const PUBLISHED: &str = "PublishedBucket";
pub(super) const KEY: &str = "DeliveryKey";

const OBJECT_ACTIONS: [&str; 3] = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"];
const BUCKET_ACTIONS: [&str; 3] = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"];
const KEY_ACTIONS: [&str; 6] =
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];

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

/// The key and the two buckets: one that pipelines pass artifacts through, and one that keeps what builds publish. In
/// another Region that pipelines act in there are the same once more: nothing is read across Regions.
pub(super) fn add(lowering: &mut Lowering<'_>, origin: &Origin) {
    let model = lowering.model;
    add_in(lowering, &model.delivery_region.value, origin);
    for region in access::regions(model) {
        let origin = Origin::derived(&origin.span, "a pipeline keeps what it passes on to a Region in that Region");
        add_in(lowering, region, &origin);
    }
}

fn add_in(lowering: &mut Lowering<'_>, region: &str, origin: &Origin) {
    let model = lowering.model;
    let home = model.store_home(region);
    let mut statements = vec![Value::from_json(
        json!({
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": { "AWS": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
            "Action": "kms:*",
            "Resource": "*",
        }),
        origin,
    )];
    statements.extend(access::key_policy(model, region));
    let policy =
        Value::from_json(json!({ "Version": "2012-10-17" }), origin).with("Statement", Value::list(statements, origin));
    let key = Value::from_json(
        json!({
            "Description": format!("Encrypts what the pipelines of {} build and pass on", model.name.value),
            "EnableKeyRotation": true,
        }),
        origin,
    )
    .with("KeyPolicy", policy);
    let resource = lowering.add_shared(home, KEY, "AWS::KMS::Key", "delivery", key);
    resource.retain();
    let alias =
        Value::from_json(json!({ "AliasName": model.delivery_key_alias(), "TargetKeyId": { "Ref": KEY } }), origin);
    lowering.add_shared(home, "DeliveryKeyAlias", "AWS::KMS::Alias", "delivery", alias);
    let encryption = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": { "Fn::GetAtt": [KEY, "Arn"] } });
    let expiry = longest_approval_days(model) + SLACK_DAYS;
    let buckets = [
        (STORE, "store", Some(expiry), access::store_policy(model, region)),
        (PUBLISHED, "published", None, access::published_policy(model, region)),
    ];
    for (id, purpose, expire, admitted) in buckets {
        let mut bucket = bucket(&model.delivery_bucket_in(purpose, region), SLACK_DAYS, encryption.clone(), origin);
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
        let resource = lowering.add_shared(home, id, "AWS::S3::Bucket", "delivery", bucket);
        resource.retain();
        let policy = with_statements(safety::tls_only(id, origin), admitted);
        lowering.add_shared(home, &format!("{id}Policy"), "AWS::S3::BucketPolicy", "delivery", policy);
    }
}

/// A bucket policy with further statements.
fn with_statements(mut properties: Value, statements: Vec<Value>) -> Value {
    if let Some(mut document) = properties.get("PolicyDocument").cloned()
        && let Some(ValueKind::List(mut all)) = document.get("Statement").map(|list| list.kind.clone())
        && !statements.is_empty()
    {
        all.extend(statements);
        let origin = document.origin.clone();
        document.set("Statement", Value::list(all, &origin));
        properties.set("PolicyDocument", document);
    }
    properties
}

/// The store of a Region and the key that encrypts it, as a pipeline names them.
pub(super) fn artifact_store(model: &Model, region: &str, origin: &Origin) -> Value {
    let (location, key) = match model.store_home(region) {
        Home::Delivery => (Value::reference(STORE, origin), Value::get_att(KEY, "Arn", origin)),
        // The id of a key in another Region is not known here. KMS takes the ARN of an alias from other accounts too.
        _ => {
            let alias = model.delivery_key_alias();
            let arn = format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:{alias}");
            (Value::text(model.delivery_bucket_in("store", region), origin), Value::sub(arn, origin))
        }
    };
    let key = Value::map(origin).with("Id", key).with("Type", Value::text("KMS", origin));
    Value::map(origin).with("Type", Value::text("S3", origin)).with("Location", location).with("EncryptionKey", key)
}

/// Reading and writing what pipelines pass on to another Region.
pub(super) fn store_statements_in(model: &Model, region: &str, origin: &Origin) -> Vec<Statement> {
    let bucket = format!("arn:${{AWS::Partition}}:s3:::{}", model.delivery_bucket_in("store", region));
    let any_key = format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:key/*");
    let by_alias = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": model.delivery_key_alias() } });
    vec![
        Statement::new(&OBJECT_ACTIONS, vec![Value::sub(format!("{bucket}/*"), origin)], origin),
        Statement::new(&BUCKET_ACTIONS, vec![Value::sub(bucket, origin)], origin),
        Statement::new(&KEY_ACTIONS, vec![Value::sub(any_key, origin)], origin)
            .when(Value::from_json(by_alias, origin)),
    ]
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
        Statement::new(&OBJECT_ACTIONS, vec![Value::sub(format!("${{{STORE}.Arn}}/*"), origin)], origin),
        Statement::new(&BUCKET_ACTIONS, vec![arn(STORE)], origin),
        key_statement(origin),
    ]
}

/// Using the key that encrypts artifacts.
pub(super) fn key_statement(origin: &Origin) -> Statement {
    Statement::new(&KEY_ACTIONS, vec![Value::get_att(KEY, "Arn", origin)], origin)
}

/// Reading what the build of this name published, in the application stack.
pub(in crate::kinds) fn read_published(model: &Model, build: &str, origin: &Origin) -> [Statement; 2] {
    let objects = format!("arn:${{AWS::Partition}}:s3:::{}/builds/{build}/*", model.published_bucket_there());
    let objects = vec![Value::sub(objects, origin)];
    [Statement::new(&["s3:GetObject", "s3:GetObjectVersion"], objects, origin), decrypt_published(model, origin)]
}

/// Decrypting the published build. In another account than the key's nothing is known of its alias: there the key's
/// policy says that this role may use it, and this only what for.
fn decrypt_published(model: &Model, origin: &Origin) -> Statement {
    let (account, condition) = match model.names_loading_roles() {
        false => {
            let alias = json!({ "kms:ResourceAliases": model.delivery_key_alias() });
            ("${AWS::AccountId}", json!({ "ForAnyValue:StringEquals": alias }))
        }
        true => {
            let service = json!({ "kms:ViaService": { "Fn::Sub": "s3.${AWS::Region}.amazonaws.com" } });
            (model.delivery_account.value.as_str(), json!({ "StringEquals": service }))
        }
    };
    let any_key = format!("arn:${{AWS::Partition}}:kms:${{AWS::Region}}:{account}:key/*");
    Statement::new(&["kms:Decrypt"], vec![Value::sub(any_key, origin)], origin)
        .when(Value::from_json(condition, origin))
}
