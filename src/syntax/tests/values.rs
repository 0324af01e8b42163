//! Values, spans, tags, aliases and merge keys.

use super::*;

#[test]
fn plain_scalars_mean_what_the_core_schema_says() {
    use PlainKind::{Boolean, Float, Integer, Text};
    let cases = [
        ("true", Boolean(true)),
        ("True", Boolean(true)),
        ("TRUE", Boolean(true)),
        ("false", Boolean(false)),
        ("False", Boolean(false)),
        ("tRUE", Text),
        ("yes", Text),
        ("no", Text),
        ("on", Text),
        ("Off", Text),
        ("y", Text),
        ("0", Integer(0)),
        ("-0", Integer(0)),
        ("+12", Integer(12)),
        ("-19", Integer(-19)),
        ("012", Integer(12)),
        ("012345678901", Integer(12_345_678_901)),
        ("0o14", Integer(12)),
        ("0o8", Text),
        ("0o", Text),
        ("0xC", Integer(12)),
        ("0xfF", Integer(255)),
        ("0x", Text),
        ("-0xC", Text),
        ("0XC", Text),
        ("0b11", Text),
        ("1_000", Text),
        ("1:30", Text),
        ("9223372036854775807", Integer(i64::MAX)),
        ("-9223372036854775808", Integer(i64::MIN)),
        ("9223372036854775808", Float(9_223_372_036_854_775_808.0)),
        ("123456789012345678901", Float(123_456_789_012_345_680_000.0)),
        ("0x10000000000000000", Float(18_446_744_073_709_551_616.0)),
        ("1.5", Float(1.5)),
        ("1.", Float(1.0)),
        (".5", Float(0.5)),
        ("-.5", Float(-0.5)),
        ("+.5e-1", Float(0.05)),
        ("1e3", Float(1000.0)),
        ("1E+3", Float(1000.0)),
        ("1e", Text),
        ("e3", Text),
        (".", Text),
        (".e3", Text),
        ("-", Text),
        ("+", Text),
        ("--1", Text),
        ("1.2.3", Text),
        ("1e2e3", Text),
        ("1.e5", Float(100_000.0)),
        (".inf", Float(f64::INFINITY)),
        ("-.Inf", Float(f64::NEG_INFINITY)),
        ("+.INF", Float(f64::INFINITY)),
        ("inf", Text),
        ("nan", Text),
        ("infinity", Text),
        ("-.nan", Text),
        ("2024-01-01", Text),
        ("１２", Text),
        ("", Text),
    ];
    for (text, kind) in cases {
        assert_eq!(Scalar { text: text.to_owned(), plain: true }.kind(), kind, "{text}");
        assert_eq!(Scalar { text: text.to_owned(), plain: false }.kind(), Text, "{text}");
    }
    for text in [".nan", ".NaN", ".NAN"] {
        assert!(matches!(Scalar { text: text.to_owned(), plain: true }.kind(), Float(value) if value.is_nan()));
    }
}

#[test]
fn an_account_keeps_its_leading_zero() {
    let root = sound("account: 012345678901");
    let Value::Scalar(scalar) = &at(&root, "account").value else { panic!("not a scalar") };
    assert_eq!((scalar.text.as_str(), scalar.kind()), ("012345678901", PlainKind::Integer(12_345_678_901)));
}

#[test]
fn absent_and_null_values_are_null() {
    let root = sound("a:\nb: ~\nc: null\nd: Null\ne: NULL\nf: nUll\ng: \"\"\nh: 'null'\ni: \"~\"\n");
    assert_eq!(
        json(&root),
        json!({"a": null, "b": null, "c": null, "d": null, "e": null, "f": "nUll", "g": "", "h": "null", "i": "~"})
    );
}

#[test]
fn files_without_a_value_are_null() {
    for text in ["", "\u{feff}", "\n\n", "# only a comment", "---\n", "---\n# c\n...\n", "\r\n", "   ", "\r"] {
        let root = sound(text);
        assert!(matches!(root.value, Value::Null), "{text:?}");
        assert_eq!(root.span.text(), "");
    }
}

