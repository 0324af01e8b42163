//! Templates of this program are imported, and the document that comes of it is rendered: it gives the same templates up
//! to what the report lists. There is one example for each kind, that of its page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::{Map, Value as Json, json};
use tidegate::compile::{self, Build, Input};
use tidegate::desired::{Resource, Stack};
use tidegate::diagnostic::Level;
use tidegate::import::{self, Environment, Imported, Request, Values};
use tidegate::kinds::KINDS;
use tidegate::source::{Files, SourceFile};

use crate::support::{Memory, NoFiles, bless, blocks, document, root};

struct Sample {
    name: String,
    build: Build,
    /// The files beside the document.
    files: Arc<dyn Files>,
}

/// The first example of each kind's page.
static PAGES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let head = "tidegate: 1\nname: example\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";
    let pages = KINDS.iter().map(|kind| {
        let example = blocks(kind.page, "yaml").first().copied().expect("an example");
        let build = compile::compile(&document(&format!("{head}{example}")));
        Sample { name: format!("the page of `{}`", kind.section.key), build, files: Arc::new(NoFiles) }
    });
    pages.collect()
});

static TRIPS: LazyLock<Vec<OnceLock<Trip>>> = LazyLock::new(|| PAGES.iter().map(|_| OnceLock::new()).collect());

/// The trip of a page's example, made once.
fn trip(index: usize) -> &'static Trip {
    TRIPS[index].get_or_init(|| travel(&PAGES[index]))
}

/// The system of a document in `specs/`, with the files beside it.
fn system(folder: &str) -> Sample {
    let folder = root().join("specs").join(folder);
    let text = fs::read_to_string(folder.join("pipeline.yaml")).expect("a document");
    let mut files = BTreeMap::new();
    gather(&folder, "", &mut files);
    files.remove("pipeline.yaml");
    let files: Arc<dyn Files> = Arc::new(Memory(files));
    let build = compile::compile(&Input { files: Arc::clone(&files), ..document(&text) });
    Sample { name: build.model.as_ref().expect("a model").name.value.clone(), build, files }
}

fn gather(folder: &Path, below: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => gather(&entry.path(), &format!("{path}/"), files),
            false => files.extend(fs::read_to_string(entry.path()).ok().map(|text| (path, text))),
        }
    }
}

fn lifted(build: &Build) -> Vec<Stack> {
    let templates = build.artifacts.iter().filter(|artifact| artifact.path.ends_with(".template.yaml"));
    let lift = |path: &str, text: &str| import::lift(&SourceFile::new(path, text)).expect("a template");
    templates.map(|artifact| lift(&artifact.path, &artifact.text)).collect()
}

fn environments(build: &Build) -> Vec<Environment> {
    let mut found: BTreeMap<String, Environment> = BTreeMap::new();
    let all = build.desired.stacks.iter().flat_map(|stack| &stack.deployments);
    for deployment in all.filter(|deployment| deployment.environment != "delivery") {
        let mut params = Map::new();
        for (name, value) in deployment.parameters.iter().filter(|(name, _)| name != "Environment") {
            params.insert(import::thing_name(name), value.to_json());
        }
        let environment = Environment {
            name: deployment.environment.clone(),
            account: deployment.account.clone(),
            region: deployment.region.clone(),
            params,
            protected: deployment.protected,
        };
        found.entry(environment.name.clone()).or_insert(environment);
    }
    // A system of builds alone is deployed nowhere.
    if found.is_empty() {
        let environment = Environment {
            name: "prod".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            params: Map::new(),
            protected: true,
        };
        found.insert(environment.name.clone(), environment);
    }
    found.into_values().collect()
}

/// What was imported, and what is wrong with it.
struct Trip {
    name: String,
    imported: Imported,
    /// The kind of each resource in the templates.
    kinds: BTreeMap<String, String>,
    wrong: Vec<String>,
}

