//! The comments of a YAML file.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};

use super::{MAX_BYTES, MAX_DEPTH, lex};
use crate::source::{SourceFile, Span};

/// Every comment from its `#` to the end of its line, in order. In a file with a syntax error those above it; JSON has
/// none. A `#` inside text is none.
pub fn comments(file: &Arc<SourceFile>) -> Vec<Span> {
    let text = file.text();
    if text.len() > MAX_BYTES || !text.contains('#') {
        return Vec::new();
    }
    let (texts, limit) = scalars(text);
    let mut comments = Vec::new();
    let mut at = 0;
    for (start, end) in texts.into_iter().chain([(limit, limit)]) {
        while let Some(hash) = text.get(at..start).and_then(|gap| gap.find('#')).map(|hash| at + hash) {
            let is_comment =
                text[..hash].is_empty() || text[..hash].ends_with(lex::SPACES) || text[..hash] == *"\u{feff}";
            at = if is_comment { lex::line_end(text, hash) } else { hash + 1 };
            if is_comment {
                comments.push(Span::new(file, hash, at));
            }
        }
        at = at.max(end);
    }
    comments
}

/// Where text stands that is no comment, and how far the file could be read.
fn scalars(text: &str) -> (Vec<(usize, usize)>, usize) {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH + 1,
        block_nesting_limit: MAX_DEPTH + 1,
    };
    let mut scalars = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                return (scalars, lex::line_start(text, text.floor_char_boundary(at)));
            }
        };
        let (Event::Scalar(_, style, ..), Some(range)) = (event, span.byte_range()) else { continue };
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        // The line of `|` or `>` may have a comment.
        let has_header = is_block && text[range.start..].starts_with(['|', '>']);
        let start = if has_header { lex::line_end(text, range.start) } else { range.start };
        let end = range.start + text[range.start..range.end.max(range.start)].trim_end_matches(lex::SPACES).len();
        scalars.push((start, end.max(start)));
    }
    (scalars, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let file = SourceFile::new("pipeline.yaml", text);
        let spans = comments(&file);
        spans.iter().map(|span| span.text().to_owned()).collect()
    }

    #[test]
    fn comments_are_found_wherever_they_stand() {
        let text = "\u{feff}# first\r\na: 1 # one\r\n# 注文\r\nb: # b\r\n  - x # x\r\n  #\ttab\r\n  - {k: 1, # k\r\n     l: 2} # l\r\n\
                    c: &x # c\r\n  1\r\nd: # d\r\n# end";
        let expected = ["# first", "# one", "# 注文", "# b", "# x", "#\ttab", "# k", "# l", "# c", "# d", "# end"];
        assert_eq!(found(text), expected);
        assert_eq!(found(&text.replace("\r\n", "\n")), expected);
        assert_eq!(found("# alone"), ["# alone"]);
        assert_eq!(found("---\n# two\n...\n"), ["# two"]);
        assert_eq!(found(""), [""; 0]);
    }

    #[test]
    fn text_is_no_comment() {
        for text in [
            "a: \"x # y\"\n",
            "a: 'x\n  # y'\n",
            "a: x#y\n",
            "a: http://x/#y\n",
            "\"# a\": 1\n",
            "{\"a\": \"# b\"}\n",
            "a: |\n  # text\n  more\n\n  # text\n",
            "a: >-\n  x\n  # text\n\nb: 1\n",
            "- |\n # text\n",
            "a: *x#y\n",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn block_text_may_have_comments_around() {
        assert_eq!(found("a: | # header\n  # text\n# after\nb: 1\n"), ["# header", "# after"]);
        assert_eq!(found("a:\n  b: >2- # header\n    # text\n # after\nc: 1 # c\n"), ["# header", "# after", "# c"]);
        assert_eq!(found("a: | # header\n# after\nb: 1\n"), ["# header", "# after"]);
        assert_eq!(found("- |\n  x\n\n# after\n- y\n"), ["# after"]);
    }

    #[test]
    fn behind_a_fault_there_are_none() {
        assert_eq!(found("# one\na: \"x\n# two\n"), ["# one"]);
        assert_eq!(found("# one\na: 1 # a\nb: ]\n# two\n"), ["# one", "# a"]);
    }
}
