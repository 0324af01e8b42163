use std::collections::BTreeMap;

use proptest::prelude::*;

use super::yaml_scalar::inline;
use super::{Artifact, Mapping, Printed, json, source_map, yaml};
use crate::desired::generate::{any_value, origin};
use crate::desired::{Origin, Value, ValueKind};

fn map(entries: &[(&str, Value)]) -> Value {
    let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Value::new(ValueKind::Map(entries), &origin())
}

fn lines(printed: &Printed) -> BTreeMap<&str, usize> {
    printed.mappings.iter().map(|mapping| (mapping.pointer.as_str(), mapping.line)).collect()
}

fn sample() -> Value {
    let text = |text: &str| Value::text(text, &origin());
    let join = Value::from_json(serde_json::json!({"Fn::Join": [":", ["a", {"Ref": "B"}]]}), &origin());
    let nested = Value::from_json(serde_json::json!({"Fn::Base64": {"Fn::Sub": "echo ${A}\nmake\n"}}), &origin());
    map(&[
        ("Account", text("012345678901")),
        ("Mode", text("on")),
        ("Plain", text("AWS::Kinesis::Stream")),
        ("Script", text("set -e\n\nmake\n")),
        ("Arn", Value::get_att("Trips", "Arn", &origin())),
        ("Joined", join),
        ("UserData", nested),
        ("Tags", Value::list(vec![map(&[("Key", text("a")), ("Value", text("it's"))])], &origin())),
        ("None", Value::list(Vec::new(), &origin())),
        ("Empty", Value::map(&origin())),
        ("Hidden", text("a\u{202e}b")),
    ])
}

#[test]
fn yaml_is_in_block_style_with_short_tags() {
    let printed = yaml::print(&sample(), Some("Made by tidegate.\n\nDo not edit.\n"));
    let expected = r#"# Made by tidegate.
#
# Do not edit.
Account: '012345678901'
Mode: 'on'
Plain: AWS::Kinesis::Stream
Script: |
  set -e

  make
Arn: !GetAtt Trips.Arn
Joined: !Join
  - ':'
  - - a
    - !Ref B
UserData:
  Fn::Base64: !Sub |
    echo ${A}
    make
Tags:
  - Key: a
    Value: 'it''s'
None: []
Empty: {}
Hidden: "a\u202Eb"
"#;
    assert_eq!(printed.text, expected);
    let lines = lines(&printed);
    assert_eq!((lines[""], lines["/Account"], lines["/Joined"], lines["/Tags/0/Value"]), (4, 4, 12, 22));
    assert!(!lines.contains_key("/Joined/Fn::Join"));
}

#[test]
fn json_has_long_functions_and_one_line_per_scalar() {
    let printed = json::print(&sample());
    assert!(printed.text.starts_with("{\n  \"Account\": \"012345678901\",\n"));
    assert!(
        printed.text.contains("  \"Arn\": {\n    \"Fn::GetAtt\": [\n      \"Trips\",\n      \"Arn\"\n    ]\n  },\n")
    );
    assert!(printed.text.ends_with("  \"None\": [],\n  \"Empty\": {},\n  \"Hidden\": \"a\\u202eb\"\n}\n"));
    assert_eq!(lines(&printed)["/Tags/0/Value"], 31);
}

#[test]
fn the_last_block_leaves_no_blank_line_at_the_end() {
    let printed =
        yaml::print(&map(&[("A", Value::text("a\n\n", &origin())), ("B", Value::text("b\n\n", &origin()))]), None);
    assert_eq!(printed.text, "A: \"a\\n\\n\"\nB: \"b\\n\\n\"\n");
    let printed =
        yaml::print(&map(&[("A", Value::text("a\n\n", &origin())), ("B", Value::text("b", &origin()))]), None);
    assert_eq!(printed.text, "A: |+\n  a\n\nB: b\n");
}

#[test]
fn a_header_cannot_leave_its_comment() {
    let printed = yaml::print(&map(&[]), Some("a\u{2028}b: c\r\nd\re\u{85}f\u{feff}"));
    assert_eq!(printed.text, "# a b: c\n# d e f\n{}\n");
}

