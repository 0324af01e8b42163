//! What people read; the formats for machines and texts at random are in the modules.

mod fixes;
mod machines;
mod random;
mod reports;
mod suppressions;

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::source::{Located, SourceFile};

static RETENTION: Rule = Rule {
    name: "streams/retention",
    level: Level::Error,
    page: "# Retention\n\nA stream keeps records\nfor 24 hours to 365 days.\n\nMore.\n",
};
static UNUSED: Rule = Rule { name: "streams/unused", level: Level::Warning, page: "" };
static DEFAULT: Rule = Rule { name: "flink/default", level: Level::Info, page: "```yaml refused\n```\n" };

const PLAIN: Style = Style { color: false, width: 80 };

fn file(text: &str) -> Arc<SourceFile> {
    SourceFile::new("pipeline.yaml", text)
}

fn span(file: &Arc<SourceFile>, needle: &str) -> Span {
    let start = file.text().find(needle).expect("the needle is in the text");
    Span::new(file, start, start + needle.len())
}

fn at(file: &Arc<SourceFile>, offset: usize) -> Span {
    Span::new(file, offset, offset)
}

/// A diagnostic whose rule has no page, so that the full format ends with the excerpt.
fn unused(span: &Span) -> Diagnostic {
    Diagnostic::new(&UNUSED, span, "`clicks` is never read")
}

#[track_caller]
fn assert_renders(diagnostics: &[Diagnostic], format: Format, expected: &str) {
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    let actual = render(diagnostics, format, PLAIN);
    assert_eq!(actual, expected, "\n{actual}");
}

fn conflict() -> Vec<Diagnostic> {
    let spec = file("streams:\n  注文: {保持: 5m, shards: 2}\n");
    let module = SourceFile::new("modules/本 1.yaml", "\u{feff}defaults:\r\n  retention: 24h\r\n");
    vec![
        Diagnostic::new(&RETENTION, &span(&spec, "5m"), "`5m` is less than 24 hours, 100%: too short, really")
            .label("five minutes")
            .related(&span(&spec, "注文"), "in this stream")
            .related(&span(&module, "24h"), "the default")
            .help("write `24h` or more"),
    ]
}

#[test]
fn full_shows_every_place() {
    assert_renders(
        &conflict(),
        Format::Full,
        r"
error[streams/retention]: `5m` is less than 24 hours, 100%: too short, really
 --> pipeline.yaml:2:12
  |
2 |   注文: {保持: 5m, shards: 2}
  |   ----         ^^ five minutes
  |   |
  |   in this stream
  |
 ::: modules/本 1.yaml:2:14
  |
2 |   retention: 24h
  |              --- the default
  |
  = help: write `24h` or more

For more about a rule, run `tidegate explain streams/retention`.
",
    );
}

