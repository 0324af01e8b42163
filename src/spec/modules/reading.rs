//! From uses of modules to the things that they make.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{Located, SourceFile, Span};
use crate::spec::decode::Decoder;
use crate::spec::document::{Section, Written, things};
use crate::spec::modules::inputs::{self, Input};
use crate::spec::modules::scope::{Scope, Seen, Values, names};
use crate::spec::modules::source::{self, COPIES, GitSource, GitUse, Lock, Place, State, folder_of, joined};
use crate::spec::modules::{Call, ModuleVersion, Output, VERSION, child, entries, entries_of};
use crate::spec::rules;
use crate::spec::scalars::{Mapping, Name, PlainText};
use crate::syntax::{self, Node, Value};

/// A document with more uses of modules is a mistake: modules that use modules multiply.
const MOST_USES: usize = 500;

/// How deep modules may use modules.
const DEEPEST: usize = 10;

/// Keys of a module that are not sections.
const HEADER: &[&str] = &[VERSION, "description", "inputs", "outputs", "modules", "tests"];

/// Modules being read for one document.
pub struct Reading<'r, T> {
    pub sections: &'r [&'r Section<T>],
    pub out: &'r mut Vec<Written<T>>,
    /// The document, whose folder paths are seen from.
    pub document: Span,
    /// Read when the first module from elsewhere is used.
    lock: Option<Option<Lock>>,
    /// The files of the modules that are being read, from the document inwards.
    open: Vec<String>,
    uses: usize,
}