fn travel(sample: &Sample) -> Trip {
    let stacks = lifted(&sample.build);
    let environments = environments(&sample.build);
    let name = sample.build.model.as_ref().map(|model| model.name.value.clone()).expect("a name");
    let files = Arc::clone(&sample.files);
    let request = Request { name: &name, path: "pipeline.yaml", environments: &environments, stacks: &stacks, files };
    let imported = import::import(&request, &|_| {});
    if let Some(folder) = std::env::var_os("ROUND_TRIPS") {
        let path = Path::new(&folder).join(sample.name.replace([' ', '`'], "-") + ".yaml");
        fs::write(path, &imported.document).expect("a document");
    }
    let again = compile::compile(&Input { files: Arc::clone(&sample.files), ..document(&imported.document) });
    let mut wrong = otherwise(&imported);
    if again.has_errors() {
        let errors = again.diagnostics.iter().filter(|found| found.level() == Level::Error);
        wrong.extend(errors.map(|found| format!("is refused: {}: {}", found.rule.name, found.message)));
    }
    for word in ["probename", "probetext"] {
        if imported.document.contains(word) {
            wrong.push(format!("holds {word}"));
        }
    }
    let original: BTreeMap<&String, &Resource> = stacks.iter().flat_map(|stack| &stack.resources).collect();
    let second = lifted(&again);
    let second: BTreeMap<&String, &Resource> = second.iter().flat_map(|stack| &stack.resources).collect();
    wrong.extend(untold(&imported, &original, &second));
    let (before, after) = (homes(&sample.build), homes(&again));
    let moved = before.iter().filter_map(|(id, home)| Some((id, home, after.get(id).filter(|it| *it != home)?)));
    wrong.extend(moved.map(|(id, from, to)| format!("moves {id} from {from} to {to}")));
    let kind = |thing: &str| thing.split('.').next().unwrap_or_default().to_owned();
    let resources = sample.build.desired.stacks.iter().flat_map(|stack| &stack.resources);
    let kinds = resources.map(|(id, resource)| (id.clone(), kind(&resource.thing))).collect();
    Trip { name: sample.name.clone(), imported, kinds, wrong }
}

/// The stack that each resource is in.
fn homes(build: &Build) -> BTreeMap<&String, &str> {
    let stacks = build.desired.stacks.iter();
    stacks.flat_map(|stack| stack.resources.keys().map(|id| (id, &*stack.role))).collect()
}

/// What the report says is not as it was. Only what is said in another way may be there.
fn otherwise(imported: &Imported) -> Vec<String> {
    let left = imported.left.iter().map(|left| format!("loses {}", left.logical_id));
    let added = imported.added.iter().map(|(id, ..)| format!("adds {id}"));
    let renamed = imported.renamed.iter().map(|(old, new)| format!("calls {old} {new}"));
    let changes = imported
        .changes
        .iter()
        .map(|it| format!("changes {} {}: {:?} becomes {:?}", it.logical_id, it.pointer, it.was, it.becomes));
    left.chain(added).chain(renamed).chain(changes).collect()
}

/// The differences that the report does not name. Resources are compared as they stand in the templates.
fn untold(
    imported: &Imported,
    original: &BTreeMap<&String, &Resource>,
    second: &BTreeMap<&String, &Resource>,
) -> Vec<String> {
    let left: BTreeSet<&str> = imported.left.iter().map(|left| left.logical_id.as_str()).collect();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for change in &imported.changes {
        names.insert(&change.logical_id, &change.new_id);
    }
    names.extend(imported.renamed.iter().map(|(old, new)| (old.as_str(), new.as_str())));
    let told: BTreeSet<(&str, &str)> = imported
        .changes
        .iter()
        .map(|change| (change.logical_id.as_str(), change.pointer.split('/').nth(1).unwrap_or(&change.pointer)))
        .collect();
    let mut found = Vec::new();
    for (id, resource) in original.iter().filter(|(id, _)| !left.contains(id.as_str())) {
        let new_id = names.get(id.as_str()).copied().unwrap_or(id.as_str());
        let Some(own) = second.get(&new_id.to_owned()) else {
            found.push(format!("loses {id} without a word"));
            continue;
        };
        let (was, becomes) =
            (plain(&resource.properties.to_json(), &names), plain(&own.properties.to_json(), &BTreeMap::new()));
        let keys = [&was, &becomes].into_iter().filter_map(Json::as_object).flat_map(Map::keys);
        for key in keys.collect::<BTreeSet<_>>() {
            if was.get(key) != becomes.get(key) && !told.contains(&(id.as_str(), key.as_str())) {
                found.push(format!("changes {id} {key} without a word: {} becomes {}", was[key], becomes[key]));
            }
        }
        if resource.deletion_policy != own.deletion_policy && !told.contains(&(id.as_str(), "@DeletionPolicy")) {
            found.push(format!("changes the deletion policy of {id} without a word"));
        }
    }
    found
}

