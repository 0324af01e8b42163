//! What of a source starts a function: a pattern, written as a mapping.

use serde_json::{Value as Json, json};

use crate::spec::{Decoder, Definitions, Shape};
use crate::syntax::{Node, Value};

/// A pattern of Lambda or SNS, written as a mapping.
#[derive(Clone, Debug)]
pub struct Filter(pub Json);

impl Shape for Filter {
    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "object", "minProperties": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match &node.value {
            Value::Map(entries) if entries.is_empty() => {
                let help = "name the field that is to match, for example `{data: {status: [late]}}`";
                decoder.bad_value(node, "the pattern is empty, so it says nothing", help);
                None
            }
            Value::Map(_) => Some(Self(node.to_json())),
            _ => {
                decoder.wrong_type(node, "a mapping such as `{data: {status: [late]}}`");
                None
            }
        }
    }
}
