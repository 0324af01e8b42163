//! Mending a file: replacements of text that keep everything around them.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{SourceFile, Span};

/// Whether a fix may be made without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// What is deployed means the same afterwards, or what AWS refused is accepted.
    Safe,
    /// What is deployed changes, so somebody has to agree.
    Unsafe,
}

impl Safety {
    pub fn name(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }
    }
}

/// A way to mend what a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// An imperative in lower case: what the edits do.
    pub title: String,
    pub safety: Safety,
    /// All in one file; they are made together or not at all.
    pub edits: Vec<Edit>,
}

/// The text of `span` becomes `text`; an empty span inserts, an empty text removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

impl Edit {
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    pub fn insert(file: &Arc<SourceFile>, at: usize, text: impl Into<String>) -> Self {
        Self::new(Span::new(file, at, at), text)
    }

    pub fn remove(span: Span) -> Self {
        Self::new(span, "")
    }

    fn range(&self) -> Range<usize> {
        self.span.start..self.span.end
    }
}

/// A file after some fixes.
#[derive(Debug)]
pub struct Fixed<'f> {
    pub text: String,
    pub applied: Vec<&'f Fix>,
    /// Those that touch an earlier one. Checking the new text again brings out the ones that are still needed.
    pub left: Vec<&'f Fix>,
}

/// Makes as many of the fixes of `file` as fit beside each other: of two whose edits touch, the first. Edits that are
/// the same are made once. Fixes of other files are passed over.
pub fn apply<'f>(file: &SourceFile, fixes: impl IntoIterator<Item = &'f Fix>) -> Fixed<'f> {
    let mut made: Vec<&Edit> = Vec::new();
    let (mut applied, mut left) = (Vec::new(), Vec::new());
    for fix in fixes {
        if fix.edits.is_empty() || !fix.edits.iter().any(|edit| is_of(edit, file)) {
            continue;
        }
        let mut fresh: Vec<&Edit> = fix.edits.iter().filter(|edit| !made.contains(edit)).collect();
        fresh.dedup();
        let fits = is_possible(fix, file) && fresh.iter().all(|edit| made.iter().all(|other| !touch(edit, other)));
        if fits {
            made.extend(fresh);
            applied.push(fix);
        } else {
            left.push(fix);
        }
    }
    // The sort is stable: what one fix inserts twice at one place stays in its order.
    made.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut text = String::with_capacity(file.text().len());
    let mut at = 0;
    for edit in made {
        text += &file.text()[at..edit.span.start];
        text += &edit.text;
        at = edit.span.end;
    }
    text += &file.text()[at..];
    Fixed { text, applied, left }
}

fn is_of(edit: &Edit, file: &SourceFile) -> bool {
    std::ptr::eq(&*edit.span.file, file) || (edit.span.path() == file.path() && edit.span.file.text() == file.text())
}

/// Whether all edits are of this file, on its characters, and none reaches into another.
fn is_possible(fix: &Fix, file: &SourceFile) -> bool {
    let mut ranges: Vec<Range<usize>> = fix.edits.iter().map(Edit::range).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    fix.edits.iter().all(|edit| is_of(edit, file) && file.text().get(edit.range()).is_some())
        && ranges.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

/// Edits side by side touch as well: two that each remove one of two entries would leave an empty mapping.
fn touch(one: &Edit, other: &Edit) -> bool {
    one.span.start <= other.span.end && other.span.start <= one.span.end
}
