//! `AWS::Lambda::Function`

use aws_config::SdkConfig;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use serde_json::{Value as Json, json};

use super::{Observation, Reading, Wanted};
use crate::cloud::CloudError;
use crate::cloud::aws::failure::failed;
use crate::cloud::aws::upload;
use crate::cloud::aws::wire::{Body, move_key, pick, tags_of_map};

const COVERS: [&str; 14] = [
    "Architectures",
    "DeadLetterConfig",
    "Description",
    "EphemeralStorage",
    "FileSystemConfigs",
    "FunctionName",
    "Handler",
    "KmsKeyArn",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
];

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = aws_sdk_lambda::Client::new(config);
    let name = wanted.physical_id.as_str();
    let body = Body::default();
    let call = client.get_function().function_name(name).customize().interceptor(body.clone());
    let answer = body.json("get the function", name, call.send().await)?;
    let mut reading = function(&answer);
    let digest = answer["Configuration"]["CodeSha256"].as_str().unwrap_or_default();
    match code(config, &wanted.properties["Code"], digest).await {
        Ok(code) => reading.set("Code", Some(code)),
        Err(reason) => reading.unread("/Code".to_owned(), reason),
    }
    Ok(reading.done())
}

fn function(answer: &Json) -> Reading {
    let mut live = answer["Configuration"].clone();
    move_key(&mut live, "KMSKeyArn", "KmsKeyArn");
    let mut reading = Reading::new(pick(&live, &COVERS), &COVERS);
    let variables = live["Environment"].get("Variables");
    reading.set("Environment", variables.map(|variables| json!({ "Variables": variables })));
    let layers = live["Layers"].as_array().into_iter().flatten();
    reading.set("Layers", Some(layers.filter_map(|layer| layer.get("Arn").cloned()).collect()));
    let vpc = live.get("VpcConfig").filter(|vpc| vpc["SubnetIds"][0].is_string());
    reading.set("VpcConfig", vpc.map(|vpc| pick(vpc, &["SecurityGroupIds", "SubnetIds"])));
    if let Some(logging) = live.get("LoggingConfig") {
        reading.set("LoggingConfig", Some(logging.clone()));
    }
    reading.set("ReservedConcurrentExecutions", answer["Concurrency"].get("ReservedConcurrentExecutions").cloned());
    reading.set("Tags", Some(tags_of_map(&answer["Tags"])));
    reading
}

/// Lambda does not say where its code came from, only the digest of it, so the wanted object's digest is compared.
/// Equal digests give the wanted location back, others the live digest.
async fn code(config: &SdkConfig, wanted: &Json, digest: &str) -> Result<Json, String> {
    let (Some(bucket), Some(key)) = (wanted["S3Bucket"].as_str(), wanted["S3Key"].as_str()) else {
        return Err("Lambda returns only a digest of the code, and the template names no object in S3".to_owned());
    };
    let call = upload::client(config).head_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
    let call = call.set_version_id(wanted["S3ObjectVersion"].as_str().map(str::to_owned));
    let object = call
        .send()
        .await
        .map_err(|error| failed("read the digest of the code", &format!("s3://{bucket}/{key}"), error).with_hint())?;
    let whole = object.checksum_type() != Some(&ChecksumType::Composite);
    match object.checksum_sha256().filter(|_| whole) {
        Some(checksum) if checksum == digest => Ok(wanted.clone()),
        Some(_) => Ok(json!(format!("sha256 {digest}"))),
        None => Err(format!("`s3://{bucket}/{key}` has no SHA-256 checksum to compare with the function's digest")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_told_in_cloudformations_words() {
        let answer = json!({
            "Configuration": {
                "FunctionName": "f", "MemorySize": 256, "KMSKeyArn": "k", "CodeSha256": "x", "LastModified": "now",
                "Environment": { "Variables": { "A": "b" } }, "Layers": [{ "Arn": "l", "CodeSize": 1 }],
                "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "" },
            },
            "Tags": { "team": "data" },
        });
        assert_eq!(
            function(&answer).live.properties,
            json!({
                "FunctionName": "f", "KmsKeyArn": "k", "MemorySize": 256,
                "Environment": { "Variables": { "A": "b" } }, "Layers": ["l"],
                "Tags": [{ "Key": "team", "Value": "data" }],
            })
        );
    }
}
