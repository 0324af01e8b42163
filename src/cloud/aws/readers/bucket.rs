//! `AWS::S3::Bucket`

use std::error::Error;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{Event, NotificationConfigurationFilter, ServerSideEncryptionRule};
use serde_json::{Value as Json, json};

use super::{Observation, Reading, Wanted, entries, lifecycle};
use crate::cloud::CloudError;
use crate::cloud::aws::failure::failed;
use crate::cloud::aws::upload;

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = upload::client(config);
    let bucket = wanted.physical_id.as_str();
    let head = client.head_bucket().bucket(bucket).send().await;
    head.map_err(|error| failed("find the bucket", bucket, error))?;
    let mut reading = Reading::new(json!({ "BucketName": bucket }), &["BucketName"]);
    reading.set_or_unread("VersioningConfiguration", versioning(&client, bucket).await);
    reading.set_or_unread("BucketEncryption", encryption(&client, bucket).await);
    reading.set_or_unread("PublicAccessBlockConfiguration", public_access(&client, bucket).await);
    reading.set_or_unread("LifecycleConfiguration", lifecycle(&client, bucket).await);
    reading.set_or_unread("NotificationConfiguration", notification(&client, bucket).await);
    reading.set_or_unread("Tags", tags(&client, bucket).await);
    Ok(reading.done())
}

/// The answer, or `None` where S3 has an error code for "not configured".
fn configured<T, E, R>(
    attempted: &'static str,
    bucket: &str,
    answer: Result<T, SdkError<E, R>>,
) -> Result<Option<T>, CloudError>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let absent = [
        "ServerSideEncryptionConfigurationNotFoundError",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchTagSet",
    ];
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => {
            let error = failed(attempted, bucket, error);
            if absent.iter().any(|code| error.has_code(code)) { Ok(None) } else { Err(error) }
        }
    }
}

async fn versioning(client: &Client, bucket: &str) -> Result<Option<Json>, CloudError> {
    let answer = client.get_bucket_versioning().bucket(bucket).send().await;
    let answer = configured("read the versioning of", bucket, answer)?;
    let status = answer.and_then(|answer| answer.status().map(|status| status.as_str().to_owned()));
    Ok(status.map(|status| json!({ "Status": status })))
}

async fn encryption(client: &Client, bucket: &str) -> Result<Option<Json>, CloudError> {
    let answer = client.get_bucket_encryption().bucket(bucket).send().await;
    let answer = configured("read the encryption of", bucket, answer)?;
    let configuration = answer.as_ref().and_then(|answer| answer.server_side_encryption_configuration());
    Ok(configuration.map(|configuration| {
        let rules: Json = configuration.rules().iter().map(encryption_rule).collect();
        json!({ "ServerSideEncryptionConfiguration": rules })
    }))
}

fn encryption_rule(rule: &ServerSideEncryptionRule) -> Json {
    let default = rule.apply_server_side_encryption_by_default().map(|default| {
        entries([
            ("SSEAlgorithm", Some(json!(default.sse_algorithm().as_str()))),
            ("KMSMasterKeyID", default.kms_master_key_id().map(Json::from)),
        ])
    });
    entries([
        ("ServerSideEncryptionByDefault", default),
        ("BucketKeyEnabled", rule.bucket_key_enabled().map(Json::from)),
    ])
}

async fn public_access(client: &Client, bucket: &str) -> Result<Option<Json>, CloudError> {
    let answer = client.get_public_access_block().bucket(bucket).send().await;
    let answer = configured("read the public access block of", bucket, answer)?;
    let block = answer.as_ref().and_then(|answer| answer.public_access_block_configuration());
    Ok(block.map(|block| {
        entries([
            ("BlockPublicAcls", block.block_public_acls().map(Json::from)),
            ("BlockPublicPolicy", block.block_public_policy().map(Json::from)),
            ("IgnorePublicAcls", block.ignore_public_acls().map(Json::from)),
            ("RestrictPublicBuckets", block.restrict_public_buckets().map(Json::from)),
        ])
    }))
}

async fn lifecycle(client: &Client, bucket: &str) -> Result<Option<Json>, CloudError> {
    let answer = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let answer = configured("read the lifecycle of", bucket, answer)?;
    Ok(answer.map(|answer| json!({ "Rules": answer.rules().iter().map(lifecycle::rule).collect::<Json>() })))
}

async fn notification(client: &Client, bucket: &str) -> Result<Option<Json>, CloudError> {
    let answer = client.get_bucket_notification_configuration().bucket(bucket).send().await;
    let Some(answer) = configured("read the notifications of", bucket, answer)? else { return Ok(None) };
    let functions = answer.lambda_function_configurations().iter().flat_map(|configuration| {
        let arn = configuration.lambda_function_arn();
        events("Function", arn, configuration.events(), configuration.filter())
    });
    let queues = answer.queue_configurations().iter().flat_map(|configuration| {
        events("Queue", configuration.queue_arn(), configuration.events(), configuration.filter())
    });
    let topics = answer.topic_configurations().iter().flat_map(|configuration| {
        events("Topic", configuration.topic_arn(), configuration.events(), configuration.filter())
    });
    let bridge = answer.event_bridge_configuration().map(|_| json!({ "EventBridgeEnabled": true }));
    Ok(Some(entries([
        ("EventBridgeConfiguration", bridge),
        ("LambdaConfigurations", Some(functions.collect())),
        ("QueueConfigurations", Some(queues.collect())),
        ("TopicConfigurations", Some(topics.collect())),
    ])))
}

/// The API has one configuration for several events; CloudFormation has one for each.
fn events(kind: &str, arn: &str, events: &[Event], filter: Option<&NotificationConfigurationFilter>) -> Vec<Json> {
    let rules = filter.and_then(|filter| filter.key()).map(|key| key.filter_rules()).unwrap_or_default();
    let rule = |name: Option<&str>, value: Option<&str>| json!({ "Name": name, "Value": value });
    let rules: Vec<Json> =
        rules.iter().map(|filter| rule(filter.name().map(|name| name.as_str()), filter.value())).collect();
    let filter = (!rules.is_empty()).then(|| json!({ "S3Key": { "Rules": rules } }));
    let one = |event: &Event| {
        entries([("Event", Some(json!(event.as_str()))), (kind, Some(json!(arn))), ("Filter", filter.clone())])
    };
    events.iter().map(one).collect()
}

async fn tags(client: &Client, bucket: &str) -> Result<Option<Json>, CloudError> {
    let answer = client.get_bucket_tagging().bucket(bucket).send().await;
    let answer = configured("read the tags of", bucket, answer)?;
    let tags = answer.map(|answer| answer.tag_set().to_vec()).unwrap_or_default();
    Ok(Some(tags.iter().map(|tag| json!({ "Key": tag.key(), "Value": tag.value() })).collect()))
}
