//! What is inside a word: text, variables and substitutions.

use brush_parser::ParserOptions;
use brush_parser::word::{self, Parameter, ParameterExpr, SpecialParameter, WordPiece, WordPieceWithSource};

use super::UNKNOWN;
use super::walk::Walk;

/// The text of a word that has no variables and substitutions in it, without its quotes.
pub(super) fn literal(word: &str) -> Option<String> {
    if word.contains(UNKNOWN) {
        return None;
    }
    let pieces = word::parse(word, &ParserOptions::default()).ok()?;
    let mut text = String::new();
    plain(&pieces, &mut text).then_some(text)
}

fn plain(pieces: &[WordPieceWithSource], text: &mut String) -> bool {
    pieces.iter().all(|piece| match &piece.piece {
        WordPiece::Text(part) | WordPiece::SingleQuotedText(part) | WordPiece::AnsiCQuotedText(part) => {
            text.push_str(part);
            true
        }
        WordPiece::EscapeSequence(part) => {
            text.push_str(part.strip_prefix('\\').unwrap_or(part));
            true
        }
        WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => plain(inner, text),
        WordPiece::TildePrefix(user) => {
            text.push('~');
            text.push_str(user);
            true
        }
        WordPiece::ParameterExpansion(_)
        | WordPiece::CommandSubstitution(_)
        | WordPiece::BackquotedCommandSubstitution(_)
        | WordPiece::ArithmeticExpression(_) => false,
    })
}

impl Walk<'_> {
    pub(super) fn word(&mut self, word: &str) {
        match word::parse(word, &ParserOptions::default()) {
            Ok(pieces) => self.pieces(&pieces, false),
            Err(_) => self.unreadable(),
        }
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], quoted: bool) {
        for piece in pieces {
            match &piece.piece {
                WordPiece::Text(text) if !quoted && has_range(text) => self.bashism("{1..3}"),
                WordPiece::AnsiCQuotedText(_) => self.bashism("$'…'"),
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    self.pieces(inner, true);
                }
                WordPiece::ParameterExpansion(expression) => self.expansion(expression),
                WordPiece::CommandSubstitution(text) | WordPiece::BackquotedCommandSubstitution(text) => {
                    self.substitution(text);
                }
                WordPiece::ArithmeticExpression(expression) => self.arithmetic(&expression.value),
                WordPiece::Text(_)
                | WordPiece::SingleQuotedText(_)
                | WordPiece::TildePrefix(_)
                | WordPiece::EscapeSequence(_) => {}
            }
        }
    }

    fn expansion(&mut self, expression: &ParameterExpr) {
        use ParameterExpr as E;
        let (parameter, indirect, inner) = match expression {
            E::Parameter { parameter, indirect } | E::ParameterLength { parameter, indirect } => {
                (parameter, *indirect, None)
            }
            E::UseDefaultValues { parameter, indirect, default_value: inner, .. }
            | E::IndicateErrorIfNullOrUnset { parameter, indirect, error_message: inner, .. }
            | E::UseAlternativeValue { parameter, indirect, alternative_value: inner, .. }
            | E::RemoveSmallestSuffixPattern { parameter, indirect, pattern: inner }
            | E::RemoveLargestSuffixPattern { parameter, indirect, pattern: inner }
            | E::RemoveSmallestPrefixPattern { parameter, indirect, pattern: inner }
            | E::RemoveLargestPrefixPattern { parameter, indirect, pattern: inner } => {
                (parameter, *indirect, inner.as_deref())
            }
            E::AssignDefaultValues { parameter, indirect, default_value, .. } => {
                if let Parameter::Named(name) = parameter {
                    self.script.assigned.insert(name.clone());
                }
                (parameter, *indirect, default_value.as_deref())
            }
            E::Substring { parameter, .. } => {
                self.bashism("${…:…}");
                (parameter, false, None)
            }
            E::ReplaceSubstring { parameter, replacement, .. } => {
                self.bashism("${…/…}");
                (parameter, false, replacement.as_deref())
            }
            E::Transform { parameter, .. } => {
                self.bashism("${…@…}");
                (parameter, false, None)
            }
            E::UppercaseFirstChar { parameter, .. } | E::UppercasePattern { parameter, .. } => {
                self.bashism("${…^^}");
                (parameter, false, None)
            }
            E::LowercaseFirstChar { parameter, .. } | E::LowercasePattern { parameter, .. } => {
                self.bashism("${…,,}");
                (parameter, false, None)
            }
            E::VariableNames { .. } | E::MemberKeys { .. } => {
                self.bashism("${!…}");
                return;
            }
        };
        if indirect {
            self.bashism("${!…}");
        }
        self.parameter(parameter);
        if let Some(inner) = inner {
            self.word(inner);
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        match parameter {
            Parameter::Named(name) => {
                self.script.read.insert(name.clone());
            }
            Parameter::NamedWithIndex { name, .. } | Parameter::NamedWithAllIndices { name, .. } => {
                self.bashism("an array");
                self.script.read.insert(name.clone());
            }
            Parameter::Special(SpecialParameter::LastExitStatus) => {
                self.script.read.insert("?".to_owned());
            }
            Parameter::Positional(_) | Parameter::Special(_) => {}
        }
    }
}

/// `{1..3}`
fn has_range(text: &str) -> bool {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).any(|(inside, _)| {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        inside.split_once("..").is_some_and(|(from, to)| is_number(from) && is_number(to))
    })
}
