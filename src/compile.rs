//! The compiler on one page: text in, a [`Build`] out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::analysis::System;
use crate::artifact::checksums::{self, Entry};
use crate::artifact::{Artifact, source_map};
use crate::backends::{self, BACKENDS};
use crate::desired::{Desired, Value};
use crate::diagnostic::{self, Diagnostic, Ignore, Level, Rule};
use crate::kinds::{BESIDE, KINDS};
use crate::model::{self, Model, Thing};
use crate::settings::{self, KnownRule, Scope};
use crate::source::{Files, Located, SourceFile, Span, sha256};
use crate::spec::{Document, Section};

pub use crate::spec::{COPIES, GitSource, GitUse, Lock, State, print_lock};
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
    /// The day, `2026-11-21`, for what ends on a day; `None`: nothing has ended. Nothing that is generated depends on it.
    pub today: Option<String>,
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
    let files = Arc::new(Recorder { files: Arc::clone(&input.files), read: Mutex::default() });
    let mut decoder = decoder(Arc::clone(&files) as Arc<dyn Files>);
    let document = spec::decode(&parsed.root, &sections(), &mut decoder);
    let (model, desired, mut diagnostics) = understand(document, decoder, parsed.diagnostics, &parsed.unread, input);
    diagnostics = suppress(&input.file, Vec::new(), diagnostics);
    input.settings.apply(is_settable, &mut diagnostics);
    diagnostic::sort(&mut diagnostics);
    let read = files.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Build { model, desired, artifacts: Vec::new(), diagnostics, read }
}

/// Lowers a document without opinions on what it comes to: for drafts, of which many are compiled.
pub fn outline(input: &Input) -> Build {
    let parsed = syntax::parse(&input.file);
    let mut decoder = decoder(Arc::clone(&input.files));
    let document = spec::decode(&parsed.root, &sections(), &mut decoder);
    let files = Arc::clone(&input.files);
    let mut diagnostics = parsed.diagnostics;
    diagnostics.append(&mut decoder.diagnostics);
    let model = Model::new(document, KINDS, &input.path, files);
    let mut desired = Desired::default();
    if let Some(model) = &model {
        diagnostics.extend(model::resolve(model));
        diagnostics.extend(model::check(model));
        if diagnostics.iter().all(|diagnostic| diagnostic.level() != Level::Error) {
            let (lowered, report) = model::lower(model, BESIDE);
            desired = lowered;
            diagnostics.extend(report);
        }
    }
    Build { model, desired, artifacts: Vec::new(), diagnostics, read: BTreeMap::new() }
}

/// Checks a module by itself, and by its tests. What its comments and the settings silence is not silent yet.
pub fn check_module(input: &Input) -> Vec<Diagnostic> {
    let parsed = syntax::parse(&input.file);
    let mut decoder = decoder(Arc::clone(&input.files));
    let (document, tests) = spec::decode_module(&parsed.root, &sections(), &mut decoder);
    let (_, _, mut diagnostics) = understand(document, decoder, parsed.diagnostics, &parsed.unread, input);
    // The files are those of the document that uses the module.
    diagnostics.retain(|found| found.rule.name != spec::rules::NO_FILE.name);
    if !parsed.unread.is_empty() {
        return diagnostics;
    }
    for test in tests {
        let mut found = run(&test, input);
        if let Some(rule) = &test.refused {
            if found.iter().all(|found| found.rule.name != rule.value) {
                diagnostics.push(not_refused(&test, rule, &found));
            }
            found.retain(|found| found.rule.name != rule.value && found.level() == Level::Error);
        }
        for found in found {
            let is_known = |known: &Diagnostic| {
                known.rule.name == found.rule.name
                    && known.primary.span == found.primary.span
                    && known.message == found.message
            };
            if !diagnostics.iter().any(is_known) {
                diagnostics.push(found);
            }
        }
    }
    diagnostics
}

/// What is found in the document of a test.
fn run(test: &spec::Test, input: &Input) -> Vec<Diagnostic> {
    let own = input.file.path().rsplit('/').next().unwrap_or_default().to_owned();
    let mut texts: BTreeMap<String, String> = test.files.iter().cloned().collect();
    texts.insert(own, input.file.text().to_owned());
    let files: Arc<dyn Files> = Arc::new(Beside { files: Arc::clone(&input.files), texts });
    let mut decoder = decoder(Arc::clone(&files));
    let document = spec::decode(&test.root, &sections(), &mut decoder);
    let input = Input {
        file: Arc::clone(&input.file),
        path: input.path.clone(),
        files,
        settings: input.settings.clone(),
        today: input.today.clone(),
    };
    let (_, _, mut found) = understand(document, decoder, Vec::new(), &[], &input);
    // What stands around the module only for the test need not be used.
    let is_around = |found: &Diagnostic| {
        found.rule.name == model::rules::UNUSED.name && found.primary.span.start > test.name.span.start
    };
    found.retain(|found| !is_around(found));
    found
}

