//! What somebody changes behind CloudFormation's back, over all kinds: `drifts/<kind>.yaml` says what is changed and how.
//! Each change is found at its line, and taken back until nothing differs; made again, it is adopted until nothing differs.
//! The results are a table of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::server::Server;
use crate::support::{bless, every_feature, python, root};

const REGION: &str = "eu-central-1";
/// The place of the environment, then that of the pipelines.
const PLACES: [(&str, &str); 2] = [("test", "rides-test"), ("delivery", "rides-delivery")];
/// Less would not be a proof.
const LEAST: usize = 120;

/// A row of a file.
struct Case {
    /// The name of its file.
    kind: String,
    /// What somebody does, in words.
    says: String,
    id: String,
    place: String,
    /// The property, as `tidegate drift` names it or a part of that; empty for a resource that is gone.
    property: String,
    /// What the authored line holds; of a resource that is gone, its thing.
    line: String,
    /// It means nothing, so it must not be found.
    means_nothing: bool,
    /// Why it cannot be taken back, as the program says it.
    stays: Option<String>,
    change: Json,
}

/// Something that `tidegate drift` found.
struct Finding {
    id: String,
    property: String,
    line: String,
}

fn only(row: &Json, known: &[&str]) {
    let unknown: Vec<_> = row.as_object().expect("a row").keys().filter(|key| !known.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} in {row}: only {known:?}");
}

fn cases() -> Vec<Case> {
    let folder = root().join("tests/it/drifts");
    let mut files: Vec<_> = fs::read_dir(&folder).expect("the data").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let script = "import json, sys, yaml; json.dump([yaml.safe_load(open(path)) for path in sys.argv[1:]], sys.stdout)";
    let mut arguments = vec!["-c".to_owned(), script.to_owned()];
    arguments.extend(files.iter().map(|file| file.display().to_string()));
    let read: Vec<Vec<Json>> = serde_json::from_str(&run_python(&arguments, &[], "")).expect("lists of rows");
    let mut cases = Vec::new();
    for (path, rows) in files.iter().zip(read) {
        let kind = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for row in rows {
            let how = ["patch", "delete", "set", "remove", "reverse", "call"];
            let about = ["id", "place", "says", "property", "line", "means-nothing", "stays"];
            only(&row, &[&how[..], &about[..]].concat());
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            cases.push(Case {
                kind: kind.clone(),
                says: text("says"),
                id: text("id"),
                place: row["place"].as_str().unwrap_or("test").to_owned(),
                property: text("property"),
                line: text("line"),
                means_nothing: row["means-nothing"] == true,
                stays: row["stays"].as_str().map(str::to_owned),
                change: row.clone(),
            });
        }
    }
    cases
}

fn run_python(arguments: &[String], environment: &[(&str, &str)], input: &str) -> String {
    use std::io::Write;
    let mut child = Command::new(python::program("python"))
        .args(arguments)
        .envs(environment.iter().copied())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("Python reads");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

/// The document of every feature, deployed.
fn deployed(server: &Server) -> Repository {
    let repository = Repository(every_feature());
    repository.run(&["render"]).exits(0);
    Api::at(server, ACCOUNT, REGION).publish_layer("numbers", 7);
    for place in ["delivery", "test"] {
        repository.against(server, &["deploy", place, "--yes", "--allow-danger"]).exits(0);
    }
    repository
}

fn change(server: &Server, cases: &[&Case]) {
    let stacks: Vec<Json> = PLACES
        .iter()
        .map(|(place, stack)| json!({ "place": place, "stack": stack, "account": ACCOUNT, "region": REGION }))
        .collect();
    let changes: Vec<Json> = cases
        .iter()
        .map(|case| {
            let mut change = case.change.clone();
            change["place"] = json!(case.place);
            change
        })
        .collect();
    let input = json!({ "stacks": stacks, "changes": changes }).to_string();
    let script = root().join("tests/it/by_hand.py").display().to_string();
    run_python(&[script], &[("AWS_ENDPOINT_URL", &server.url)], &input);
}

fn findings(server: &Server, repository: &Repository) -> Vec<Finding> {
    let ended = repository.against(server, &["drift", "--format", "json"]);
    let json: Json = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}\n{}", ended.stderr));
    let document = fs::read_to_string(repository.path().join("pipeline.yaml")).expect("the document");
    let lines: Vec<&str> = document.lines().collect();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for stack in json["stacks"].as_array().into_iter().flatten() {
        for resource in stack["resources"].as_array().into_iter().flatten() {
            let id = text(&resource["logical_id"]);
            if resource["class"] == "deleted" {
                let line = text(&resource["thing"]);
                found.push(Finding { id: id.clone(), property: String::new(), line });
            }
            for difference in resource["differences"].as_array().into_iter().flatten() {
                let number = difference["line"].as_u64().and_then(|line| usize::try_from(line).ok()).expect("a line");
                let line = lines.get(number.wrapping_sub(1)).copied().unwrap_or_default().to_owned();
                found.push(Finding { id: id.clone(), property: text(&difference["property"]), line });
            }
        }
    }
    found
}

impl Case {
    fn is(&self, finding: &Finding) -> bool {
        !self.means_nothing
            && self.id == finding.id
            && self.property.is_empty() == finding.property.is_empty()
            && finding.property.contains(&self.property)
    }
}

