//! Expressions lowered: to an intrinsic, a parameter, or a variable of a pipeline.

use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::model::lower::{Home, Lowering};
use crate::model::names::pascal;
use crate::source::Span;
use crate::spec::{Expression, Part, Text, Valued};

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
