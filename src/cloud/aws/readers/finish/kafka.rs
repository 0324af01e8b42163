//! Texts of Kafka that MSK hands out in Base64.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::{Reading, Wanted};

/// Server properties are compared as what they mean: lines `key=value` in any order, comments left out.
pub(super) fn configuration(wanted: &Wanted, answers: &[Json], reading: &mut Reading) {
    let Some(encoded) = answers.get(1).and_then(|answer| answer["serverProperties"].as_str()) else { return };
    let Some(live) = decoded(encoded) else {
        return reading.unread("/ServerProperties".to_owned(), "MSK's answer is not Base64".to_owned());
    };
    let authored = wanted.properties["ServerProperties"].as_str();
    let same = authored.is_some_and(|authored| server_properties(authored) == server_properties(&live));
    reading.put("ServerProperties", Some(Json::from(authored.filter(|_| same).unwrap_or(&live))));
}

fn server_properties(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    lines.map(|line| line.split_once('=').map_or((line, ""), |(key, value)| (key.trim(), value.trim()))).collect()
}

/// Settings that the template names are compared; MSK may add its own.
pub(super) fn topic(wanted: &Wanted, answer: &Json, reading: &mut Reading) {
    let settings = |text: &str| serde_json::from_str::<Json>(&decoded(text)?).ok();
    let Some(authored) = wanted.properties["Configs"].as_str() else { return reading.put("Configs", None) };
    let (Some(meant), Some(live)) = (settings(authored), answer["configs"].as_str().and_then(settings)) else { return };
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let same = |(key, value): (&String, &Json)| live.get(key).is_some_and(|live| text(live) == text(value));
    if meant.as_object().is_some_and(|meant| meant.iter().all(same)) {
        reading.put("Configs", Some(Json::from(authored)));
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=') {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(properties: Json) -> Wanted {
        let text = String::new;
        Wanted { logical_id: text(), resource_type: text(), physical_id: text(), properties }
    }

    #[test]
    fn base64_is_read() {
        assert_eq!(decoded("YQ==").as_deref(), Some("a"));
        assert_eq!(decoded("5pel5pys\r\n").as_deref(), Some("日本"));
        assert_eq!(decoded(""), Some(String::new()));
        assert_eq!(decoded("a*b"), None);
        assert_eq!(decoded("/w=="), None);
    }

    #[test]
    fn order_and_comments_of_server_properties_mean_nothing() {
        let authored = "# ours\nauto.create.topics.enable = false\nmin.insync.replicas=2";
        let live = |encoded: &str| {
            let mut reading = Reading::default();
            reading.live.properties = json!({ "ServerProperties": encoded });
            let answers = [Json::Null, json!({ "serverProperties": encoded })];
            configuration(&wanted(json!({ "ServerProperties": authored })), &answers, &mut reading);
            reading.live.properties["ServerProperties"].clone()
        };
        // min.insync.replicas=2, auto.create.topics.enable=false
        let same = "bWluLmluc3luYy5yZXBsaWNhcz0yCmF1dG8uY3JlYXRlLnRvcGljcy5lbmFibGU9ZmFsc2UK";
        assert_eq!(live(same), authored);
        assert_eq!(live("bWluLmluc3luYy5yZXBsaWNhcz0x"), "min.insync.replicas=1");
    }

    #[test]
    fn settings_of_topics_that_nobody_asked_for_are_left_out() {
        let authored = "eyJyZXRlbnRpb24ubXMiOiI2MDQ4MDAwMDAifQ=="; // {"retention.ms":"604800000"}
        let live = |encoded: &str| {
            let mut reading = Reading::default();
            reading.live.properties = json!({ "Configs": encoded });
            topic(&wanted(json!({ "Configs": authored })), &json!({ "configs": encoded }), &mut reading);
            reading.live.properties["Configs"].clone()
        };
        // {"retention.ms":604800000,"x":"1"}
        assert_eq!(live("eyJyZXRlbnRpb24ubXMiOjYwNDgwMDAwMCwieCI6IjEifQ=="), authored);
        // {"retention.ms":"1"}
        let other = "eyJyZXRlbnRpb24ubXMiOiIxIn0=";
        assert_eq!(live(other), other);
    }
}
