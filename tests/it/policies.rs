//! The policies of everything that is generated: least privilege, and sound to an outside judge as well.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value as Json;
use tidegate::{compile, facts, host};

use crate::support::{every_feature, python, root, run::tidegate, specs};

/// The statements of a value, wherever they are.
fn statements<'a>(value: &'a Json, out: &mut Vec<&'a Json>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| statements(item, out)),
        Json::Object(map) => {
            if let Some(list) = map.get("Statement").and_then(Json::as_array) {
                out.extend(list);
            }
            map.values().for_each(|value| statements(value, out));
        }
        _ => {}
    }
}

fn one_or_many(value: &Json) -> Vec<&Json> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

/// What makes a statement wider than it has to be.
fn excess(statement: &Json) -> Vec<String> {
    let of_key = statement.get("Principal").is_some();
    let everywhere = one_or_many(&statement["Resource"]).iter().any(|resource| *resource == "*");
    let mut found = Vec::new();
    for action in one_or_many(&statement["Action"]).into_iter().filter_map(Json::as_str) {
        // A key is in the hands of its account, and what is denied is denied altogether.
        let owner = of_key && action == "kms:*" || statement["Effect"] == "Deny";
        if action.contains('*') && !owner {
            found.push(format!("{action} is more than one action"));
        }
        let limited = action.split_once(':').and_then(|(service, name)| facts::iam::service(service)?.arns(name));
        if everywhere && !of_key && limited.is_some() {
            found.push(format!("{action} can be limited to {limited:?}"));
        }
    }
    found
}

#[test]
fn every_statement_is_as_narrow_as_it_can_be() {
    let mut documents = specs();
    documents.push(root().join("tests/it/cases/every-feature.yaml"));
    let (mut looked_at, mut found) = (0, Vec::new());
    for document in documents {
        let project = host::read_project(&document.display().to_string()).expect("a document can be read");
        let build = compile::check(&project.input);
        for (id, resource) in build.desired.stacks.iter().flat_map(|stack| &stack.resources) {
            let json = resource.properties.to_json();
            let mut held = Vec::new();
            statements(&json, &mut held);
            looked_at += held.len();
            let too_much = held.into_iter().flat_map(excess);
            found.extend(too_much.map(|excess| format!("{}: {id}: {excess}", document.display())));
        }
    }
    assert!(looked_at > 100, "only {looked_at} statements");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_wide_is_found() {
    let wide =
        serde_json::json!({ "Effect": "Allow", "Action": ["kinesis:Put*", "kinesis:GetRecords"], "Resource": "*" });
    assert_eq!(excess(&wide).len(), 2);
    let narrow = serde_json::json!({ "Effect": "Allow", "Action": "kinesis:GetRecords", "Resource": { "Ref": "A" } });
    assert_eq!(excess(&narrow), [""; 0]);
}

/// `parliament` is another party's reading of the policies. What it finds and is right is in
/// `tests/policies/allowed.json`, each with the reason.
#[test]
fn parliament_has_no_complaint() {
    let folder = every_feature();
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    let committed = fs::read_dir(root().join("generated")).expect("generated/ can be read");
    let folders =
        committed.map(|system| system.expect("a system").path()).chain([folder.path().join("generated/rides")]);
    let accounts = root().join("tests/it/cases/three-accounts/generated");
    let templates: Vec<PathBuf> = folders
        .chain([accounts])
        .flat_map(|folder| fs::read_dir(folder).expect("a folder of templates"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(".template.yaml"))
        .collect();
    let policies = root().join("tests/policies");
    let output = Command::new(python::program("python"))
        .args([policies.join("judge.py"), policies.join("allowed.json")])
        .args(&templates)
        .output()
        .expect("the judge starts");
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{why}");
}
