//! The source map: for each node of each artifact, the line it is printed on and the line that asked for it.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Artifact, Mapping};

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
        json!(source(document)),
        object(sections.collect(), "")
    )
}

fn section(path: &str, mappings: &[Mapping], place: &dyn Fn(&Mapping) -> String) -> String {
    let by_pointer: BTreeMap<&str, &Mapping> =
        mappings.iter().map(|mapping| (mapping.pointer.as_str(), mapping)).collect();
    let lines = by_pointer.into_iter().map(|(pointer, mapping)| format!("{}:{}", json!(pointer), place(mapping)));
    format!("{}:{}", json!(path), object(lines.collect(), "  "))
}

fn place(mapping: &Mapping, document: &str, source: &dyn Fn(&str) -> String) -> String {
    let origin = &mapping.origin;
    let start = origin.span.start_position();
    let mut place = json!({
        "line": mapping.line,
        "source_line": start.line,
        "source_column": start.column,
        "reason": origin.reason,
    });
    if origin.span.path() != document {
        place["source"] = json!(source(origin.span.path()));
    }
    place.to_string()
}

fn object(entries: Vec<String>, indent: &str) -> String {
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let lines: Vec<String> = entries.into_iter().map(|entry| format!("{indent}  {entry}")).collect();
    format!("{{\n{}\n{indent}}}", lines.join(",\n"))
}
