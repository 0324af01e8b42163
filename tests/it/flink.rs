//! What real Flink does with the state of a job, as `tests/flink/run` recorded it. The rules about state, the plan and the
//! release agree with it, and the book shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value as Json, json};
use tidegate::compile;
use tidegate::desired::{Deployment, Origin, Stack};
use tidegate::reconcile::Context;
use tidegate::release::MACHINE;
use tidegate::review::{Side, review};
use tidegate::source::{SourceFile, Span};
use tidegate::template;

use crate::support::{bless, root};

fn read(path: &str) -> Json {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn texts(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// What was asked, and what Flink did.
struct Record {
    /// By major version: `1` is 1.20.
    versions: BTreeMap<String, String>,
    situations: Vec<Json>,
    outcomes: Json,
}

impl Record {
    fn read() -> Self {
        let asked = read("tests/flink/situations.json");
        let versions = asked["flink"].as_object().expect("versions").iter();
        Record {
            versions: versions.map(|(major, it)| (major.clone(), it.as_str().expect("a version").to_owned())).collect(),
            situations: asked["situations"].as_array().expect("situations").clone(),
            outcomes: read("tests/flink/outcomes.json"),
        }
    }

    /// The versions that a situation ends in.
    fn versions_of(&self, situation: &Json) -> Vec<&str> {
        let to = situation["to"].as_str();
        self.versions.iter().filter(|(major, _)| to.is_none_or(|to| to == *major)).map(|(_, it)| it.as_str()).collect()
    }

    fn outcome(&self, id: &str, version: &str) -> &Json {
        let outcome = &self.outcomes["situations"][id][version];
        assert!(
            outcome["outcome"].is_string(),
            "nobody asked Flink {version} about `{id}`: run tests/flink/run --bless"
        );
        outcome
    }

    /// In a few words, what Flink does; with one answer where its versions agree.
    fn summary(&self, id: &str) -> String {
        let situation =
            self.situations.iter().find(|it| it["id"] == id).unwrap_or_else(|| panic!("no situation `{id}`"));
        let words: BTreeSet<_> =
            self.versions_of(situation).iter().map(|version| words(self.outcome(id, version))).collect();
        words.into_iter().collect::<Vec<_>>().join(" / ")
    }
}

/// What became of the job and its state.
fn words(outcome: &Json) -> String {
    match outcome["outcome"].as_str().unwrap_or_default() {
        "refused" => "does not start".to_owned(),
        "fails when it runs" => "runs, then fails".to_owned(),
        "restarts without end" => "restarts without end".to_owned(),
        "resumed" | "restarts once" => state_words(&outcome["state"]),
        other => panic!("no words for `{other}`"),
    }
}

fn state_words(state: &Json) -> String {
    let state = state.as_object().expect("operators");
    let those = |what: &str| state.iter().filter(|(_, word)| *word == what).map(|(name, _)| name.as_str()).collect();
    let (kept, empty): (Vec<&str>, Vec<&str>) = (those("continues"), those("begins again"));
    let gone: Vec<&str> = those("is gone");
    match (kept.len(), empty.as_slice()) {
        (_, []) if !gone.is_empty() => format!("`{}` is gone, the rest keeps its state", gone.join("`, `")),
        (kept, []) if kept == state.len() => "keeps its state".to_owned(),
        (0, empty) if empty.len() == state.len() => "begins empty".to_owned(),
        (_, ["added"]) => "keeps its state; what is new begins empty".to_owned(),
        (kept, [one]) if kept + 1 == state.len() => format!("`{one}` begins empty, the rest keeps its state"),
        (0, []) if state.values().all(|word| word == "goes back") => "goes back to the savepoint".to_owned(),
        (0, []) if state.values().all(|word| word == "goes back to the last checkpoint") => {
            "goes back to the last checkpoint".to_owned()
        }
        _ => panic!("no words for {state:?}"),
    }
}

#[test]
fn every_situation_was_asked_and_no_other() {
    let record = Record::read();
    let mut asked = BTreeSet::new();
    for situation in &record.situations {
        let id = situation["id"].as_str().expect("an id");
        assert!(asked.insert(id), "`{id}` is there twice");
        for version in record.versions_of(situation) {
            words(record.outcome(id, version));
        }
    }
    let recorded = record.outcomes["situations"].as_object().expect("situations");
    let others: Vec<_> = recorded.keys().filter(|id| !asked.contains(id.as_str())).collect();
    assert!(others.is_empty(), "{others:?} are recorded and not asked: run tests/flink/run --bless");
}

/// What a release refuses before it touches anything.
fn refusals() -> Vec<String> {
    let machine: Json = serde_json::from_str(MACHINE).expect("the state machine of a release");
    let rules = machine["states"]["judge"]["rules"].as_array().expect("the state `judge`").clone();
    rules.iter().filter_map(|rule| rule["fail"].as_str()).map(|word| format!("release/{word}")).collect()
}

/// Rules about what a release is asked, whose words are like those about state.
const ABOUT_RELEASES: [&str; 2] = ["flink/once-nothing", "flink/release-window"];

#[test]
fn every_rule_about_state_is_backed_by_a_run_of_flink() {
    let record = Record::read();
    let backed: BTreeSet<&str> = record.situations.iter().flat_map(|situation| texts(&situation["backs"])).collect();
    let rules: BTreeSet<&str> = compile::rules().map(|rule| rule.name).collect();
    let refusals = refusals();
    for name in &backed {
        let known = rules.contains(name) || refusals.iter().any(|refusal| refusal == name);
        assert!(known, "`{name}` is backed by a situation and is no rule");
    }
    let about_state = compile::rules().filter(|rule| rule.area() == "flink" && !ABOUT_RELEASES.contains(&rule.name));
    let about_state = about_state.filter(|rule| {
        let first = rule.page.split("\n\n").nth(1).unwrap_or_default().replace("state machine", "");
        first.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "state" || word == "checkpoints")
    });
    let needed: BTreeSet<&str> = about_state.map(|rule| rule.name).chain(refusals.iter().map(String::as_str)).collect();
    let without: Vec<_> = needed.difference(&backed).collect();
    assert!(without.is_empty(), "no run of Flink backs {without:?}: add a situation to tests/flink/situations.json");
}

fn stack(properties: Json) -> Stack {
    let resources = json!({ "Job": { "Type": "AWS::KinesisAnalyticsV2::Application", "Properties": properties } });
    template::lift(&SourceFile::new("template.json", json!({ "Resources": resources }).to_string())).stack
}

/// The kinds of what `tidegate plan` says of an update.
fn planned(before: Json, after: Json) -> Vec<&'static str> {
    let deployment = Deployment {
        environment: "prod".to_owned(),
        stack_name: "rides-prod".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        parameters: Vec::new(),
        tags: Vec::new(),
        protected: false,
        origin: Origin::authored(&Span::start_of(&SourceFile::new("pipeline.yaml", "name: rides\n"))),
    };
    let (before, after) = (stack(before), stack(after));
    let old = Context::new(&before, &deployment, None, &[]).resources();
    let new = Context::new(&after, &deployment, None, &[]).resources();
    let reviewed = review(Some(Side { stack: &before, resources: &old }), Side { stack: &after, resources: &new });
    reviewed.iter().flat_map(|it| &it.effects).map(|effect| effect.kind.name()).collect()
}

