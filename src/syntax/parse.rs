use super::{Entry, Key, Node, Parsed, PlainKind, Scalar, Value};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};
use granit_parser::{Event, Parser, ScalarStyle};
use std::sync::Arc;

struct L<'a> {
    events: Vec<(Event<'a>, usize, usize)>,
    at: usize,
    file: &'a Arc<SourceFile>,
}
impl L<'_> {
    fn node(&mut self) -> Node {
        let (event, start, end) = self.events[self.at].clone();
        self.at += 1;
        let tag = event.tag().map(|t| t.to_string().replace("tag:yaml.org,2002:", "!!"));
        let span = Span::new(self.file, start, end);
        let value = match event {
            Event::Scalar(text, style, ..) => {
                let plain = matches!(style, ScalarStyle::Plain);
                if plain && (text.is_empty() || tag.is_none() && matches!(&*text, "~" | "null")) {
                    Value::Null
                } else {
                    Value::Scalar(Scalar { text: text.to_string(), plain })
                }
            }
            Event::SequenceStart(..) => {
                let mut items = vec![];
                while !matches!(self.events[self.at].0, Event::SequenceEnd) {
                    items.push(self.node());
                }
                self.at += 1;
                Value::List(items)
            }
            Event::MappingStart(..) => {
                let mut entries = vec![];
                while !matches!(self.events[self.at].0, Event::MappingEnd) {
                    let key = self.node();
                    let text = match key.value {
                        Value::Scalar(s) => s.text,
                        _ => String::from("?"),
                    };
                    entries.push(Entry { key: Key { text, span: key.span }, value: self.node() });
                }
                self.at += 1;
                Value::Map(entries)
            }
            _ => Value::Null,
        };
        Node { span, value, tag, used_at: None }
    }
}
pub(super) fn parse(file: &Arc<SourceFile>) -> Parsed {
    let mut events = vec![];
    let empty = Parsed {
        root: Node { span: Span::start_of(file), value: Value::Null, tag: None, used_at: None },
        diagnostics: vec![],
    };
    for next in Parser::new_from_str(file.text()) {
        match next {
            Err(e) => {
                return Parsed {
                    diagnostics: vec![Diagnostic::new(&super::rules::SYNTAX, &Span::start_of(file), e.to_string())],
                    ..empty
                };
            }
            Ok((event, span)) => {
                if matches!(
                    event,
                    Event::Scalar(..)
                        | Event::SequenceStart(..)
                        | Event::SequenceEnd
                        | Event::MappingStart(..)
                        | Event::MappingEnd
                        | Event::Alias(..)
                ) {
                    let r = span.byte_range().unwrap_or(0..0);
                    events.push((event, r.start, r.end));
                }
            }
        }
    }
    if events.is_empty() {
        return empty;
    }
    let mut l = L { events, at: 0, file };
    Parsed { root: l.node(), diagnostics: vec![] }
}
pub(super) fn plain_kind(text: &str) -> PlainKind {
    match text {
        "true" | "True" | "TRUE" => return PlainKind::Boolean(true),
        "false" | "False" | "FALSE" => return PlainKind::Boolean(false),
        ".nan" | ".NaN" => return PlainKind::Float(f64::NAN),
        _ => {}
    }
    if let Ok(i) = text.parse::<i64>() {
        return PlainKind::Integer(i);
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && let Ok(f) = text.parse::<f64>()
        && !text.contains('n')
    {
        return PlainKind::Float(f);
    }
    PlainKind::Text
}
