//! What changes, and what does not.

mod generated;

use serde_json::json;

use super::*;
use crate::diagnostic::{Fix, Safety, apply};

fn editor(text: &str) -> (Arc<SourceFile>, Editor) {
    let file = SourceFile::new("pipeline.yaml", text);
    let editor = Editor::new(&file).unwrap_or_else(|| panic!("{text} has faults"));
    (file, editor)
}

/// The text after some edits; `-` where there are none.
fn after(file: &SourceFile, edits: Option<Vec<Edit>>) -> String {
    let Some(edits) = edits else { return "-".to_owned() };
    let fix = Fix { title: String::new(), safety: Safety::Safe, edits };
    let fixed = apply(file, [&fix]);
    assert_eq!(fixed.left.len(), 0, "{fix:?}");
    fixed.text
}

/// The only place of `needle` that is marked by `«»` in `text`, which is given back without the marks.
fn marked(text: &str) -> (String, usize, usize) {
    let (start, end) = (text.find('«').unwrap(), text.find('»').unwrap());
    (text.replace(['«', '»'], ""), start, end - '«'.len_utf8())
}

#[track_caller]
fn assert_edit(text: &str, edit: impl Fn(&Editor, &Span) -> Option<Vec<Edit>>, expected: &str) {
    for line_break in ["\n", "\r\n"] {
        let (text, start, end) = marked(&text.replace('\n', line_break));
        let (file, editor) = editor(&text);
        let edited = after(&file, edit(&editor, &Span::new(&file, start, end)));
        assert_eq!(edited, expected.replace('\n', line_break), "{text}");
        if edited != "-" {
            assert!(Editor::new(&SourceFile::new("pipeline.yaml", edited.as_str())).is_some(), "{edited}");
        }
    }
}

#[test]
fn an_entry_is_removed_with_its_comment() {
    for (text, expected) in [
        ("a: 1\n# 注文\n«b»: 2 # two\n\n# c\nc: 3", "a: 1\n# 注文\n\n# c\nc: 3"),
        ("a: 1\n«b»: 2", "a: 1\n"),
        ("\u{feff}«a»: 1\nb: 2\n", "\u{feff}b: 2\n"),
        ("«a»:\n  - x # in\n  - y\n#\tb\nb: 2\n", "#\tb\nb: 2\n"),
        ("«a»: |\n  text # no comment\n\n  more\n\nb: 2\n", "\nb: 2\n"),
        ("«a»:\nb: 2\n", "b: 2\n"),
        ("«\"a: b\"»: 1\nb: 2\n", "b: 2\n"),
        // The only one.
        ("p:\n  «a»: 1 # one\nq: 1\n", "p: {} # one\nq: 1\n"),
        ("p: # p\n  # above\n  «a»: 1 # one\nq: 1\n", "p: {} # p\n  # above\nq: 1\n"),
        ("«a»: 1 # one\n", "{} # one\n"),
        ("- «a»: 1\n- b\n", "- {}\n- b\n"),
        ("p: !Tag\n  «a»: 1\n", "-"),
        // In an item.
        ("- «a»: 1 # one\n  b: 2\n", "- b: 2\n"),
        ("- «a»: 1 # one\n  # two\n  b: 2\n", "-\n  # two\n  b: 2\n"),
        ("- a: 1\n  «b»: 2\n- c\n", "- a: 1\n- c\n"),
        // In brackets.
        ("{«a»: 1, b: 2}\n", "{b: 2}\n"),
        ("{a: 1, «b»: 2}\n", "{a: 1}\n"),
        ("{a: 1, «b»: 2, }\n", "{a: 1, }\n"),
        ("p: {«a»: 1} # one\n", "p: {} # one\n"),
        ("{\n  \"«a»\": 1\n}\n", "-"),
        ("{\n  «\"a\"»: [1, 2],\n  \"b\": {}\n}\n", "{\n  \"b\": {}\n}\n"),
        ("{\n  \"a\": [1, 2],\n  «\"b\"»: {}\n}\n", "{\n  \"a\": [1, 2]\n}\n"),
        ("{\n  a: 1, # one\n  «b»: 2, # two\n}\n", "{\n  a: 1, # one\n}\n"),
        ("{\n  a: 1, # one, really\n  # above\n  «b»: 2 # two\n}\n", "{\n  a: 1 # one, really\n  # above\n}\n"),
        ("{a: 1, «b»: 2,\n c: 3}\n", "{a: 1,\n c: 3}\n"),
        ("{«a»: 1 # one\n , b: 2}\n", "{ # one\n  b: 2}\n"),
        // What is meant elsewhere too, or cannot be told apart.
        ("p: &x\n  «a»: 1\n  b: 1\nq: *x\n", "-"),
        ("p: &x {«a»: 1}\nq: {<<: *x, c: 1}\n", "-"),
        ("p: &x {a: 1}\nq: {<<: *x, «c»: 1}\n", "-"),
        ("p: &x {a: 1}\nq:\n  <<: *x\n  «c»: 1\n", "p: &x {a: 1}\nq:\n  <<: *x\n"),
        ("p: &x 1\nq: {a: *x, «c»: 1}\n", "p: &x 1\nq: {a: *x}\n"),
        ("p: &x 1\n«q»: *x # one\n", "p: &x 1\n"),
        ("? «a»\n: 1\nb: 1\n", "-"),
        ("«a»: !Tag\nb: 1\n", "-"),
        ("p: [«a»: 1, b]\n", "-"),
    ] {
        assert_edit(text, |editor, key| editor.remove_entry(key), expected);
    }
}