fn application(change: &[(&str, Json)]) -> Json {
    let mut properties = json!({
        "RuntimeEnvironment": "FLINK-1_20",
        "ApplicationConfiguration": {
            "ApplicationSnapshotConfiguration": { "SnapshotsEnabled": true },
            "FlinkApplicationConfiguration": { "ParallelismConfiguration": { "Parallelism": 2 } },
            "ApplicationCodeConfiguration": { "CodeContent": { "S3ContentLocation": { "FileKey": "a.jar" } } },
        },
        "RunConfiguration": { "ApplicationRestoreConfiguration": {}, "FlinkRunConfiguration": {} },
    });
    for (pointer, value) in change {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        properties.pointer_mut(parent).expect("a parent")[key] = value.clone();
    }
    properties
}

#[test]
fn the_plan_says_of_state_what_flink_does() {
    let code = "/ApplicationConfiguration/ApplicationCodeConfiguration/CodeContent/S3ContentLocation/FileKey";
    let parallelism = "/ApplicationConfiguration/FlinkApplicationConfiguration/ParallelismConfiguration/Parallelism";
    let snapshots = "/ApplicationConfiguration/ApplicationSnapshotConfiguration/SnapshotsEnabled";
    let restore = "/RunConfiguration/ApplicationRestoreConfiguration/ApplicationRestoreType";
    let allow = "/RunConfiguration/FlinkRunConfiguration/AllowNonRestoredState";
    let record = Record::read();
    for (change, kind, situation, flink) in [
        (vec![(code, json!("b.jar"))], "restart", "unchanged", "keeps its state"),
        (vec![(parallelism, json!(8))], "restart", "parallelism-raised", "keeps its state"),
        (vec![(parallelism, json!(1))], "restart", "parallelism-lowered", "keeps its state"),
        (vec![(parallelism, json!(200))], "interruption", "parallelism-above-derived", "does not start"),
        (vec![(snapshots, json!(false))], "data-loss", "no-savepoint", "begins empty"),
        (vec![(restore, json!("SKIP_RESTORE_FROM_SNAPSHOT"))], "data-loss", "no-savepoint", "begins empty"),
        (
            vec![(restore, json!("RESTORE_FROM_CUSTOM_SNAPSHOT"))],
            "data-loss",
            "older-savepoint",
            "goes back to the savepoint",
        ),
        (
            vec![(allow, json!(true))],
            "data-loss",
            "uid-changed-allowed",
            "`total` begins empty, the rest keeps its state",
        ),
        (vec![("/RuntimeEnvironment", json!("FLINK-2_3"))], "one-way", "older-flink", "does not start"),
    ] {
        let kinds = planned(application(&[]), application(&change));
        assert!(kinds.contains(&kind), "{change:?}: {kinds:?}");
        assert_eq!(record.summary(situation), flink, "{situation}");
    }
}

