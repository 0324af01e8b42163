//! Lambda's event source mappings and aliases.

use serde_json::{Value as Json, json};

use super::super::{Reading, Wanted};

pub(super) fn mapping(wanted: &Wanted, answer: &Json, reading: &mut Reading) {
    match answer["State"].as_str() {
        Some("Enabled" | "Enabling" | "Creating") => reading.set("Enabled", Some(json!(true))),
        Some("Disabled" | "Disabling") => reading.set("Enabled", Some(json!(false))),
        state => {
            reading.live.covers.retain(|name| name != "Enabled");
            let state = state.unwrap_or("of an unknown state");
            let reason = format!("the mapping is {state}, so that it cannot be told whether it will be enabled");
            reading.unread("/Enabled".to_owned(), reason);
        }
    }
    // The template may name the function, its version or its alias; Lambda gives the ARN.
    if let (Some(name), Some(arn)) = (wanted.properties["FunctionName"].as_str(), answer["FunctionArn"].as_str())
        && (arn.ends_with(&format!(":function:{name}")) || arn == name || arn.ends_with(&format!(":{name}")))
    {
        reading.put("FunctionName", Some(json!(name)));
    }
}

/// The weights of other versions, which the API has by version.
pub(super) fn alias(answer: &Json, reading: &mut Reading) {
    let weights = answer["RoutingConfig"]["AdditionalVersionWeights"].as_object().into_iter().flatten();
    let weights: Vec<Json> =
        weights.map(|(version, weight)| json!({ "FunctionVersion": version, "FunctionWeight": weight })).collect();
    let routing = (!weights.is_empty()).then(|| json!({ "AdditionalVersionWeights": weights }));
    reading.put("RoutingConfig", routing);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, answer: &Json) -> Reading {
        let wanted = Wanted {
            logical_id: "M".to_owned(),
            resource_type: "AWS::Lambda::EventSourceMapping".to_owned(),
            physical_id: "uuid".to_owned(),
            properties: json!({ "FunctionName": name }),
        };
        let mut reading = Reading::new(json!({ "FunctionName": answer["FunctionArn"] }), &["Enabled"]);
        mapping(&wanted, answer, &mut reading);
        reading
    }

    #[test]
    fn a_mapping_that_was_turned_off_is_not_enabled() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:f:live";
        let live = read("f:live", &json!({ "State": "Disabling", "FunctionArn": arn })).live;
        assert_eq!(live.properties, json!({ "FunctionName": "f:live", "Enabled": false }));
        let live = read("g", &json!({ "State": "Enabled", "FunctionArn": arn })).live;
        assert_eq!(live.properties, json!({ "FunctionName": arn, "Enabled": true }));
    }

    #[test]
    fn a_mapping_in_between_is_not_judged() {
        let live = read("f", &json!({ "State": "Updating", "FunctionArn": "f" })).live;
        assert_eq!(live.covers, [] as [&str; 0]);
        assert_eq!(live.unread[0].0, "/Enabled");
    }

    #[test]
    fn weights_are_listed() {
        let mut reading = Reading::default();
        reading.live.properties = json!({});
        alias(&json!({ "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.5 } } }), &mut reading);
        assert_eq!(
            reading.live.properties["RoutingConfig"],
            json!({ "AdditionalVersionWeights": [{ "FunctionVersion": "2", "FunctionWeight": 0.5 }] })
        );
        alias(&json!({}), &mut reading);
        assert_eq!(reading.live.properties, json!({}));
    }
}