#[test]
fn an_entry_is_inserted_as_its_neighbour_is_written() {
    for (text, expected) in [
        ("«a»: 1 # one\n# two\nb: 2\n", "a: 1 # one\nnew: yes sir\n# two\nb: 2\n"),
        ("p: 0\n«a»: 1", "p: 0\na: 1\nnew: yes sir"),
        ("p:\n    «a»:\n        b: 1\nq: 1\n", "p:\n    a:\n        b: 1\n    new: yes sir\nq: 1\n"),
        ("- - «a»: 1\n", "- - a: 1\n    new: yes sir\n"),
        ("«\"a\"»: |\n  text\n\n", "\"a\": |\n  text\n\"new\": yes sir\n\n"),
        ("«a»: |+\n  text\n\n", "-"),
        ("{«a»: 1}", "{a: 1, new: yes sir}"),
        ("{«a»: 1, b: 2}", "{a: 1, new: yes sir, b: 2}"),
        ("{«\"a\"»:1}", "{\"a\":1, \"new\": \"yes sir\"}"),
        ("{\n  «\"a\"»: 1,\n  \"b\": 2\n}", "{\n  \"a\": 1,\n  \"new\": \"yes sir\",\n  \"b\": 2\n}"),
        ("{\n  «\"a\"»: 1\n}", "{\n  \"a\": 1,\n  \"new\": \"yes sir\"\n}"),
        ("{\n  «a»: 1 # one\n}", "{\n  a: 1, # one\n  new: yes sir\n}"),
        ("{\n  «a»: 1, # one\n  b: 2}", "{\n  a: 1, # one\n  new: yes sir,\n  b: 2}"),
        ("{\n\t«\"a\"»: 1\n}", "{\n\t\"a\": 1,\n\t\"new\": \"yes sir\"\n}"),
    ] {
        assert_edit(text, |editor, key| editor.insert_entry_after(key, "new", &json!("yes sir")), expected);
    }
}

#[test]
fn an_entry_is_inserted_into_the_mapping_of_its_owner() {
    for (text, expected) in [
        ("«A»:\n  Type: T # c\n  Other: 1\n", "A:\n  Type: T # c\n  New: 注\n  Other: 1\n"),
        ("{«\"A\"»: {\"Type\": \"T\"}}", "{\"A\": {\"Type\": \"T\", \"New\": \"注\"}}"),
        ("«A»: {Type: T}\r\n", "A: {Type: T, New: 注}\r\n"),
        ("«A»: {Kind: T}\n", "-"),
        ("«A»: T\n", "-"),
        ("A: &a {Type: T}\n«B»: *a\n", "-"),
    ] {
        let insert = |editor: &Editor, owner: &Span| editor.insert_entry_in(owner, "Type", "New", &Json::from("注"));
        assert_edit(text, insert, expected);
    }
}