impl<'r, T> Reading<'r, T> {
    pub fn new(sections: &'r [&'r Section<T>], document: &Span, out: &'r mut Vec<Written<T>>) -> Self {
        Self { sections, out, document: document.clone(), lock: None, open: Vec::new(), uses: 0 }
    }

    /// Makes the things of each module that `calls` uses, and puts their outputs into `scope`. `node` is what was
    /// decoded as `calls`.
    pub fn calls(&mut self, calls: &Mapping<Name, Call>, node: &Node, scope: &mut Scope, decoder: &mut Decoder) {
        let given = |name: &str| {
            let entry = entries(node).iter().find(|entry| entry.key.text == name);
            entry.and_then(|entry| child(&entry.value, "with"))
        };
        let mut waiting: Vec<_> = calls.entries.iter().collect();
        let mut told = BTreeSet::new();
        while !waiting.is_empty() {
            let is_ready = |name: &str| given(name).is_none_or(|with| !mentions(with, waiting.iter().map(|it| &it.0)));
            let Some(next) = waiting.iter().position(|(name, _)| is_ready(&name.value)) else {
                report_circle(&waiting, decoder);
                scope.calls.extend(waiting.into_iter().map(|(name, _)| (name.value.clone(), None)));
                return;
            };
            let (name, call) = waiting.remove(next);
            let known = decoder.diagnostics.len();
            let outputs = self.one(name, call, given(&name.value), scope, decoder);
            scope.calls.insert(name.value.clone(), outputs);
            for diagnostic in decoder.diagnostics.split_off(known) {
                let place = &diagnostic.primary.span;
                // What is wrong with a module is told once, however often it is used.
                if place.path() == name.span.path() {
                    decoder.diagnostics.push(diagnostic);
                } else if told.insert((diagnostic.rule.name, format!("{place:?}"), diagnostic.message.clone())) {
                    decoder.diagnostics.push(diagnostic.related(&name.span, "this uses the module"));
                }
            }
        }
    }

    /// Makes the things of one module, and gives its outputs.
    fn one(
        &mut self,
        name: &Located<String>,
        call: &Located<Call>,
        given: Option<&Node>,
        outer: &Scope,
        decoder: &mut Decoder,
    ) -> Option<Values> {
        let place = self.locate(name, &call.value, outer, decoder)?;
        self.uses += 1;
        let is_circle = self.open.contains(&place.file);
        if is_circle || self.open.len() >= DEEPEST || self.uses > MOST_USES {
            let message = match is_circle {
                true => format!("`{}` uses itself, so there would be no end of things", place.file),
                false => format!("modules use modules more than {DEEPEST} deep, or more than {MOST_USES} times in all"),
            };
            let found = Diagnostic::new(&rules::MODULE_CYCLE, call.value.span(), message).label("closes the circle");
            decoder.report(found.help("remove one of the uses; what two modules share, a third one can hold"));
            return None;
        }
        let text = decoder.files.as_ref().and_then(|files| files.read(&place.file));
        let Some(text) = text else {
            let message = format!("there is no `{}` beside the document", place.file);
            let help = format!("write the folder that holds the module's `{}`, or its file", source::FILE);
            let missing = Diagnostic::new(&rules::NO_MODULE, call.value.span(), message).label("no module").help(help);
            decoder.report(missing);
            return None;
        };
        let document = self.document.path();
        let beside = document.rfind('/').map_or("", |slash| &document[..=slash]);
        let file = SourceFile::new(format!("{beside}{}", place.file), text);
        if decoder.sources.iter().all(|known| known.path() != file.path()) {
            decoder.sources.push(Arc::clone(&file));
        }
        let parsed = syntax::parse(&file);
        let is_whole = parsed.diagnostics.is_empty() && parsed.unread.is_empty();
        decoder.diagnostics.extend(parsed.diagnostics);
        if !is_whole {
            return None;
        }
        let given = entries_of(given).iter().filter_map(|entry| {
            let mut seen = Seen::default();
            let value = outer.rewritten(&entry.value, &mut seen);
            decoder.diagnostics.append(&mut seen.found);
            let is_given = !matches!(value.value, Value::Null);
            is_given.then(|| (entry.key.text.clone(), seen.is_whole().then_some(value)))
        });
        let given: Values = given.collect();
        let mut path = outer.path.clone();
        path.push(name.value.clone());
        let scope = Scope {
            path,
            call: Some(outer.call.clone().unwrap_or_else(|| name.span.clone())),
            folder: place.folder,
            origin: place.origin,
            is_module: true,
            ..Scope::default()
        };
        self.open.push(place.file);
        let outputs = self.module(&parsed.root, scope, Some((&call.value, &name.span)), &given, decoder);
        self.open.pop();
        outputs.map(|(outputs, _)| outputs)
    }

    /// Makes the things of the module in `root`, and gives its outputs and its names.
    pub fn module(
        &mut self,
        root: &Node,
        mut scope: Scope,
        call: Option<(&Call, &Span)>,
        given: &Values,
        decoder: &mut Decoder,
    ) -> Option<(Values, Scope)> {
        let keys: Vec<&'static str> =
            HEADER.iter().copied().chain(self.sections.iter().map(|section| section.key)).collect();
        decoder.sections = self.sections.iter().map(|section| section.key).collect();
        let mut fields = decoder.fields(root, &keys, &[])?;
        fields.required::<ModuleVersion>(VERSION, decoder);
        fields.required::<PlainText>("description", decoder);
        let inputs = fields.optional::<Mapping<Name, Input>>("inputs", decoder);
        let (references, expressions) = (decoder.references.len(), decoder.expressions.len());
        let outputs = fields.optional::<Mapping<Name, Output>>("outputs", decoder);
        let modules = fields.optional::<Mapping<Name, Call>>("modules", decoder);
        // What is given to a module is used where the module's things are read.
        decoder.references.truncate(references);
        decoder.expressions.truncate(expressions);
        let inputs = inputs.map(|inputs| inputs.value).unwrap_or_default();
        scope.inputs = inputs::fill(&inputs, root, call, given, decoder);
        let own = |section: &&Section<T>| {
            let names = entries_of(child(root, section.key)).iter();
            names.map(|entry| (section.key.to_owned(), entry.key.text.clone())).collect::<Vec<_>>()
        };
        scope.things = self.sections.iter().flat_map(own).collect();
        match (modules, child(root, "modules")) {
            (Some(calls), Some(node)) => self.calls(&calls.value, node, &mut scope, decoder),
            (None, Some(_)) => scope.has_unread_calls = true,
            _ => {}
        }
        for section in self.sections {
            if let Some(written) = child(root, section.key) {
                things(section, written, &scope, decoder, self.out);
            }
        }
        let known = outputs.is_some();
        let mut offered = Values::new();
        for entry in entries_of(child(root, "outputs")) {
            let value = child(&entry.value, "value").filter(|_| known);
            let mut seen = Seen::default();
            let value = value.map(|value| {
                report_unknown_things(value, &scope, decoder);
                scope.rewritten(value, &mut seen)
            });
            decoder.diagnostics.append(&mut seen.found);
            if let Some(value) = &value {
                self.offer(value, &scope);
            }
            offered.insert(entry.key.text.clone(), value.filter(|_| seen.is_whole()));
        }
        Some((offered, scope))
    }

    /// Opens the things that an output names to the user of the module.
    fn offer(&mut self, value: &Node, scope: &Scope) {
        let mut named = BTreeSet::new();
        names(value, &mut |name| {
            named.insert(name.split('.').take(2).collect::<Vec<_>>().join("."));
        });
        for thing in self.out.iter_mut() {
            let path = format!("{}.{}", thing.section, thing.name.value);
            if let Some(instance) = &mut thing.module
                && instance.path.starts_with(&scope.path)
                && instance.open + scope.path.len() == instance.path.len()
                && named.contains(&path)
            {
                instance.open += 1;
            }
        }
    }

    /// Finds the file of a module; one from elsewhere has a copy that must be what the lock says.
    fn locate(&mut self, name: &Located<String>, call: &Call, outer: &Scope, decoder: &mut Decoder) -> Option<Place> {
        let (git, path) = match call {
            Call::Git(call) => {
                let path = call.path.as_ref().map_or("", |path| path.text.as_str()).to_owned();
                let (url, revision) = (call.git.text.clone(), call.revision.text.clone());
                (GitSource { url, revision, folder: folder_of(&path) }, path)
            }
            Call::Local(call) => {
                let path = joined(&outer.folder, &call.from.text);
                let Some(origin) = &outer.origin else { return Some(Place::new(&path, None)) };
                if path.starts_with(&format!("{}/", origin.copy())) {
                    return Some(Place::new(&path, Some(origin.clone())));
                }
                // A module beside the copied one is in the same repository, and copied by itself.
                let Some(inner) = path.strip_prefix(&format!("{}/", origin.root())) else {
                    let message = format!("`{}` leads out of the repository of the module", call.from.text);
                    let found = Diagnostic::new(&rules::NO_MODULE, &call.from.span, message).label("outside");
                    decoder.report(found.help("name a module of the same repository, or take it by `git`"));
                    return None;
                };
                (GitSource { folder: folder_of(inner), ..origin.clone() }, inner.to_owned())
            }
        };
        if self.lock.is_none() {
            self.lock = Some(Lock::read(&self.document, decoder));
        }
        let lock = self.lock.as_ref().and_then(Option::as_ref);
        let state = source::state(&git, lock, decoder.files.as_deref());
        let first = outer.path.first().unwrap_or(&name.value).clone();
        decoder.wanted.push(GitUse { source: git.clone(), name: first, state });
        let lock_file = Lock::file_name(self.document.path());
        match state {
            State::Right => Some(Place::new(&joined(&git.root(), &path), Some(git))),
            State::Missing => {
                let message = format!(
                    "`{}` of {} at `{}` was not fetched: {lock_file} and `{COPIES}` do not have it",
                    git.folder, git.url, git.revision
                );
                let found = Diagnostic::new(&rules::NOT_FETCHED, call.span(), message).label("not fetched");
                decoder.report(found.help(format!(
                    "run `tidegate fetch`, and commit {lock_file} and `{COPIES}`: everything else reads the copy"
                )));
                None
            }
            State::Changed => {
                let message = format!("the copy in `{}` is not what was fetched from {}", git.copy(), git.url);
                let mut found = Diagnostic::new(&rules::CHANGED_COPY, call.span(), message).label("its copy differs");
                if let Some(digest) = lock.and_then(|lock| lock.digest(&git)) {
                    found = found.related(&digest.span, "the digest that its files must have");
                }
                decoder.report(found.help(
                    "run `tidegate fetch` to have it again as it was; a change belongs into the repository of the module, and `tidegate update` brings it here",
                ));
                None
            }
        }
    }
}

