use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Text of the characters that break excerpts: line endings, wide, combining, invisible and control characters.
fn awkward_text(most: usize) -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "key: ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\u{feff}",
        "注文",
        "😀",
        "👩\u{200d}🚀",
        "e\u{301}",
        "\u{200b}",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{0}",
        "\u{9b}",
        "\u{2028}",
        "{",
        "}",
        "//",
        "`%:,",
        "\u{ad}",
        "0123456789",
    ]);
    let repeated =
        (pieces, prop_oneof![9 => Just(1usize), 1 => 1..300usize]).prop_map(|(piece, times)| piece.repeat(times));
    prop_oneof![prop::collection::vec(repeated, 0..most).prop_map(|pieces| pieces.concat()), ".{0,40}"]
}

fn any_span() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![(0..60usize, 0..60usize), (0..2000usize, 0..2000usize), (any::<usize>(), any::<usize>())]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_span_on_any_text_renders(
        texts in [awkward_text(40), awkward_text(12)],
        spans in prop::collection::vec((any::<bool>(), any_span(), awkward_text(4)), 1..5),
        message in awkward_text(6),
        help in prop::option::of(awkward_text(4)),
        width in prop_oneof![0..20usize, 20..200usize],
    ) {
        let [one, other] = ["one.yaml", "two.yaml"];
        let files = [SourceFile::new(one, texts[0].as_str()), SourceFile::new(other, texts[1].as_str())];
        let place = |second: bool, (start, end)| Span { file: Arc::clone(&files[usize::from(second)]), start, end };

        let (second, range, label) = &spans[0];
        let mut diagnostic = Diagnostic::new(&UNUSED, &place(*second, *range), message).label(label);
        diagnostic.help = help;
        for (second, range, label) in &spans[1..] {
            diagnostic = diagnostic.related(&place(*second, *range), label);
        }
        let diagnostics = [diagnostic];

        let full = render(&diagnostics, Format::Full, Style { color: false, width });
        prop_assert!(full.chars().all(|char| char == '\n' || !char.is_control()), "{full:?}");
        prop_assert!(!full.contains(['\u{feff}', '\u{202e}', '\u{200b}', '\u{2028}']), "{full:?}");
        let position = diagnostics[0].primary.span.start_position();
        let place = format!("{}:{}:{}", diagnostics[0].primary.span.path(), position.line, position.column);
        let header = full.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        prop_assert_eq!(header, Some(place.as_str()), "{}", full);
        // Several shorter marks together may cover the whole of a longer one.
        let primary = &diagnostics[0].primary.span;
        let overlaps = |other: &Span| other.path() == primary.path() && other.start < primary.end && primary.start < other.end;
        let covering = diagnostics[0].related.iter().filter(|label| overlaps(&label.span)).count();
        prop_assert!(covering > 1 || full.contains('^'), "{full}");
        prop_assert!(full.len() < 40_000, "{} bytes", full.len());

        let concise = render(&diagnostics, Format::Concise, PLAIN);
        prop_assert_eq!(concise.lines().count(), 1);
        prop_assert!(concise.starts_with(&place));
        prop_assert_eq!(render(&diagnostics, Format::Github, PLAIN).lines().count(), 1);
        for format in [Format::Json, Format::Sarif] {
            let text = render(&diagnostics, format, PLAIN);
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
        render(&diagnostics, Format::Full, Style { color: true, width });
    }
}
