//! Settings, as a user of the program meets them.

use std::fs;
use std::path::Path;

use tidegate::compile;

use crate::support::root;
use crate::support::run::{Ended, tidegate};

const STREAM: &str = "Resources:\n  Trips:\n    Type: AWS::Kinesis::Stream\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      ShardCount: 4\n      StreamModeDetails: {StreamMode: ON_DEMAND}\n";
const RULE: &str = "kinesis/shards-of-on-demand-stream";

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).and_then(|()| fs::write(path, text)).expect("a file");
}

fn check(folder: &Path, arguments: &[&str]) -> Ended {
    tidegate(&[&["check", "--format", "concise"], arguments].concat()).within(folder).run()
}

#[test]
fn the_nearest_settings_count_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, ".git/HEAD", "");
    write(folder, ".tidegate.yaml", &format!("levels: {{{RULE}: off}}\n"));
    write(folder, "a.yaml", STREAM);
    write(folder, "inner/.tidegate.yaml", "levels: {stack/*: info}\n");
    write(folder, "inner/deep/b.yaml", STREAM);
    let ended = check(folder, &[]).exits(1);
    assert!(!ended.stdout.contains("a.yaml:"), "{}", ended.stdout);
    assert!(ended.stdout.contains("inner/deep/b.yaml:7:7"), "{}", ended.stdout);
    check(folder, &["a.yaml"]).exits(0);
    check(folder, &["--isolated", "a.yaml"]).exits(1);
    check(folder, &["--config", ".tidegate.yaml", "inner/deep/b.yaml"]).exits(0);
    check(&folder.join("inner"), &["deep"]).exits(1);
}

#[test]
fn files_are_left_out_unless_they_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, ".tidegate.yaml", "exclude: vendor/\n");
    write(folder, ".gitignore", "build/\n");
    write(folder, "vendor/a.yaml", STREAM);
    write(folder, "build/b.yaml", STREAM);
    write(folder, "c.yaml", &STREAM.replace("ON_DEMAND", "PROVISIONED"));
    write(folder, "chart/stream.yaml", &STREAM.replace("ShardCount: 4", "ShardCount: {{ shards }}"));
    check(folder, &[]).exits(0);
    check(folder, &["chart/stream.yaml"]).exits(1);
    check(folder, &["vendor/a.yaml"]).exits(1);
    check(folder, &["build"]).exits(1);
    check(folder, &["--force-exclude", "--skip-unknown", "vendor/a.yaml"]).exits(0);
}

#[test]
fn fail_on_may_be_set_and_overridden() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, ".tidegate.yaml", &format!("fail-on: warning\nlevels: {{{RULE}: warning}}\n"));
    write(folder, "a.yaml", STREAM);
    let ended = check(folder, &[]).exits(1);
    assert!(ended.stdout.contains("warning["), "{}", ended.stdout);
    check(folder, &["--fail-on", "error"]).exits(0);
}

#[test]
fn settings_with_mistakes_stop_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, ".tidegate.yaml", "levels: {spec/unknown-key: off}\n");
    write(folder, "a.yaml", STREAM);
    let ended = check(folder, &[]).exits(2);
    assert!(ended.stderr.contains("settings/fixed-level"), "{}", ended.stderr);
    check(folder, &["--isolated"]).exits(1);
    // The settings can be checked like any other file.
    let ended = check(folder, &["--isolated", ".tidegate.yaml"]).exits(1);
    assert!(ended.stdout.contains(".tidegate.yaml:1:10: error[settings/fixed-level]"), "{}", ended.stdout);
}

#[test]
fn lints_are_chosen_on_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "a.yaml", STREAM);
    check(folder, &["--ignore", RULE]).exits(0);
    check(folder, &["--ignore", "kinesis"]).exits(0);
    check(folder, &["--select", "stack,flow/*"]).exits(2);
    check(folder, &["--select", "stack"]).exits(0);
    check(folder, &["--select", RULE]).exits(1);
    let ended = check(folder, &["--select", "kinesis/shards-of-on-demand-streams"]).exits(2);
    assert!(ended.stderr.contains(&format!("did you mean `{RULE}`?")), "{}", ended.stderr);
    let ended = check(folder, &["--ignore", "yaml/duplicate-key"]).exits(2);
    assert!(ended.stderr.contains("is a check"), "{}", ended.stderr);
}

#[test]
fn the_committed_schema_of_settings_lists_every_rule_that_can_be_set() {
    let committed = fs::read_to_string(root().join("schema/settings.schema.json")).expect("the schema is committed");
    let fresh = format!("{:#}\n", compile::settings_schema());
    crate::support::bless(&root().join("schema/settings.schema.json"), &committed, &fresh);
    let validator = jsonschema::validator_for(&compile::settings_schema()).expect("a schema");
    assert!(validator.is_valid(&serde_json::json!({ "levels": { RULE: "off", "kinesis/*": "info" } })));
    assert!(!validator.is_valid(&serde_json::json!({ "levels": { "spec/unknown-key": "off" } })));
    assert!(!validator.is_valid(&serde_json::json!({ "levels": { RULE: "loud" } })));
}
