//! Each fault is told once, where it is, and the rest of the file is read.

use super::*;

/// A section with one fault, and the message it brings: rule, line within the section, column, text.
const BROKEN: &[(&str, &str)] = &[
    ("x: \"foo\n", "yaml/unclosed-quote 1:4 \""),
    ("x: 'foo\n", "yaml/unclosed-quote 1:4 '"),
    ("x:\n  y: \"foo\n  z: \"bar\"\n", "yaml/unclosed-quote 2:6 \""),
    ("x:\n  - \"foo\n  - bar\n", "yaml/unclosed-quote 2:5 \""),
    ("x: [1, 2\n", "yaml/unclosed-bracket 1:4 ["),
    ("x: {y: 1,\n", "yaml/unclosed-bracket 1:4 {"),
    ("x: {y: [1, 2\n", "yaml/unclosed-bracket 1:8 ["),
    ("x: [\n  1,\n  2\n", "yaml/unclosed-bracket 1:4 ["),
    ("x: [1, 2}\n", "yaml/unclosed-bracket 1:4 ["),
    ("x: ]\n", "yaml/syntax 1:4 ]"),
    ("x:\n\ty: 2\n\tz: 3\n", "yaml/tab-indentation 2:1 \\t"),
    ("x:\n  y: 2\n\tz: 3\n", "yaml/tab-indentation 3:1 \\t"),
    ("x: 1\n\ty: 2\n", "yaml/tab-indentation 2:1 \\t"),
    ("x: |\n\ty\n", "yaml/tab-indentation 2:1 \\t"),
    ("x: 1\n y: 2\n", "yaml/syntax 2:2 y"),
    ("x:\n    y: 1\n  z: 2\n", "yaml/syntax 3:3 z: 2"),
    ("x:\n  - y\n z: 1\n", "yaml/syntax 3:2 z: 1"),
    ("x:\n  y: 1\n   z: 1\n", "yaml/syntax 3:4 z"),
    ("x:\n  y\n  z: 1\n", "yaml/syntax 2:3 y"),
    ("x\n", "yaml/syntax 1:1 x"),
    ("x\n  y: 1\n", "yaml/syntax 1:1 x"),
    ("x: y: z\n", "yaml/syntax 1:5 :"),
    ("x: \"y\" z\n", "yaml/syntax 1:8 z"),
    ("x: 'it's'\n", "yaml/syntax 1:8 s'"),
    ("x: @y\n", "yaml/syntax 1:4 @"),
    ("x: `y`\n", "yaml/syntax 1:4 `"),
    ("x: %y\n", "yaml/syntax 1:4 %"),
    ("x: *\n", "yaml/syntax 1:4 *"),
    ("x: &\n", "yaml/syntax 1:4 &"),
    ("x: - y\n", "yaml/syntax 1:4 -"),
    ("x: \"a\\qb\"\n", "yaml/syntax 1:6 \\q"),
    ("x: \"\\u12\"\n", "yaml/syntax 1:5 \\u12"),
    ("x: y # why\n  z\n", "yaml/syntax 1:6 #"),
    ("x: |0\n  y\n", "yaml/syntax 1:4 |"),
    ("x: | y\n", "yaml/syntax 1:4 |"),
    ("x: !y!z 1\n", "yaml/syntax 1:4 !y!z"),
    ("x: {y: ${{ z }}}\n", "yaml/syntax 1:8 ${{ z }}"),
    ("x: [a b: c: d]\n", "yaml/syntax 1:10 c"),
    ("x: {\ny: 1 2: 3,\nz: 2\n}\n", "yaml/syntax 2:4 1 2"),
    ("x: [a,, b]\n", "yaml/syntax 1:7 ,"),
    ("x: {\"y\" 1}\n", "yaml/syntax 1:9 1"),
    ("x: 1\n- y\n", "yaml/syntax 2:1 - y"),
    ("x: {{ y }}\n", "yaml/complex-key 1:5 { y }"),
    ("x: *nope\n", "yaml/unknown-alias 1:4 *nope"),
    ("x: &x [*x]\n", "yaml/recursive-alias 1:8 *x"),
    ("x: !!int y\n", "yaml/tag-mismatch 1:10 y"),
    ("x: {<<: y}\n", "yaml/merge-of-non-mapping 1:9 y"),
    ("x: {y: 1, y: 2}\n", "yaml/duplicate-key 1:11 y"),
    ("x: {~: 1}\n", "yaml/null-key 1:5 ~"),
];

