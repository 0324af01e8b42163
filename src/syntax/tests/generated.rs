//! Laws on texts that nobody wrote.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Text made of what YAML gives a meaning.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "a", "b:", ": ", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "\"", "'", "|", ">", "|2-", "&x ", "*x",
            "<<: ", "!Ref ", "!!int ", "!!str ", "# ", "\t", "\r\n", "\r", "? ", "---", "\n---\n", "\n...\n", "%", "@", "`", "~",
            "null", "012", "1.5", "日本", "\u{feff}", "\0", "\u{1f600}", "\\", "\\x", "${{ x }}", "\nkey: ", "\nkey", "-",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A value and a way of writing it.
#[derive(Clone, Debug)]
enum Written {
    Absent,
    Plain(String),
    Single(String),
    Double(String),
    Block(String),
    List(bool, Vec<Written>),
    Map(bool, Vec<Written>),
}

fn written() -> impl Strategy<Value = Written> {
    let text = "[a-zé日 '\"#:,{}\\[\\]*&!-]{0,12}";
    let scalar = prop_oneof![
        Just(Written::Absent),
        "[a-z日][a-z日/.]{0,6}( [a-z]{1,4}){0,2}".prop_map(Written::Plain),
        "0?[0-9]{1,12}".prop_map(Written::Plain),
        text.prop_map(Written::Single),
        text.prop_map(Written::Double),
        "[a-z][a-z #:'\"]{0,10}[a-z](\n[a-z]{1,6}){0,3}".prop_map(Written::Block),
    ];
    scalar.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            (any::<bool>(), vec(inner.clone(), 0..5)).prop_map(|(flow, items)| Written::List(flow, items)),
            (any::<bool>(), vec(inner, 0..5)).prop_map(|(flow, items)| Written::Map(flow, items)),
        ]
    })
}

impl Written {
    fn is_flow(&self) -> bool {
        matches!(self, Written::List(flow, items) | Written::Map(flow, items) if *flow || items.is_empty())
    }

    fn value(&self, flow: bool) -> Json {
        let flow = flow || self.is_flow();
        match self {
            Written::Absent if flow => json!(""),
            Written::Absent => Json::Null,
            Written::Plain(text) => match text.parse::<i64>() {
                Ok(integer) => json!(integer),
                Err(_) if text == "null" => Json::Null,
                Err(_) if text == "true" || text == "false" => json!(text == "true"),
                Err(_) => json!(text),
            },
            Written::Single(text) | Written::Double(text) => json!(text),
            Written::Block(text) if flow => json!(text),
            Written::Block(text) => json!(format!("{text}\n")),
            Written::List(_, items) => items.iter().map(|item| item.value(flow)).collect(),
            Written::Map(_, items) => {
                let entry = |(index, item): (usize, &Written)| (format!("k{index}"), item.value(flow));
                items.iter().enumerate().map(entry).collect::<serde_json::Map<_, _>>().into()
            }
        }
    }

    /// Writes the value after a key or dash; `indent` is that of its children.
    fn write(&self, out: &mut String, indent: usize, flow: bool) {
        let flow = flow || self.is_flow();
        match self {
            Written::Absent if flow => out.push_str(" ''"),
            Written::Absent => out.push_str("  # nothing"),
            Written::Plain(text) => out.extend([" ", text]),
            Written::Single(text) => out.extend([" '", &text.replace('\'', "''"), "'"]),
            Written::Double(text) => out.extend([" ", &json!(text).to_string()]),
            Written::Block(text) if flow => out.extend([" ", &json!(text).to_string()]),
            Written::Block(text) => {
                out.push_str(" |  # text");
                text.lines().for_each(|line| out.extend(["\n", &" ".repeat(indent), line]));
            }
            Written::List(_, items) if flow => {
                out.push_str(" [");
                for item in items {
                    item.write(out, indent, true);
                    out.push_str(" ,");
                }
                out.push(']');
            }
            Written::Map(_, items) if flow => {
                out.push_str(" {");
                for (index, item) in items.iter().enumerate() {
                    out.push_str(&format!("\"k{index}\" :"));
                    item.write(out, indent, true);
                    out.push_str(", ");
                }
                out.push('}');
            }
            Written::List(_, items) => {
                for item in items {
                    out.extend(["\n", &" ".repeat(indent), "-"]);
                    item.write(out, indent + 2, false);
                }
            }
            Written::Map(_, items) => {
                for (index, item) in items.iter().enumerate() {
                    out.extend(["\n# note\n", &" ".repeat(indent), &format!("k{index}:")]);
                    item.write(out, indent + 3, false);
                }
            }
        }
    }

    fn text(&self) -> String {
        let mut out = "root:".to_owned();
        self.write(&mut out, 1, false);
        out.push_str("\nlast: 1\n");
        out
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_much(bytes in vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        check_laws(&text, &read(&text));
    }

    #[test]
    fn no_yamlish_text_is_too_much(text in yamlish()) {
        check_laws(&text, &read(&text));
    }

    #[test]
    fn forbidden_characters_of_every_length_keep_their_places(before in yamlish(), which in 0..4usize, after in yamlish()) {
        let text = format!("{before}{}{after}", ['\0', '\u{80}', '\u{9f}', '\u{ffff}'][which]);
        check_laws(&text, &read(&text));
    }

    #[test]
    fn what_is_written_is_read(value in written()) {
        let text = value.text();
        let expected = json!({"root": value.value(false), "last": 1});
        let parsed = read(&text);
        prop_assert!(parsed.diagnostics.is_empty(), "{}\n{:?}", text, parsed.diagnostics);
        prop_assert_eq!(json(&parsed.root), expected.clone(), "{}", text);
        check_laws(&text, &parsed);
        for line_end in ["\r\n", "\r"] {
            let text = text.replace('\n', line_end);
            let parsed = read(&text);
            prop_assert!(parsed.diagnostics.is_empty(), "{:?}\n{:?}", text, parsed.diagnostics);
            prop_assert_eq!(json(&parsed.root), expected.clone(), "{:?}", text);
            check_laws(&text, &parsed);
        }
    }

    #[test]
    fn damaged_text_is_survived(value in written(), cuts in vec((any::<prop::sample::Index>(), "[\\x00-\\x7fé日]{0,3}", any::<bool>()), 1..5)) {
        let mut text = value.text();
        for (place, insert, delete) in cuts {
            let at = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.ceil_char_boundary(at + usize::from(delete)).min(text.len());
            text.replace_range(at..end, &insert);
        }
        let parsed = read(&text);
        check_laws(&text, &parsed);
        check_laws(&text.replace('\n', "\r\n"), &read(&text.replace('\n', "\r\n")));
    }

    #[test]
    fn json_is_read_as_a_json_reader_reads_it(value in written(), pretty in any::<bool>()) {
        let value = value.value(false);
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        let parsed = read(&text);
        prop_assert!(parsed.diagnostics.is_empty(), "{}\n{:?}", text, parsed.diagnostics);
        prop_assert_eq!(json(&parsed.root), value, "{}", text);
    }
}
