use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::value::{is_intrinsic, items, look, text_at};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "dynamodb/attribute-definitions",
        level: Level::Error,
        page: include_str!("attribute_definitions.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::DynamoDB::Table") {
        let properties = &site.resource.properties;
        let Some((defined, keys)) = names(properties) else { continue };
        for (name, value) in &keys {
            if !defined.contains_key(name) {
                let message = format!(
                    "`{name}` is a key, but `AttributeDefinitions` does not say of what type it is, and DynamoDB refuses the table"
                );
                let help = format!("add `{{AttributeName: {name}, AttributeType: S}}` to `AttributeDefinitions`");
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
            }
        }
        for (name, value) in &defined {
            if !keys.contains_key(name) {
                let message = format!(
                    "`{name}` is no key of the table or of an index, and DynamoDB refuses definitions of other attributes"
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &value.origin.span, message)
                        .help("remove it: only attributes of keys are defined"),
                );
            }
        }
    }
}

type Names<'a> = BTreeMap<String, &'a Value>;

/// The defined attributes and those that are keys; `None` when not all of them are known.
fn names(properties: &Value) -> Option<(Names<'_>, Names<'_>)> {
    let mut defined = Names::new();
    for definition in items(known_list(properties, "/AttributeDefinitions")??) {
        defined.insert(text_at(definition, "/AttributeName")?.into_owned(), definition);
    }
    let mut keys = Names::new();
    let mut schemas = vec![known_list(properties, "/KeySchema")??];
    for indexes in ["/GlobalSecondaryIndexes", "/LocalSecondaryIndexes"] {
        if let Some(indexes) = known_list(properties, indexes)? {
            for index in items(indexes) {
                schemas.push(known_list(index, "/KeySchema")??);
            }
        }
    }
    for schema in schemas {
        for key in items(schema) {
            keys.insert(text_at(key, "/AttributeName")?.into_owned(), key);
        }
    }
    Some((defined, keys))
}

/// A list that is written out, or its absence; the outer `None` when it is decided at deployment.
fn known_list<'a>(value: &'a Value, pointer: &str) -> Option<Option<&'a Value>> {
    let it = look(value, pointer);
    match it.found() {
        Some(list) if is_intrinsic(list) => None,
        Some(list) => Some(Some(list)),
        None => it.is_absent().then_some(None),
    }
}
