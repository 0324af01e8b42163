//! Files, byte spans, and lines and columns: the smallest room, used by all others.

#[cfg(test)]
pub(crate) mod memory;

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// One input file: its path as the user wrote it, its text, and where its lines begin.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// `path` is shown in messages, with `/` as separator; `text` is the file as it is on disk, byte for byte.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Self { path: path.into(), text, line_starts })
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The position of a byte offset; offsets past the end or inside a character are moved back to the nearest one
    /// that exists. A byte-order mark at the start of the file takes no column.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let before = self.text[start..offset].trim_start_matches('\u{feff}');
        Position { line, column: before.chars().count() + 1 }
    }

    /// The text of a line (1-based) without its line ending; empty when there is no such line.
    pub fn line(&self, line: usize) -> &str {
        let Some(start) = line.checked_sub(1).and_then(|index| self.line_starts.get(index)) else {
            return "";
        };
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        self.text[*start..end].trim_end_matches(['\n', '\r'])
    }
}

/// A place in a file: lines and columns are 1-based, a column is one Unicode scalar value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// A range of bytes in one file. It keeps its file alive, so it can be shown long after parsing.
#[derive(Clone)]
pub struct Span {
    pub file: Arc<SourceFile>,
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(file: &Arc<SourceFile>, start: usize, end: usize) -> Self {
        Self { file: Arc::clone(file), start, end: end.max(start) }
    }

    /// The span of a whole file's beginning, for what is missing from it.
    pub fn start_of(file: &Arc<SourceFile>) -> Self {
        Self::new(file, 0, 0)
    }

    pub fn path(&self) -> &str {
        self.file.path()
    }

    pub fn text(&self) -> &str {
        self.file.text().get(self.start..self.end).unwrap_or("")
    }

    pub fn start_position(&self) -> Position {
        self.file.position(self.start)
    }

    pub fn end_position(&self) -> Position {
        self.file.position(self.end)
    }

    /// The part of this span from `start` to `end`, counted in bytes from its beginning.
    pub fn within(&self, start: usize, end: usize) -> Self {
        Self::new(&self.file, self.start + start, (self.start + end).min(self.end))
    }

    /// Where this span stands among all spans: by path, then by offset.
    pub fn order(&self) -> (&str, usize, usize) {
        (self.path(), self.start, self.end)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.start_position();
        write!(f, "{}:{line}:{column}", self.path())
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Span {}

/// The SHA-256 of some bytes, as 64 hexadecimal digits: what tells contents apart everywhere.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files beside a document, read-only. Paths are relative to the document's folder, with `/` as separator.
pub trait Files: Send + Sync {
    /// The text of a file; `None` when there is none that can be read as UTF-8.
    fn read(&self, path: &str) -> Option<String>;

    /// The SHA-256 of a file, also of one that is no text; `None` when there is none.
    fn digest(&self, path: &str) -> Option<String> {
        self.read(path).map(sha256)
    }

    /// The names of the files in a folder, sorted, without those of folders below; `None` when there is no such folder.
    fn list(&self, folder: &str) -> Option<Vec<String>>;

    /// The names of the folders in a folder, sorted; none where folders cannot be seen.
    fn folders(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }
}

/// The digest of all files in a folder and below it, by their paths and their own digests; `None` when there are none.
pub fn folder_digest(files: &dyn Files, folder: &str) -> Option<String> {
    let mut lines = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(inner) = waiting.pop() {
        let shown = if inner.is_empty() { folder.to_owned() } else { format!("{folder}/{inner}") };
        let below = |name: &String| if inner.is_empty() { name.clone() } else { format!("{inner}/{name}") };
        for path in files.list(&shown).unwrap_or_default().iter().map(below) {
            let digest = files.digest(&format!("{folder}/{path}"))?;
            lines.push((path, digest));
        }
        waiting.extend(files.folders(&shown).iter().map(below));
    }
    (!lines.is_empty()).then(|| digest_of(lines))
}

/// The digest of files, given by path and digest.
pub fn digest_of(mut files: Vec<(String, String)>) -> String {
    files.sort();
    sha256(files.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect::<String>())
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Located<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Located<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: convert(self.value), span: self.span }
    }
}

impl<T> std::ops::Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
