//! What somebody changes behind CloudFormation's back, over all kinds: `drifts/<kind>.yaml` says what is changed and how.
//! Each change is found at its line, taken back until nothing differs, and made once more and adopted until nothing
//! differs. The results are a table of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value as Json, json};

use crate::support::api::Api;
use crate::support::python::python;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::server::Server;
use crate::support::{bless, every_feature, root};

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
    /// What the authored line holds, or each of them; of a resource that is gone, its thing.
    lines: Vec<String>,
    /// It means nothing, so it must not be found.
    means_nothing: bool,
    /// Why it cannot be taken back, as the program says it.
    stays: Option<String>,
    /// Why the document cannot ask for it, as the program says it.
    not_adopted: Option<String>,
    change: Json,
}

/// Something that `tidegate drift` found.
struct Finding {
    id: String,
    property: String,
    line: String,
}

fn lines(written: &Json) -> Vec<String> {
    let one = |line: &Json| {
        let line = line.as_str().expect("a line");
        assert!(line.len() > 2, "`{line}` is in many lines");
        line.to_owned()
    };
    match written {
        Json::Array(lines) => lines.iter().map(one).collect(),
        Json::Null => Vec::new(),
        line => vec![one(line)],
    }
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
    let paths: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let arguments: Vec<&str> = ["-c", script].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let read: Vec<Vec<Json>> = serde_json::from_str(&python(&arguments, &[], "")).expect("lists of rows");
    let mut cases = Vec::new();
    for (path, rows) in files.iter().zip(read) {
        let kind = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for row in rows {
            let how = ["patch", "delete", "set", "remove", "reverse", "call"];
            let about = ["id", "place", "says", "property", "line", "means-nothing", "stays", "not-adopted"];
            only(&row, &[&how[..], &about[..]].concat());
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            cases.push(Case {
                kind: kind.clone(),
                says: text("says"),
                id: text("id"),
                place: row["place"].as_str().unwrap_or("test").to_owned(),
                property: text("property"),
                lines: lines(&row["line"]),
                means_nothing: row["means-nothing"] == true,
                stays: row["stays"].as_str().map(str::to_owned),
                not_adopted: row["not-adopted"].as_str().map(str::to_owned),
                change: row.clone(),
            });
        }
    }
    cases
}

/// The document of every feature, deployed.
fn deployed(server: &Server) -> Repository {
    let repository = Repository(every_feature());
    repository.run(&["render"]).exits(0);
    Api::at(server, ACCOUNT, REGION).publish_layer("numbers", 7);
    for place in ["delivery", "test"] {
        repository.against(server, &["deploy", place, "--yes"]).exits(0);
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
    python(&["tests/it/by_hand.py"], &[("AWS_ENDPOINT_URL", &server.url)], &input);
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
            Some(case) if !case.lines.iter().any(|written| line.contains(written)) => {
                complaints.push(format!("{id} {property} leads to `{line}` instead of {:?}", case.lines));
            }
            Some(_) => {}
        }
    }
    for case in cases.iter().filter(|case| !case.means_nothing) {
        let leads_to = |written: &&String| found.iter().any(|it| case.is(it) && it.line.contains(*written));
        let missing = case.lines.iter().filter(|written| !leads_to(written));
        complaints.extend(missing.map(|written| format!("nothing of {} leads to `{written}`", case.id)));
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
fn every_change_is_found_taken_back_and_adopted() {
    let cases = cases();
    let meaningful = cases.iter().filter(|case| !case.means_nothing).count();
    assert!(meaningful >= LEAST, "only {meaningful} changes");
    let (ways, adopted) = std::thread::scope(|scope| {
        let ways = scope.spawn(|| {
            let server = Server::start();
            let repository = deployed(&server);
            change(&server, &cases.iter().collect::<Vec<_>>());
            all_are_found(&cases, &findings(&server, &repository));
            all_are_taken_back(&server, &repository, &cases)
        });
        let adopted = all_are_adopted(&cases);
        (ways.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), adopted)
    });
    write_table(&cases, &ways, &adopted);
}

/// How the document says each. After its deployment nothing differs but what is refused.
fn all_are_adopted(cases: &[Case]) -> BTreeMap<usize, String> {
    let server = Server::start();
    let repository = deployed(&server);
    change(&server, &cases.iter().collect::<Vec<_>>());
    let path = repository.path().join("pipeline.yaml");
    let before = fs::read_to_string(&path).expect("the document");
    let ended = repository.against(&server, &["reconcile", "--adopt", "all", "--yes"]);
    let after = fs::read_to_string(&path).expect("the document");
    let mut all: BTreeMap<usize, String> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| !case.means_nothing) {
        let told = adopted(&ended.stdout, case)
            .unwrap_or_else(|| panic!("nothing of {} {}\n{}{}", case.id, case.property, ended.stdout, ended.stderr));
        let fits = match (&case.not_adopted, told.strip_prefix("no: ")) {
            (Some(reason), Some(told)) => told.contains(reason.as_str()),
            (None, None) => true,
            _ => false,
        };
        if !fits {
            complaints.push(format!("{} {}: {told}, but the data says {:?}", case.id, case.property, case.not_adopted));
        }
        all.insert(index, told);
    }
    for place in ["delivery", "test"] {
        repository.against(&server, &["deploy", place, "--yes", "--allow-danger"]).exits(0);
    }
    for finding in findings(&server, &repository) {
        if !cases.iter().any(|case| case.is(&finding) && case.not_adopted.is_some()) {
            complaints.push(format!("adopted, and still different: {} {}", finding.id, finding.property));
        }
    }
    complaints.extend(beside(&before, &after, &all));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    all
}