#[test]
fn spans_are_exact() {
    // Path, and the text of the value's span.
    let text = "\
# first
name: trips # why
'quoted key': \"it \\\"is\\\"\"
日本語: 本番 # 説明
empty:
tagged: !Ref name
tag only: !Ref
anchored: &a
  one: 1
flow: { a: 1, b , c: [x, 'y' ] }  # after
block:
  - x
  -   deep: 1
      more: |
        text  # not a comment
          indented

  -
  - - a
    - &b b
nested:
- - - c
folded: >-  # comment | here
  one
  two
keep: |+
  kept

two lines: one
  two
list at key:
- 1
- 2
? explicit
: value
last: end";
    let root = sound(text);
    let cases = [
        ("name", "trips"),
        ("quoted key", "\"it \\\"is\\\"\""),
        ("日本語", "本番"),
        ("empty", ""),
        ("tagged", "name"),
        ("tag only", ""),
        ("anchored", "one: 1"),
        ("flow", "{ a: 1, b , c: [x, 'y' ] }"),
        ("flow/a", "1"),
        ("flow/b", ""),
        ("flow/c", "[x, 'y' ]"),
        ("flow/c/1", "'y'"),
        ("block/0", "x"),
        ("block/1/deep", "1"),
        ("block/1/more", "|\n        text  # not a comment\n          indented"),
        ("block/2", ""),
        ("block/3", "- a\n    - &b b"),
        ("nested", "- - - c"),
        ("nested/0", "- - c"),
        ("nested/0/0", "- c"),
        ("block/3/1", "b"),
        ("folded", ">-  # comment | here\n  one\n  two"),
        ("keep", "|+\n  kept"),
        ("two lines", "one\n  two"),
        ("list at key", "- 1\n- 2"),
        ("explicit", "value"),
        ("last", "end"),
    ];
    for (path, expected) in cases {
        assert_eq!(at(&root, path).span.text(), expected, "{path}");
    }
    assert_eq!(root.span.text(), &text["# first\n".len()..]);
    let colon = |key: &str| text.find(key).unwrap() + key.len();
    assert_eq!(at(&root, "empty").span.start, colon("empty:"));
    assert_eq!(at(&root, "tag only").span.start, colon("tag only:"));
    assert_eq!(at(&root, "block/2").span.start, text.find("  -\n").unwrap() + 3);
    let Value::Map(entries) = &root.value else { panic!("not a mapping") };
    assert_eq!(entries[1].key.span.text(), "'quoted key'");
    assert_eq!(entries[2].key.span.text(), "日本語");
    assert_eq!(entries[2].value.span.start_position().column, 6);
    check_laws(text, &read(text));
}

#[test]
fn a_file_can_be_one_block_of_text() {
    for before in ["", "\u{feff}", "\n\u{feff}", "# c |\n", "---\n", "--- ", "...\n", "%YAML 1.2\n--- ", "\r\n"] {
        let root = sound(&format!("{before}| # c\ntext\nkey: >\n"));
        assert_eq!((json(&root), root.span.text()), (json!("text\nkey: >\n"), "| # c\ntext\nkey: >"));
    }
}

#[test]
fn line_endings_change_nothing_but_offsets() {
    let text = "a: 1\nb: |\n  x\n  y\nc: \"d\n  e\"\nf:\n- g\n# h\n-\ni: j\n  k\n";
    let expected = json!({"a": 1, "b": "x\ny\n", "c": "d e", "f": ["g", null], "i": "j k"});
    for line_end in ["\n", "\r\n", "\r"] {
        let text = text.replace('\n', line_end);
        assert_eq!(json(&sound(&text)), expected, "{text:?}");
        assert_eq!(at(&sound(&text), "a").span.text(), "1");
        assert_eq!(at(&sound(&text), "b").span.text(), format!("|{line_end}  x{line_end}  y"));
        assert_eq!(json(&sound(&format!("\u{feff}{text}"))), expected);
    }
}

#[test]
fn json_is_read() {
    let text = r#"{"a": [1, -2.5, true, null, "x\ny", "\u00e9"], "b": {}, "c":[],
        "d": {"e":"f"}}"#;
    assert_eq!(json(&sound(text)), serde_json::from_str::<Json>(text).unwrap());
    let long = format!("{{\"a\": \"{}\", \"b\": [{}1]}}", "x".repeat(100_000), "1,".repeat(20_000));
    assert_eq!(json(&sound(&long)), serde_json::from_str::<Json>(&long).unwrap());
}

