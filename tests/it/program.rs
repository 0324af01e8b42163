//! The program as its users meet it: arguments, streams, files and exit codes.

use std::fs;

use serde_json::Value as Json;

use crate::support::run::tidegate;
use crate::support::sarif;

const GOOD: &str = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\nstreams:\n  trips: {mode: on-demand}\n";
const BAD: &str = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\nstreams:\n  trips: {mode: on-demand, retention: 9000h}\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn check_tells_good_from_bad_by_its_exit_code() {
    let good = tidegate(&["check", "-"]).fed(GOOD).exits(0);
    assert_eq!(good.stdout, "");
    let bad = tidegate(&["check", "-"]).fed(BAD).exits(1);
    assert!(bad.stdout.contains("error[streams/retention]"), "{}", bad.stdout);
    assert!(bad.stdout.contains("pipeline.yaml:6:39"), "{}", bad.stdout);
    tidegate(&["check", "--exit-zero", "-"]).fed(BAD).exits(0);
}

#[test]
fn a_broken_file_in_a_folder_is_passed_over_only_when_it_is_filled_in_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = "tidegate: 1\nname: a\nstreams:\n  a: {mode: on-demand}\n  a: {shards: \"${{ params.n }}\"}\n";
    let template =
        "Resources:\n  A: {Type: 'AWS::SSM::Parameter', Type: a, Properties: {Value: '{{resolve:ssm:/a}}'}}\n";
    let chart = "Resources:\n  A: {Type: 'AWS::SNS::Topic', Type: a, Properties: {TopicName: '{{ .Values.name }}'}}\n";
    for (text, code) in [(document, 1), (template, 1), (chart, 2)] {
        fs::write(folder.path().join("pipeline.yaml"), text).expect("a file");
        tidegate(&["check"]).within(folder.path()).run().exits(code);
        tidegate(&["check", "pipeline.yaml"]).within(folder.path()).run().exits(1);
    }
}

#[test]
fn every_format_has_the_same_exit_code_and_speaks_of_the_same_place() {
    for format in ["full", "concise", "json", "sarif", "github"] {
        let ended = tidegate(&["check", "--format", format, "-"]).fed(BAD).exits(1);
        assert!(ended.stdout.contains("streams/retention"), "{format}: {}", ended.stdout);
        tidegate(&["check", "--format", format, "-"]).fed(GOOD).exits(0);
    }
}

#[test]
fn sarif_is_what_its_schema_says() {
    let check = |arguments: &[&str]| tidegate(&[&["check", "--format", "sarif"], arguments].concat());
    assert_eq!(sarif::valid(&check(&["-"]).fed(GOOD).exits(0).stdout).1, 0);
    assert_eq!(sarif::valid(&check(&["-"]).fed(BAD).exits(1).stdout).1, 1);
    // Fixes, other places, and paths that no address may have as they are.
    let folder = folder();
    let vain = GOOD.replace("on-demand}", "on-demand} # tidegate: ignore[pipeline/capabilities] in vain");
    let ignored = BAD.replace("retention: 9000h}", "retention: 9000h} # tidegate: ignore[streams/retention] 秋の補充");
    let twice = format!("{GOOD}  trips: {{mode: on-demand}}\n");
    for (name, text) in [("a b.yaml", vain), ("日本語#1.yaml", ignored), ("100%.yaml", twice)] {
        fs::write(folder.path().join(name), text).expect("a document");
    }
    let all = check(&["a b.yaml", "日本語#1.yaml", "100%.yaml"]).within(folder.path()).run().exits(1).stdout;
    let (log, results) = sarif::valid(&all);
    assert!(results > 2, "{all}");
    for key in ["fixes", "relatedLocations"] {
        let has = |result: &Json| result.get(key).is_some();
        assert!(log["runs"][0]["results"].as_array().is_some_and(|it| it.iter().any(has)), "no {key} in {all}");
    }
    // Everything that others have written.
    let (_, results) = sarif::valid(&check(&["--no-ignores", "tests/it/corpus"]).run().stdout);
    assert!(results > 5, "{results}");
}

#[test]
fn json_is_versioned_and_counts_from_one() {
    let ended = tidegate(&["check", "--format", "json", "-"]).fed(BAD).exits(1);
    let json: Json = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(json["version"], 1);
    let finding = &json["findings"][0];
    for (key, value) in [("line", 6), ("column", 39), ("end_line", 6), ("end_column", 44)] {
        assert_eq!(finding[key], value, "{key}");
    }
    assert_eq!((finding["rule"].as_str(), finding["level"].as_str()), (Some("streams/retention"), Some("error")));
    assert!(finding["message"].is_string() && finding["help"].is_string() && finding["path"] == "pipeline.yaml");
    let clean = tidegate(&["check", "--format", "json", "-"]).fed(GOOD).exits(0);
    assert_eq!(serde_json::from_str::<Json>(&clean.stdout).expect("JSON")["findings"], Json::Array(Vec::new()));
}

