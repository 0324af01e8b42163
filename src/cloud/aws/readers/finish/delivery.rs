//! Delivery streams of Firehose.

use serde_json::{Value as Json, json};

use super::super::{Reading, Wanted};

/// What Firehose has where nobody set a parameter of a Lambda processor. `ProcessorParameter` in its API reference,
/// read 2026-11-21.
const PARAMETERS: [(&str, &str); 3] =
    [("NumberOfRetries", "3"), ("BufferSizeInMBs", "1.0"), ("BufferIntervalInSeconds", "60")];

pub(super) fn stream(wanted: &Wanted, answer: &Json, reading: &mut Reading) {
    let encryption = answer["DeliveryStreamEncryptionConfiguration"]["Status"].as_str();
    if !matches!(encryption, Some("ENABLED" | "ENABLING")) {
        reading.put("DeliveryStreamEncryptionConfigurationInput", None);
    }
    // Each S3 destination is told in both ways.
    let plain = wanted.properties.get("S3DestinationConfiguration").is_some();
    let other = if plain { "ExtendedS3DestinationConfiguration" } else { "S3DestinationConfiguration" };
    reading.put(other, None);
    let Some(live) = reading.live.properties.as_object_mut() else { return };
    for (name, destination) in live.iter_mut().filter(|(name, _)| name.ends_with("DestinationConfiguration")) {
        let role = destination["RoleARN"].clone();
        let processors = destination.pointer_mut("/ProcessingConfiguration/Processors").and_then(Json::as_array_mut);
        for (index, processor) in processors.into_iter().flatten().enumerate() {
            let authored = &wanted.properties[name]["ProcessingConfiguration"]["Processors"][index]["Parameters"];
            if let Some(parameters) = processor["Parameters"].as_array_mut() {
                parameters.retain(|parameter| declared(authored, parameter) || !usual(parameter, &role));
            }
        }
    }
}

fn declared(authored: &Json, parameter: &Json) -> bool {
    authored.as_array().into_iter().flatten().any(|one| one["ParameterName"] == parameter["ParameterName"])
}

fn usual(parameter: &Json, role: &Json) -> bool {
    let (name, value) = (&parameter["ParameterName"], &parameter["ParameterValue"]);
    let own_role = name == "RoleArn" && value == role;
    own_role || PARAMETERS.iter().any(|(known, usual)| name == known && json!(usual) == *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_s3_destination_is_one() {
        let wanted = |properties| Wanted {
            logical_id: "D".to_owned(),
            resource_type: "AWS::KinesisFirehose::DeliveryStream".to_owned(),
            physical_id: "d".to_owned(),
            properties,
        };
        let live = json!({
            "S3DestinationConfiguration": { "BucketARN": "b" }, "ExtendedS3DestinationConfiguration": { "BucketARN": "b" },
            "DeliveryStreamEncryptionConfigurationInput": { "KeyType": "AWS_OWNED_CMK" },
        });
        let read = |properties, status: &str| {
            let mut reading = Reading::new(live.clone(), &[]);
            let answer = json!({ "DeliveryStreamEncryptionConfiguration": { "Status": status } });
            stream(&wanted(properties), &answer, &mut reading);
            reading.live.properties.as_object().expect("a map").keys().cloned().collect::<Vec<_>>()
        };
        let plain = json!({ "S3DestinationConfiguration": {} });
        assert_eq!(read(plain, "DISABLED"), ["S3DestinationConfiguration"]);
        assert_eq!(
            read(json!({}), "ENABLED"),
            ["ExtendedS3DestinationConfiguration", "DeliveryStreamEncryptionConfigurationInput"]
        );
    }

    #[test]
    fn parameters_that_firehose_adds_are_left_out() {
        let parameter = |name: &str, value: &str| json!({ "ParameterName": name, "ParameterValue": value });
        let role = json!("arn:aws:iam::111122223333:role/delivery");
        assert!(usual(&parameter("NumberOfRetries", "3"), &role));
        assert!(usual(&parameter("RoleArn", "arn:aws:iam::111122223333:role/delivery"), &role));
        assert!(!usual(&parameter("NumberOfRetries", "1"), &role));
        assert!(declared(&json!([parameter("NumberOfRetries", "3")]), &parameter("NumberOfRetries", "1")));
    }
}
