//! The words for faults that are not about tabs, quotes or brackets.

use granit_parser::ErrorKind;

use super::fault::{Scene, Words, quoted};
use super::{MAX_DEPTH, lex, rules};

impl Scene<'_> {
    /// What to say of an error at `at`.
    pub(super) fn other(&self, kind: &ErrorKind, at: usize) -> Words {
        let line = self.line(at);
        let text = self.slice(line);
        let mut range = self.character(at);
        let mut label = "not expected here".to_owned();
        let mut related = None;
        let (message, help) = match kind {
            ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => return self.second_colon(at),
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => return self.no_colon(at),
            ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
                range = line;
                let indent = self.text[lex::line_start(self.text, at)..line.0].chars().count();
                label = format!("indented by {indent}");
                related = self
                    .closed
                    .filter(|closed| *closed < line.0)
                    .map(|closed| (closed, closed, "the mapping or list above begins here"));
                if text.starts_with("- ") || text == "-" {
                    (
                        "a list item stands where a key of the mapping is expected".to_owned(),
                        "indent the list below its key, or write a key".to_owned(),
                    )
                } else {
                    (
                        format!("the indentation of {} is that of no mapping above it", quoted(text)),
                        "align it with the keys it belongs to".to_owned(),
                    )
                }
            }
            ErrorKind::ExpectedBlockSequenceEntry => {
                range = line;
                (
                    format!("{} stands where an item of the list is expected", quoted(text)),
                    "begin it with `- `, or give it the indentation of a key above".to_owned(),
                )
            }
            ErrorKind::BlockSequenceEntryNotAllowed => (
                "a list with `-` cannot begin on the line of its key".to_owned(),
                "put it on the next line, or write `[…]`".to_owned(),
            ),
            ErrorKind::UnexpectedCharacter { character } => (
                format!("text cannot begin with `{}` unless it is quoted", character.escape_default()),
                "put the text into quotes".to_owned(),
            ),
            ErrorKind::MissingAnchorOrAliasName => {
                let mark = self.slice(range);
                (
                    format!("`{mark}` has a meaning in YAML, and no name follows it"),
                    format!("quote the text if that is all it is: `\"{mark}\"`"),
                )
            }
            ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
                return self.after_quote(kind, at);
            }
            ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidLowSurrogateHexEscape
            | ErrorKind::InvalidLowSurrogate
            | ErrorKind::MissingLowSurrogate
            | ErrorKind::UnpairedLowSurrogate
            | ErrorKind::InvalidUnicodeEscape => {
                range = self.escape(at);
                (
                    format!("{} stands for no character between double quotes", quoted(self.slice(range))),
                    "write `\\\\` for a backslash, or use single quotes".to_owned(),
                )
            }
            ErrorKind::CommentInterceptedScalar => (
                "a comment cannot stand inside text that goes on on the next line".to_owned(),
                "move the comment, or align the next line with a key above".to_owned(),
            ),
            ErrorKind::CommentNotSeparated | ErrorKind::ExpectedWhitespace => (
                format!("a space is missing before {}", quoted(self.slice((at, line.1.max(at))))),
                "put a space before it, or quote the text".to_owned(),
            ),
            ErrorKind::ZeroBlockScalarIndent | ErrorKind::InvalidBlockScalarHeader => (
                "on the line of `|` or `>` there can be only `+` or `-`, an indentation from 1 to 9, and a comment"
                    .to_owned(),
                "begin the text on the next line".to_owned(),
            ),
            ErrorKind::InvalidBlockScalarIndent => (
                "this line of the text is indented less than its first line".to_owned(),
                "indent all lines of the text alike".to_owned(),
            ),
            ErrorKind::MisplacedFlowCollectionEnd => {
                let mark = self.slice(range);
                (format!("`{mark}` closes a bracket that is not open"), "remove it, or quote the text".to_owned())
            }
            ErrorKind::UndeclaredTagHandle => {
                range.1 = at + self.text[at..].find(char::is_whitespace).unwrap_or(self.text.len() - at);
                (
                    format!("the tag {} has a prefix that is not declared", quoted(self.slice(range))),
                    "write a tag with one `!`, or quote the text".to_owned(),
                )
            }
            ErrorKind::RecursionLimitExceeded => {
                return Words {
                    rule: &rules::TOO_LARGE,
                    range,
                    message: format!("lists and mappings stand more than {MAX_DEPTH} deep inside each other"),
                    label: "one too many".to_owned(),
                    help: format!("stay within {MAX_DEPTH} levels"),
                    related,
                };
            }
            ErrorKind::BomInsideDocument => (
                "a byte-order mark can stand only at the beginning of the file".to_owned(),
                "remove this character".to_owned(),
            ),
            kind if is_about_directives(kind) || text.starts_with('%') => {
                range = line;
                (
                    format!("the directive {} is not one of YAML 1.2", quoted(text)),
                    "remove the line, or quote the text that begins with `%`".to_owned(),
                )
            }
            kind if is_about_tags(kind) => (
                format!("there is no tag after this `!` in {}", quoted(text)),
                "write a tag such as `!Ref`, or quote the text".to_owned(),
            ),
            ErrorKind::InvalidDocumentEnd => {
                ("after `...` nothing can follow on its line".to_owned(), "remove what follows".to_owned())
            }
            ErrorKind::ExpectedDocumentStart | ErrorKind::MissingDocumentEndBeforeDirective => {
                range = line;
                (
                    format!("{} stands after the end of the document's value", quoted(text)),
                    "align it with the keys above, or remove it".to_owned(),
                )
            }
            ErrorKind::PlainScalarStartsWithDashFlowIndicator => (
                "between brackets, text cannot begin with `-` and a bracket or comma".to_owned(),
                "put the text into quotes".to_owned(),
            ),
            _ => {
                range = line;
                (
                    format!("{} cannot be read as YAML here", quoted(text)),
                    "look for a missing colon, quote or bracket on this line or the one above".to_owned(),
                )
            }
        };
        Words { rule: &rules::SYNTAX, range, message, label, help, related }
    }

    /// `a: b: c`, or a key that is indented deeper than the key with a value above it.
    fn second_colon(&self, at: usize) -> Words {
        let colon = self.character(at);
        let whole = Words {
            rule: &rules::SYNTAX,
            range: colon,
            message: "a second `: ` cannot follow on the line of a key".to_owned(),
            label: "second colon".to_owned(),
            help: "quote the value if the colon is part of it, or begin a new line".to_owned(),
            related: None,
        };
        let Some((start, end)) = self.running_on(at) else {
            return whole;
        };
        let first_line = (start, lex::content_end(self.text, start).min(end));
        if lex::content_start(self.text, start) == start {
            return self.no_colon(start);
        }
        let key = (lex::content_start(self.text, at), at);
        Words {
            range: key,
            message: format!(
                "the key {} is indented deeper than the text above, so it is a part of that text",
                quoted(self.slice(key))
            ),
            label: "goes on with the text above".to_owned(),
            help: "align it with the keys it belongs to".to_owned(),
            related: Some((first_line.0, first_line.1, "the text begins here")),
            ..whole
        }
    }

    /// A line of a mapping without a colon, or with one that is too far away.
    fn no_colon(&self, at: usize) -> Words {
        let line = self.line(at);
        let text = self.slice(line);
        let (message, help) = if lex::key_length(text).is_some() || text.ends_with(':') {
            (
                format!("the key {} is longer than 1024 characters, or runs over several lines", quoted(text)),
                "use a shorter key".to_owned(),
            )
        } else {
            (
                format!("{} stands where a key is expected, but has no colon", quoted(text)),
                "write a colon and a space after the key".to_owned(),
            )
        };
        Words { rule: &rules::SYNTAX, range: line, message, label: "no colon".to_owned(), help, related: None }
    }

    /// `"a" b`
    pub(super) fn after_quote(&self, kind: &ErrorKind, at: usize) -> Words {
        let mark = if *kind == ErrorKind::InvalidTrailingSingleQuotedScalar { '\'' } else { '"' };
        let start = self.text[..at].rfind(mark).map_or(at, |quote| quote + 1);
        let start = start + (self.text[start..at].len() - self.text[start..at].trim_start().len());
        let range = (start, lex::content_end(self.text, start));
        let help = match mark {
            '\'' => "quote the whole value, with `''` for each `'` inside it",
            _ => "quote the whole value, with `\\\"` for each `\"` inside it",
        };
        let opened = lex::seek(self.text, self.cursor, b":-?", b"\"'").filter(|quote| *quote < at);
        Words {
            rule: &rules::SYNTAX,
            range,
            message: format!("{} follows a quoted text that is already closed", quoted(self.slice(range))),
            label: "after the closing quote".to_owned(),
            help: help.to_owned(),
            related: opened.map(|quote| (quote, quote + 1, "the quoted text begins here")),
        }
    }

    /// The first escape sequence of the quoted text at `at` that stands for nothing.
    fn escape(&self, at: usize) -> (usize, usize) {
        let mut rest = at + 1;
        while let Some(slash) = self.text.get(rest..).and_then(|text| text.find('\\')).map(|slash| rest + slash) {
            let letter = self.text[slash + 1..].chars().next().unwrap_or(' ');
            let end = slash + 1 + letter.len_utf8();
            let digits = match letter {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            let code = self.text.get(end..end + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let is_known = "0abt\tnvfre \"/\\N_LP\n\r".contains(letter) || code.and_then(char::from_u32).is_some();
            if !is_known {
                let shown = self.text[end..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
                return (slash, (end + shown).min(self.text.len()));
            }
            rest = end;
        }
        self.character(at)
    }
}

fn is_about_directives(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DuplicateVersionDirective
            | ErrorKind::UnsupportedYamlMajorVersion
            | ErrorKind::DuplicateTagDirective
            | ErrorKind::ExpectedTagDirectiveBang
            | ErrorKind::InvalidDirectiveTerminator
            | ErrorKind::MissingYamlVersionSeparator
            | ErrorKind::MissingDirectiveName
            | ErrorKind::InvalidDirectiveName
            | ErrorKind::DirectiveByteLimitExceeded { .. }
            | ErrorKind::TooManyReservedDirectiveParams { .. }
            | ErrorKind::YamlVersionTooLong
            | ErrorKind::MissingYamlVersion
            | ErrorKind::InvalidTagDirectiveTerminator
            | ErrorKind::DirectiveDisallowed
    )
}

fn is_about_tags(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ExpectedTagBang
            | ErrorKind::InvalidGlobalTagCharacter
            | ErrorKind::InvalidTagTerminator
            | ErrorKind::MissingTagUri
            | ErrorKind::UnclosedVerbatimTag
            | ErrorKind::InvalidTagEscape
            | ErrorKind::InvalidTagUtf8LeadingByte
            | ErrorKind::InvalidTagUtf8TrailingByte
            | ErrorKind::InvalidTagUtf8
    )
}
