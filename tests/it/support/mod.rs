//! What several tests need.

pub mod api;
pub mod python;
pub mod repository;
pub mod run;
pub mod sarif;
pub mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tidegate::compile::Input;
use tidegate::settings::Scope;
use tidegate::source::{Files, SourceFile};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The documents that the repository holds.
pub fn specs() -> Vec<PathBuf> {
    let mut specs: Vec<_> = fs::read_dir(root().join("specs"))
        .expect("specs/ can be read")
        .map(|entry| entry.expect("an entry of specs/").path().join("pipeline.yaml"))
        .collect();
    specs.sort();
    assert!(!specs.is_empty(), "specs/ is empty");
    specs
}

/// Makes a folder with the document of every kind, step and key as `pipeline.yaml`, and the files that it names.
pub fn every_feature() -> tempfile::TempDir {
    let cases = root().join("tests/it/cases");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |from: &Path, to: &Path| {
        fs::copy(from, to).expect("a copy");
    };
    copy(&cases.join("every-feature.yaml"), &folder.path().join("pipeline.yaml"));
    for below in ["scripts", "sql", "templates"] {
        let to = folder.path().join(below);
        fs::create_dir_all(&to).expect("a folder");
        for entry in fs::read_dir(cases.join(below)).expect("the files can be listed") {
            let entry = entry.expect("a file");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    }
    folder
}

/// No files at all.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Option<String> {
        None
    }

    fn list(&self, _folder: &str) -> Option<Vec<String>> {
        None
    }
}

/// The day on which tests check documents.
pub const TODAY: &str = "2026-11-21";

/// A document that stands alone.
pub fn document(text: &str) -> Input {
    Input {
        file: SourceFile::new("pipeline.yaml", text),
        path: "pipeline.yaml".to_owned(),
        files: Arc::new(NoFiles),
        settings: Scope::default(),
        today: Some(TODAY.to_owned()),
    }
}

/// Files that are only in memory, by path.
pub struct Memory(pub BTreeMap<String, String>);

impl Files for Memory {
    fn read(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let start = if folder == "." { String::new() } else { format!("{folder}/") };
        let below: Vec<&str> = self.0.keys().filter_map(|path| path.strip_prefix(&start)).collect();
        let is_there = folder == "." || !below.is_empty();
        is_there.then(|| below.into_iter().filter(|rest| !rest.contains('/')).map(str::to_owned).collect())
    }
}

/// A document and the files beside it that a page shows in blocks like `xml refused pom.xml`, after its own of
/// `refused` or `accepted`.
pub fn document_beside(text: &str, page: &str, outcome: &str) -> Input {
    let infos = page.lines().filter_map(|line| line.strip_prefix("```"));
    let paths =
        infos.filter_map(|info| Some((info, info.split_once(' ')?.1.strip_prefix(outcome)?.strip_prefix(' ')?)));
    let files = paths.filter_map(|(info, path)| Some((path.to_owned(), (*blocks(page, info).first()?).to_owned())));
    Input { files: Arc::new(Memory(files.collect())), ..document(text) }
}

/// The fenced blocks of a Markdown text whose info string is `info`.
pub fn blocks<'a>(markdown: &'a str, info: &str) -> Vec<&'a str> {
    let fence = format!("```{info}\n");
    let starts = markdown.match_indices(&fence).filter(|(at, _)| *at == 0 || markdown.as_bytes()[at - 1] == b'\n');
    starts
        .map(|(at, _)| {
            let body = &markdown[at + fence.len()..];
            &body[..body.find("\n```").expect("the block has an end") + 1]
        })
        .collect()
}

/// Compares a committed file with what it should be. With `BLESS=1`, and never in CI, it is rewritten instead: then read
/// the difference before you commit it.
#[track_caller]
pub fn bless(path: &Path, committed: &str, fresh: &str) {
    if committed == fresh {
        return;
    }
    let may = std::env::var_os("BLESS").is_some() && std::env::var_os("CI").is_none();
    assert!(may, "{} is not up to date: run the tests with BLESS=1 and read the difference", path.display());
    fs::write(path, fresh).expect("the file can be written");
}

/// Rewrites what stands between `<!-- name -->` and `<!-- /name -->` in a page of the book, like [`bless`].
#[track_caller]
pub fn bless_part(page: &str, name: &str, fresh: &str) {
    let path = root().join("book/src").join(page);
    let text = fs::read_to_string(&path).expect("a page of the book");
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&open).expect("the place of the part");
    let (_, after) = rest.split_once(&close).expect("the end of the part");
    bless(&path, &text, &format!("{before}{open}{fresh}{close}{after}"));
}

/// How the stacks of an environment may be laid out.
pub const LAYOUTS: [&str; 2] = ["one", "by-life-cycle"];

/// A document of `specs/` with its stacks laid out so.
pub fn laid_out(document: &str, layout: &str) -> String {
    let lines = document.lines().filter(|line| !line.starts_with("stacks: ")).map(|line| match line {
        "tidegate: 1" => format!("{line}\nstacks: {layout}\n"),
        line => format!("{line}\n"),
    });
    lines.collect()
}

/// The document with every feature, in stacks by life cycle. A bucket that calls a function by itself needs both stacks at
/// once, so that is left out.
pub fn every_feature_by_life_cycle() -> tempfile::TempDir {
    let folder = every_feature();
    let path = folder.path().join("pipeline.yaml");
    let document = fs::read_to_string(&path).expect("a document");
    let left_out = ["{bucket: buckets.inbox, prefix", "ignore[limits/near]"];
    let lines = document.lines().filter(|line| left_out.iter().all(|part| !line.contains(part)));
    let document: String = lines.map(|line| format!("{line}\n")).collect();
    fs::write(&path, document.replacen("stacks: one", "stacks: by-life-cycle", 1)).expect("a document");
    folder
}
