//! Edits of a document that make it render to what is live.
//!
//! Nothing here knows how a value of the document becomes one of the account. Each edit that may be meant is made on a
//! copy, the copy is compiled, and the first edit is taken after which the wanted value is the live one and nothing else
//! is another, in any environment. Edits for different resources are tried together, because compiling takes long.

mod bench;
mod outcome;
mod page;
mod proposals;
mod shape;
mod spelling;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::compile::{COPIES, Input};
use crate::desired::Origin;
use crate::diagnostic::{Diagnostic, Edit, Level};
use crate::source::{Files, SourceFile};

use bench::Bench;
use page::Page;
pub use spelling::kebab;
pub use table::probe;

/// A live value that the document is to ask for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The name of the deployed stack.
    pub stack: String,
    pub environment: String,
    pub logical_id: String,
    /// Below `Properties`: `/RetentionPeriodHours`.
    pub pointer: String,
    /// `None`: the property is not there.
    pub live: Option<Json>,
    /// Of the value that is there by the document.
    pub origin: Origin,
}

/// How the document says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// By a key of the language.
    Key,
    /// By a param, in the environment or as its default.
    Param,
    /// By an override of a property of CloudFormation.
    Override,
}

impl Means {
    /// With its article.
    pub fn words(self) -> &'static str {
        match self {
            Means::Key => "a key",
            Means::Param => "a param",
            Means::Override => "an override",
        }
    }
}

/// Edits after which the document asks for what is live.
#[derive(Clone, Debug)]
pub struct Adoption {
    /// Its place in the order in which the edits are made.
    pub turn: usize,
    /// All in one file; of the text that the adoptions before this one leave.
    pub edits: Vec<Edit>,
    /// The path of that file, as its source has it.
    pub path: String,
    /// The file afterwards.
    pub text: String,
    pub means: Means,
    /// One sentence for the person.
    pub says: String,
}

/// Why no edit does it, and what a person can write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub says: String,
    pub help: String,
}

/// Finds edits for each wish. They stand on each other, in the order of their [`turn`](Adoption::turn).
pub fn adopt(input: &Input, wishes: &[Wish]) -> Vec<Result<Adoption, Refusal>> {
    Bench::new(copy(input)).adopt(wishes)
}

/// The document after adoptions that [`adopt`] gave.
pub fn adopted<'a>(input: &Input, adoptions: impl IntoIterator<Item = &'a Adoption>) -> Input {
    let mut adoptions: Vec<&Adoption> = adoptions.into_iter().collect();
    adoptions.sort_by_key(|one| one.turn);
    adoptions.into_iter().fold(copy(input), |input, one| edited(&input, &one.path, one.text.clone()))
}

fn errors(found: &[Diagnostic]) -> Vec<String> {
    let errors = found.iter().filter(|found| found.level() == Level::Error && !found.is_suppressed());
    errors.map(|found| found.message.clone()).collect()
}

fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn copy(input: &Input) -> Input {
    Input {
        file: Arc::clone(&input.file),
        path: input.path.clone(),
        files: Arc::clone(&input.files),
        settings: input.settings.clone(),
        today: input.today.clone(),
    }
}

/// The folder of the document with a slash at its end, or nothing.
fn folder(input: &Input) -> &str {
    let path = input.file.path();
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

/// A file of the document by the path that its source has.
fn file(input: &Input, path: &str) -> Option<Arc<SourceFile>> {
    if path == input.file.path() {
        return Some(Arc::clone(&input.file));
    }
    let beside = path.strip_prefix(folder(input))?;
    Some(SourceFile::new(path, input.files.read(beside)?))
}

/// A page of the document that may be edited; `Err` says why one may not.
fn editable(input: &Input, path: &str) -> Result<Page, String> {
    let beside = path.strip_prefix(folder(input)).unwrap_or(path);
    if beside.starts_with(&format!("{COPIES}/")) {
        return Err(format!("`{beside}` is a copy from another repository, where it has to be changed"));
    }
    let file = file(input, path).ok_or_else(|| format!("`{beside}` cannot be read"))?;
    Page::open(&file).ok_or_else(|| format!("`{beside}` cannot be edited"))
}

/// The document with another text in one of its files.
fn edited(input: &Input, path: &str, text: String) -> Input {
    let mut next = copy(input);
    if path == input.file.path() {
        next.file = SourceFile::new(path, text);
    } else {
        let beside = path.strip_prefix(folder(input)).unwrap_or(path).to_owned();
        next.files = Arc::new(Edited { files: Arc::clone(&input.files), texts: BTreeMap::from([(beside, text)]) });
    }
    next
}

/// The files beside a document, some with another text.
struct Edited {
    files: Arc<dyn Files>,
    texts: BTreeMap<String, String>,
}

impl Files for Edited {
    fn read(&self, path: &str) -> Option<String> {
        self.texts.get(path).cloned().or_else(|| self.files.read(path))
    }

    fn digest(&self, path: &str) -> Option<String> {
        self.texts.get(path).map(crate::source::sha256).or_else(|| self.files.digest(path))
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        self.files.list(folder)
    }

    fn folders(&self, folder: &str) -> Vec<String> {
        self.files.folders(folder)
    }
}