/// The message of a broken section that stands `lines` lines further below.
fn moved(told: &str, lines: usize) -> String {
    let (rule, rest) = told.split_once(' ').unwrap();
    let (line, rest) = rest.split_once(':').unwrap();
    format!("{rule} {}:{rest}", line.parse::<usize>().unwrap() + lines)
}

#[test]
fn each_fault_is_told_at_its_place() {
    // One word is a whole file.
    for (text, expected) in BROKEN.iter().filter(|(text, _)| *text != "x\n") {
        for text in [(*text).to_owned(), text.trim_end().to_owned()] {
            let parsed = read(&text);
            assert_eq!(told(&parsed), [*expected], "{text}");
            check_laws(&text, &parsed);
        }
    }
}

#[test]
fn several_faults_are_told_in_one_run_and_the_rest_is_read() {
    let good = "good: {x: [1, \"two\"]}\nlist:\n  - a: 1\n    b: it's\n";
    let value = json!({"x": [1, "two"]});
    for (first, first_told) in BROKEN {
        for (second, second_told) in BROKEN {
            let second = second.replacen('x', "second", 1).replace("*x", "*second").replace("&x", "&second");
            let text = format!("{first}{good}{second}last: 1\n");
            let parsed = read(&text);
            check_laws(&text, &parsed);
            let found = told(&parsed);
            let expected = [first_told.split(':').next().unwrap(), second_told.split(' ').next().unwrap()];
            assert_eq!(found.len(), 2, "{text}\n{found:#?}");
            assert!(found[0].starts_with(expected[0]) && found[1].starts_with(expected[1]), "{text}\n{found:#?}");
            assert_eq!(found[0], *first_told, "{text}");
            let line = first.matches('\n').count() + good.matches('\n').count();
            assert!(found[1].split(':').next() == moved(second_told, line).split(':').next(), "{text}\n{found:#?}");
            assert_eq!(json(at(&parsed.root, "good")), value, "{text}");
            assert_eq!(json(at(&parsed.root, "list")), json!([{"a": 1, "b": "it's"}]), "{text}");
            assert_eq!(json(at(&parsed.root, "last")), json!(1), "{text}");
        }
    }
}

#[test]
fn what_was_read_before_a_fault_is_kept_and_the_rest_is_said_to_be_unread() {
    let text = "a:\n  b: 1\n  c: {d: 2, e: [3, \"4\n  f: 5\ng: 6\n";
    let parsed = read(text);
    assert_eq!(json(&parsed.root), json!({"a": {"b": 1, "c": {"d": 2, "e": [3]}}, "g": 6}));
    assert_eq!(parsed.unread.iter().map(Span::text).collect::<Vec<_>>(), [&text[..text.find('g').unwrap()]]);
    let parsed = read("a: 1\nb: *c\n");
    assert_eq!(parsed.unread.iter().map(Span::text).collect::<Vec<_>>(), ["*c"]);
}

#[test]
fn an_anchor_in_skipped_text_is_not_missed() {
    assert_eq!(told(&read("a: [\nb: &x 1\nc: *x\n")), ["yaml/unclosed-bracket 1:4 ["]);
    assert_eq!(told(&read("a: @\n  b: &x 1\nc: *x\n")), ["yaml/syntax 1:4 @"]);
    assert_eq!(told(&read("a: @\nc: *x\n")).len(), 2);
    assert_eq!(told(&read("&r\na: @\nc: *r\n")), ["yaml/syntax 2:4 @"]);
}

#[test]
fn json_is_not_read_on_from_its_middle() {
    let text = "{\n\"a\": 1,\n\"b\": [1 2: 3: 4],\n\"c\": 2\n}\n";
    assert_eq!(read(text).diagnostics.len(), 1);
    assert_eq!(read(&format!("# c\n{text}")).diagnostics.len(), 1);
    assert_eq!(read("{\n\"a\" 1,\n\"b\": 2\n}").diagnostics.len(), 1);
}

