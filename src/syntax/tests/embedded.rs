//! Documents inside a scalar.

use super::*;

/// The scalar under the key `a` and the texts of the places that are asked for.
fn places(file: &str, wanted: &[&str]) -> Vec<String> {
    let root = sound(file);
    let node = at(&root, "a");
    let Value::Scalar(scalar) = &node.value else { panic!("no scalar in {file}") };
    let embedded = Embedded::new(&node.span, &scalar.text);
    let place = |word: &&str| {
        let start = scalar.text.find(*word).expect("the word is in the text");
        let span = embedded.span(start, start + word.len());
        format!("{}:{} {}", span.start_position().line, span.start_position().column, span.text())
    };
    wanted.iter().map(place).collect()
}

#[test]
fn a_part_of_a_scalar_is_found_where_it_is_written() {
    for (file, wanted, found) in [
        ("a: one two\n", "two", "1:8 two"),
        ("a: 'one two'\n", "two", "1:9 two"),
        ("a: 'it''s two'\n", "two", "1:11 two"),
        ("a: 'it''s two'\n", "'s", "1:7 ''s"),
        ("a: \"one\\n\\\"two\\\"\"\n", "two", "1:12 two"),
        ("a: \"one\\n\\\"two\\\"\"\n", "\"two", "1:10 \\\"two"),
        ("a: \"\\ud83d\\ude00 two\"\n", "two", "1:18 two"),
        ("a: |\n  one\n    two\n\n  three\n", "two", "3:5 two"),
        ("a: |\n  one\n    two\n\n  three\n", "three", "5:3 three"),
        ("a: |2-  # why\r\n    one\r\n  two\r\n", "two", "3:3 two"),
        ("a: |+\n  é two\n\n\n", "two", "2:5 two"),
        ("a: 'one\n  two'\n", "two", "1:4 'one\n  two'"),
        ("a: >\n  one\n  two\n", "two", "1:4 >\n  one\n  two"),
    ] {
        assert_eq!(places(file, &[wanted]), [found], "{file}");
    }
}

#[test]
fn a_document_in_a_scalar_has_its_places_in_the_file() {
    let text = "a: |\n  version: 0.2\n  phases:\n    build: [make, \"test\"]\n";
    let root = sound(text);
    let Value::Scalar(scalar) = &at(&root, "a").value else { panic!("no scalar") };
    let parsed = parse_embedded(&at(&root, "a").span, &scalar.text);
    assert_eq!(told(&parsed), Vec::<String>::new());
    assert_eq!(at(&parsed.root, "phases/build/1").span.text(), "\"test\"");
    assert_eq!(format!("{:?}", at(&parsed.root, "phases/build/1").span), "pipeline.yaml:4:19");
    let Value::Map(entries) = &parsed.root.value else { panic!("no map") };
    assert_eq!(entries[1].key.span.text(), "phases");
}

#[test]
fn what_is_wrong_in_a_document_in_a_scalar_is_told_in_the_file() {
    let text = "a: '{\"name\": [1, 2}'\n";
    let root = sound(text);
    let Value::Scalar(scalar) = &at(&root, "a").value else { panic!("no scalar") };
    let parsed = parse_embedded(&at(&root, "a").span, &scalar.text);
    assert_eq!(told(&parsed), ["yaml/unclosed-bracket 1:14 ["]);
}

proptest::proptest! {
    #[test]
    fn any_scalar_can_be_taken_apart(text in crate::desired::generate::any_text(), written in crate::desired::generate::any_text()) {
        let parsed = read(&format!("a: {written}"));
        if let Value::Map(entries) = &parsed.root.value {
            for entry in entries {
                let text = if let Value::Scalar(scalar) = &entry.value.value { scalar.text.clone() } else { text.clone() };
                let embedded = Embedded::new(&entry.value.span, &text);
                for (start, c) in text.char_indices() {
                    let span = embedded.span(start, start + c.len_utf8());
                    proptest::prop_assert!(span.start >= entry.value.span.start && span.end <= entry.value.span.end);
                    proptest::prop_assert!(span.file.text().get(span.start..span.end).is_some());
                }
                parse_embedded(&entry.value.span, &text);
            }
        }
    }
}