/// A value in which references have the names of the document, and text that holds JSON is what it holds.
fn plain(value: &Json, names: &BTreeMap<&str, &str>) -> Json {
    let name = |id: &str| names.get(id).copied().unwrap_or(id).to_owned();
    match value {
        Json::Object(map) if map.len() == 1 => match map.iter().next() {
            Some((key, Json::String(id))) if key == "Ref" => json!(format!("${{{}}}", name(id))),
            Some((key, Json::Array(parts))) if key == "Fn::GetAtt" => {
                let parts: Vec<&str> = parts.iter().filter_map(Json::as_str).collect();
                json!(format!("${{{}.{}}}", name(parts[0]), parts[1..].join(".")))
            }
            Some((key, Json::String(text))) if key == "Fn::Sub" => {
                let mut text = text.clone();
                for (old, new) in names.iter().filter(|(old, new)| old != new) {
                    text = text.replace(&format!("${{{old}}}"), &format!("${{{new}}}"));
                    text = text.replace(&format!("${{{old}."), &format!("${{{new}."));
                }
                inside(&text)
            }
            Some((key, Json::Array(parts))) if key == "Fn::Sub" => {
                let [Json::String(text), Json::Object(variables)] = parts.as_slice() else { return value.clone() };
                let mut text = text.clone();
                for (variable, value) in variables {
                    let value = plain(value, names);
                    text = text.replace(&format!("${{{variable}}}"), value.as_str().unwrap_or_default());
                }
                plain(&json!({ "Fn::Sub": text }), names)
            }
            _ => map.iter().map(|(key, item)| (key.clone(), plain(item, names))).collect::<Map<_, _>>().into(),
        },
        Json::Object(map) => {
            map.iter().map(|(key, item)| (key.clone(), plain(item, names))).collect::<Map<_, _>>().into()
        }
        Json::Array(items) => items.iter().map(|item| plain(item, names)).collect(),
        Json::String(text) => inside(&text.replace("${", "${!")),
        Json::Number(number) => json!(number.to_string()),
        Json::Bool(value) => json!(value.to_string()),
        Json::Null => Json::Null,
    }
}

fn inside(text: &str) -> Json {
    match serde_json::from_str(text) {
        Ok(json @ (Json::Object(_) | Json::Array(_))) if text.starts_with(['{', '[']) => json,
        _ => json!(text),
    }
}

/// So many tests share the examples, so that they run at the same time.
const PARTS: usize = 4;