#[test]
fn what_a_release_refuses_does_not_start_in_flink_or_loses_its_state() {
    let record = Record::read();
    for refusal in refusals() {
        for situation in record.situations.iter().filter(|it| texts(&it["backs"]).any(|name| name == refusal)) {
            let id = situation["id"].as_str().expect("an id");
            let found = record.summary(id);
            let bad = ["does not start", "runs, then fails", "begins empty"].contains(&found.as_str());
            assert!(bad, "`{refusal}` is backed by `{id}`, which {found}");
        }
    }
}

#[test]
fn the_metrics_of_a_runtime_are_those_of_its_flink() {
    let record = Record::read();
    let runtimes = read("src/kinds/flink/runtimes.json");
    let gone = &read("src/facts/flink.json")["metrics-gone"];
    for (major, version) in &record.versions {
        let minor = version.rsplit_once('.').expect("a patch").0;
        let metrics = &record.outcomes["metrics"][version];
        let restarts = runtimes["runtimes"][format!("flink-{minor}")]["restarts"].as_str().expect("a metric");
        let counting: Vec<_> = texts(&metrics["count-restarts"]).collect();
        assert!(counting.contains(&restarts), "Flink {version} counts restarts in {counting:?}, not in `{restarts}`");
        for (name, level) in metrics["where"].as_object().expect("metrics") {
            let removed = gone[major][name]["is"] == "removed";
            assert_eq!(level.is_null(), removed, "Flink {version}: `{name}` is at {level}");
        }
    }
}

