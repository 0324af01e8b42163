use std::collections::BTreeMap;

use super::*;

static KNOWN: &[&Rule] = &[&RETENTION, &UNUSED, &DEFAULT, &CHECK];
static CHECK: Rule = Rule { name: "yaml/syntax", level: Level::Error, page: "" };

/// Every comment of a text without `#` in its values.
fn comments(file: &Arc<SourceFile>) -> Vec<Span> {
    let ends = |at: usize| file.text()[at..].find(['\r', '\n']).map_or(file.text().len(), |end| at + end);
    let hashes = file.text().match_indices('#').map(|(at, _)| at);
    hashes
        .filter(|at| !file.text()[..*at].rsplit('\n').next().unwrap_or("").contains('#'))
        .map(|at| Span::new(file, at, ends(at)))
        .collect()
}

/// A finding by each of the lints at each `x`, then what is left and said: `rule line`.
fn heard(text: &str) -> (Vec<String>, Vec<Diagnostic>) {
    let spec = file(text);
    let places = text.match_indices('x').filter(|(at, _)| text[..*at].ends_with("at: "));
    let found: Vec<Diagnostic> = places
        .flat_map(|(at, _)| [&UNUSED, &DEFAULT].map(|rule| Diagnostic::new(rule, &Span::new(&spec, at, at + 1), "m")))
        .collect();
    let all = suppress(&spec, &comments(&spec), Vec::new(), found, KNOWN, |rule| rule.name != CHECK.name);
    let line = |d: &Diagnostic| format!("{} {}", d.rule.name, d.primary.span.start_position().line);
    (all.iter().filter(|d| !d.is_suppressed()).map(line).collect(), all)
}

#[track_caller]
fn assert_heard(text: &str, expected: &[&str]) {
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        assert_eq!(heard(&text).0, expected, "{text}");
    }
}

#[test]
fn a_comment_covers_its_line_or_the_next() {
    assert_heard(
        "at: x # tidegate: ignore[streams/unused] because\nat: x\n",
        &["flink/default 1", "streams/unused 2", "flink/default 2"],
    );
    assert_heard("  # tidegate: ignore[streams/unused, flink/default] because\n  # 注文\n  at: x\n", &[]);
    assert_heard("# tidegate: ignore[streams/*] one\n# tidegate: ignore[flink/*] two\nat: x\n", &[]);
    assert_heard("\u{feff}#tidegate:ignore[ streams/unused ,flink/default ]: because\nat: x\n", &[]);
    assert_heard(
        "# tidegate: ignore[streams/unused] because\n\nat: x\n",
        &["streams/unused 3", "flink/default 3", "ignore/unused 1"],
    );
}

#[test]
fn a_comment_at_the_top_covers_the_file() {
    assert_heard("# license\n\n---\n# tidegate: ignore-file[flink/*, streams/unused] because\n\nb: 1\nat: x\n", &[]);
    assert_heard(
        "at: x\n# tidegate: ignore-file[flink/*] because\n",
        &["streams/unused 1", "flink/default 1", "ignore/malformed 2"],
    );
}

#[test]
fn what_is_wrong_with_ignoring_is_said() {
    assert_heard("at: x # tidegate: ignore[streams/unused, flink/default]\n", &["ignore/no-reason 1"]);
    let rest = ["streams/unused 1", "flink/default 1"];
    for (comment, told) in [
        ("tidegate: ignore[streams/unusd] because", "ignore/unknown-rule 1"),
        ("tidegate: ignore[streans/*] because", "ignore/unknown-rule 1"),
        ("tidegate: ignore[yaml/syntax] because", "ignore/not-possible 1"),
        ("tidegate: ignore[yaml/*] because", "ignore/not-possible 1"),
        ("tidegate: ignore streams/unused", "ignore/malformed 1"),
        ("tidegate: ignore[streams/unused", "ignore/malformed 1"),
        ("tidegate: ignore[streams/unused,] because", "ignore/malformed 1"),
        ("tidegate: ignore[] because", "ignore/malformed 1"),
        ("tidegate: ignroe[streams/unused] because", "ignore/malformed 1"),
        ("tidegate: allow[streams/unused] because", "ignore/malformed 1"),
        ("tidegate: ignore[streams/retention] because", "ignore/unused 1"),
    ] {
        assert_heard(&format!("at: x # {comment}\n"), &[rest[0], rest[1], told]);
    }
    for comment in ["tidegate: 1", "tidegate renders this file", "a tidegate: ignore[x]", "ignore[streams/unused]"] {
        assert_heard(&format!("at: x # {comment}\n"), &rest);
    }
    assert_heard("at: x # tidegate ignore[streams/unused, flink/*] because\n", &[]);
}

