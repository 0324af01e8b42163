//! Canonical JSON: two spaces, keys in the order given, intrinsics in their long form.
//!
//! Characters that cannot be seen are escaped, also those that JSON would let through: the file is YAML as well.

use serde_json::json;

use super::yaml_scalar::is_visible;
use super::{Printed, Writer, unique};
use crate::desired::{Value, ValueKind};

/// Prints a document.
pub fn print(value: &Value) -> Printed {
    let mut out = Writer::new();
    out.map(&value.origin);
    node(&mut out, value, 0);
    out.push("\n");
    out.finish()
}

fn node(out: &mut Writer, value: &Value, indent: usize) {
    match &value.kind {
        ValueKind::List(items) if !items.is_empty() => {
            out.push("[");
            for (index, item) in items.iter().enumerate() {
                entry(out, index, indent + 2);
                let mark = out.enter(&index.to_string());
                out.map(&item.origin);
                node(out, item, indent + 2);
                out.leave(mark);
            }
            close(out, "]", indent);
        }
        ValueKind::Map(entries) if !entries.is_empty() => {
            out.push("{");
            for (index, (key, item)) in unique(entries).into_iter().enumerate() {
                entry(out, index, indent + 2);
                let mark = out.enter(key);
                out.map(&item.origin);
                out.push(&visible(&format!("{}: ", json!(key))));
                node(out, item, indent + 2);
                out.leave(mark);
            }
            close(out, "}", indent);
        }
        // Line breaks inside strings are escaped, so each one here is layout.
        _ => out.push(&visible(&format!("{:#}", value.to_json())).replace('\n', &format!("\n{}", " ".repeat(indent)))),
    }
}

fn entry(out: &mut Writer, index: usize, indent: usize) {
    out.push(if index == 0 { "\n" } else { ",\n" });
    out.spaces(indent);
}

fn close(out: &mut Writer, bracket: &str, indent: usize) {
    out.push("\n");
    out.spaces(indent);
    out.push(bracket);
}

/// The same JSON in characters that can be seen: the others stand only in strings, where they may be escaped.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_visible(c) {
            text.push(c);
        } else {
            let mut units = [0; 2];
            text.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}