fn part(number: usize) {
    let trips = (number..PAGES.len()).step_by(PARTS).map(trip);
    let wrong: Vec<String> =
        trips.flat_map(|trip| trip.wrong.iter().map(|wrong| format!("{} {wrong}", trip.name))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn templates_of_pages_give_their_documents_back_1() {
    part(0);
}

#[test]
fn templates_of_pages_give_their_documents_back_2() {
    part(1);
}

#[test]
fn templates_of_pages_give_their_documents_back_3() {
    part(2);
}

#[test]
fn templates_of_pages_give_their_documents_back_4() {
    part(3);
}

/// A system of an application and its delivery, with code in files.
#[test]
fn templates_of_a_delivered_system_give_a_document_back() {
    returns("flink-delivery");
}

/// A system of jobs in two environments, with parameters.
#[test]
fn templates_of_two_environments_give_a_document_back() {
    returns("glue-scripts");
}

fn returns(folder: &str) {
    let trip = travel(&system(folder));
    assert!(trip.wrong.is_empty(), "{}", trip.wrong.join("\n"));
}

/// The table in the book says how much of the examples comes back as what it was.
#[test]
fn the_table_of_round_trips_is_up_to_date() {
    let trips: Vec<&Trip> = (0..PAGES.len()).rev().map(trip).collect();
    let rows = rows(&trips);
    for kind in KINDS {
        let key = kind.section.key;
        let row = rows.get(key).unwrap_or_else(|| panic!("no example has resources of `{key}`"));
        assert_eq!(row.lost + row.differs, 0, "something of `{key}` is lost or otherwise");
        let is_told = OTHERWISE.iter().any(|(kind, _)| *kind == key);
        assert!(is_told || row.raw == 0, "{} resources of `{key}` come back as they are", row.raw);
        assert!(is_told || row.own > 0, "nothing of `{key}` comes back as its own section");
    }
    let page = root().join("book/src/importing.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (before, rest) = text.split_once("<!-- round trips -->\n").expect("the place of the table");
    let (_, after) = rest.split_once("<!-- /round trips -->").expect("the end of the table");
    bless(&page, &text, &format!("{before}<!-- round trips -->\n{}<!-- /round trips -->{after}", table(&rows)));
}

/// What came back of the resources of a kind.
#[derive(Clone, Copy, Default)]
struct Row {
    resources: usize,
    own: usize,
    others: usize,
    raw: usize,
    lost: usize,
    differs: usize,
    values: Values,
}

fn rows(trips: &[&Trip]) -> BTreeMap<String, Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for trip in trips {
        let section = |thing: &str| thing.split('.').next().unwrap_or_default().to_owned();
        let made = trip.imported.things.iter().flat_map(|(thing, ids)| ids.iter().map(move |id| (id, section(thing))));
        let made: BTreeMap<&String, String> = made.collect();
        let kept: BTreeSet<&String> = trip.imported.kept.iter().map(|left| &left.logical_id).collect();
        for (id, kind) in &trip.kinds {
            let row = rows.entry(kind.clone()).or_default();
            row.resources += 1;
            row.differs += trip.imported.changes.iter().filter(|change| change.logical_id == *id).count();
            row.values += trip.imported.values.get(id).copied().unwrap_or_default();
            match made.get(id) {
                _ if kept.contains(id) => row.raw += 1,
                Some(own) if own == kind => row.own += 1,
                Some(_) => row.others += 1,
                None => row.lost += 1,
            }
        }
    }
    rows
}

/// The kinds of which resources stay as they are, and why.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "repos",
        "a repository makes a connection or a bucket, and no more: which repository it was is said by the pipeline that \
         reads it, and the example has none",
    ),
    (
        "networks",
        "where a network is shared by things of which not all are found at once, the resources that tie them to it stay \
         as they are",
    ),
    ("kafka", "a cluster in the example of `networks` is one of them"),
];

fn table(rows: &BTreeMap<String, Row>) -> String {
    let mut text = String::from(
        "| kind | resources | its own section | other sections | `resources` | lost | values | by keys | differ |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (kind, row) in rows {
        let kind = if kind.is_empty() { "*the document*".to_owned() } else { format!("`{kind}`") };
        let Row { resources, own, others, raw, lost, differs, values } = row;
        let all = values.keys + values.overrides + values.raw + values.lost;
        let share = (values.keys * 100 + all / 2).checked_div(all).unwrap_or(100);
        writeln!(text, "| {kind} | {resources} | {own} | {others} | {raw} | {lost} | {all} | {share} % | {differs} |")
            .expect("a row");
    }
    text.push('\n');
    let is_raw = |kind: &str| rows.get(kind).is_some_and(|row| row.raw > 0);
    for (kind, why) in OTHERWISE.iter().filter(|(kind, _)| is_raw(kind)) {
        writeln!(text, "- `{kind}`: {why}.").expect("a line");
    }
    text
}
