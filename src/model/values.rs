//! Expressions lowered: to an intrinsic, a parameter, or a variable of a pipeline.

use serde_json::{Map, Value as Json, json};

use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::model::lower::{Home, Lowering};
use crate::model::names::pascal;
use crate::source::{Located, Span};
use crate::spec::{Expression, Free, Part, Text, Valued};

impl Lowering<'_> {
    /// Text with its expressions replaced by what gives their values in `home`.
    pub fn text(&self, text: &Text, span: &Span, home: Home) -> Value {
        let origin = Origin::authored(span);
        match text.parts.as_slice() {
            [] => Value::text("", &origin),
            [Part::Literal(literal)] => Value::text(literal, &origin),
            [Part::Expression(expression)] => self.expression(expression, home),
            parts => self.interpolate(parts, &origin, home),
        }
    }

    /// The same after `before`, which is in the words of `Fn::Sub`.
    pub fn text_after(&self, before: &str, text: &Located<Text>, origin: &Origin, home: Home) -> Value {
        let value = self.text(text, &text.span, home);
        match &value.kind {
            ValueKind::Text(text) => Value::sub(format!("{before}{}", text.replace("${", "${!")), origin),
            ValueKind::Intrinsic(Intrinsic::Ref(name)) => Value::sub(format!("{before}${{{name}}}"), origin),
            ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => {
                Value::sub(format!("{before}${{{id}.{attribute}}}"), origin)
            }
            ValueKind::Intrinsic(Intrinsic::Sub(inner, names)) => {
                let inner = Intrinsic::Sub(format!("{before}{inner}"), names.clone());
                Value::new(ValueKind::Intrinsic(inner), origin)
            }
            _ => {
                let inner = Intrinsic::Sub(format!("{before}${{Value}}"), vec![("Value".to_owned(), value)]);
                Value::new(ValueKind::Intrinsic(inner), origin)
            }
        }
    }

    fn interpolate(&self, parts: &[Part], origin: &Origin, home: Home) -> Value {
        let (mut text, mut plain) = (String::new(), String::new());
        let (mut names, mut known) = (Vec::new(), true);
        for part in parts {
            match part {
                Part::Literal(literal) => {
                    text.push_str(&literal.replace("${", "${!"));
                    plain.push_str(literal);
                }
                Part::Expression(expression) => {
                    let value = self.expression(expression, home);
                    match &value.kind {
                        ValueKind::Text(value) => {
                            text.push_str(&value.replace("${", "${!"));
                            plain.push_str(value);
                            continue;
                        }
                        ValueKind::Intrinsic(Intrinsic::Ref(name)) => text.push_str(&format!("${{{name}}}")),
                        ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => {
                            text.push_str(&format!("${{{id}.{attribute}}}"));
                        }
                        ValueKind::Intrinsic(Intrinsic::Sub(inner, own)) if own.is_empty() => text.push_str(inner),
                        _ => {
                            let name = format!("Value{}", names.len() + 1);
                            text.push_str(&format!("${{{name}}}"));
                            names.push((name, value));
                        }
                    }
                    known = false;
                }
            }
        }
        if known {
            return Value::text(plain, origin);
        }
        Value::new(ValueKind::Intrinsic(Intrinsic::Sub(text, names)), origin)
    }

    /// A literal converted by `literal`, or what gives an expression's value in the application stack.
    pub fn valued<T>(&self, value: &Valued<T>, span: &Span, literal: impl FnOnce(&T, &Origin) -> Value) -> Value {
        match value {
            Valued::Literal(value) => literal(value, &Origin::authored(span)),
            Valued::Expression(expression) => self.expression(expression, Home::Application),
        }
    }

    /// A value of any shape, with its expressions replaced. Templates have no null: it is left out of mappings.
    pub fn free(&self, value: &Free, span: &Span, home: Home) -> Value {
        let origin = Origin::authored(span);
        let kind = match value {
            Free::Null => ValueKind::Text(String::new()),
            Free::Boolean(value) => ValueKind::Boolean(*value),
            Free::Integer(value) => ValueKind::Integer(*value),
            Free::Float(value) => ValueKind::Float(*value),
            Free::Text(text) => return self.text(text, span, home),
            Free::List(items) => {
                ValueKind::List(items.iter().map(|item| self.free(&item.value, &item.span, home)).collect())
            }
            Free::Map(entries) => {
                let given = entries.iter().filter(|(_, value)| !matches!(value.value, Free::Null));
                let lower = |(key, value): &(Located<String>, Located<Free>)| {
                    (key.value.clone(), self.free(&value.value, &value.span, home).under(&key.span))
                };
                ValueKind::Map(given.map(lower).collect())
            }
        };
        Value::new(kind, &origin)
    }

    /// A value of any shape as a text of JSON, in which `${NAME}` stands for each of the `known` names.
    pub fn json_text(&self, value: &Free, span: &Span, home: Home, known: &[(String, Value)]) -> Value {
        let mut names = known.to_vec();
        let json = self.json(value, home, &mut names);
        substitute(&format!("{json:#}"), names, &Origin::authored(span))
    }

    fn json(&self, value: &Free, home: Home, names: &mut Vec<(String, Value)>) -> Json {
        match value {
            Free::Null => Json::Null,
            Free::Boolean(value) => json!(value),
            Free::Integer(value) => json!(value),
            Free::Float(value) => json!(value),
            Free::List(items) => items.iter().map(|item| self.json(&item.value, home, names)).collect(),
            Free::Map(entries) => {
                let lower = |(key, value): &(Located<String>, Located<Free>)| {
                    (key.value.clone(), self.json(&value.value, home, names))
                };
                entries.iter().map(lower).collect::<Map<_, _>>().into()
            }
            Free::Text(text) => {
                let mut joined = String::new();
                for part in &text.parts {
                    match part {
                        Part::Literal(literal) => joined.push_str(literal),
                        Part::Expression(expression) => {
                            let value = self.expression(expression, home);
                            if let ValueKind::Text(known) = &value.kind {
                                joined.push_str(known);
                            } else {
                                let name = format!("Expression{}", names.len() + 1);
                                joined.push_str(&format!("${{{name}}}"));
                                names.push((name, value));
                            }
                        }
                    }
                }
                json!(joined)
            }
        }
    }

    fn expression(&self, expression: &Expression, home: Home) -> Value {
        let origin = Origin::authored(&expression.span);
        let parts: Vec<&str> = expression.path.split('.').collect();
        let value = match (parts.as_slice(), home) {
            (["env", "account"], Home::Application) => Some(Value::reference("AWS::AccountId", &origin)),
            (["env", "region"], Home::Application) => Some(Value::reference("AWS::Region", &origin)),
            (["env", "name"], Home::Application) => Some(Value::reference("Environment", &origin)),
            (["params", name], Home::Application) => Some(Value::reference(pascal(name), &origin)),
            ([section, name, attribute], _) => self
                .model
                .entry(&format!("{section}.{name}"))
                .and_then(|entry| self.model.attribute(entry, attribute, &origin)),
            _ => None,
        };
        // Names were resolved before, so nothing is lost here.
        value.unwrap_or_else(|| Value::text(expression.path.as_str(), &origin))
    }
}

/// A text in which `${NAME}` stands for the value of each name, and any other `${` for itself.
fn substitute(text: &str, names: Vec<(String, Value)>, origin: &Origin) -> Value {
    let mut escaped = String::new();
    let mut used = Vec::new();
    let mut parts = text.split("${");
    escaped.extend(parts.next());
    for part in parts {
        let name = part.split_once('}').map(|(name, _)| name);
        match names.iter().find(|(known, _)| Some(known.as_str()) == name) {
            Some(named) => {
                escaped.push_str("${");
                if !used.contains(&named) {
                    used.push(named);
                }
            }
            None => escaped.push_str("${!"),
        }
        escaped.push_str(part);
    }
    if used.is_empty() {
        return Value::text(text, origin);
    }
    let used = used.into_iter().cloned().collect();
    Value::new(ValueKind::Intrinsic(Intrinsic::Sub(escaped, used)), origin)
}