/// Whether a text inside refers to an output of one of these modules.
fn mentions<'n>(node: &Node, calls: impl Iterator<Item = &'n Located<String>>) -> bool {
    let prefixes: Vec<String> = calls.map(|name| format!("modules.{}.", name.value)).collect();
    let mut found = false;
    names(node, &mut |name| found |= prefixes.iter().any(|prefix| name.starts_with(prefix)));
    found
}

fn report_circle(waiting: &[&(Located<String>, Located<Call>)], decoder: &mut Decoder) {
    let Some(((first, _), rest)) = waiting.split_first() else { return };
    let message = format!("the module `{}` waits for its own outputs", first.value);
    let mut found = Diagnostic::new(&rules::MODULE_CYCLE, &first.span, message).label("is given what follows from it");
    for (name, _) in rest {
        found = found.related(&name.span, "this is part of the circle, or waits for it");
    }
    decoder.report(found.help("give one of them something that is no output of the others"));
}

/// An output that names a thing which the module does not have.
fn report_unknown_things(value: &Node, scope: &Scope, decoder: &mut Decoder) {
    let sections = decoder.sections.clone();
    let mut unknown = Vec::new();
    names(value, &mut |name| {
        let mut parts = name.split('.');
        if let (Some(section), Some(thing)) = (parts.next(), parts.next())
            && sections.contains(&section)
            && !scope.things.contains(&(section.to_owned(), thing.to_owned()))
        {
            unknown.push(format!("{section}.{thing}"));
        }
    });
    for path in unknown {
        let message = format!("the module has no `{path}`, so it cannot offer it");
        let found = Diagnostic::new(&rules::MODULE_OUTPUT, &value.span, message).label("not in the module");
        decoder.report(found.help("name a thing of this file, or an output of a module that it uses"));
    }
}
