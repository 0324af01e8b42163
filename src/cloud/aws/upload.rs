//! Templates that are too long for a request.

use crate::source::sha256;
use aws_config::SdkConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;

use super::failure::failed;
use crate::cloud::CloudError;

/// Puts a template into `bucket` under its digest, unless it is there already, and gives its address.
pub(super) async fn template(config: &SdkConfig, bucket: &str, template: &str) -> Result<String, CloudError> {
    let key = format!("tidegate/templates/{}", sha256(template));
    put(config, bucket, &key, template).await.map_err(|error| failed("upload the template to", bucket, error))?;
    Ok(address(config, bucket, &key))
}

/// Puts a text into `bucket`, unless there is something under its key already, which holds the text's digest.
pub(super) async fn text(config: &SdkConfig, bucket: &str, key: &str, text: &str) -> Result<(), CloudError> {
    put(config, bucket, key, text)
        .await
        .map_err(|error| failed("upload a file to", &format!("s3://{bucket}/{key}"), error))
}

async fn put(config: &SdkConfig, bucket: &str, key: &str, text: &str) -> Result<(), SdkError<PutObjectError>> {
    let client = client(config);
    if client.head_object().bucket(bucket).key(key).send().await.is_ok() {
        return Ok(());
    }
    let body = ByteStream::from(text.as_bytes().to_vec());
    client.put_object().bucket(bucket).key(key).body(body).send().await.map(|_| ())
}

/// Buckets are addressed by path where the endpoint is not AWS's own.
pub(super) fn client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let settings = aws_sdk_s3::config::Builder::from(config).force_path_style(config.endpoint_url().is_some());
    aws_sdk_s3::Client::from_conf(settings.build())
}

fn address(config: &SdkConfig, bucket: &str, key: &str) -> String {
    let region = config.region().map(|region| region.as_ref()).unwrap_or_default();
    let suffix = crate::facts::url_suffix(region);
    match config.endpoint_url() {
        Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{region}.{suffix}/{key}"),
    }
}
