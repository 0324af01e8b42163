//! What every bucket of a document has, also those that the delivery stack makes for itself.

use serde_json::json;

use crate::desired::{Origin, Value, ValueKind};

/// Encryption, ownership and no public access.
pub(in crate::kinds) fn secure(bucket: &mut Value, encryption: serde_json::Value, origin: &Origin) {
    let settings = json!({
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{ "ServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": true }],
        },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true,
            "BlockPublicPolicy": true,
            "IgnorePublicAcls": true,
            "RestrictPublicBuckets": true,
        },
    });
    if let ValueKind::Map(entries) = Value::from_json(settings, origin).kind {
        for (key, value) in entries {
            bucket.set(key, value);
        }
    }
}

/// The properties of a bucket policy that refuses connections without TLS.
pub(in crate::kinds) fn tls_only(bucket_id: &str, origin: &Origin) -> Value {
    Value::from_json(
        json!({
            "Bucket": { "Ref": bucket_id },
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [{ "Fn::GetAtt": [bucket_id, "Arn"] }, { "Fn::Sub": format!("${{{bucket_id}.Arn}}/*") }],
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                }],
            },
        }),
        origin,
    )
}