/// What an adoption changed without saying so: lines that are gone and got no more than an entry, and comments.
fn beside(before: &str, after: &str, told: &BTreeMap<usize, String>) -> Vec<String> {
    let lines: BTreeSet<&str> = after.lines().collect();
    let gone: Vec<&str> = before.lines().filter(|line| !lines.contains(line)).collect();
    let names = |line: &str| {
        let words = told.values().filter(|told| !told.starts_with("no: ")).filter_map(|told| told.split('`').nth(1));
        let last =
            |path: &str| path.rsplit('.').find(|key| key.parse::<usize>().is_err()).unwrap_or_default().to_owned();
        words.map(last).any(|key| line.contains(&key))
    };
    let grown = |line: &str| {
        let entries = line.strip_suffix('}').map(|entries| format!("{entries}, "));
        entries.is_some_and(|entries| lines.iter().any(|after| after.starts_with(&entries)))
    };
    let mut complaints: Vec<String> = gone
        .iter()
        .filter(|line| !names(line) && !grown(line))
        .map(|line| format!("nobody told of `{line}`"))
        .collect();
    let comments = before.lines().filter_map(|line| Some(line.trim_start().strip_prefix("# ")?.to_owned()));
    complaints.extend(comments.filter(|it| !after.contains(it)).map(|it| format!("the comment `{it}` is gone")));
    complaints
}

/// How one is adopted, or why it is not.
fn adopted(summary: &str, case: &Case) -> Option<String> {
    let mut lines = summary.lines();
    while let Some(line) = lines.next() {
        let property = if case.property.is_empty() { "is gone" } else { &case.property };
        if !line.contains(&format!(" {} (", case.id)) || !line.contains(property) {
            continue;
        }
        if line.starts_with("  adopt") {
            return Some(line.rsplit_once("  (by ")?.1.rsplit_once(")  ")?.0.to_owned());
        }
        if line.starts_with("  leave") {
            return Some(format!("no: {}", lines.next()?.trim().strip_prefix("not possible: ")?));
        }
    }
    None
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
fn write_table(cases: &[Case], ways: &BTreeMap<usize, String>, adopted: &BTreeMap<usize, String>) {
    let mut rows = String::new();
    for (index, way) in ways {
        let case = &cases[*index];
        let property = if case.property.is_empty() { "(gone)".to_owned() } else { format!("`{}`", case.property) };
        let what = format!("{} `{}` {property}", case.says, case.id).replace('|', "\\|");
        let told = adopted[index].replace('|', "\\|");
        let told = told.split_once(": `").map_or(told.as_str(), |(means, _)| means);
        rows.push_str(&format!("| {} | {what} | {way} | {told} |\n", case.kind));
    }
    let reverted = counts(ways.values().map(|way| match way.starts_with("no: ") {
        true => "not taken back, with the reason",
        false => way.as_str(),
    }));
    let said = counts(adopted.values().map(|told| match told.split_once(": ") {
        Some(("no", _)) | None => "not adopted, with the reason",
        Some((means, _)) => means,
    }));
    let kinds: BTreeSet<&str> = cases.iter().map(|case| case.kind.as_str()).collect();
    let page = format!(
        "# Changes by hand\n\n<!-- Made from tests/it/drifts/ by `BLESS=1 cargo test --test it -- drifts`. -->\n\n\
         What somebody may change behind CloudFormation's back: {} changes of {} kinds of things, made on a local server \
         in the document with every feature. Each is found at its line, and nothing else is; then \
         [`tidegate reconcile`](reconcile.md) takes all of it back, and what is looked at afterwards is as it was \
         deployed. All of it is changed in another account too and adopted: the document is edited, and after its \
         deployment nothing differs but what is refused. The document has two environments with one template, and \
         only one of them was changed. The server shows that the calls and the decisions hang together; what AWS itself does with a change \
         set or a call, it does not show.\n\n| taken back by | changes |\n|---|---|\n{reverted}\n\
         | adopted by | changes |\n|---|---|\n{said}\n\
         | kind | change | taken back by | adopted by |\n|---|---|---|---|\n{rows}",
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
