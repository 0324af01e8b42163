//! The definition of a state machine: Step Functions keeps one text, which a template may have written in four ways.

use serde_json::{Map, Value as Json};

use super::super::{Reading, Wanted};

pub(super) fn definition(wanted: &Wanted, answer: &Json, reading: &mut Reading) {
    let live = answer["definition"].as_str().unwrap_or_default();
    let substitutions: Vec<(String, String)> = wanted.properties["DefinitionSubstitutions"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (format!("${{{name}}}"), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    if wanted.properties.get("DefinitionSubstitutions").is_some() {
        reading.set("DefinitionSubstitutions", wanted.properties.get("DefinitionSubstitutions").cloned());
    }
    if let Some(authored) = wanted.properties.get("Definition") {
        reading.put("DefinitionString", None);
        let Ok(live) = serde_json::from_str(live) else {
            return reading.unread("/Definition".to_owned(), "the deployed definition is not JSON".to_owned());
        };
        reading.set("Definition", Some(authored_again(authored, live, &substitutions)));
        return;
    }
    if wanted.properties.get("DefinitionS3Location").is_some() {
        reading.put("DefinitionString", None);
        let reason = "Step Functions does not say which object its definition came from";
        return reading.unread("/DefinitionS3Location".to_owned(), reason.to_owned());
    }
    let Some(authored) = wanted.properties["DefinitionString"].as_str() else { return };
    let parse = |text: &str| serde_json::from_str::<Json>(text).ok();
    let meant = substituted(authored, &substitutions);
    if meant == live || parse(&meant).is_some_and(|meant| parse(live) == Some(meant)) {
        reading.put("DefinitionString", Some(Json::from(authored)));
    }
}

fn substituted(text: &str, substitutions: &[(String, String)]) -> String {
    substitutions.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The live definition, with the texts of the authored one where substituting makes them what is there.
fn authored_again(authored: &Json, live: Json, substitutions: &[(String, String)]) -> Json {
    match (authored, live) {
        (Json::Object(authored), Json::Object(live)) => live
            .into_iter()
            .map(|(key, live)| {
                let value = authored_again(authored.get(&key).unwrap_or(&Json::Null), live, substitutions);
                (key, value)
            })
            .collect::<Map<_, _>>()
            .into(),
        (Json::Array(authored), Json::Array(live)) => {
            let authored = authored.iter().chain(std::iter::repeat(&Json::Null));
            live.into_iter()
                .zip(authored)
                .map(|(live, authored)| authored_again(authored, live, substitutions))
                .collect()
        }
        (Json::String(authored), live) => {
            let meant = substituted(authored, substitutions);
            let same = live == meant.as_str() || serde_json::from_str::<Json>(&meant).is_ok_and(|meant| meant == live);
            if same { Json::from(authored.as_str()) } else { live }
        }
        (_, live) => live,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn live(properties: Json, definition: &str) -> Json {
        let wanted = Wanted {
            logical_id: "M".to_owned(),
            resource_type: "AWS::StepFunctions::StateMachine".to_owned(),
            physical_id: "arn".to_owned(),
            properties,
        };
        let mut reading = Reading::new(json!({ "DefinitionString": definition }), &["DefinitionString"]);
        definition_of(&wanted, definition, &mut reading);
        reading.live.properties
    }

    fn definition_of(wanted: &Wanted, text: &str, reading: &mut Reading) {
        definition(wanted, &json!({ "definition": text }), reading);
    }

    #[test]
    fn substitutions_are_taken_back() {
        let authored = json!({ "StartAt": "A", "States": { "A": { "Resource": "${Arn}", "Seconds": "${Wait}" } } });
        let properties = json!({ "Definition": authored, "DefinitionSubstitutions": { "Arn": "x", "Wait": 5 } });
        let deployed = r#"{"StartAt": "A", "States": {"A": {"Resource": "x", "Seconds": 5}}}"#;
        assert_eq!(live(properties.clone(), deployed)["Definition"], authored);
        let changed = live(properties, &deployed.replace("\"x\"", "\"y\""));
        assert_eq!(changed["Definition"]["States"]["A"], json!({ "Resource": "y", "Seconds": "${Wait}" }));
    }

    #[test]
    fn another_spelling_of_the_same_text_is_the_same() {
        let properties = json!({ "DefinitionString": r#"{"StartAt": "${A}", "x": "日本"}"#, "DefinitionSubstitutions": { "A": "B" } });
        assert_eq!(
            live(properties.clone(), "{ \"x\": \"日本\",\r\n \"StartAt\": \"B\" }")["DefinitionString"],
            properties["DefinitionString"]
        );
        assert_eq!(live(properties, r#"{"StartAt": "C"}"#)["DefinitionString"], r#"{"StartAt": "C"}"#);
    }

    #[test]
    fn a_definition_from_a_bucket_cannot_be_compared() {
        let wanted = json!({ "DefinitionS3Location": { "Bucket": "b", "Key": "k" } });
        assert_eq!(live(wanted, "{}"), json!({}));
    }
}
