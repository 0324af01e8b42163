//! Laws on files that nobody wrote.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::syntax::PlainKind;

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        (0..99i64).prop_map(Json::from),
        "[a-z注]{1,4}".prop_map(Json::from),
        Just(json!("a # b: {c}")),
        Just(json!("two\nlines")),
        Just(Json::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec(inner, 0..4).prop_map(|values| {
                let entries = values.into_iter().enumerate().map(|(index, value)| (format!("k{index}"), value));
                Json::Object(entries.collect())
            }),
        ]
    })
}

/// How a document is laid out.
#[derive(Clone, Copy, Debug)]
enum Style {
    Compact,
    Pretty,
    Block,
    Lines,
}

struct Writer {
    out: String,
    comments: usize,
}

impl Writer {
    fn comment(&mut self) {
        self.comments += 1;
        self.out += &format!("# 注 {}, {{[:\tend", self.comments);
    }

    fn leaf(value: &Json) -> String {
        if value.is_null() { "~".to_owned() } else { value.to_string() }
    }

    /// Begins where the value is to stand on the line of its key or dash.
    fn block(&mut self, value: &Json, indent: usize) {
        let line = format!("\n{}", " ".repeat(indent));
        let entries: Vec<(String, &Json)> = match value {
            Json::Array(items) => items.iter().map(|item| ("-".to_owned(), item)).collect(),
            Json::Object(entries) => entries.iter().map(|(key, value)| (format!("{key}:"), value)).collect(),
            Json::String(text) if text.contains('\n') => {
                self.out += &format!(" |- # header{line}{}", text.replace('\n', &line));
                return;
            }
            _ => Vec::new(),
        };
        if entries.is_empty() {
            self.out += &format!(" {}  ", Self::leaf(value));
            self.comment();
        }
        for (lead, value) in entries {
            self.out += &line;
            self.comment();
            self.out += &format!("{line}{lead}");
            self.block(value, indent + 2);
        }
    }

    /// Between brackets, with an entry on each line.
    fn lines(&mut self, value: &Json, indent: usize) {
        let line = format!("\n{}", " ".repeat(indent));
        let (open, close, entries): (_, _, Vec<(String, &Json)>) = match value {
            Json::Array(items) => ("[", "]", items.iter().map(|item| (String::new(), item)).collect()),
            Json::Object(entries) => {
                ("{", "}", entries.iter().map(|(key, value)| (format!("{key}: "), value)).collect())
            }
            _ => return self.out += &Self::leaf(value),
        };
        self.out += open;
        let count = entries.len();
        for (index, (lead, value)) in entries.into_iter().enumerate() {
            self.out += &format!("{line}  {lead}");
            self.lines(value, indent + 2);
            self.out += if index + 1 < count { ", " } else { " " };
            self.comment();
            self.out += &line;
        }
        self.out += close;
    }
}

fn written(value: &Json, style: Style) -> String {
    let mut writer = Writer { out: String::new(), comments: 0 };
    match style {
        Style::Compact => return value.to_string(),
        Style::Pretty => return format!("{value:#}\n"),
        Style::Block => writer.block(value, 0),
        Style::Lines => writer.lines(value, 0),
    }
    writer.out + "\n"
}

fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(scalar) => match scalar.kind() {
            PlainKind::Integer(value) => json!(value),
            _ => json!(scalar.text),
        },
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.text.clone(), to_json(&entry.value))).collect())
        }
    }
}

/// Every place: its span, its pointer, and whether it is an entry.
fn places(node: &Node, path: &str, all: &mut Vec<(Span, String, bool)>) {
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                all.push((item.span.clone(), format!("{path}/{index}"), false));
                places(item, &format!("{path}/{index}"), all);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let path = format!("{path}/{}", entry.key.text);
                all.push((entry.key.span.clone(), path.clone(), true));
                places(&entry.value, &path, all);
            }
        }
        _ => {}
    }
}

fn comments(text: &str) -> Vec<&str> {
    text.match_indices("# 注 ").map(|(at, _)| &text[at..lex::line_end(text, at)]).collect()
}

fn parent<'j>(tree: &'j mut Json, path: &str) -> (&'j mut Json, String) {
    let (parent, last) = path.rsplit_once('/').unwrap();
    (tree.pointer_mut(parent).unwrap(), last.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_is_the_expected_one_and_comments_survive(
        value in value().prop_filter("has places", |value| value.is_object() || value.is_array()),
        style in prop::sample::select(vec![Style::Compact, Style::Pretty, Style::Block, Style::Lines]),
        crlf in any::<bool>(),
        new in prop_oneof![Just(json!("new text")), Just(json!(7)), Just(json!({"a": [1, "b # c"], "d": "yes"}))],
    ) {
        let text = written(&value, style);
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let (file, editor) = editor(&text);
        prop_assert_eq!(to_json(&editor.root), value.clone(), "{}", text);
        let mut all = Vec::new();
        places(&editor.root, "", &mut all);
        for (span, path, is_entry) in all {
            let mut removed = value.clone();
            let (holder, last) = parent(&mut removed, &path);
            match holder {
                Json::Array(items) => drop(items.remove(last.parse().unwrap())),
                Json::Object(entries) => drop(entries.shift_remove(&last)),
                _ => unreachable!(),
            }
            let mut inserted = value.clone();
            let (holder, last) = parent(&mut inserted, &path);
            match holder {
                Json::Array(items) => items.insert(last.parse::<usize>().unwrap() + 1, new.clone()),
                Json::Object(entries) => {
                    let at = entries.keys().position(|key| *key == last).unwrap() + 1;
                    entries.shift_insert(at, "new".to_owned(), new.clone());
                }
                _ => unreachable!(),
            }
            let (remove, insert) = match is_entry {
                true => (editor.remove_entry(&span), editor.insert_entry_after(&span, "new", &new)),
                false => (editor.remove_item(&span), editor.insert_item_after(&span, &new)),
            };
            for (edits, expected, gone) in [(remove, removed, true), (insert, inserted, false)] {
                let edits = edits.unwrap_or_else(|| panic!("no edits at {path} of\n{text}"));
                let result = after(&file, Some(edits));
                let parsed = crate::syntax::parse(&SourceFile::new("after.yaml", result.as_str()));
                prop_assert!(parsed.diagnostics.is_empty(), "{path}\n{text}\n{result}\n{:?}", parsed.diagnostics);
                prop_assert_eq!(to_json(&parsed.root), expected, "{}\n{}\n{}", path, text, result);
                prop_assert_eq!(result.contains("\r\n"), text.contains("\r\n") || (crlf && result.contains('\n')));
                let place = if is_entry { editor.entry(&span) } else { editor.item(&span) }.unwrap();
                let is_dashed = !is_entry && !place.is_bracketed();
                let start = if is_dashed { editor.dash(&place).unwrap() } else { span.start };
                let end = if gone { lex::line_end(&text, place.end(place.index).unwrap()) } else { start };
                let kept: Vec<_> = comments(&text[..start]).into_iter().chain(comments(&text[end..])).collect();
                let left = comments(&result);
                prop_assert!(kept.iter().all(|comment| left.contains(comment)), "{path}\n{text}\n{result}");
            }
        }
    }
}
