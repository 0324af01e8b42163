//! `AWS::Kinesis::Stream`

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};

use super::{Observation, Reading, Wanted, tags};
use crate::cloud::CloudError;
use crate::cloud::aws::wire::{Body, pick};

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = aws_sdk_kinesis::Client::new(config);
    let name = wanted.physical_id.as_str();
    let body = Body::default();
    let call = client.describe_stream_summary().stream_name(name).customize().interceptor(body.clone());
    let answer = body.json("describe the stream", name, call.send().await)?;
    let mut reading = summary(&answer["StreamDescriptionSummary"]);

    let body = Body::default();
    let call = client.list_tags_for_stream().stream_name(name).limit(50).customize().interceptor(body.clone());
    let answer = body.json("list the tags of the stream", name, call.send().await);
    reading.set_or_unread("Tags", answer.map(|answer| Some(tags(&answer["Tags"]))));
    Ok(reading.done())
}

fn summary(summary: &Json) -> Reading {
    let properties = pick(summary, &["RetentionPeriodHours"]);
    let mut reading = Reading::new(properties, &["RetentionPeriodHours"]);
    reading.set("Name", summary.get("StreamName").cloned());
    let mode = summary["StreamModeDetails"]["StreamMode"].as_str().unwrap_or("PROVISIONED");
    reading.set("StreamModeDetails", Some(json!({ "StreamMode": mode })));
    let shards = summary.get("OpenShardCount").filter(|_| mode == "PROVISIONED");
    reading.set("ShardCount", shards.cloned());
    let encrypted = summary["EncryptionType"] == "KMS";
    reading.set("StreamEncryption", encrypted.then(|| pick(summary, &["EncryptionType", "KeyId"])));
    let monitoring = summary["EnhancedMonitoring"].as_array().into_iter().flatten();
    let metrics: Json = monitoring.flat_map(|entry| entry["ShardLevelMetrics"].as_array()).flatten().cloned().collect();
    reading.set("DesiredShardLevelMetrics", Some(metrics));
    if let Some(size) = summary.get("MaxRecordSizeInKiB") {
        reading.set("MaxRecordSizeInKiB", Some(size.clone()));
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_on_demand_stream_has_no_shard_count() {
        let answer = json!({
            "StreamName": "trips", "RetentionPeriodHours": 24, "OpenShardCount": 4, "EncryptionType": "NONE",
            "StreamModeDetails": { "StreamMode": "ON_DEMAND" }, "EnhancedMonitoring": [{ "ShardLevelMetrics": [] }],
        });
        let live = summary(&answer).live;
        assert_eq!(
            live.properties,
            json!({
                "RetentionPeriodHours": 24, "Name": "trips", "StreamModeDetails": { "StreamMode": "ON_DEMAND" },
                "DesiredShardLevelMetrics": [],
            })
        );
        assert!(["ShardCount", "StreamEncryption"].iter().all(|name| live.covers.contains(&(*name).to_owned())));
        assert!(!live.covers.contains(&"MaxRecordSizeInKiB".to_owned()));
    }
}
