//! Which files a command works on.

use std::path::Path;

use ignore::WalkBuilder;

use crate::compile::{CHECKSUMS, COPIES, SOURCE_MAP};

/// A file to work on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// As the user would write it, with `/` as separator.
    pub path: String,
    /// The user named this very file; else it was found in a folder.
    pub named: bool,
}

/// What can be a document, template, buildspec or pipeline definition.
const EXTENSIONS: &[&str] = &["yaml", "yml", "json", "template"];

/// The files that `paths` name, and those in the folders that they name that may be worth reading, in order and each
/// once. Folders are read to their bottom, but for what `.gitignore` and `.ignore` files leave out, and what `tidegate render`
/// and `tidegate fetch` wrote.
///
/// Errors name the path and say what went wrong.
pub fn find(paths: &[String]) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    for path in paths {
        if path == "-" || !Path::new(path).is_dir() {
            found.push(Found { path: path.clone(), named: true });
            continue;
        }
        let walk = WalkBuilder::new(path)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git" && (entry.depth() == 0 || !is_left_out(entry.path())))
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| format!("cannot read {path}: {error}"))?;
            let extension = entry.path().extension().and_then(|extension| extension.to_str());
            if entry.file_type().is_some_and(|kind| kind.is_file()) && extension.is_some_and(is_worth_reading) {
                let path = entry.path().to_string_lossy().replace('\\', "/");
                let path = path.strip_prefix("./").map_or(path.clone(), str::to_owned);
                found.push(Found { path, named: false });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path).then(b.named.cmp(&a.named)));
    found.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

/// What is generated is checked where it comes from, and compared by `tidegate render --check`; a copy of a module is
/// checked where it is used.
fn is_left_out(path: &Path) -> bool {
    path.ends_with(COPIES) || path.join(SOURCE_MAP).is_file() && path.join(CHECKSUMS).is_file()
}

fn is_worth_reading(extension: &str) -> bool {
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}
