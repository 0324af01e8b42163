//! Objects of buckets by the names of S3's operations, with JSON on both sides like all other calls. S3 says most of an
//! object in headers, so its own client asks.

use aws_config::SdkConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::DateTime;
use serde_json::{Map, Value as Json, json};

use super::failure::failed;
use super::upload::client;
use crate::cloud::{CloudError, ServiceCall};

pub(super) async fn call(config: &SdkConfig, call: &ServiceCall) -> Result<Json, CloudError> {
    let text = |name: &str| call.input[name].as_str().unwrap_or_default();
    let (bucket, key) = (text("Bucket"), text("Key"));
    let s3 = client(config);
    match call.operation {
        "HeadObject" => {
            let answer = s3.head_object().bucket(bucket).key(key).send().await;
            let answer = answer.map_err(|error| told("look at", &address(bucket, key), error, "s3:GetObject"))?;
            let metadata = answer.metadata().into_iter().flatten();
            let metadata: Map<String, Json> = metadata.map(|(name, value)| (name.clone(), json!(value))).collect();
            Ok(json!({
                "Metadata": metadata,
                "ContentLength": answer.content_length(),
                "LastModified": seconds(answer.last_modified()),
                "VersionId": answer.version_id(),
            }))
        }
        "ListObjectsV2" => {
            let request = s3.list_objects_v2().bucket(bucket).prefix(text("Prefix"));
            let request = request.set_continuation_token(call.input["ContinuationToken"].as_str().map(str::to_owned));
            let place = address(bucket, text("Prefix"));
            let answer = request.send().await;
            let answer = answer.map_err(|error| told("list the objects of", &place, error, "s3:ListBucket"))?;
            let contents = answer.contents().iter().map(|object| {
                json!({
                    "Key": object.key(),
                    "LastModified": seconds(object.last_modified()),
                    "Size": object.size(),
                })
            });
            Ok(json!({
                "Contents": contents.collect::<Vec<_>>(),
                "NextContinuationToken": answer.next_continuation_token(),
            }))
        }
        "CopyObject" => {
            let source = call.input["CopySource"].as_str().unwrap_or_default();
            let answer = s3.copy_object().bucket(bucket).key(key).copy_source(source).send().await;
            answer.map_err(|error| told("copy to", &address(bucket, key), error, "s3:PutObject"))?;
            Ok(json!({}))
        }
        other => Err(CloudError::refused("call the operation", other, "S3 is not asked for it here")),
    }
}

fn address(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

fn seconds(time: Option<&DateTime>) -> Option<f64> {
    time.map(DateTime::as_secs_f64)
}

/// Answers to `HEAD` have no body, and so neither code nor message: the status says it.
fn told<E>(attempted: &'static str, subject: &str, error: SdkError<E>, action: &str) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let is_forbidden = error.raw_response().is_some_and(|answer| answer.status().as_u16() == 403);
    let mut error = failed(attempted, subject, error);
    if is_forbidden && error.code.is_none() {
        error.code = Some("AccessDenied".to_owned());
        error.message = "access is denied".to_owned();
    }
    if error.is_denied() { error.hint(format!("allow `{action}` for these credentials")) } else { error }
}
