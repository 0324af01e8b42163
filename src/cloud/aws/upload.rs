//! Templates that are too long for a request.

use crate::source::sha256;
use aws_config::SdkConfig;
use aws_sdk_s3::primitives::ByteStream;

use super::failure::failed;
use crate::cloud::CloudError;

/// Puts a template into `bucket` under its digest, unless it is there already, and gives its address.
pub(super) async fn template(config: &SdkConfig, bucket: &str, template: &str) -> Result<String, CloudError> {
    let client = client(config);
    let key = format!("tidegate/templates/{}", sha256(template));
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
    let suffix = crate::facts::url_suffix(region);
    match config.endpoint_url() {
        Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{region}.{suffix}/{key}"),
    }
}
