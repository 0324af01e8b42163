//! The template that an action of a pipeline deploys, when it is a file beside the checked one.

use std::borrow::Cow;

use super::buildspec::{entries, entry, scalar};
use super::stages::Action;
use super::value::text;
use super::{Site, System};
use crate::source::SourceFile;
use crate::syntax::{self, Entry, Node};

/// The most bytes of a template that CloudFormation reads (CloudFormation User Guide, "Quotas").
const MAX_BYTES: usize = 1_000_000;

/// The template of an action, when a source of the pipeline has it and it surely is a file beside the checked one.
pub fn template(system: &System<'_>, site: Site<'_>, actions: &[Action<'_>], action: &Action<'_>) -> Option<Node> {
    let path = action.setting("TemplatePath").filter(|path| !path.contains(['#', '$']))?;
    let (artifact, path) = path.split_once("::")?;
    let is_source = |other: &&Action<'_>| other.category().as_deref() == Some("Source");
    let outputs: Vec<Cow<'_, str>> =
        actions.iter().filter(is_source).flat_map(Action::outputs).filter_map(text).collect();
    if !outputs.iter().any(|name| name == artifact) {
        return None;
    }
    let checked = site.resource.origin.span.path();
    let folder = checked.rfind('/').map_or("", |at| &checked[..=at]);
    let beside = relative(folder, path)?;
    let read = system.files.read(beside).filter(|read| read.len() <= MAX_BYTES)?;
    let parsed = syntax::parse(&SourceFile::new(format!("{folder}{beside}"), read));
    let is_whole = parsed.diagnostics.is_empty() && parsed.unread.is_empty();
    is_whole.then_some(parsed.root)
}

/// The resources of a template that no condition and no loop decides.
pub fn resources(template: &Node) -> impl Iterator<Item = &Entry> {
    let all = entry(template, "Resources").map_or(&[][..], |resources| entries(&resources.value));
    all.iter().filter(|resource| entry(&resource.value, "Condition").is_none() && !resource.key.text.contains("::"))
}

/// The type of a resource, e.g. `AWS::IAM::Role`.
pub fn type_of(resource: &Entry) -> &str {
    entry(&resource.value, "Type").and_then(|kind| scalar(&kind.value)).unwrap_or_default()
}

/// A path from the root of a repository as one from `folder`, in which the checked file is shown. The end of `folder`
/// that the path begins with is the way from the root to it; a file without a folder is checked in the root.
fn relative<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let path = path.trim_start_matches("./");
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return None;
    }
    if folder.is_empty() {
        return Some(path);
    }
    let starts = std::iter::once(0).chain(folder.match_indices('/').map(|(at, _)| at + 1));
    starts.map(|start| &folder[start..]).filter(|end| !end.is_empty()).find_map(|end| path.strip_prefix(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_repository_is_found_from_the_folder_of_the_file() {
        assert_eq!(relative("", "infra/app.yaml"), Some("infra/app.yaml"));
        assert_eq!(relative("infra/", "infra/app.yaml"), Some("app.yaml"));
        assert_eq!(relative("/work/trips/infra/", "infra/parts/app.yaml"), Some("parts/app.yaml"));
        assert_eq!(relative("infra/", "app.yaml"), None);
        assert_eq!(relative("infra/", "infra/../app.yaml"), None);
    }
}