/// The least power of two that is half again the parallelism, from 128 to 32,768.
#[test]
fn the_maximum_of_a_job_that_sets_none_is_as_the_book_says() {
    let record = Record::read();
    for (parallelism, maximum) in record.outcomes["default-maximum"].as_object().expect("parallelisms") {
        let parallelism: u64 = parallelism.parse().expect("a number");
        let expected = (parallelism + parallelism / 2).next_power_of_two().clamp(128, 32_768);
        for (version, maximum) in maximum.as_object().expect("versions") {
            assert_eq!(maximum, expected, "Flink {version}, parallelism {parallelism}");
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn rows(record: &Record, group: &str) -> String {
    let versions: Vec<&str> = record.versions.values().map(String::as_str).collect();
    let crossing = group == "version";
    let columns: Vec<String> = match crossing {
        true => vec!["then the job".to_owned()],
        false => versions.iter().map(|version| format!("Flink {version}")).collect(),
    };
    let mut table = format!("| what changes | {} |\n|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    for situation in record.situations.iter().filter(|it| it["group"] == group) {
        let id = situation["id"].as_str().expect("an id");
        let cells: Vec<_> =
            record.versions_of(situation).iter().map(|version| words(record.outcome(id, version))).collect();
        let says = capitalised(situation["says"].as_str().expect("words"));
        table.push_str(&format!("| {says} | {} |\n", cells.join(" | ")));
    }
    table
}

/// `LongSerializer` for `org.apache.flink.api.common.typeutils.base.LongSerializer`.
fn simple_names(message: &str) -> String {
    let ends = |letter: char| !(letter.is_alphanumeric() || ['.', '$', '_'].contains(&letter));
    let words = message.split_inclusive(ends).map(|word| {
        let (package, class) = word.rsplit_once('.').unwrap_or_default();
        match class.starts_with(|first: char| first.is_uppercase())
            && (package.starts_with("org.") || package.starts_with("java."))
        {
            true => class.to_owned(),
            false => word.to_owned(),
        }
    });
    words.collect()
}

fn metrics(record: &Record) -> String {
    let versions: Vec<&String> = record.versions.values().collect();
    let heads: Vec<String> = versions.iter().map(|version| format!("Flink {version}")).collect();
    let mut table = format!("| metric | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    let names = record.outcomes["metrics"][versions[0]]["where"].as_object().expect("metrics");
    for name in names.keys() {
        let levels = versions.iter().map(|version| {
            let level = record.outcomes["metrics"][*version]["where"][name].as_str();
            level.map_or_else(|| "not there".to_owned(), |level| format!("of a {level}"))
        });
        table.push_str(&format!("| `{name}` | {} |\n", levels.collect::<Vec<_>>().join(" | ")));
    }
    table
}

/// Flink's own sentences, for those who look for them in a log.
fn sentences(record: &Record) -> String {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for situation in &record.situations {
        for version in record.versions_of(situation) {
            let outcome = record.outcome(situation["id"].as_str().expect("an id"), version);
            let Some(message) = outcome["message"].as_str() else { continue };
            if outcome["outcome"] == "restarts without end" {
                continue;
            }
            let message = simple_names(message);
            let says = situation["says"].as_str().expect("words").to_owned();
            let at = found.iter().position(|(other, _)| *other == message).unwrap_or_else(|| {
                found.push((message, Vec::new()));
                found.len() - 1
            });
            if !found[at].1.contains(&says) {
                found[at].1.push(says);
            }
        }
    }
    let row =
        |(message, says): &(String, Vec<String>)| format!("| `{message}` | {} |\n", capitalised(&says.join("; ")));
    format!("| the innermost cause in the log | when |\n|---|---|\n{}", found.iter().map(row).collect::<String>())
}

fn backing(record: &Record) -> String {
    let mut by_rule: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for situation in &record.situations {
        for name in texts(&situation["backs"]) {
            by_rule.entry(name).or_default().push(situation["says"].as_str().expect("words"));
        }
    }
    let row = |(name, says): (&&str, &Vec<&str>)| format!("| `{name}` | {} |\n", capitalised(&says.join("; ")));
    format!("| rule | what was asked |\n|---|---|\n{}", by_rule.iter().map(row).collect::<String>())
}

#[test]
fn the_book_shows_what_was_recorded() {
    let record = Record::read();
    let path = root().join("book/src/state.md");
    let committed = fs::read_to_string(&path).expect("the page of state");
    let mut fresh = committed.clone();
    let groups: BTreeSet<&str> = record.situations.iter().filter_map(|it| it["group"].as_str()).collect();
    let mut tables: Vec<(&str, String)> = groups.into_iter().map(|group| (group, rows(&record, group))).collect();
    tables.push(("sentences", sentences(&record)));
    tables.push(("backing", backing(&record)));
    tables.push(("metrics", metrics(&record)));
    for (name, table) in tables {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = fresh.split_once(&begin).unwrap_or_else(|| panic!("no place for the table `{name}`"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no end of the table `{name}`"));
        fresh = format!("{before}{begin}{table}{end}{after}");
    }
    bless(&path, &committed, &fresh);
}