#[test]
fn values_are_written_as_yaml_or_json() {
    let value =
        json!({"Fn::If": ["c", "yes", 1], "b": [], "List": ["a: b", {"Ref": "x"}], "t": true, "d": "2012-10-17"});
    let insert = |editor: &Editor, key: &Span| editor.insert_entry_after(key, "m", &value);
    let block = "p:\n  a: 1\n  m:\n    Fn::If:\n      - c\n      - \"yes\"\n      - 1\n    b: []\n    List:\n      - \"a: b\"\n      \
                 - {Ref: x}\n    t: true\n    d: \"2012-10-17\"\n";
    assert_edit("p:\n  «a»: 1\n", insert, block);
    let flow =
        "{a: 1, m: {\"Fn::If\": [c, \"yes\", 1], b: [], List: [\"a: b\", {Ref: x}], t: true, d: \"2012-10-17\"}}";
    assert_edit("{«a»: 1}", insert, flow);
    let json = format!("{{\"a\": 1, \"m\": {value}}}");
    assert_edit("{«\"a\"»: 1}", insert, &json);
}

#[test]
fn a_scalar_keeps_its_quotes() {
    for (text, new, expected) in [
        ("a: «old» # c\n", "new", "a: new # c\n"),
        ("a: «old»\n", "12", "a: \"12\"\n"),
        ("a: «old»\n", "a: b", "a: \"a: b\"\n"),
        ("a: «old»\n", "", "a: \"\"\n"),
        ("a: «old»\n", "注文", "a: 注文\n"),
        ("a: «12»\n", "13", "a: 13\n"),
        ("a: «12»\n", "none", "a: none\n"),
        ("a: «true»\n", "false", "a: false\n"),
        ("a: «'it''s'»\n", "it's new", "a: 'it''s new'\n"),
        ("a: «'x'»\n", "1\n2", "a: \"1\\n2\"\n"),
        ("a: «\"x\"»\n", "a\"b", "a: \"a\\\"b\"\n"),
        ("{\"a\": «12»}", "x", "{\"a\": \"x\"}"),
        ("{\"a\": «12»}", "13", "{\"a\": 13}"),
        ("[«a», b]", "c, d", "[\"c, d\", b]"),
        ("a:«» # c\n", "x", "a: x # c\n"),
        ("a: «|\n  text»\n", "x", "-"),
        ("a: «[]»\n", "x", "-"),
        ("a: &x «y»\nb: *x\n", "x", "-"),
    ] {
        assert_edit(text, |editor, value| editor.replace_scalar(value, new), expected);
    }
}

#[test]
fn a_scalar_gets_quotes_once() {
    for (text, expected) in [
        ("a: «3.10» # c\r\n", "a: \"3.10\" # c\r\n"),
        ("[«1.20», x]", "-"),
        ("a: [«1.20», x]\n", "a: [\"1.20\", x]\n"),
        ("a: «'3.10'»\n", "-"),
        ("a: «|\n  3.10»\n", "-"),
        ("{\"a\": «3.10»}", "-"),
        ("a: &x «3.10»\nb: *x\n", "-"),
    ] {
        assert_edit(text, Editor::quote, expected);
    }
}

#[test]
fn a_key_keeps_its_quotes() {
    for (text, expected) in [
        ("«a» : 1\n", "new : 1\n"),
        ("{«'a'»: 1}\n", "{'new': 1}\n"),
        ("{«\"a\"»:1}\n", "{\"new\":1}\n"),
        ("p: &x {«a»: 1}\nq: *x\n", "-"),
    ] {
        assert_edit(text, |editor, key| editor.rename_key(key, "new"), expected);
    }
    assert_edit("«a»: 1\n", |editor, key| editor.rename_key(key, "on"), "\"on\": 1\n");
}

