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
            let uses = links.iter().filter(|link| link.target == target.path());
            let mut arrows: Vec<_> = uses.map(|link| arrow(entry, target, link.verb)).collect();
            if arrows.is_empty() {
                arrows.push(format!("  {} --> {}", node(entry), node(target)));
            }
            for arrow in arrows {
                if !drawn.contains(&arrow) {
                    drawn.push(arrow);
                }
            }
        }
        lines.extend(drawn);
    }
    lines.join("\n") + "\n"
}

fn arrow(user: &Entry, used: &Entry, verb: Verb) -> String {
    let (from, to) = match verb {
        Verb::Reads | Verb::On => (used, user),
        Verb::Writes | Verb::Calls => (user, used),
    };
    format!("  {} -->|{}| {}", node(from), verb.word(), node(to))
}

fn node(entry: &Entry) -> String {
    format!("{}_{}", entry.section, entry.name.value.replace('-', "_"))
}
