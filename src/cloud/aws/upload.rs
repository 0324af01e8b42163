//! Templates that are too long for a request.

use std::fmt::Write as _;

use aws_config::SdkConfig;
use aws_sdk_s3::primitives::ByteStream;
use sha2::{Digest, Sha256};

use super::failure::failed;
use crate::cloud::CloudError;

/// Puts a template into `bucket` under its digest, unless it is there already, and gives its address.
pub(super) async fn template(config: &SdkConfig, bucket: &str, template: &str) -> Result<String, CloudError> {
    let client = client(config);
    let key = format!("tidegate/templates/{}", digest(template.as_bytes()));
    let there = client.head_object().bucket(bucket).key(&key).send().await.is_ok();
    if !there {
        let body = ByteStream::from(template.as_bytes().to_vec());
        let call = client.put_object().bucket(bucket).key(&key).body(body);
        call.send().await.map_err(|error| failed("upload the template to", bucket, error))?;
    }
    Ok(address(config, bucket, &key))
}

/// Buckets are addressed by path where the endpoint is not AWS's own.
pub(super) fn client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let settings = aws_sdk_s3::config::Builder::from(config).force_path_style(config.endpoint_url().is_some());
    aws_sdk_s3::Client::from_conf(settings.build())
}

fn address(config: &SdkConfig, bucket: &str, key: &str) -> String {
    let region = config.region().map(|region| region.as_ref()).unwrap_or_default();
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    match config.endpoint_url() {
        Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{region}.{suffix}/{key}"),
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
