//! What a piece of shell runs, sets and reads, without running it.
//!
//! This is the only place that names a crate for shells.

mod walk;
mod word;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

/// The most bytes of a script that are read.
const MAX_BYTES: usize = 32 * 1024;
/// How deep brackets may stand inside each other, and how many clauses there may be: the parser is recursive.
const MAX_DEPTH: usize = 40;
const MAX_CLAUSES: usize = 80;

/// Stands in a script for text that is known only at deployment.
pub const UNKNOWN: &str = "TIDEGATE_UNKNOWN_TEXT";

/// What was read of a script.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Every simple command wherever it stands, in the order written, those of substitutions after the one that holds
    /// them.
    pub calls: Vec<Call>,
    /// Variables that are assigned, exported, or read into.
    pub assigned: BTreeSet<String>,
    /// Variables whose value is used.
    pub read: BTreeSet<String>,
    /// What a plain POSIX shell does not understand, as one would name it: `[[ … ]]`.
    pub bashisms: BTreeSet<&'static str>,
    /// `set -e` or `set -o errexit`.
    pub errexit: bool,
    /// Names of the commands, at the outermost level, whose failure the script's own status does not tell.
    pub unchecked: Vec<String>,
    /// It may set any variable: by text that is not in it (`source`, `.`, `eval`), or by a name that only the shell can
    /// tell (`export $NAMES`).
    pub opaque: bool,
}

/// One simple command.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// What is called, without variables set for it alone; `None` when only the shell can tell.
    pub name: Option<String>,
    /// Its arguments; `None` for one that only the shell can tell.
    pub arguments: Vec<Option<String>>,
}

impl Call {
    /// Whether this calls `name`, also by a path.
    pub fn is(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|called| called.rsplit('/').next() == Some(name))
    }

    /// The known arguments that are no options.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().flatten().map(String::as_str).filter(|word| !word.starts_with('-'))
    }

    /// Whether an argument is `word`.
    pub fn has(&self, word: &str) -> bool {
        self.arguments.iter().flatten().any(|argument| argument == word)
    }
}

impl Script {
    /// Reads a script as bash would; `None` when it cannot be read.
    pub fn parse(text: &str) -> Option<Self> {
        if !is_shallow(text) || !has_plain_here_documents(text) {
            return None;
        }
        let mut script = Self::default();
        walk::read(text, 0, &mut script)?;
        if has_function_keyword(text) {
            script.bashisms.insert("function");
        }
        Some(script)
    }
}

/// Whether the parser can read this without exhausting the stack.
fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    let clauses = ["if", "while", "until", "for", "case", "select", "!"];
    let words = text.split(|c: char| c.is_whitespace() || c == ';');
    text.len() <= MAX_BYTES && words.filter(|word| clauses.contains(word)).count() <= MAX_CLAUSES
}

/// Whether every `<<` has a plain word behind it and a line that ends its here-document: with others the parser's
/// reader does not come to an end.
fn has_plain_here_documents(text: &str) -> bool {
    let text = text.replace("<<<", "   ");
    let mut parts = text.split("<<");
    let mut read = parts.next().map_or(0, str::len);
    parts.all(|part| {
        read += "<<".len() + part.len();
        let tag = part.strip_prefix('-').unwrap_or(part).trim_start_matches([' ', '\t']);
        let tag = tag.strip_prefix(['\'', '"', '\\']).unwrap_or(tag);
        let (word, after) =
            tag.split_at(tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tag.len()));
        let after = after.strip_prefix(['\'', '"']).unwrap_or(after);
        let rest = text.get(read - after.len()..).unwrap_or_default();
        let is_whole = after.is_empty() || after.starts_with([' ', '\t', '\n', ';', '|', '&', ')', '>']);
        !word.is_empty() && is_whole && rest.lines().skip(1).any(|line| line.trim() == word)
    })
}

/// `function name` at the beginning of a line.
fn has_function_keyword(text: &str) -> bool {
    text.lines().any(|line| {
        line.trim_start()
            .strip_prefix("function ")
            .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    })
}
