//! What holds for every document.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use tidegate::compile::{self, Build, CHECKSUMS, Input, SOURCE_MAP};
use tidegate::host;
use tidegate::source::SourceFile;
use tidegate::syntax::{self, Entry, Node, PlainKind, Value};
use tidegate::template;

use crate::support::specs;

fn input(path: &std::path::Path) -> Input {
    host::read_project(&path.display().to_string()).expect("a document can be read").input
}

/// These say an order: of promotion, of the columns of a table and the folders below it, and of the steps of a cluster.
const ORDERED: [&str; 4] = ["columns", "environments", "partitions", "steps"];

/// The document as JSON, which is YAML too, with the entries of all mappings in an order that `seed` decides.
fn shuffled(node: &Node, is_ordered: bool, seed: &mut u64) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::List(items) => items.iter().map(|item| shuffled(item, false, seed)).collect(),
        Value::Map(entries) => {
            let entry = |entry: &Entry, seed: &mut u64| {
                let key = entry.key.text.clone();
                let value = shuffled(&entry.value, ORDERED.contains(&key.as_str()), seed);
                (key, value)
            };
            let mut entries: Vec<_> = entries.iter().map(|it| entry(it, seed)).collect();
            let last = if is_ordered { 0 } else { entries.len() };
            for at in (1..last).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                entries.swap(at, (*seed >> 33) as usize % (at + 1));
            }
            entries.into_iter().collect::<Map<_, _>>().into()
        }
        Value::Scalar(scalar) => match scalar.kind() {
            PlainKind::Text => Json::from(scalar.text.clone()),
            PlainKind::Boolean(value) => Json::from(value),
            PlainKind::Integer(value) => Json::from(value),
            PlainKind::Float(value) => Json::from(value),
        },
    }
}

/// All files but the source map, which speaks of lines, and the digests, which speak of the document's bytes.
fn files(build: &Build) -> Vec<(&str, &str)> {
    let artifacts =
        build.artifacts.iter().filter(|artifact| ![SOURCE_MAP, CHECKSUMS].contains(&artifact.path.as_str()));
    artifacts.map(|artifact| (artifact.path.as_str(), artifact.text.as_str())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_mappings_means_nothing(seed in any::<u64>()) {
        let specs = specs();
        let input = input(&specs[seed as usize % specs.len()]);
        let whole = compile::compile(&input);
        prop_assert!(!whole.artifacts.is_empty(), "{:?}", whole.diagnostics);
        let mut seed = seed;
        let text = shuffled(&syntax::parse(&input.file).root, false, &mut seed).to_string();
        let other = Input { file: SourceFile::new("pipeline.yaml", text), path: input.path.clone(), files: Arc::clone(&input.files), settings: input.settings.clone(), today: None };
        let other = compile::compile(&other);
        prop_assert_eq!(files(&whole), files(&other));
    }
}

#[test]
fn line_endings_and_a_byte_order_mark_mean_nothing() {
    for path in specs() {
        let input = input(&path);
        let text = format!("\u{feff}{}", input.file.text().replace('\n', "\r\n"));
        let windows = Input {
            file: SourceFile::new("pipeline.yaml", text),
            path: input.path.clone(),
            files: Arc::clone(&input.files),
            settings: input.settings.clone(),
            today: None,
        };
        assert_eq!(files(&compile::compile(&input)), files(&compile::compile(&windows)));
    }
}

#[test]
fn a_template_read_back_says_the_same() {
    for path in specs() {
        let build = compile::compile(&input(&path));
        for stack in &build.desired.stacks {
            let name = tidegate::backends::cloudformation::template_path(stack);
            let artifact = build.artifacts.iter().find(|artifact| artifact.path == name).expect("the template");
            let lifted = template::lift(&SourceFile::new(name.as_str(), artifact.text.as_str()));
            assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
            assert_eq!(lifted.stack.resources.len(), stack.resources.len());
            for (id, resource) in &stack.resources {
                let other = &lifted.stack.resources[id];
                assert_eq!(other.resource_type, resource.resource_type);
                assert_eq!(other.properties, resource.properties, "{id}");
                assert_eq!(other.condition, resource.condition);
                assert_eq!(other.deletion_policy, resource.deletion_policy);
            }
        }
    }
}

/// Everything in a template leads back to a line of the document, or of a module that it uses.
#[test]
fn every_property_traces_to_the_document() {
    for path in specs() {
        let input = input(&path);
        let build = compile::compile(&input);
        let templates: Vec<_> =
            build.artifacts.iter().filter(|artifact| artifact.path.ends_with(".template.yaml")).collect();
        assert!(templates.len() >= 2);
        for artifact in templates {
            let parsed = syntax::parse(&SourceFile::new(artifact.path.as_str(), artifact.text.as_str()));
            let mut pointers = Vec::new();
            collect(&parsed.root, String::new(), &mut pointers);
            assert!(pointers.len() > 50, "{} has only {} nodes", artifact.path, pointers.len());
            for pointer in pointers {
                let mapping = artifact.mappings.iter().find(|mapping| mapping.pointer == pointer);
                let mapping = mapping.unwrap_or_else(|| panic!("{pointer} of {} has no origin", artifact.path));
                let span = &mapping.origin.span;
                let modules = input.file.path().replace("pipeline.yaml", "modules/");
                assert!(span.path() == input.file.path() || span.path().starts_with(&modules), "{pointer}: {span:?}");
                assert!(span.end > span.start && span.end <= span.file.text().len(), "{pointer}: {span:?}");
            }
        }
    }
}

/// The pointers of all nodes, not counting the arguments of functions.
fn collect(node: &Node, pointer: String, pointers: &mut Vec<String>) {
    if node.tag.is_none() {
        match &node.value {
            Value::Map(entries) => {
                if let [only] = entries.as_slice()
                    && (only.key.text.starts_with("Fn::") || only.key.text == "Ref")
                {
                    pointers.push(pointer);
                    return;
                }
                for entry in entries {
                    let key = entry.key.text.replace('~', "~0").replace('/', "~1");
                    collect(&entry.value, format!("{pointer}/{key}"), pointers);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    collect(item, format!("{pointer}/{index}"), pointers);
                }
            }
            _ => {}
        }
    }
    pointers.push(pointer);
}
