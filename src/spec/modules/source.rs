//! Where the file of a module is: in a folder beside the document, or in the copy of a Git repository.

use std::collections::BTreeMap;

use serde_json::json;

use crate::record;
use crate::source::{Files, Located, SourceFile, Span, folder_digest};
use crate::spec::modules::patterns::{Commit, Digest, GitUrl, LockedFolder, Revision};
use crate::spec::scalars::{Mapping, Matching};
use crate::spec::{Decoder, Definitions, Shape};
use crate::syntax::{self, Node, PlainKind, Value};

/// The folder beside a document that holds copies of modules from elsewhere.
pub const COPIES: &str = "vendor/modules";

/// A folder of a Git repository, as it is at a revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GitSource {
    pub url: String,
    /// A tag, a branch, or a commit.
    pub revision: String,
    /// `.` for the root of the repository.
    pub folder: String,
}

impl GitSource {
    /// The folder of what is copied from this revision: `vendor/modules/github.com/acme/modules/v1.2.0`.
    pub fn root(&self) -> String {
        let bare = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let bare = bare.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(bare, |(_, rest)| rest);
        let bare = bare.strip_suffix(".git").unwrap_or(bare).replace(':', "/");
        let parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty() && *part != "..").collect();
        format!("{COPIES}/{}/{}", parts.join("/"), self.revision.replace('/', "-"))
    }

    /// The folder of its copy.
    pub fn copy(&self) -> String {
        joined(&self.root(), &self.folder)
    }
}

/// One use of a module of a Git repository.
#[derive(Clone, Debug)]
pub struct GitUse {
    pub source: GitSource,
    /// What the document calls the module, or the one that uses this one.
    pub name: String,
    pub state: State,
}

/// What is known of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is what the lock says.
    Right,
    /// It is not there, or not in the lock.
    Missing,
    /// It is not what the lock says.
    Changed,
}

/// The file of a module.
pub struct Place {
    /// Seen from the folder of the document.
    pub file: String,
    pub folder: String,
    pub origin: Option<GitSource>,
}

impl Place {
    /// The file that `path` names: itself, or `module.yaml` in the folder that it is.
    pub fn new(path: &str, origin: Option<GitSource>) -> Self {
        let is_file = path.ends_with(".yaml") || path.ends_with(".yml");
        let file = if is_file { path.to_owned() } else { joined(path, FILE) };
        let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
        Self { file, folder, origin }
    }
}

/// The file of a module in its folder.
pub const FILE: &str = "module.yaml";

/// The folder that `path` is, or that its file is in.
pub fn folder_of(path: &str) -> String {
    match Place::new(path, None).folder {
        folder if folder.is_empty() => ".".to_owned(),
        folder => folder,
    }
}

/// A path seen from a folder, with `.` and `..` taken out as far as they go.
pub fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

record! {
    /// What `tidegate fetch` found, so that everybody gets the same.
    pub struct Lock {
        /// The version of this file: 1.
        required version: LockVersion = "tidegate-lock",
        /// Every revision of every repository that a module is taken from.
        optional modules: Vec<Located<LockedRevision>> = "modules",
    }
}

record! {
    /// A revision of a repository.
    pub struct LockedRevision {
        /// The address of the repository.
        required git: Matching<GitUrl> = "git",
        /// The revision as the document says it.
        required revision: Matching<Revision> = "revision",
        /// The commit that it was.
        required commit: Matching<Commit> = "commit",
        /// The folders that were copied, each with the digest of its files.
        required folders: Mapping<LockedFolder, Matching<Digest>> = "folders",
    }
}

impl Lock {
    /// The file of a document's lock: `pipeline.lock` beside `pipeline.yaml`.
    pub fn file_name(document: &str) -> String {
        let name = document.rsplit('/').next().unwrap_or(document);
        format!("{}.lock", name.rsplit_once('.').map_or(name, |(stem, _)| stem))
    }

    /// Reads the lock of a document; what is wrong with it is reported.
    pub fn read(document: &Span, decoder: &mut Decoder) -> Option<Self> {
        let name = Self::file_name(document.path());
        let text = decoder.files.as_ref()?.read(&name)?;
        let folder = document.path().rfind('/').map_or("", |slash| &document.path()[..=slash]);
        let parsed = syntax::parse(&SourceFile::new(format!("{folder}{name}"), text));
        let is_whole = parsed.diagnostics.is_empty();
        decoder.diagnostics.extend(parsed.diagnostics);
        if is_whole { Self::decode(&parsed.root, decoder) } else { None }
    }