#[test]
fn an_item_is_removed() {
    for (text, expected) in [
        ("p:\n- a\n# b\n- «b» # two\n- c\n", "p:\n- a\n# b\n- c\n"),
        ("p:\n- «a» # one\nq: 1\n", "p: [] # one\nq: 1\n"),
        ("p: # p\n- «a» # one\nq: 1\n", "p: [] # p\nq: 1\n"),
        ("- - «a»\n  - b\n", "- - b\n"),
        ("- - a\n  - «b»\n- c\n", "- - a\n- c\n"),
        ("- !Ref «a»\n- b\n", "- b\n"),
        ("- a\n- !Ref «b»\n- c\n", "- a\n- c\n"),
        ("- a\n- «b: 1\n  c: 2» # two\n- c\n", "- a\n- c\n"),
        ("[a, !Ref «b», c]\n", "[a, c]\n"),
        ("[!Ref «b»]\n", "[]\n"),
        ("{\"a\": [\n  1,\n  «2»\n]}\n", "{\"a\": [\n  1\n]}\n"),
        ("a: &x 1\nb: [*x, «c»]\n", "a: &x 1\nb: [*x]\n"),
    ] {
        assert_edit(text, |editor, item| editor.remove_item(item), expected);
    }
}

#[test]
fn an_item_is_inserted() {
    for (text, expected) in [
        ("p:\n- «a» # one\nq: 1\n", "p:\n- a # one\n- new\nq: 1\n"),
        ("p:\n  - «k: 1\n    l: 2»\n", "p:\n  - k: 1\n    l: 2\n  - new\n"),
        ("- - «a»\n", "- - a\n  - new\n"),
        ("p: [«a», b] # c\n", "p: [a, new, b] # c\n"),
        ("{\"a\": [\n  «1»\n]}", "{\"a\": [\n  1,\n  \"new\"\n]}"),
    ] {
        assert_edit(text, |editor, item| editor.insert_item_after(item, &json!("new")), expected);
    }
}

#[test]
fn a_broken_file_is_left_alone() {
    assert!(Editor::new(&SourceFile::new("pipeline.yaml", "a: [1\n")).is_none());
    let (_, editor) = editor("a: 1\n");
    let other = SourceFile::new("other.yaml", "a: 1\n");
    assert!(editor.remove_entry(&Span::new(&other, 0, 1)).is_none());
    assert!(editor.replace_scalar(&Span::new(&other, 0, 1), "x").is_none());
}

#[test]
fn an_entry_is_added_to_any_mapping() {
    for (text, expected) in [
        ("«{a: 1}»\n", "{a: 1, k: v}\n"),
        ("«a: 1\nb: 2 # two»\n", "-"),
        ("«a: 1\nb: 2» # 二\n\n# end\n", "a: 1\nb: 2 # 二\nk: v\n\n# end\n"),
        ("p: «{}» # c\n", "p: {k: v} # c\n"),
        ("p: {x: «{}», y: 1}\n", "p: {x: {k: v}, y: 1}\n"),
        ("p: &x «{a: 1}»\nq: *x\n", "-"),
        ("p: «text»\n", "-"),
        ("p: «[a]»\n", "-"),
        ("{\"p\": «{}»}\n", "{\"p\": {\"k\":\"v\"}}\n"),
        ("p:\n  - «a: 1»\n", "p:\n  - a: 1\n    k: v\n"),
    ] {
        assert_edit(text, |editor, span| editor.add_entry(span, "k", &json!("v")), expected);
    }
}

#[test]
fn a_value_gives_way_to_one_of_another_kind() {
    for (text, value, expected) in [
        ("p: «24» # 二十四\n", json!(48), "p: 48 # 二十四\n"),
        ("p: «\"${{ x }}\"»\n", json!(4), "p: 4\n"),
        ("p: {q: «24»}\n", json!("${{ params.q }}"), "p: {q: \"${{ params.q }}\"}\n"),
        ("p: «24»\n", json!("24h"), "p: 24h\n"),
        ("p: «abc»\n", json!("12"), "p: \"12\"\n"),
        ("p: «true»\n", json!(false), "p: false\n"),
        ("p: «[a, b]» # c\n", json!(["c"]), "p: [c] # c\n"),
        ("p: «[a, # 一\n  b]»\n", json!(["c"]), "-"),
        ("p: «|\n  text»\n", json!(1), "-"),
        ("p: &x «1»\nq: *x\n", json!(2), "-"),
        ("{\"p\": «1»}\n", json!({ "a": "b" }), "{\"p\": {\"a\":\"b\"}}\n"),
    ] {
        assert_edit(text, |editor, span| editor.replace_value(span, &value), expected);
    }
}
