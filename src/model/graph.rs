//! The document as a picture.

use crate::model::{Entry, Model, Verb};

/// A Mermaid flow chart: a box for each thing, an arrow for each use of one by another.
///
/// Data flows along the arrows: what a thing reads points to it, what it writes is pointed at.
pub fn mermaid(model: &Model) -> String {
    let mut lines = vec!["flowchart LR".to_owned()];
    for kind in model.kinds {
        let things: Vec<_> = model.entries.iter().filter(|entry| entry.section == kind.section.key).collect();
        if things.is_empty() {
            continue;
        }
        lines.push(format!("  subgraph {}", kind.section.key));
        lines.extend(things.iter().map(|entry| format!("    {}[\"{}\"]", node(entry), entry.name.value)));
        lines.push("  end".to_owned());
    }
    for entry in &model.entries {
        let links = entry.thing.as_ref().map(|thing| thing.links()).unwrap_or_default();
        let mut drawn = Vec::new();
        for (target, _) in model.edges(entry) {
            let verb = links.iter().find(|link| link.target == target.path()).map(|link| link.verb);
            let line = match verb {
                Some(verb @ (Verb::Reads | Verb::On)) => {
                    format!("  {} -->|{}| {}", node(target), verb.word(), node(entry))
                }
                Some(verb) => format!("  {} -->|{}| {}", node(entry), verb.word(), node(target)),
                None => format!("  {} --> {}", node(entry), node(target)),
            };
            if !drawn.contains(&line) {
                drawn.push(line);
            }
        }
        lines.extend(drawn);
    }
    lines.join("\n") + "\n"
}

fn node(entry: &Entry) -> String {
    format!("{}_{}", entry.section, entry.name.value.replace('-', "_"))
}
