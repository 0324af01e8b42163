//! The compiler on one page: text in, a [`Build`] out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::analysis::System;
use crate::artifact::checksums::{self, Entry};
use crate::artifact::{Artifact, source_map};
use crate::backends::{self, BACKENDS};
use crate::desired::Desired;
use crate::diagnostic::{self, Diagnostic, Ignore, Level, Rule};
use crate::kinds::KINDS;
use crate::model::{self, Model};
use crate::settings::{self, KnownRule, Scope};
use crate::source::{Files, SourceFile, Span};
use crate::{lints, spec, syntax};

/// A document to compile.
pub struct Input {
    pub file: Arc<SourceFile>,
    /// The document's path from the root of its repository: it stands in what is generated.
    pub path: String,
    /// The files beside it.
    pub files: Arc<dyn Files>,
    /// What its folder says of levels.
    pub settings: Scope,
}

/// All that is known of a document.
pub struct Build {
    /// `None` when the document has no name or no environment.
    pub model: Option<Model>,
    /// Empty when there are errors.
    pub desired: Desired,
    /// Empty when there are errors; sorted by path.
    pub artifacts: Vec<Artifact>,
    /// In the order of the places they speak of.
    pub diagnostics: Vec<Diagnostic>,
    /// The files beside the document that were read, by their paths from its folder.
    read: BTreeMap<String, String>,
}

impl Build {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.level() == Level::Error && !found.is_suppressed())
    }
}

/// Checks and lowers a document, and emits what is generated from it.
pub fn compile(input: &Input) -> Build {
    let mut build = check(input);
    if !build.has_errors() {
        build.artifacts = emit(&build, input);
    }
    build
}

/// Checks and lowers a document.
pub fn check(input: &Input) -> Build {
    let parsed = syntax::parse(&input.file);
    let unread = parsed.unread;
    let files = Arc::new(Recorder { files: Arc::clone(&input.files), read: Mutex::default() });
    let mut decoder = spec::Decoder { files: Some(Arc::clone(&files) as Arc<dyn Files>), ..spec::Decoder::default() };
    let sections: Vec<_> = KINDS.iter().map(|kind| &kind.section).collect();
    let document = spec::decode(&parsed.root, &sections, &mut decoder);
    let mut diagnostics = decoder.diagnostics;
    let model = Model::new(document, KINDS, &input.path, Arc::clone(&files) as Arc<dyn Files>);
    if let Some(model) = &model {
        diagnostics.extend(model::resolve(model));
        diagnostics.extend(model::check(model));
    }
    diagnostics.retain(|diagnostic| is_news(diagnostic, &unread));
    diagnostics.extend(parsed.diagnostics);
    let mut desired = Desired::default();
    if let Some(model) = &model
        && diagnostics.iter().all(|diagnostic| diagnostic.level() != Level::Error)
    {
        let (lowered, report) = model::lower(model);
        desired = lowered;
        diagnostics.extend(report);
        // What lints read does not change what is generated, so it is not remembered.
        diagnostics.extend(lints::lint(&System::new(&desired, None, &*input.files)));
        diagnostics.extend(backends::limits::check(&desired));
    }
    if let Some(model) = &model {
        diagnostics.iter_mut().for_each(|found| name_user(model, found));
    }
    let mut diagnostics = suppress(&input.file, Vec::new(), diagnostics);
    input.settings.apply(is_settable, &mut diagnostics);
    diagnostic::sort(&mut diagnostics);
    let read = files.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Build { model, desired, artifacts: Vec::new(), diagnostics, read }
}

/// Adds to a finding in the file of a module where the document uses it.
fn name_user(model: &Model, found: &mut Diagnostic) {
    let document = model.span.path();
    let is_told = found.related.iter().any(|label| label.span.path() == document);
    if found.primary.span.path() == document || is_told {
        return;
    }
    let mut things = model.entries.iter().filter(|entry| entry.span.path() == found.primary.span.path());
    if let Some(module) = things.find_map(|thing| thing.module.as_ref()) {
        *found = found.clone().related(&module.call, "this uses the module");
    }
}

/// Marks what the comments of a file and `ignores` silence, of the rules that can be.
pub fn suppress(file: &Arc<SourceFile>, ignores: Vec<Ignore>, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    // Most files silence nothing, and need no second look at their comments.
    if ignores.is_empty() && !file.text().contains("tidegate:") {
        return diagnostics;
    }
    let known: Vec<_> = rules().collect();
    diagnostic::suppress(file, &syntax::comments::comments(file), ignores, diagnostics, &known, is_settable)
}

