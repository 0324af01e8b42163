//! Findings that a file asks to ignore, as a user of the program meets them.

use std::fs;

use serde_json::Value;

use crate::support::run::{Ended, tidegate};

const RULE: &str = "kinesis/shards-of-on-demand-stream";

fn check(name: &str, text: &str, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), text).expect("a file");
    let mut all = vec!["check", name];
    all.extend(arguments);
    if !arguments.contains(&"--format") {
        all.extend(["--format", "concise"]);
    }
    tidegate(&all).within(folder.path()).run()
}

/// Two streams that each have a mistake; `metadata` is of the first.
fn template(top: &str, metadata: &str) -> String {
    let stream = |metadata: &str| {
        format!(
            r#"{{"Type": "AWS::Kinesis::Stream", {metadata} "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
                "Properties": {{"ShardCount": 4, "StreamModeDetails": {{"StreamMode": "ON_DEMAND"}}}}}}"#
        )
    };
    format!(r#"{{{top} "Resources": {{"A": {}, "B": {}}}}}"#, stream(metadata), stream(""))
}

fn metadata(rule: &str, reason: &str) -> String {
    format!(r#""Metadata": {{"tidegate": {{"ignore": {{"{rule}": {reason}}}}}}},"#)
}

#[test]
fn metadata_of_a_resource_covers_it_and_no_other() {
    let ended = check("a.json", &template("", &metadata(RULE, "\"it is drained\"")), &[]).exits(1);
    assert_eq!(ended.stdout.matches(RULE).count(), 1, "{}", ended.stdout);
    assert!(ended.stdout.starts_with("a.json:3:"), "{}", ended.stdout);
}

#[test]
fn metadata_of_a_template_covers_all_of_it() {
    let text = template(&metadata("kinesis/*", "\"they are drained\""), "");
    let ended = check("a.json", &text, &[]).exits(0);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("nothing to complain of"), "{}", ended.stderr);
    let audit = check("a.json", &text, &["--no-ignores"]).exits(1);
    assert_eq!(audit.stdout.matches(RULE).count(), 2, "{}", audit.stdout);
    let json = check("a.json", &text, &["--format", "json"]).exits(0);
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON parses");
    assert_eq!(json["findings"][1]["suppressed"], "they are drained");
}

#[test]
fn metadata_that_cannot_be_read_ignores_nothing() {
    for (metadata, rule, count) in [
        (metadata(RULE, "[1]"), "ignore/malformed", 2),
        (metadata(RULE, "\" \""), "ignore/no-reason", 1),
        (metadata(RULE, "null"), "ignore/no-reason", 1),
        (metadata("flink/*", "\"no application\""), "ignore/unused", 2),
        (metadata("yaml/syntax", "\"why\""), "ignore/not-possible", 2),
        (r#""Metadata": {"tidegate": {"ignore": ["x"]}},"#.to_owned(), "ignore/malformed", 2),
        (r#""Metadata": {"tidegate": "x"},"#.to_owned(), RULE, 2),
    ] {
        let ended = check("a.json", &template("", &metadata), &[]).exits(1);
        assert!(ended.stdout.contains(rule), "{metadata}: {}", ended.stdout);
        assert_eq!(ended.stdout.matches(&format!("[{RULE}]")).count(), count, "{metadata}: {}", ended.stdout);
    }
}

#[test]
fn comments_ignore_in_every_kind_of_file() {
    let buildspec =
        "version: 0.2\nphases:\n  build:\n    # tidegate: ignore[buildspec/*] 理由\r\n    comands: [make]\n";
    let strict = ["--select", "buildspec/unknown-key", "--fail-on", "info"];
    check("buildspec.yml", buildspec, &strict).exits(0);
    check("buildspec.yml", &buildspec.replace("tidegate:", "tide:"), &strict).exits(1);
    let vain = "version: 0.2\nphases:\n  build:\n    commands: [make]  # tidegate: ignore[flink/*] none here\n";
    let ended = check("buildspec.yml", vain, &["--fix"]).exits(0);
    assert!(ended.stderr.contains("mended 1 finding"), "{}", ended.stderr);
}
