//! What is committed under `generated/`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{python, root, run::tidegate, specs};

#[test]
fn the_committed_files_are_up_to_date() {
    for spec in specs() {
        let spec = spec.display().to_string();
        let ended = tidegate(&["render", "--check", &spec]).run().exits(0);
        assert!(!ended.stdout.is_empty(), "nothing is generated from {spec}");
    }
}

fn templates() -> Vec<PathBuf> {
    let systems = fs::read_dir(root().join("generated")).expect("generated/ can be read");
    let files = systems.flat_map(|system| fs::read_dir(system.expect("a system").path()).expect("its files"));
    files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.to_string_lossy().ends_with(".template.yaml"))
        .collect()
}

/// `cfn-lint` is another party's reading of the templates, with the newest schemas of AWS.
#[test]
fn cfn_lint_has_no_complaint() {
    let templates = templates();
    assert!(templates.len() >= 4, "only {templates:?}");
    let output = Command::new(python::program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--"])
        .args(&templates)
        .output()
        .expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn documents_are_as_short_as_promised() {
    for spec in specs() {
        let lines = fs::read_to_string(&spec).expect("a document can be read").lines().count();
        assert!(lines <= 60, "{} has {lines} lines", spec.display());
    }
}