#[test]
fn the_source_map_is_sorted_with_one_line_per_node() {
    let derived = Origin::derived(&origin().span, "a stream needs \"one\"");
    let artifact = |path: &str, pointers: &[(&str, usize, &Origin)]| {
        let mapping = |(pointer, line, origin): &(&str, usize, &Origin)| Mapping {
            pointer: (*pointer).to_owned(),
            line: *line,
            origin: Origin::clone(origin),
        };
        Artifact { path: path.to_owned(), text: String::new(), mappings: pointers.iter().map(mapping).collect() }
    };
    let artifacts = [artifact("b.yaml", &[("/Z", 2, &origin()), ("/A\"", 1, &derived)]), artifact("a.json", &[])];
    let printed = source_map::print(&artifacts, "pipeline.yaml", str::to_owned);
    let expected = r#"{"version":1,"source":"pipeline.yaml","artifacts":{
  "a.json":{},
  "b.yaml":{
    "/A\"":{"line":1,"source_line":2,"source_column":7,"reason":"a stream needs \"one\""},
    "/Z":{"line":2,"source_line":2,"source_column":7,"reason":null}
  }
}}
"#;
    assert_eq!(printed, expected);
    assert!(serde_json::from_str::<serde_json::Value>(&printed).is_ok());
    assert_eq!(
        source_map::print(&[], "pipeline.yaml", str::to_owned),
        "{\"version\":1,\"source\":\"pipeline.yaml\",\"artifacts\":{}}\n"
    );
}

/// The text of the last token of a pointer, unless it is a list index below `value`.
fn key_of(value: &Value, pointer: &str) -> Option<String> {
    let (parent, token) = pointer.rsplit_once('/')?;
    match value.at(parent)?.kind {
        ValueKind::Map(_) => Some(token.replace("~1", "/").replace("~0", "~")),
        _ => None,
    }
}

/// Each node of `value` is mapped once, to a line that shows its key, its dash, or its text.
fn assert_mapped(value: &Value, printed: &Printed, show_key: fn(&str) -> String) {
    let mut nodes = Vec::new();
    value.walk("", &mut |pointer, _| nodes.push(pointer.to_owned()));
    let mapped: Vec<&str> = printed.mappings.iter().map(|mapping| mapping.pointer.as_str()).collect();
    assert_eq!(mapped, nodes);
    let lines: Vec<&str> = printed.text.split('\n').collect();
    assert!(printed.mappings.is_sorted_by_key(|mapping| mapping.line));
    for mapping in &printed.mappings {
        let line = lines[mapping.line - 1];
        if let Some(key) = key_of(value, &mapping.pointer) {
            assert!(line.contains(&show_key(&key)), "{} is not on line {}: {line}", mapping.pointer, mapping.line);
        }
        let node = value.at(&mapping.pointer).map(|node| &node.kind);
        if let Some(ValueKind::Integer(number)) = node {
            // The value of a long key stands on the line after it.
            assert!(line.contains(&number.to_string()) || line.len() > 1000);
        }
    }
}

proptest! {
    #[test]
    fn yaml_maps_every_node_and_has_no_trailing_blanks(value in any_value()) {
        let printed = yaml::print(&value, None);
        assert_mapped(&value, &printed, inline);
        for line in printed.text.split('\n') {
            prop_assert!(!line.ends_with([' ', '\t', '\r']), "{line:?}");
        }
        let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || "\u{feff}\u{2028}\u{2029}\u{202e}\u{ffff}".contains(c);
        prop_assert!(!printed.text.contains(hidden));
        prop_assert!(printed.text.ends_with('\n') && !printed.text.ends_with("\n\n"));
        prop_assert_eq!(yaml::print(&value, None).text, printed.text);
    }

    #[test]
    fn json_maps_every_node_and_reads_back(value in any_value()) {
        let printed = json::print(&value);
        assert_mapped(&value, &printed, |key| {
            let shown = json::print(&Value::text(key, &origin())).text;
            format!("{}: ", shown.trim_end())
        });
        let read: serde_json::Value = serde_json::from_str(&printed.text).unwrap();
        // Both sides go through the same reader, which may round the last digit of a float.
        let expected: serde_json::Value = serde_json::from_str(&value.to_json().to_string()).unwrap();
        prop_assert_eq!(read, expected);
    }
}
