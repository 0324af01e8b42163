//! The bounds, and what costs nothing to refuse.

use super::*;

/// Ten times ten times ten …
fn laughs(levels: usize) -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..levels {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    text
}

#[test]
fn a_billion_laughs_cost_nothing() {
    let text = laughs(60);
    let parsed = read(&text);
    assert_eq!(told(&parsed), ["yaml/too-large 5:45 *a3"]);
    assert!(parsed.diagnostics[0].message.contains("100000 values"), "{:?}", parsed.diagnostics);
    assert_eq!(at(&parsed.root, "a3").value_count(), 11_111);
    check_laws(&text, &parsed);
    let merged = laughs(7).replace('[', "{<<: [").replace(']', "]}").replace('x', "{k: 1}");
    assert_eq!(read(&merged).diagnostics[0].rule.name, "yaml/too-large");
}

impl Node {
    fn value_count(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Node::value_count).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.value.value_count()).sum::<usize>(),
            _ => 1,
        }
    }
}

#[test]
fn the_number_of_values_is_bounded() {
    let text = |items: usize| format!("a: [{}]\nb: [", "x,".repeat(items));
    let inside = format!("{}]", text(MAX_VALUES - 3));
    assert_eq!(sound(&inside).value_count(), MAX_VALUES);
    let outside = read(&format!("{}x]", text(MAX_VALUES - 3)));
    assert_eq!(outside.diagnostics.len(), 1);
    assert_eq!(outside.diagnostics[0].rule.name, "yaml/too-large");
    assert!(outside.diagnostics[0].message.contains("more than 100000 values"));
    assert!(outside.root.value_count() <= MAX_VALUES + 1);
}

#[test]
fn depth_is_bounded() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    sound(&nested("[", "]", MAX_DEPTH));
    sound(&format!("{}x", "- ".repeat(MAX_DEPTH)));
    let texts = [
        nested("[", "]", MAX_DEPTH + 1),
        nested("{a: ", "}", MAX_DEPTH + 1),
        format!("{}x", "- ".repeat(MAX_DEPTH + 1)),
        format!("{}[[x]]", "- ".repeat(MAX_DEPTH - 1)),
        nested("[", "]", 100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        (0..300).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ];
    for text in texts {
        let parsed = read(&text);
        let rules: Vec<&str> = parsed.diagnostics.iter().map(|diagnostic| diagnostic.rule.name).collect();
        assert!(rules.contains(&"yaml/too-large"), "{rules:?} {}", &text[..20]);
        assert!(parsed.diagnostics.iter().any(|diagnostic| diagnostic.message.contains("128 deep")));
        check_laws(&text, &parsed);
    }
}

#[test]
fn depth_is_bounded_after_expansion() {
    let chain = |links: usize| {
        let mut text = "a0: &a0 [x]\n".to_owned();
        (1..links).for_each(|link| text += &format!("a{link}: &a{link} [*a{}]\n", link - 1));
        text
    };
    let inside = sound(&chain(MAX_DEPTH - 1));
    assert_eq!(json(at(&inside, "a126")).to_string().matches('[').count(), MAX_DEPTH - 1);
    let outside = read(&chain(MAX_DEPTH + 20));
    assert_eq!(told(&outside), ["yaml/too-large 128:14 *a126"]);
}

#[test]
fn the_size_of_a_file_is_bounded() {
    let text = format!("a: {}", "x".repeat(MAX_BYTES - 3));
    assert_eq!(at(&sound(&text), "a").span.end, MAX_BYTES);
    let parsed = read(&format!("{text}y"));
    assert_eq!(told(&parsed), ["yaml/too-large 1:1 "]);
    assert!(parsed.diagnostics[0].message.contains("4194304") && parsed.diagnostics[0].message.contains("4194305"));
    assert!(matches!(parsed.root.value, Value::Null));
    assert_eq!(parsed.unread[0].end, MAX_BYTES + 1);
}

#[test]
fn faults_everywhere_end_soon() {
    let texts = [
        "a: \"\n".repeat(50_000),
        "a: [\n".repeat(50_000),
        "a: {x: 1,\n".repeat(50_000),
        "a: ]\n".repeat(50_000),
        "a: b: c\n".repeat(50_000),
        "a: {\"\nb: '\n".repeat(20_000),
        "a\n".repeat(50_000),
        "\0a: 1\n".repeat(50_000),
        "a: &a *a\n".repeat(50_000),
        "\t".repeat(100_000),
        "{".repeat(100_000),
        "#".repeat(1_000_000),
        "a: |\n \n".repeat(50_000),
        "\"".repeat(100_001),
    ];
    for text in texts {
        let parsed = read(&text);
        check_laws(&text, &parsed);
    }
}