#[test]
fn a_github_workflow_gets_annotations_without_being_asked() {
    let ended = tidegate(&["check", "-"]).with("GITHUB_ACTIONS", "true").fed(BAD).exits(1);
    assert!(ended.stdout.starts_with("::error file=pipeline.yaml,line=6,"), "{}", ended.stdout);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_insist() {
    assert!(!tidegate(&["check", "-"]).fed(BAD).stdout.contains('\u{1b}'));
    assert!(tidegate(&["check", "-"]).with("FORCE_COLOR", "1").fed(BAD).stdout.contains('\u{1b}'));
    let both = tidegate(&["check", "-"]).with("FORCE_COLOR", "1").with("NO_COLOR", "1").fed(BAD);
    assert!(!both.stdout.contains('\u{1b}'));
}

#[test]
fn warnings_fail_only_when_they_should() {
    let warned = GOOD.replace("name: trips\n", "name: trips\nparams: {unused: 1}\n");
    tidegate(&["check", "-"]).fed(&warned).exits(0);
    tidegate(&["check", "--fail-on", "warning", "-"]).fed(&warned).exits(1);
}

#[test]
fn wrong_use_is_told_apart_from_findings() {
    tidegate(&["check", "--format", "xml", "-"]).run().exits(2);
    tidegate(&["chek"]).run().exits(2);
    let missing = tidegate(&["check", "nowhere.yaml"]).run().exits(2);
    assert!(missing.stderr.contains("nowhere.yaml"), "{}", missing.stderr);
    let folder = folder();
    fs::write(folder.path().join("pipeline.yaml"), [0x66, 0xff, 0xfe]).expect("a file");
    let binary = tidegate(&["check"]).within(folder.path()).run().exits(2);
    assert!(binary.stderr.contains("UTF-8"), "{}", binary.stderr);
}

#[test]
fn every_command_explains_itself() {
    let help = tidegate(&["--help"]).run().exits(0).stdout;
    for command in [
        "init",
        "check",
        "render",
        "fetch",
        "update",
        "rules",
        "explain",
        "why",
        "graph",
        "schema",
        "plan",
        "deploy",
        "status",
        "drift",
        "completions",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in the help:\n{help}");
        let own = tidegate(&[command, "--help"]).run().exits(0).stdout;
        assert!(own.lines().next().is_some_and(|line| line.len() > 20), "{command}: {own}");
    }
}

#[test]
fn render_writes_all_or_nothing_and_check_sees_every_difference() {
    let folder = folder();
    let path = |name: &str| folder.path().join("generated/trips").join(name);
    fs::write(folder.path().join("pipeline.yaml"), GOOD).expect("a file");
    tidegate(&["render", "--check"]).within(folder.path()).run().exits(1);
    assert!(!folder.path().join("generated").exists(), "a check has written something");
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    tidegate(&["render", "--check"]).within(folder.path()).run().exits(0);
    let template = fs::read_to_string(path("application.template.yaml")).expect("the template");

    fs::write(path("application.template.yaml"), template.replace("ON_DEMAND", "PROVISIONED")).expect("a file");
    let stale = tidegate(&["render", "--check"]).within(folder.path()).run().exits(1);
    assert!(stale.stdout.contains("stale  generated/trips/application.template.yaml"), "{}", stale.stdout);
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    assert_eq!(fs::read_to_string(path("application.template.yaml")).expect("the template"), template);

    fs::write(path("left-over.yaml"), "x").expect("a file");
    let left = tidegate(&["render", "--check"]).within(folder.path()).run().exits(1);
    assert!(left.stdout.contains("left over  generated/trips/left-over.yaml"), "{}", left.stdout);
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    assert!(!path("left-over.yaml").exists());

    fs::write(folder.path().join("pipeline.yaml"), BAD).expect("a file");
    tidegate(&["render"]).within(folder.path()).run().exits(1);
    assert_eq!(fs::read_to_string(path("application.template.yaml")).expect("the template"), template);
}

#[test]
fn what_is_generated_does_not_depend_on_where_the_program_runs() {
    let folder = folder();
    let inner = folder.path().join("deep/inside");
    fs::create_dir_all(&inner).expect("folders");
    fs::create_dir(folder.path().join(".git")).expect("a repository");
    fs::write(inner.join("pipeline.yaml"), GOOD).expect("a file");
    tidegate(&["render"]).within(&inner).run().exits(0);
    tidegate(&["render", "--check", "deep/inside/pipeline.yaml"]).within(folder.path()).run().exits(0);
    let template =
        fs::read_to_string(folder.path().join("generated/trips/application.template.yaml")).expect("the template");
    assert!(template.starts_with("# Generated by tidegate from deep/inside/pipeline.yaml"), "{template}");
}

#[test]
fn init_writes_a_document_that_passes() {
    for language in ["java", "python"] {
        let folder = folder();
        let arguments = [
            "init",
            "--name",
            "trips",
            "--account",
            "012345678901",
            "--region",
            "ap-northeast-1",
            "--github",
            "acme/app",
            "--language",
            language,
        ];
        tidegate(&arguments).within(folder.path()).run().exits(0);
        let text = fs::read_to_string(folder.path().join("pipeline.yaml")).expect("the document");
        let schema = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let schema = fs::read_to_string(folder.path().join(schema.expect("a modeline"))).expect("the schema");
        assert_eq!(schema, tidegate(&["schema"]).run().exits(0).stdout);
        tidegate(&["check", "--fail-on", "info"]).within(folder.path()).run().exits(0);
        tidegate(&["render"]).within(folder.path()).run().exits(0);
        let again = tidegate(&arguments).within(folder.path()).run().exits(2);
        assert!(again.stderr.contains("--force"), "{}", again.stderr);
    }
}

#[test]
fn init_refuses_answers_that_make_no_good_document() {
    let folder = folder();
    let arguments = [
        "init",
        "--name",
        "trips",
        "--account",
        "123",
        "--region",
        "us-east-1",
        "--github",
        "acme/app",
        "--language",
        "java",
    ];
    let ended = tidegate(&arguments).within(folder.path()).run().exits(2);
    assert!(ended.stderr.contains("account"), "{}", ended.stderr);
    assert!(!folder.path().join("pipeline.yaml").exists());
    let asked = tidegate(&["init", "--name", "trips"]).within(folder.path()).run().exits(2);
    assert!(asked.stderr.contains("--account"), "{}", asked.stderr);
}

#[test]
fn why_leads_from_the_template_to_the_document() {
    let spec = "specs/flink-delivery/pipeline.yaml";
    let template =
        fs::read_to_string(crate::support::root().join("generated/taxi-analytics/application.template.yaml"))
            .expect("the template");
    let line = 1 + template.lines().position(|line| line.contains("RetentionPeriodHours")).expect("the property");
    let place = format!("generated/taxi-analytics/application.template.yaml:{line}");
    let by_line = tidegate(&["why", &place, "--file", spec]).run().exits(0).stdout;
    let by_name = tidegate(&["why", "TripsStream/RetentionPeriodHours", "--file", spec]).run().exits(0).stdout;
    assert_eq!(by_line, by_name);
    assert!(
        by_line.contains("specs/flink-delivery/pipeline.yaml:22:52") && by_line.contains("retention: 24h"),
        "{by_line}"
    );
    let derived = tidegate(&["why", "TripsStream/StreamEncryption", "--file", spec]).run().exits(0).stdout;
    assert!(derived.contains("because"), "{derived}");
    tidegate(&["why", "NoSuchThing", "--file", spec]).run().exits(2);
    tidegate(&["why", "generated/taxi-analytics/application.template.yaml:99999", "--file", spec]).run().exits(2);
}

#[test]
fn explain_shows_pages_and_lists_rules() {
    let page = tidegate(&["explain", "streams/retention"]).run().exits(0).stdout;
    assert!(page.starts_with("# streams/retention"), "{page}");
    let near = tidegate(&["explain", "streams/retension"]).run().exits(2);
    assert!(near.stderr.contains("`streams/retention`"), "{}", near.stderr);
    assert!(tidegate(&["rules"]).run().exits(0).stdout.lines().count() > 40);
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(tidegate(&["completions", shell]).run().exits(0).stdout.contains("explain"), "{shell}");
    }
}

#[test]
fn graph_draws_the_wiring() {
    let graph = tidegate(&["graph", "specs/flink-delivery/pipeline.yaml"]).run().exits(0).stdout;
    assert!(graph.starts_with("flowchart LR\n"), "{graph}");
    assert!(graph.contains("streams_trips -->|reads| flink_taxi"), "{graph}");
}

#[test]
fn limits_show_the_fullest_first_and_once_each() {
    let folder = folder();
    fs::write(folder.path().join("pipeline.yaml"), GOOD).expect("a file");
    let shown = tidegate(&["limits"]).within(folder.path()).run().exits(0).stdout;
    let percents: Vec<u32> = shown
        .lines()
        .map(|line| line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a share"))
        .collect();
    assert!(percents.is_sorted_by(|a, b| a >= b), "{shown}");
    assert_eq!(shown.matches("of       500  resources, the template application.template.yaml").count(), 1, "{shown}");
    let all = tidegate(&["limits", "--all"]).within(folder.path()).run().exits(0).stdout;
    assert!(all.lines().count() >= shown.lines().count());
}
