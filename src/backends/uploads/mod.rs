//! The list of files that have to be in a bucket before a stack is deployed, for the pipeline that brings them there.

use crate::artifact::Artifact;
use crate::desired::Desired;

/// Where the list is written.
const PATH: &str = "uploads.txt";

/// The list, if there is anything to list: the key and the path from the root of the repository in each line. It has no
/// comment, because every line is read.
pub fn artifacts(desired: &Desired, _header: &str) -> Vec<Artifact> {
    let uploads = desired.stacks.iter().flat_map(|stack| &stack.uploads);
    let mut lines: Vec<_> = uploads.map(|upload| format!("{} {}\n", upload.key, upload.path)).collect();
    lines.sort();
    lines.dedup();
    if lines.is_empty() {
        return Vec::new();
    }
    vec![Artifact { path: PATH.to_owned(), text: lines.concat(), mappings: Vec::new() }]
}