#[test]
fn only_the_first_document_is_read() {
    let cases = [
        ("a: 1\n---\nb: 2\n", "yaml/several-documents 2:1 ---"),
        ("---\na: 1\n---\nb: 2\n", "yaml/several-documents 3:1 ---"),
        ("a: 1\n---\n", "yaml/several-documents 2:1 ---"),
        ("a: 1\n...\nb: 2\n", "yaml/several-documents 3:1 "),
        ("a: 1\n---\n\"\n", "yaml/several-documents 2:1 ---"),
    ];
    for (text, expected) in cases {
        let parsed = read(text);
        assert_eq!(told(&parsed), [expected], "{text}");
        assert_eq!(json(&parsed.root), json!({"a": 1}));
    }
    assert_eq!(told(&read("a: [\n---\nb: 2")), ["yaml/unclosed-bracket 1:4 [", "yaml/several-documents 2:1 ---"]);
    assert_eq!(json(&sound("---\na: 1\n...\n")), json!({"a": 1}));
    assert_eq!(json(&sound("%YAML 1.2\n--- # c\na: 1\n")), json!({"a": 1}));
}

#[test]
fn every_repetition_of_a_key_is_told() {
    let text = "a: 1\nb: 2\na: 3\n'a': 4\nb: {c: 1, c: 2}\nd: &d {e: 1, e: 2}\nf: *d\n";
    let parsed = read(text);
    let expected = ["3:1 a", "4:1 'a'", "5:1 b", "5:11 c", "6:14 e"].map(|place| format!("yaml/duplicate-key {place}"));
    assert_eq!(told(&parsed), expected);
    let firsts: Vec<String> = parsed.diagnostics.iter().map(|told| format!("{:?}", told.related[0].span)).collect();
    assert_eq!(firsts, ["1:1", "1:1", "2:1", "5:5", "6:8"].map(|place| format!("pipeline.yaml:{place}")));
    assert_eq!(json(&parsed.root), json!({"a": 1, "b": 2, "d": {"e": 1}, "f": {"e": 1}}));
    assert_eq!(told(&read("a: 1\nx: [\na: 2\n")), ["yaml/unclosed-bracket 2:4 [", "yaml/duplicate-key 3:1 a"]);
}

#[test]
fn control_characters_are_told_and_skipped() {
    let parsed = read("a: x\0\u{1}y\nb: \"\u{7f}\"\n\u{8}c: \u{9f}\n\u{feff}d: 1\n");
    let places = ["1:5 \\0", "2:5 \\u{7f}", "3:1 \\u{8}", "3:5 \\u{9f}"].map(|place| format!("yaml/syntax {place}"));
    assert_eq!(told(&parsed)[..4], places);
    assert!(parsed.diagnostics[0].message.contains("U+0000"));
    assert_eq!(json(at(&parsed.root, "a")), json!("x__y"));
    sound("a: \"\u{85}\u{2028}\u{a0}\u{1f600}\"\n");
}

#[test]
fn helps_say_what_to_write() {
    let help = |text: &str| read(text).diagnostics[0].help.clone().unwrap();
    assert_eq!(help("a:\n\tb: 1\n"), "use spaces");
    assert!(help("a: &defaults 1\nb: *default\n").contains("`*defaults`"));
    assert!(help("a: *.jar\n").contains("`\"*.jar\"`"));
    assert!(help("null: 1\n").contains("`\"null\"`"));
    assert!(help("a: {b: 1\n").contains("`}`"));
}

#[test]
fn every_page_shows_its_rule() {
    let names: Vec<&str> = rules::RULES.iter().map(|rule| rule.name).collect();
    assert!(names.is_sorted());
    for rule in rules::RULES {
        let block = |kind: &str| {
            let opening = format!("```yaml {kind}\n");
            let begin = rule.page.find(&opening).unwrap_or_else(|| panic!("{} has no {kind} example", rule.name));
            let text = &rule.page[begin + opening.len()..];
            &text[..text.find("```").unwrap()]
        };
        assert!(rule.page.starts_with(&format!("# {}\n", rule.name)));
        let refused = read(block("refused"));
        assert!(!refused.diagnostics.is_empty(), "{}", rule.name);
        assert!(refused.diagnostics.iter().all(|told| told.rule.name == rule.name), "{:?}", refused.diagnostics);
        sound(block("accepted"));
    }
}