#[test]
fn names_are_shown_where_they_stand() {
    let (_, all) = heard("at: x # tidegate: ignore[flink/*,  streams/unusd ] why ] not\n");
    let told = all.last().unwrap();
    assert_eq!((told.primary.span.text(), told.help.as_deref()), ("streams/unusd", Some("write `streams/unused`")));
    assert_eq!(all[1].suppressed.as_deref(), Some("why ] not"));
    assert_eq!(all[0].suppressed, None);
}

#[test]
fn what_is_ignored_in_vain_can_be_removed() {
    let texts = BTreeMap::from([
        ("a: 1 # tidegate: ignore[streams/unused] why\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1\n  # tidegate: ignore[streams/unused] why\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1\n# tidegate: ignore[streams/unused] why", "a: 1\n"),
        ("at: x # tidegate: ignore[streams/*, streams/retention] y\n", "at: x # tidegate: ignore[streams/*] y\n"),
        ("at: x # tidegate: ignore[streams/retention, flink/*] y\n", "at: x # tidegate: ignore[flink/*] y\n"),
    ]);
    for (text, expected) in texts {
        for line_end in ["\n", "\r\n"] {
            let spec = file(&text.replace('\n', line_end));
            let (_, all) = heard(spec.text());
            let fixed = apply(&spec, all.iter().filter_map(|found| found.fix.as_ref()));
            assert_eq!(fixed.text, expected.replace('\n', line_end));
            assert!(all.iter().filter(|found| found.fix.is_some()).all(|found| found.rule.fixable().is_some()));
        }
    }
}

/// The finding that is to be ignored may come only once the file can be read.
#[test]
fn nothing_is_ignored_in_vain_in_a_broken_file() {
    let spec = file("a: 1 # tidegate: ignore[streams/unused] why\n");
    let broken = vec![Diagnostic::new(&CHECK, &span(&spec, "1"), "no")];
    let all = suppress(&spec, &comments(&spec), Vec::new(), broken, KNOWN, |rule| rule.name != CHECK.name);
    assert_eq!(all.len(), 1);
}

#[test]
fn metadata_covers_a_resource() {
    let spec = file("{\"A\": {\"ignore\": {\"streams/unused\": \"\"}, \"at\": 1}, \"at\": 2}\n");
    let ignore = |covered: &str, reason: &str| {
        let rule = Located::new("streams/unused".to_owned(), span(&spec, "\"streams/unused\""));
        Ignore::new(span(&spec, covered), rule, reason)
    };
    let found = || vec![unused(&span(&spec, "1")), unused(&span(&spec, "2"))];
    let run = |ignore| suppress(&spec, &[], vec![ignore], found(), KNOWN, |_| true);
    let reasons = |all: &[Diagnostic]| all.iter().map(|found| found.suppressed.clone()).collect::<Vec<_>>();
    let resource = "{\"ignore\": {\"streams/unused\": \"\"}, \"at\": 1}";
    assert_eq!(reasons(&run(ignore(resource, "why"))), [Some("why".to_owned()), None]);
    let all = run(ignore(resource, ""));
    assert_eq!((all[2].rule.name, all[2].primary.span.text()), ("ignore/no-reason", "\"streams/unused\""));
    assert_eq!(run(ignore("{\"A\"", "why"))[2].rule.name, "ignore/unused");
}
