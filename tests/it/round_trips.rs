//! Templates of this program are imported, and the document that comes of it is rendered: it gives the same templates up
//! to what the report lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Map, Value as Json, json};
use tidegate::compile::{self, Build, Input};
use tidegate::desired::{Resource, Stack};
use tidegate::host;
use tidegate::import::{self, Environment, Imported, Request, Values};
use tidegate::kinds::KINDS;
use tidegate::source::{Files, SourceFile};

use crate::support::{NoFiles, bless, blocks, document, root};

/// The systems that are taken: the smaller ones, so that all of this ends in minutes.
const SYSTEMS: &[(&str, &str)] = &[
    ("taxi-analytics", "flink-delivery"),
    ("taxi-analytics-python", "flink-delivery-python"),
    ("hr-etl", "glue-scripts"),
    ("bandwidth", "internet-provider"),
];

struct Sample {
    name: String,
    build: Build,
    files: Arc<dyn Files>,
}

fn samples() -> Vec<Sample> {
    let systems = SYSTEMS.iter().map(|(name, folder)| {
        let path = root().join("specs").join(folder).join("pipeline.yaml");
        let files = host::files_beside(&path);
        let text = fs::read_to_string(&path).expect("a document");
        let input = Input { files: Arc::clone(&files), ..document(&text) };
        Sample { name: (*name).to_owned(), build: compile::compile(&input), files }
    });
    let head = "tidegate: 1\nname: example\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";
    let pages = KINDS.iter().map(|kind| {
        let example = blocks(kind.page, "yaml").first().copied().expect("an example");
        let build = compile::compile(&document(&format!("{head}{example}")));
        Sample { name: format!("the page of `{}`", kind.section.key), build, files: Arc::new(NoFiles) }
    });
    systems.chain(pages).collect()
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
    let again = compile::compile(&Input { files: Arc::clone(&sample.files), ..document(&imported.document) });
    let mut wrong = Vec::new();
    if again.has_errors() {
        wrong.push(format!("is refused: {:#?}", again.diagnostics));
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
    let kind = |thing: &str| thing.split('.').next().unwrap_or_default().to_owned();
    let resources = sample.build.desired.stacks.iter().flat_map(|stack| &stack.resources);
    let kinds = resources.map(|(id, resource)| (id.clone(), kind(&resource.thing))).collect();
    Trip { name: sample.name.clone(), imported, kinds, wrong }
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

/// Each sample is imported and rendered again; the table in the book says how much of it keys say.
#[test]
fn templates_of_this_program_give_their_documents_back() {
    let waiting = Mutex::new(samples().into_iter().enumerate().collect::<Vec<_>>());
    let done = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((index, sample)) = waiting.lock().expect("the samples").pop() else { return };
                    let trip = travel(&sample);
                    done.lock().expect("the trips").insert(index, trip);
                }
            });
        }
    });
    let trips: Vec<Trip> = done.into_inner().expect("the trips").into_values().collect();
    if let Some(folder) = std::env::var_os("ROUND_TRIPS") {
        for trip in &trips {
            let path = std::path::Path::new(&folder).join(trip.name.replace([' ', '`'], "-") + ".yaml");
            fs::write(path, &trip.imported.document).expect("a document");
        }
    }
    let wrong: Vec<String> =
        trips.iter().flat_map(|trip| trip.wrong.iter().map(|wrong| format!("{} {wrong}", trip.name))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let page = root().join("book/src/importing.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (before, rest) = text.split_once("<!-- round trips -->\n").expect("the place of the table");
    let (_, after) = rest.split_once("<!-- /round trips -->").expect("the end of the table");
    bless(&page, &text, &format!("{before}<!-- round trips -->\n{}<!-- /round trips -->{after}", table(&trips)));
}

fn table(trips: &[Trip]) -> String {
    let mut kinds: BTreeMap<&str, Values> = BTreeMap::new();
    for trip in trips {
        for (id, values) in &trip.imported.values {
            let kind = trip.kinds.get(id).map_or("", String::as_str);
            *kinds.entry(if kind.is_empty() { "*the document*" } else { kind }).or_default() += *values;
            *kinds.entry("*all*").or_default() += *values;
        }
    }
    for kind in KINDS {
        assert!(kinds.contains_key(kind.section.key), "no sample has resources of `{}`", kind.section.key);
    }
    let mut rows = String::from(
        "| kind | values | by keys | by overrides | as they are | lost |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for (kind, values) in kinds {
        let all = values.keys + values.overrides + values.raw + values.lost;
        let share = |count: usize| format!("{} %", (count * 100 + all / 2).checked_div(all).unwrap_or(0));
        let [keys, overrides, raw, lost] = [values.keys, values.overrides, values.raw, values.lost].map(share);
        writeln!(rows, "| {kind} | {all} | {keys} | {overrides} | {raw} | {lost} |").expect("a row");
    }
    rows
}