/// Each change is found at its line, and nothing else is.
fn all_are_found(cases: &[Case], found: &[Finding]) {
    let mut complaints = Vec::new();
    for finding in found {
        let Finding { id, property, line } = finding;
        match cases.iter().find(|case| case.is(finding)) {
            None => complaints.push(format!("nobody changed {id} {property}")),
            Some(case) if !line.contains(&case.line) => {
                complaints.push(format!("{id} {property} leads to `{line}` instead of `{}`", case.line));
            }
            Some(_) => {}
        }
    }
    let unseen = cases.iter().filter(|case| !case.means_nothing && !found.iter().any(|finding| case.is(finding)));
    complaints.extend(unseen.map(|case| format!("not found: {} {}: {}", case.id, case.property, case.says)));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// By what each line of the summary says that it is taken back.
fn way(summary: &str, case: &Case) -> Option<String> {
    let mut lines = summary.lines();
    while let Some(line) = lines.next() {
        let is_it = line.contains(&format!(" {} (", case.id)) && line.contains(&case.property);
        if !is_it {
            continue;
        }
        if line.starts_with("  revert") {
            return ["a drift-aware change set", "the service's own API", "Cloud Control"]
                .into_iter()
                .find(|way| line.contains(&format!("  by {way}  ")))
                .map(str::to_owned);
        }
        let reason = lines.next()?.trim().strip_prefix("not possible: ")?;
        return Some(format!("no: {reason}"));
    }
    None
}

#[test]
fn every_change_is_found_and_taken_back() {
    let cases = cases();
    let meaningful = cases.iter().filter(|case| !case.means_nothing).count();
    assert!(meaningful >= LEAST, "only {meaningful} changes");
    let server = Server::start();
    let repository = deployed(&server);
    change(&server, &cases.iter().collect::<Vec<_>>());
    all_are_found(&cases, &findings(&server, &repository));

    let ways = all_are_taken_back(&server, &repository, &cases);
    write_table(&cases, &ways);
}

/// By what each is taken back; only what the data says stays.
fn all_are_taken_back(server: &Server, repository: &Repository, cases: &[Case]) -> BTreeMap<usize, String> {
    let mut ways: BTreeMap<usize, String> = BTreeMap::new();
    for (place, _) in PLACES {
        let ended = repository.against(server, &["reconcile", place, "--revert", "all", "--yes", "--allow-danger"]);
        for (index, case) in cases.iter().enumerate().filter(|(_, case)| case.place == place && !case.means_nothing) {
            let way = way(&ended.stdout, case).unwrap_or_else(|| {
                panic!("nothing of {} {}\n{}{}", case.id, case.property, ended.stdout, ended.stderr)
            });
            ways.insert(index, way);
        }
    }
    let left = findings(server, repository);
    let mut complaints = Vec::new();
    for finding in &left {
        let case = cases.iter().find(|case| case.is(finding) && case.stays.is_some());
        if case.is_none() {
            complaints.push(format!("still differs: {} {}", finding.id, finding.property));
        }
    }
    for (index, way) in &ways {
        let case = &cases[*index];
        let refused = way.strip_prefix("no: ");
        let fits = match (&case.stays, refused) {
            (Some(reason), Some(told)) => told.contains(reason.as_str()),
            (None, None) => true,
            _ => false,
        };
        if !fits {
            complaints.push(format!("{} {}: {way}, but the data says {:?}", case.id, case.property, case.stays));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    ways
}

/// The page of the book.
fn write_table(cases: &[Case], ways: &BTreeMap<usize, String>) {
    let mut rows = String::new();
    for (index, way) in ways {
        let case = &cases[*index];
        let property = if case.property.is_empty() { "(gone)".to_owned() } else { format!("`{}`", case.property) };
        let what = format!("{} `{}` {property}", case.says, case.id).replace('|', "\\|");
        rows.push_str(&format!("| {} | {what} | {way} |\n", case.kind));
    }
    let reverted = counts(ways.values().map(|way| match way.starts_with("no: ") {
        true => "not taken back, with the reason",
        false => way.as_str(),
    }));
    let kinds: BTreeSet<&str> = cases.iter().map(|case| case.kind.as_str()).collect();
    let page = format!(
        "# Changes by hand\n\n<!-- Made from tests/it/drifts/ by `BLESS=1 cargo test --test it -- drifts`. -->\n\n\
         What somebody may change behind CloudFormation's back: {} changes of {} kinds of things, made on a local server \
         in the document with every feature. Each is found at its line, and nothing else is; then \
         [`tidegate reconcile`](reconcile.md) takes all of it back, and what is looked at afterwards is as it was \
         deployed. \
         The server shows that the calls and the decisions hang together; what AWS itself does with a change \
         set or a call, it does not show.\n\n| taken back by | changes |\n|---|---|\n{reverted}\n\
         | kind | change | taken back by |\n|---|---|---|\n{rows}",
        ways.len(),
        kinds.len(),
    );
    let path = root().join("book/src/changes-by-hand.md");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    bless(&path, &committed, &page);
}

fn counts<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts.iter().map(|(word, count)| format!("| {word} | {count} |\n")).collect()
}