/// Whether a message says more than that a part of the document could not be read, which was said already: it must not
/// speak of such a part, nor of something missing that may be in it.
fn is_news(diagnostic: &Diagnostic, unread: &[Span]) -> bool {
    let absent = [&spec::rules::MISSING_KEY, &spec::rules::ONE_OF, &model::rules::DANGLING_REFERENCE];
    let span = &diagnostic.primary.span;
    let touches = unread.iter().any(|part| span.start <= part.end && part.start <= span.end);
    !touches && (unread.is_empty() || absent.iter().all(|rule| rule.name != diagnostic.rule.name))
}

/// The files that are generated, the map back to the document, and the digests of all that belongs together.
fn emit(build: &Build, input: &Input) -> Vec<Artifact> {
    let header = format!("Generated by tidegate from {}: change that file and run `tidegate render`.", input.path);
    let mut artifacts: Vec<Artifact> = BACKENDS.iter().flat_map(|backend| backend(&build.desired, &header)).collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    let unmapped = |path: &str, text| Artifact { path: path.to_owned(), text, mappings: Vec::new() };
    artifacts.push(unmapped(
        SOURCE_MAP,
        source_map::print(&artifacts, input.file.path(), |path| in_repository(input, path)),
    ));
    if let Some(model) = &build.model {
        let folder = model.folder();
        let made = artifacts.iter().map(|artifact| Entry::new(format!("{folder}/{}", artifact.path), &artifact.text));
        let read = build.read.iter().map(|(path, text)| Entry::new(checksums::beside(&input.path, path), text));
        let document = Entry::new(input.path.as_str(), input.file.text());
        let text = checksums::print(made.chain(read).chain([document]).collect());
        artifacts.push(unmapped(CHECKSUMS, text));
    }
    artifacts
}

/// The path of the document, or of a file beside it, from the root of the repository.
fn in_repository(input: &Input, path: &str) -> String {
    let document = input.file.path();
    let folder = document.rfind('/').map_or("", |slash| &document[..=slash]);
    match path.strip_prefix(folder) {
        Some(beside) if path != document => checksums::beside(&input.path, beside),
        _ => input.path.clone(),
    }
}

/// The files beside a document, with a memory of what was read.
struct Recorder {
    files: Arc<dyn Files>,
    read: Mutex<BTreeMap<String, String>>,
}

impl Files for Recorder {
    fn read(&self, path: &str) -> Option<String> {
        let text = self.files.read(path)?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), text.clone());
        Some(text)
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        self.files.list(folder)
    }

    fn folders(&self, folder: &str) -> Vec<String> {
        self.files.folders(folder)
    }
}

/// Where the map from artifacts to the document is written.
pub const SOURCE_MAP: &str = "source-map.json";

/// Where the digests are written.
pub const CHECKSUMS: &str = model::CHECKSUMS;

/// The JSON Schema of a document.
pub fn schema() -> serde_json::Value {
    let sections: Vec<_> = KINDS.iter().map(|kind| &kind.section).collect();
    spec::schema(&sections)
}

/// Every rule, in the order of the phases.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let phases = [
        syntax::rules::RULES,
        spec::rules::RULES,
        model::rules::RULES,
        crate::template::rules::RULES,
        crate::definition::rules::RULES,
        settings::rules::RULES,
        backends::limits::RULES,
    ];
    let checks = phases.into_iter().chain(KINDS.iter().map(|kind| kind.rules)).flatten().copied();
    checks.chain(diagnostic::rules::RULES.iter().copied()).chain(lints::all().map(|lint| &lint.rule))
}

/// Whether the level of a rule may be set: that of a lint, and of a check that is no error.
pub fn is_settable(rule: &Rule) -> bool {
    rule.level != Level::Error || lints::all().any(|lint| lint.rule.name == rule.name)
}

/// Every rule, for the settings.
pub fn known_rules() -> Vec<KnownRule> {
    rules().map(|rule| KnownRule { rule, settable: is_settable(rule) }).collect()
}

/// The JSON Schema of the settings.
pub fn settings_schema() -> serde_json::Value {
    settings::schema(&known_rules())
}
