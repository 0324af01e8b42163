//! Any file that can be checked: documents, modules, and what somebody wrote by hand.

use std::sync::Arc;

use crate::analysis::System;
use crate::compile::{self, Input};
use crate::desired::Desired;
use crate::diagnostic::{self, Diagnostic, Level};
use crate::source::SourceFile;
use crate::syntax::{self, Entry, Node, Value};
use crate::{definition, lints, settings, template};

/// What a file is, told by its content and not by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A `pipeline.yaml`.
    Document,
    /// A CloudFormation template in YAML or JSON.
    Template,
    /// A CodeBuild buildspec.
    Buildspec,
    /// A CodePipeline pipeline as `get-pipeline` gives it or `create-pipeline` takes it.
    Definition,
    /// A `module.yaml`.
    Module,
    /// A `.tidegate.yaml`.
    Settings,
}

/// What was found in a file.
#[derive(Debug)]
pub struct Report {
    /// `None` for a file that is none of these: it is read as YAML or JSON and no further.
    pub kind: Option<FileKind>,
    /// The least level that fails, if settings name one.
    pub fail_on: Option<Level>,
    /// In the order of the places they speak of.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds out what a file is and checks it.
pub fn check(input: &Input) -> Report {
    let parsed = syntax::parse(&input.file);
    let kind = kind(&parsed.root).or_else(|| kind_by_name(&input.path));
    let mut ignores = Vec::new();
    let mut diagnostics = match kind {
        None => parsed.diagnostics,
        Some(FileKind::Document) => compile::check(input).diagnostics,
        Some(FileKind::Module) => compile::check_module(input),
        Some(FileKind::Template) => {
            let mut found = Vec::new();
            ignores = template::ignores(&parsed.root, &mut found);
            let lifted = template::lift_tree(parsed);
            let is_rewritten = lifted.stack.has_own_macro();
            let desired = Desired { stacks: vec![lifted.stack], ..Desired::default() };
            found.extend(lints::lint(&System::new(&desired, None, &*input.files)));
            // What AWS would refuse as it stands here, the macro may make right.
            for finding in found.iter_mut().filter(|finding| is_rewritten && finding.level == Level::Error) {
                finding.level = Level::Warning;
            }
            found.extend(lifted.diagnostics);
            found
        }
        Some(FileKind::Buildspec) => {
            let mut diagnostics = parsed.diagnostics;
            let desired = Desired::default();
            diagnostics.extend(lints::lint(&System::new(&desired, Some(&parsed.root), &*input.files)));
            diagnostics
        }
        Some(FileKind::Definition) => {
            let lifted = definition::lift_tree(parsed);
            let desired = Desired { stacks: vec![lifted.stack], ..Desired::default() };
            let mut diagnostics = lifted.diagnostics;
            diagnostics.extend(lints::lint(&System::new(&desired, None, &*input.files)));
            diagnostics
        }
        Some(FileKind::Settings) => settings::read(&input.file, &compile::known_rules()).1,
    };
    // The compiler does this itself.
    if kind != Some(FileKind::Document) {
        diagnostics = compile::suppress(&input.file, ignores, diagnostics);
        input.settings.apply(compile::is_settable, &mut diagnostics);
    }
    diagnostic::sort(&mut diagnostics);
    Report { kind, fail_on: input.settings.settings.fail_on, diagnostics }
}

/// What a file is, by its content.
pub fn kind_of(file: &Arc<SourceFile>) -> Option<FileKind> {
    kind(&syntax::parse(file).root)
}

/// What a tree is, by the keys at its root; a file that says `tidegate` is a document whatever else it says.
fn kind(root: &Node) -> Option<FileKind> {
    let Value::Map(entries) = &root.value else { return None };
    let has = |key: &str| entries.iter().any(|entry| entry.key.text == key);
    let entry = |key: &str| entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value);
    let is_map = |node: Option<&Node>| node.is_some_and(|node| matches!(node.value, Value::Map(_)));
    if has("tidegate") || (has("environments") && has("name")) {
        Some(FileKind::Document)
    } else if has("tidegate-module") {
        Some(FileKind::Module)
    } else if has("AWSTemplateFormatVersion") || is_map(entry("Resources")) || has("Transform") {
        Some(FileKind::Template)
    } else if entry("pipeline").is_some_and(is_pipeline) || is_pipeline(root) {
        Some(FileKind::Definition)
    } else if has("phases")
        || (is_buildspec_version(entry("version")) && (has("artifacts") || has("batch") || has("env")))
    {
        Some(FileKind::Buildspec)
    } else if settings::is_settings(root) {
        Some(FileKind::Settings)
    } else {
        None
    }
}

/// Buildspecs have versions below 1; other files with a `version` begin there.
fn is_buildspec_version(version: Option<&Node>) -> bool {
    version.is_some_and(|node| matches!(&node.value, Value::Scalar(scalar) if scalar.text.starts_with("0.")))
}

/// What a file must be that is too broken to tell, by the names that its tools give it.
pub fn kind_by_name(path: &str) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    match extension {
        "template" => Some(FileKind::Template),
        "yaml" | "yml" if stem == "pipeline" => Some(FileKind::Document),
        "yaml" | "yml" if stem == "buildspec" => Some(FileKind::Buildspec),
        "yaml" | "yml" | "json" if stem.ends_with(".template") => Some(FileKind::Template),
        _ => None,
    }
}

/// Other tools have files with a `pipeline`, with `stages` or with a `roleArn` too.
fn is_pipeline(node: &Node) -> bool {
    let Value::Map(entries) = &node.value else { return false };
    let has = |entries: &[Entry], name: &str| entries.iter().any(|entry| entry.key.text == name);
    let is_stage = |node: &Node| matches!(&node.value, Value::Map(entries) if has(entries, "actions"));
    let has_stages = entries.iter().any(|entry| match &entry.value.value {
        Value::List(stages) => entry.key.text == "stages" && stages.iter().any(is_stage),
        _ => false,
    });
    let is_named = has(entries, "name") && has(entries, "roleArn");
    has_stages || is_named || ["artifactStore", "artifactStores"].iter().any(|name| has(entries, name))
}

/// Whether a file is made into what it looks like by a program that fills in templates, such as Jinja or Helm. Braces
/// are also those of expressions (`${{ … }}`) and of dynamic references (`{{resolve:…}}`).
pub fn is_filled_in_later(text: &str) -> bool {
    let is_foreign = |at: usize| !text[..at].ends_with('$') && !text[at..].starts_with("{{resolve:");
    text.contains("{%") || text.contains("}}") && text.match_indices("{{").any(|(at, _)| is_foreign(at))
}
