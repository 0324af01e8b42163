//! Text with `${{ … }}` in it. Here it is only cut into parts; names are resolved by the model.

use crate::source::Span;
use crate::spec::{Decoder, Definitions, Shape};
use crate::syntax::{Node, PlainKind, Value};

/// One `${{ … }}`.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Between the braces, trimmed: `streams.trips.name`.
    pub path: String,
    /// From `${{` to `}}`.
    pub span: Span,
    /// `}}` is missing.
    pub unclosed: bool,
}

#[derive(Clone, Debug)]
pub enum Part {
    Literal(String),
    Expression(Expression),
}

/// Text that may hold expressions. `$VAR` and `${VAR}` are not touched: they belong to the shell.
#[derive(Clone, Debug)]
pub struct Text {
    pub parts: Vec<Part>,
}

impl Text {
    /// The text, if no expression is in it.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// A text that was read elsewhere.
    pub fn of(text: &str, span: &Span) -> Self {
        Self::cut(text, span)
    }

    fn cut(text: &str, span: &Span) -> Self {
        let mut parts = Vec::new();
        let (mut rest, mut searched) = (text, 0);
        while let Some(at) = rest.find("${{") {
            if at > 0 {
                parts.push(Part::Literal(rest[..at].to_owned()));
            }
            let (inside, unclosed) = match rest[at..].find("}}") {
                Some(length) => (&rest[at..at + length + 2], false),
                None => (&rest[at..], true),
            };
            // Escapes and folding move text, so the expression is looked up again in the source.
            let source = span.text();
            let start = source.get(searched..).and_then(|s| s.find("${{")).map_or(0, |found| searched + found);
            let length = source[start..].find("}}").map_or(source.len() - start, |length| length + 2);
            searched = start + length;
            let path = inside.trim_start_matches("${{").trim_end_matches("}}").trim().to_owned();
            parts.push(Part::Expression(Expression { path, span: span.within(start, start + length), unclosed }));
            rest = &rest[at + inside.len()..];
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Self { parts }
    }

    pub(super) fn read(text: &str, span: &Span, decoder: &mut Decoder) -> Self {
        let text = Self::cut(text, span);
        decoder.expressions.extend(text.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression.clone()),
            Part::Literal(_) => None,
        }));
        text
    }
}

impl Shape for Text {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        serde_json::json!({ "type": "string", "minLength": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text")?;
        if text.is_empty() {
            decoder.bad_value(node, "the text is empty", "write at least one character, or remove the key");
            return None;
        }
        Some(Self::read(text, &node.span, decoder))
    }
}

/// A value of type `T`, or one expression that gives it.
#[derive(Clone, Debug)]
pub enum Valued<T> {
    Literal(T),
    Expression(Expression),
}

impl<T> Valued<T> {
    pub fn literal(&self) -> Option<&T> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Expression(_) => None,
        }
    }
}

impl<T: Shape> Shape for Valued<T> {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        serde_json::json!({ "anyOf": [
            T::schema(definitions),
            { "type": "string", "pattern": r"^\$\{\{[^\n\r]*\}\}$", "description": "An expression, e.g. `${{ params.shards }}`." },
        ] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value
            && scalar.kind() == PlainKind::Text
            && scalar.text.starts_with("${{")
            && scalar.text.ends_with("}}")
            && !scalar.text.contains(['\n', '\r'])
        {
            let text = Text::read(&scalar.text, &node.span, decoder);
            if let [Part::Expression(expression)] = text.parts.as_slice() {
                return Some(Self::Expression(expression.clone()));
            }
        }
        T::decode(node, decoder).map(Self::Literal)
    }
}
