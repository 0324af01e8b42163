//! A document in a repository of its own, and what the program finds out about its stacks.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::root;
use super::run::{Ended, tidegate};
use super::server::Server;

/// Where most documents are deployed.
pub const ACCOUNT: &str = "111122223333";

/// A copy of a document in a repository of its own, with what is generated from it.
pub struct Repository(pub tempfile::TempDir);

impl Repository {
    /// A folder of `specs/`.
    pub fn of(spec: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".git")).expect("a repository");
        copy(&root().join("specs").join(spec), folder.path());
        let repository = Self(folder);
        repository.render();
        repository
    }

    /// A document of this text.
    pub fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".git")).expect("a repository");
        fs::write(folder.path().join("pipeline.yaml"), text).expect("the document");
        let repository = Self(folder);
        repository.render();
        repository
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        tidegate(arguments).within(self.path()).run()
    }

    pub fn render(&self) {
        self.run(&["render"]).exits(0);
    }

    /// Changes the document and renders it.
    pub fn edit(&self, from: &str, to: &str) {
        self.edit_all(&[(from, to)]);
    }

    pub fn edit_all(&self, changes: &[(&str, &str)]) {
        let path = self.path().join("pipeline.yaml");
        let mut text = fs::read_to_string(&path).expect("the document");
        for (from, to) in changes {
            assert!(text.contains(from), "the document has no `{from}`");
            text = text.replacen(from, to, 1);
        }
        fs::write(&path, text).expect("the document");
        self.render();
    }

    pub fn against(&self, server: &Server, arguments: &[&str]) -> Ended {
        self.as_account(server, ACCOUNT, arguments)
    }

    /// Nothing differs from what was deployed, however closely it is looked at.
    #[track_caller]
    pub fn is_in_sync(&self, server: &Server, account: &str) {
        for closeness in [&[][..], &["--quick"]] {
            let arguments = [&["drift", "--format", "json", "--detailed-exitcode"], closeness].concat();
            let drift = self.as_account(server, account, &arguments);
            assert_eq!(differences(&drift), [], "{arguments:?}");
            drift.exits(0);
        }
    }

    pub fn as_account(&self, server: &Server, account: &str, arguments: &[&str]) -> Ended {
        server.account(tidegate(arguments).within(self.path()), account).run()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn json(ended: &Ended) -> Json {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}\n{}{}", ended.stdout, ended.stderr))
}

/// The resources of all stacks that `drift` reports about.
fn resources(json: &Json) -> impl Iterator<Item = &Json> {
    let stacks = json["stacks"].as_array().into_iter().flatten();
    stacks.flat_map(|stack| stack["resources"].as_array().into_iter().flatten())
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The ledger of `drift --format json --ledger`: of each property its thing, its state, and why it is not checkable.
pub fn ledger(ended: &Ended) -> Vec<(String, String, String)> {
    let json = json(ended);
    let entries = resources(&json).flat_map(|resource| {
        let entries = resource["ledger"].as_array().into_iter().flatten();
        entries.map(|entry| (text(&resource["thing"]), text(&entry["state"]), text(&entry["reason"])))
    });
    entries.collect()
}

/// What `drift --format json` finds changed out of band, as logical id and property.
pub fn differences(ended: &Ended) -> Vec<(String, String)> {
    resources(&json(ended))
        .flat_map(|resource| {
            let id = text(&resource["logical_id"]);
            let differences = resource["differences"].as_array().into_iter().flatten();
            differences.filter(|difference| difference["class"] == "out-of-band").map(move |difference| {
                assert!(difference["line"].as_u64().is_some_and(|line| line > 1), "{difference}");
                (id.clone(), text(&difference["property"]))
            })
        })
        .collect()
}

/// What `drift --format json` finds changed by one who may, as logical id and property.
pub fn by_design(ended: &Ended) -> Vec<(String, String)> {
    let json = json(ended);
    let found = resources(&json).flat_map(|resource| {
        let differences = resource["differences"].as_array().into_iter().flatten();
        let legitimate = differences.filter(|difference| difference["class"] == "legitimate");
        legitimate.map(|difference| (text(&resource["logical_id"]), text(&difference["property"])))
    });
    found.collect()
}

/// What `drift --format json` finds, as logical id, property, and the line of the file in `folder` that it leads to; of
/// what is deleted, no property, and its thing.
pub fn findings(ended: &Ended, folder: &Path) -> Vec<(String, String, String)> {
    let json = json(ended);
    let mut found = Vec::new();
    for resource in resources(&json) {
        let id = text(&resource["logical_id"]);
        for difference in resource["differences"].as_array().into_iter().flatten() {
            let path = folder.join(text(&difference["path"]));
            let file = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let line = difference["line"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or(0);
            let line = file.lines().nth(line.wrapping_sub(1)).unwrap_or_default().to_owned();
            found.push((id.clone(), text(&difference["property"]), line));
        }
        if resource["class"] == "deleted" {
            found.push((id, String::new(), text(&resource["thing"])));
        }
    }
    found
}
