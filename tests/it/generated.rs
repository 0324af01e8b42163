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

/// A document with every kind, step and key: what is made of it satisfies outside tools as well.
#[test]
fn every_feature_satisfies_cfn_lint() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(root().join("tests/it/cases/every-feature.yaml"), folder.path().join("pipeline.yaml")).expect("a copy");
    tidegate(&["check", "--fail-on", "info"]).within(folder.path()).run().exits(0);
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    let generated = folder.path().join("generated/rides");
    let output = Command::new(python::program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--regions", "eu-central-1", "--"])
        .args(["application", "delivery"].map(|role| generated.join(format!("{role}.template.yaml"))))
        .output()
        .expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let environments = ["test", "prod"].map(|name| {
        let text = fs::read_to_string(generated.join(format!("environments/{name}.json"))).expect("a configuration");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    });
    assert_eq!(environments[0]["Parameters"]["Shards"], "1");
    assert_eq!(environments[1]["Parameters"]["Shards"], "4");
    assert_eq!(environments[0]["Parameters"]["RidesFlinkRelease"], "/rides/test/flink/rides/release");
    assert_eq!(environments[0]["Tags"]["cost-center"], "0042");
}