fn not_refused(test: &spec::Test, rule: &Located<String>, found: &[Diagnostic]) -> Diagnostic {
    let message = format!("the test `{}` expects `{}`, which is not found", test.name.value, rule.value);
    let mut diagnostic =
        Diagnostic::new(&spec::rules::FAILED_TEST, &rule.span, message).label("does not refuse the module");
    for found in found.iter().take(3) {
        diagnostic = diagnostic.related(&found.primary.span, format!("`{}` is found here", found.rule.name));
    }
    diagnostic.help(match found {
        [] => "remove `refused`, or give what the rule refuses".to_owned(),
        _ => "write the rule that is found, or give what the other refuses".to_owned(),
    })
}

/// Every use of a module from a Git repository, with what is known of its copy, and what stops the reading.
pub fn modules(input: &Input) -> (Vec<GitUse>, Vec<Diagnostic>) {
    let parsed = syntax::parse(&input.file);
    let mut decoder = decoder(Arc::clone(&input.files));
    if spec::is_module(&parsed.root) {
        spec::decode_module(&parsed.root, &sections(), &mut decoder);
    } else {
        spec::decode(&parsed.root, &sections(), &mut decoder);
    }
    let mut found = parsed.diagnostics;
    found.extend(decoder.diagnostics);
    (decoder.wanted, found)
}

/// What the lock of a document says: each source with its commit and the digest of its folder. `Err` is what is wrong
/// with it.
pub fn locked(input: &Input) -> Result<BTreeMap<GitSource, (String, String)>, Vec<Diagnostic>> {
    let mut decoder = decoder(Arc::clone(&input.files));
    let document = Span::new(&input.file, 0, 0);
    let lock = Lock::read(&document, &mut decoder);
    match decoder.diagnostics.is_empty() {
        true => Ok(lock.map(|lock| lock.sources()).unwrap_or_default()),
        false => Err(decoder.diagnostics),
    }
}

fn sections() -> Vec<&'static Section<Box<dyn Thing>>> {
    KINDS.iter().map(|kind| &kind.section).collect()
}

fn decoder(files: Arc<dyn Files>) -> spec::Decoder {
    spec::Decoder { files: Some(files), ..spec::Decoder::default() }
}

/// What a document means, and what is to be said of it beside `told`.
fn understand(
    document: Document<Box<dyn Thing>>,
    decoder: spec::Decoder,
    told: Vec<Diagnostic>,
    unread: &[Span],
    input: &Input,
) -> (Option<Model>, Desired, Vec<Diagnostic>) {
    let spec::Decoder { files, mut diagnostics, sources, .. } = decoder;
    let files = files.unwrap_or_else(|| Arc::clone(&input.files));
    let model = Model::new(document, KINDS, &input.path, files);
    if let Some(model) = &model {
        diagnostics.extend(model::resolve(model));
        diagnostics.extend(model::check(model));
        diagnostics.extend(input.today.iter().flat_map(|today| model::expired(model, today)));
    }
    diagnostics.retain(|diagnostic| is_news(diagnostic, unread));
    diagnostics.extend(told);
    let mut desired = Desired::default();
    // In a module by itself there are things that nobody can read yet.
    if let Some(model) = &model
        && diagnostics.iter().all(|diagnostic| diagnostic.level() != Level::Error)
        && model.entries.iter().all(|entry| entry.thing.is_some())
    {
        let (lowered, report) = model::lower(model, BESIDE);
        desired = lowered;
        diagnostics.extend(report);
        // What lints read does not change what is generated, so it is not remembered.
        diagnostics.extend(lints::lint(&System::new(&desired, None, &*input.files)));
        diagnostics.extend(backends::limits::check(&desired));
    }
    if let Some(model) = &model {
        diagnostics.iter_mut().for_each(|found| name_user(model, found));
        diagnostics.iter_mut().for_each(|found| call_by_new_names(model, found));
    }
    for file in sources.iter().filter(|file| file.path() != input.file.path()) {
        let count = diagnostics.len();
        diagnostics = suppress(file, Vec::new(), diagnostics);
        // What is wrong with the comments of a module is told where the module is checked.
        diagnostics.truncate(count);
    }
    (model, desired, diagnostics)
}

/// Things that were moved go by the names that the document has for them now.
fn call_by_new_names(model: &Model, found: &mut Diagnostic) {
    // What is said about the move itself has both names.
    if model.moves.is_empty() || found.rule.name.starts_with("moved/") {
        return;
    }
    found.message = model.in_words_of_document(&found.message);
    found.help = found.help.as_ref().map(|help| model.in_words_of_document(help));
    for label in std::iter::once(&mut found.primary).chain(&mut found.related) {
        label.text = model.in_words_of_document(&label.text);
    }
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

    fn digest(&self, path: &str) -> Option<String> {
        self.files.digest(path)
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        self.files.list(folder)
    }

    fn folders(&self, folder: &str) -> Vec<String> {
        self.files.folders(folder)
    }
}