    fn revision(&self, source: &GitSource) -> Option<&LockedRevision> {
        let revisions = self.modules.iter().flat_map(|modules| &modules.value).map(|revision| &revision.value);
        revisions.into_iter().find(|it| it.git.text == source.url && it.revision.text == source.revision)
    }

    /// Every folder with its commit and digest.
    pub fn sources(&self) -> BTreeMap<GitSource, (String, String)> {
        let revisions = self.modules.iter().flat_map(|modules| &modules.value);
        let folders =
            revisions.flat_map(|it| it.folders.entries.iter().map(move |(folder, digest)| (it, folder, digest)));
        let sources = folders.map(|(it, folder, digest)| {
            let (url, revision) = (it.git.text.clone(), it.revision.text.clone());
            let source = GitSource { url, revision, folder: folder.value.clone() };
            (source, (it.commit.text.clone(), digest.text.clone()))
        });
        sources.collect()
    }

    /// The digest of a folder that was copied.
    pub fn digest(&self, source: &GitSource) -> Option<&Located<Matching<Digest>>> {
        self.revision(source)?.folders.get(&source.folder)
    }
}

/// The text of a lock: each source with its commit and the digest of its folder.
pub fn print_lock(document: &str, sources: &BTreeMap<GitSource, (String, String)>) -> String {
    let file = document.rsplit('/').next().unwrap_or(document);
    let mut text =
        format!("# What `tidegate fetch` found for {file}. Commit it together with {COPIES}/.\ntidegate-lock: 1\n");
    if !sources.is_empty() {
        text.push_str("modules:\n");
    }
    let mut last = None;
    for (source, (commit, digest)) in sources {
        let GitSource { url, revision, folder } = source;
        if last != Some((url, revision)) {
            text.push_str(&format!(
                "  - git: {url}\n    revision: \"{revision}\"\n    commit: \"{commit}\"\n    folders:\n"
            ));
            last = Some((url, revision));
        }
        let folder = if folder == "." { "\".\"" } else { folder };
        text.push_str(&format!("      {folder}: \"{digest}\"\n"));
    }
    text
}

/// What is known of the copy of a source.
pub fn state(source: &GitSource, lock: Option<&Lock>, files: Option<&dyn Files>) -> State {
    let Some(locked) = lock.and_then(|lock| lock.digest(source)) else { return State::Missing };
    match files.and_then(|files| folder_digest(files, &source.copy())) {
        None => State::Missing,
        Some(digest) if digest == locked.text => State::Right,
        Some(_) => State::Changed,
    }
}

/// `tidegate-lock: 1`
#[derive(Clone, Debug)]
pub struct LockVersion;

impl Shape for LockVersion {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "const": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let is_known = matches!(&node.value, Value::Scalar(scalar) if scalar.kind() == PlainKind::Integer(1));
        if !is_known {
            let help = "fetch with the tidegate that wrote it, or remove the file and run `tidegate fetch`";
            decoder.bad_value(node, "this version of locks is not known to this tidegate", help);
        }
        is_known.then_some(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_a_folder_of_its_own() {
        for (url, revision, folder, copy) in [
            ("https://github.com/acme/modules.git", "v1.2.0", "lake/team", "github.com/acme/modules/v1.2.0/lake/team"),
            ("git@github.com:acme/modules.git", "lake/v2", ".", "github.com/acme/modules/lake-v2"),
            ("ssh://git@example.org:22/a/b", "main", "x", "example.org/22/a/b/main/x"),
            ("file:///srv/../git/b.git", "main", "x", "srv/git/b/main/x"),
        ] {
            let [url, revision, folder] = [url, revision, folder].map(str::to_owned);
            assert_eq!(GitSource { url, revision, folder }.copy(), format!("{COPIES}/{copy}"));
        }
    }

    #[test]
    fn paths_are_seen_from_their_folder() {
        for (folder, path, expected) in [
            ("", "a/b", "a/b"),
            ("a/b", "../c", "a/c"),
            ("a", "../../c", "../c"),
            ("a", ".", "a"),
            ("", "../a", "../a"),
        ] {
            assert_eq!(joined(folder, path), expected);
        }
        assert_eq!(Place::new("modules/a.yaml", None).folder, "modules");
        assert_eq!(Place::new("modules/a", None).file, "modules/a/module.yaml");
    }
}
