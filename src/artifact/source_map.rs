//! The source map: for each node of each artifact, the line it is printed on and the line that asked for it.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Artifact, Mapping};
use crate::desired::Origin;
use crate::source::Position;

/// Prints the source map of all artifacts as canonical JSON: sorted, and with one line per node so that a difference
/// between two of them reads well.
///
/// `source` gives the path of a file from the root of its repository, however it was named on the command line, and
/// `document` is the file that all was made from. `line` counts in the artifact, `source_line` and `source_column` in
/// the source, all from 1; where that is another file, such as that of a module, `source` names it. `reason` is null
/// where the value itself was authored at that place.
pub fn print(artifacts: &[Artifact], document: &str, source: impl Fn(&str) -> String) -> String {
    let by_path: BTreeMap<&str, &Artifact> =
        artifacts.iter().map(|artifact| (artifact.path.as_str(), artifact)).collect();
    let place = |mapping: &Mapping| place(mapping, document, &source);
    let sections = by_path.into_iter().map(|(path, artifact)| section(path, &artifact.mappings, &place));
    format!(
        "{{\"version\":1,\"source\":{},\"artifacts\":{}}}\n",
        quoted(&source(document)),
        object(sections.collect(), "")
    )
}

fn section(path: &str, mappings: &[Mapping], place: &dyn Fn(&Mapping) -> String) -> String {
    let by_pointer: BTreeMap<&str, &Mapping> =
        mappings.iter().map(|mapping| (mapping.pointer.as_str(), mapping)).collect();
    let lines = by_pointer.into_iter().map(|(pointer, mapping)| format!("{}:{}", quoted(pointer), place(mapping)));
    format!("{}:{}", quoted(path), object(lines.collect(), "  "))
}

fn place(mapping: &Mapping, document: &str, source: &dyn Fn(&str) -> String) -> String {
    let Origin { span, reason } = &mapping.origin;
    let Position { line, column } = span.start_position();
    let reason = reason.map_or_else(|| "null".to_owned(), quoted);
    let file = match span.path() {
        path if path == document => String::new(),
        path => format!(",\"source\":{}", quoted(&source(path))),
    };
    let printed = mapping.line;
    format!("{{\"line\":{printed},\"source_line\":{line},\"source_column\":{column},\"reason\":{reason}{file}}}")
}

/// A text as JSON. There are thousands of them, and hardly one that needs an escape.
fn quoted(text: &str) -> String {
    let needs_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    match text.bytes().any(needs_escape) {
        true => json!(text).to_string(),
        false => format!("\"{text}\""),
    }
}

fn object(entries: Vec<String>, indent: &str) -> String {
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let mut text = "{".to_owned();
    for (index, entry) in entries.iter().enumerate() {
        text.extend([if index == 0 { "\n" } else { ",\n" }, indent, "  ", entry]);
    }
    text + "\n" + indent + "}"
}