/// The files beside a document, and some that are not there.
struct Beside {
    files: Arc<dyn Files>,
    texts: BTreeMap<String, String>,
}

impl Beside {
    /// What is left of the paths of `texts` below a folder.
    fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let start = if folder == "." { String::new() } else { format!("{folder}/") };
        self.texts.keys().filter_map(move |path| path.strip_prefix(&start))
    }
}

impl Files for Beside {
    fn read(&self, path: &str) -> Option<String> {
        self.texts.get(path).cloned().or_else(|| self.files.read(path))
    }

    fn digest(&self, path: &str) -> Option<String> {
        self.texts.get(path).map(sha256).or_else(|| self.files.digest(path))
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let own = self.below(folder).filter(|rest| !rest.contains('/')).map(str::to_owned);
        let all: BTreeSet<String> = own.chain(self.files.list(folder).into_iter().flatten()).collect();
        (!all.is_empty() || self.below(folder).next().is_some()).then(|| all.into_iter().collect())
    }

    fn folders(&self, folder: &str) -> Vec<String> {
        let own = self.below(folder).filter_map(|rest| Some(rest.split_once('/')?.0.to_owned()));
        let all: BTreeSet<String> = own.chain(self.files.folders(folder)).collect();
        all.into_iter().collect()
    }
}

/// Where the map from artifacts to the document is written.
pub const SOURCE_MAP: &str = "source-map.json";

/// Where the digests are written.
pub const CHECKSUMS: &str = model::CHECKSUMS;

/// The JSON Schema of a document.
pub fn schema() -> serde_json::Value {
    spec::schema(&sections())
}

/// The JSON Schema of a module.
pub fn module_schema() -> serde_json::Value {
    spec::module_schema(&sections())
}

/// Every rule, in the order of the phases.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let phases = [
        syntax::rules::RULES,
        spec::rules::RULES,
        model::rules::RULES,
        model::hatches::rules::RULES,
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

/// What a document asks for, for those who seek one that asks for something and try many.
#[derive(Default)]
pub struct Sketch {
    /// Also of a document that checks refuse.
    pub desired: Desired,
    /// What is wrong with it otherwise.
    pub diagnostics: Vec<Diagnostic>,
    /// What could not be read.
    pub unread: Vec<Diagnostic>,
    /// Expressions and what they stand for: `streams.trips.name`.
    pub phrases: Vec<(String, Value)>,
    /// The parts of things that can be referred to: `catalogs.lake.trips`.
    pub parts: Vec<String>,
}

/// Lowers a document as far as it can be read, without opinions about it.
pub fn sketch(input: &Input) -> Sketch {
    let parsed = syntax::parse(&input.file);
    let mut decoder = decoder(Arc::clone(&input.files));
    let document = spec::decode(&parsed.root, &sections(), &mut decoder);
    let mut sketch = Sketch { unread: decoder.diagnostics, ..Sketch::default() };
    let Some(model) = Model::new(document, KINDS, &input.path, Arc::clone(&input.files)) else { return sketch };
    sketch.diagnostics.extend(model::resolve(&model));
    sketch.diagnostics.extend(model::check(&model));
    let (desired, report) = model::lower(&model, BESIDE);
    sketch.desired = desired;
    sketch.diagnostics.extend(report);
    for entry in &model.entries {
        let Some(thing) = &entry.thing else { continue };
        let (_, parts) = thing.parts().unwrap_or_default();
        sketch.parts.extend(parts.iter().map(|part| format!("{}.{part}", entry.path())));
        let origin = entry.derived("an expression stands for it");
        for attribute in model.kind(entry.section).into_iter().flat_map(|kind| kind.attributes) {
            let value = model.attribute(entry, attribute.name, &origin);
            sketch.phrases.extend(value.map(|value| (format!("{}.{}", entry.path(), attribute.name), value)));
        }
    }
    sketch
}

/// The first example on the page of each kind, by section.
pub fn examples() -> Vec<(&'static str, serde_json::Value)> {
    let example = |page: &str| {
        let (_, rest) = page.split_once("```yaml\n")?;
        let (text, _) = rest.split_once("\n```")?;
        Some(syntax::parse(&SourceFile::new("example", text)).root.to_json())
    };
    KINDS.iter().filter_map(|kind| Some((kind.section.key, example(kind.page)?))).collect()
}

/// The keys of a document under which things stand.
pub fn sections_of_things() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.section.key).collect()
}