#[test]
fn concise_is_one_line_each() {
    let mut diagnostics = conflict();
    diagnostics.push(unused(&at(&file("a: 1\n"), 3)));
    diagnostics[1].message = "two\nlines, an \u{1b}[31mescape and a \u{202e}bidi".into();
    assert_renders(
        &diagnostics,
        Format::Concise,
        r"
pipeline.yaml:2:12: error[streams/retention] `5m` is less than 24 hours, 100%: too short, really
pipeline.yaml:1:4: warning[streams/unused] two\nlines, an \u{1b}[31mescape and a \u{202e}bidi
",
    );
}

#[test]
fn nothing_to_say() {
    for format in [Format::Full, Format::Concise, Format::Github] {
        assert_renders(&[], format, "");
    }
    assert_renders(&[], Format::Json, "{\n  \"version\": 1,\n  \"findings\": []\n}\n");
    let sarif: Value = serde_json::from_str(&render(&[], Format::Sarif, PLAIN)).expect("SARIF is JSON");
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(summary(&[]), "");
}

#[test]
fn the_end_of_the_file_shows_a_caret() {
    let open = file("a: 1");
    let closed = file("a: 1\r\n");
    assert_renders(
        &[unused(&at(&open, 4)), unused(&at(&closed, 6)), unused(&at(&file(""), 0))],
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:5
  |
1 | a: 1
  |     ^

warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:2:1
  |
2 |
  | ^

warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:1
  |
1 |
  | ^
",
    );
}

#[test]
fn a_byte_order_mark_and_crlf_take_no_column() {
    let spec = file("\u{feff}a: 1\r\nb: 2\r\n");
    assert_renders(
        &[unused(&span(&spec, "1\r\n")), unused(&span(&spec, "\n"))],
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:4
  |
1 | a: 1
  |    ^

warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:6
  |
1 | a: 1
  |     ^
",
    );
}

#[test]
fn tabs_and_hidden_characters_keep_their_column() {
    let spec = file("\ta:\t\u{1b}[31m\u{202e}\u{9b}\u{7f} b\n");
    assert_renders(
        &[unused(&span(&spec, "b")).label("a \u{1b} and\na \u{200b}").help("drop\n\u{1b}[2J")],
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:14
  |
1 |     a:    ␛[31m��␡ b
  |                    ^ a \u{1b} and\na \u{200b}
  |
  = help: drop
          \u{1b}[2J
",
    );
}

#[test]
fn a_span_of_lines_is_bracketed() {
    let spec = file("a:\n  - 1\n  - 2\nb: 3\n");
    assert_renders(
        &[unused(&span(&spec, "a:\n  - 1\n  - 2\n")).label("all this").related(&span(&spec, "3"), "")],
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:1
  |
1 | / a:
2 | |   - 1
3 | |   - 2
  | |_____^ all this
4 |   b: 3
  |      -
",
    );
}

#[test]
fn what_is_far_gets_its_own_excerpt() {
    let lines: String = (1..=200).map(|line| format!("key{line}: value\n")).collect();
    let spec = file(&lines);
    let far =
        unused(&span(&spec, "key5")).related(&span(&spec, "key15"), "near").related(&span(&spec, "key180"), "far");
    let long = unused(&Span::new(&spec, 0, lines.len())).label("and so on");
    assert_renders(
        &[far, long],
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
   --> pipeline.yaml:5:1
    |
  5 | key5: value
    | ^^^^
...
 15 | key15: value
    | ----- near
    |
   ::: pipeline.yaml:180:1
    |
180 | key180: value
    | ------ far

warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:1
  |
1 | key1: value
  | ^^^^^^^^^^^ and so on
",
    );
}

#[test]
fn the_same_place_twice_is_shown_twice() {
    let spec = file("a:\n  b: 1\n");
    let all = span(&spec, "a:\n  b: 1");
    assert_renders(
        &[unused(&all).related(&all, "again")],
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:1
  |
1 | / a:
2 | |   b: 1
  | |______^
  |
 ::: pipeline.yaml:1:1
  |
1 | / a:
2 | |   b: 1
  | |______- again
",
    );
}

#[test]
fn two_texts_of_one_path_are_kept_apart() {
    let (long, short) = (file("a: 1\nb: 2\nc: 3\n"), file("注"));
    for (primary, related) in [(span(&long, "3"), span(&short, "注")), (span(&short, "注"), span(&long, "3"))] {
        let text = render(&[unused(&primary).related(&related, "there")], Format::Full, PLAIN);
        assert!(text.contains("3 | c: 3\n") && text.contains("1 | 注\n"), "{text}");
    }
}

#[test]
fn long_lines_are_trimmed_around_the_mark() {
    let spec = file(&format!("a: {} needle {}\n", "x".repeat(50_000), "y".repeat(50_000)));
    let wide = Span::new(&spec, 3, 90_000);
    let diagnostics = [unused(&span(&spec, "needle")).label("here").related(&span(&spec, "a"), "key"), unused(&wide)];
    assert_renders(
        &diagnostics,
        Format::Full,
        r"
warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:50005
  |
1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxx needle yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
  |                                 ^^^^^^ here
  |
 ::: pipeline.yaml:1:1
  |
1 | a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
  | - key

warning[streams/unused]: `clicks` is never read
 --> pipeline.yaml:1:4
  |
1 | a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
    let json: Value = serde_json::from_str(&render(&diagnostics, Format::Json, PLAIN)).expect("JSON parses");
    assert_eq!(json["findings"][1]["end_column"], 90_001);
}

#[test]
fn colour_only_where_it_is_wanted() {
    let colored = render(&conflict(), Format::Full, Style { color: true, ..PLAIN });
    assert!(colored.contains("\u{1b}["), "{colored}");
    for format in Format::ALL.iter().filter(|format| **format != Format::Full) {
        let (with, without) =
            (render(&conflict(), *format, Style { color: true, ..PLAIN }), render(&conflict(), *format, PLAIN));
        assert_eq!(with, without);
    }
}

#[test]
fn formats_are_named_once() {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    assert_eq!(names, ["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson", "markdown"]);
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(*format));
    }
    let message = "xml".parse::<Format>().map_err(|error| error.to_string());
    let expected = "`xml` is not a format; the formats are `full`, `concise`, `json`, `jsonl`, `sarif`, `github`, `gitlab`, `junit`, `rdjson` and `markdown`";
    assert_eq!(message, Err(expected.to_owned()));
}

#[test]
fn summaries_count_levels() {
    let place = at(&file(""), 0);
    let [error, warning, info] = [&RETENTION, &UNUSED, &DEFAULT].map(|rule| Diagnostic::new(rule, &place, ""));
    assert_eq!(summary(&[warning.clone(), error.clone(), error.clone()]), "2 errors, 1 warning");
    assert_eq!(summary(&[info.clone(), info]), "2 info messages");
    assert_eq!(summary(&[error]), "1 error");
}

#[test]
fn a_rule_is_summed_up_by_its_first_paragraph() {
    assert_eq!(RETENTION.summary(), "A stream keeps records for 24 hours to 365 days.");
    assert_eq!(UNUSED.summary(), "streams/unused");
    assert_eq!(DEFAULT.summary(), "flink/default");
}