#[test]
fn tags_are_kept_as_written() {
    let text = "a: !Ref x\nb: !Sub ['${x}', {}]\nc: !!str 012\nd: !GetAtt a.b\ne: ! 12\nf: !<tag:x.org,2024:y> z\n\
                g: !!int '7'\nh: !!float 1\ni: !!bool \"true\"\nj: !!null ~\nk: !Equals {a: 1}\nl: !Sub 12\nm: !If\n";
    let root = sound(text);
    let cases = [
        ("a", "!Ref", json!("x")),
        ("b", "!Sub", json!(["${x}", {}])),
        ("c", "!!str", json!("012")),
        ("d", "!GetAtt", json!("a.b")),
        ("e", "!", json!("12")),
        ("f", "!<tag:x.org,2024:y>", json!("z")),
        ("g", "!!int", json!(7)),
        ("h", "!!float", json!(1)),
        ("i", "!!bool", json!(true)),
        ("j", "!!null", json!(null)),
        ("k", "!Equals", json!({"a": 1})),
        ("l", "!Sub", json!("12")),
        ("m", "!If", json!(null)),
    ];
    for (path, tag, value) in cases {
        let node = at(&root, path);
        assert_eq!((node.tag.as_deref(), json(node)), (Some(tag), value), "{path}");
    }
}

#[test]
fn aliases_are_written_out() {
    let text = "base: &base\n  x: &x [1, 2]\n  y: *x\ncopy: *base\nlist: [*x, *base]\nx: &x later\nlast: *x\n";
    let root = sound(text);
    let base = json!({"x": [1, 2], "y": [1, 2]});
    assert_eq!(json(&root), json!({"base": base, "copy": base, "list": [[1, 2], base], "x": "later", "last": "later"}));
    let place = |path: &str| {
        let node = at(&root, path);
        let used = node.used_at.as_ref().map(|span| (span.start, span.text()));
        (node.span.start, node.span.text(), used)
    };
    let find = |word: &str| text.find(word).unwrap();
    assert_eq!(place("copy"), (find("x: &x [1"), "x: &x [1, 2]\n  y: *x", Some((find("*base\nlist"), "*base"))));
    // The alias outside of all others says where a copy of a copy is used.
    assert_eq!(place("copy/y/0"), (find("1, 2"), "1", Some((find("*base\nlist"), "*base"))));
    assert_eq!(place("base/y/0"), (find("1, 2"), "1", Some((find("*x\ncopy"), "*x"))));
    assert_eq!(place("base/x").2, None);
}

#[test]
fn a_key_can_have_an_anchor() {
    assert_eq!(json(&sound("&x a: 1\nb: *x\n&y 2: [*y, *x]\n")), json!({"a": 1, "b": "a", "2": [2, "a"]}));
    assert_eq!(json(&sound("- &x a: {&y b: *x}\n- *y\n")), json!([{"a": {"b": "a"}}, "b"]));
}

#[test]
fn merge_keys_bring_entries() {
    let cases = [
        ("b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n", "c", json!({"x": 1, "y": 3})),
        ("b: &b {x: 1, y: 2}\nc:\n  y: 3\n  <<: *b\n", "c", json!({"y": 3, "x": 1})),
        ("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n", "c", json!({"x": 1, "y": 2})),
        ("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*b, *a], z: 3}\n", "c", json!({"x": 2, "y": 2, "z": 3})),
        ("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n", "c", json!({"x": 1, "y": 2, "z": 3})),
        ("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: *a\n  <<: *b\n", "c", json!({"x": 1, "y": 2})),
        ("l: &l [{x: 1}, {x: 2, y: 2}]\nc: {<<: *l}\n", "c", json!({"x": 1, "y": 2})),
        ("c: {<<: {x: 1}}\n", "c", json!({"x": 1})),
        ("c: {\"<<\": {x: 1}}\n", "c", json!({"<<": {"x": 1}})),
        ("c: {<<: []}\n", "c", json!({})),
    ];
    for (text, path, expected) in cases {
        let root = sound(text);
        assert_eq!(json(at(&root, path)).to_string(), expected.to_string(), "{text}");
        check_laws(text, &read(text));
    }
    let root = sound("b: &b {x: 1}\nc:\n  <<: *b\n");
    assert_eq!(at(&root, "c/x").used_at.as_ref().unwrap().text(), "*b");
    assert_eq!(at(&root, "c/x").span.text(), "1");
    assert_eq!(at(&root, "c").used_at, None);
}
