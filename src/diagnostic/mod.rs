//! What a message to the user is.
//!
//! A [`Diagnostic`] is a value: phases push them, nothing prints them. The renderers turn a sorted list into one of
//! the formats of [`Format`].

mod fix;
mod render;
pub mod rules;
mod suppression;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::source::Span;

pub use fix::{Edit, Fix, Fixed, Safety, apply};
pub use render::{Format, Style, UnknownFormat, markdown_cell, render, xml_text};
pub use suppression::{Ignore, suppress};

/// How bad it is. Errors stop the compiler before it writes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warning,
    Info,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
        }
    }
}

/// A kind of message: its name reads after "allow", and its page is what `tidegate explain` shows.
pub struct Rule {
    /// `area/offence`, kebab-case.
    pub name: &'static str,
    pub level: Level,
    /// Markdown. A fenced block with the info string `yaml refused` holds a whole `pipeline.yaml` that brings out
    /// this rule, one with `yaml accepted` the mended file; both are run as tests. What stands beside the
    /// file is in blocks like `xml refused pom.xml`. A line `Fix: safe` or `Fix: unsafe`
    /// says that findings may carry a [`Fix`].
    pub page: &'static str,
}

/// The page is too long for a failing test.
impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Rule {
    /// What stands before the `/` of the name.
    pub fn area(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(area, _)| area)
    }

    /// The first paragraph of the page on one line; the name where there is none.
    pub fn summary(&self) -> String {
        let lines = self.page.lines().map(str::trim);
        let paragraph: Vec<&str> = lines
            .skip_while(|line| line.is_empty() || line.starts_with('#'))
            .take_while(|line| !line.is_empty() && !line.starts_with("```"))
            .collect();
        if paragraph.is_empty() { self.name.to_owned() } else { paragraph.join(" ") }
    }

    /// Which fixes the findings of this rule may carry, as its page says.
    pub fn fixable(&self) -> Option<Safety> {
        [Safety::Safe, Safety::Unsafe]
            .into_iter()
            .find(|safety| self.page.lines().any(|line| line.strip_prefix("Fix: ") == Some(safety.name())))
    }
}

/// A span with a few words about what is there.
#[derive(Clone, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One message to the user.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub rule: &'static Rule,
    /// One sentence in lower case that stands alone: what is wrong and why it matters.
    pub message: String,
    pub primary: Label,
    /// The other halves of the matter, each shown with its own excerpt.
    pub related: Vec<Label>,
    /// An imperative: what to write instead.
    pub help: Option<String>,
    /// The rule's, until the settings of a user say otherwise.
    pub level: Level,
    pub fix: Option<Fix>,
    /// The reason that the author of the file gave for living with it; such a finding counts nowhere.
    pub suppressed: Option<String>,
}

impl Diagnostic {
    pub fn new(rule: &'static Rule, span: &Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            primary: Label { span: span.clone(), text: String::new() },
            related: Vec::new(),
            help: None,
            level: rule.level,
            fix: None,
            suppressed: None,
        }
    }

    /// What stands at the primary span.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    pub fn related(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span: span.clone(), text: text.into() });
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers to make these edits, all in one file.
    pub fn fix(mut self, title: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Self {
        self.fix = (!edits.is_empty()).then(|| Fix { title: title.into(), safety, edits });
        self
    }

    pub fn level(&self) -> Level {
        self.level
    }

    pub fn is_suppressed(&self) -> bool {
        self.suppressed.is_some()
    }
}

/// How many there are of each level, as in "2 errors, 1 warning"; empty when there are none. Suppressed ones do not
/// count.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    summary_of(diagnostics.iter())
}

fn summary_of<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic> + Clone) -> String {
    let counts = [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Info, "info message")];
    let parts = counts.iter().filter_map(|(level, noun)| {
        match diagnostics.clone().filter(|finding| finding.level() == *level && !finding.is_suppressed()).count() {
            0 => None,
            1 => Some(format!("1 {noun}")),
            count => Some(format!("{count} {noun}s")),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Puts messages in the order of the places they speak of and drops exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| {
            let (path, start, end) = d.primary.span.order();
            (path.to_owned(), start, end, d.rule.name, d.message.clone())
        };
        key(a).cmp(&key(b))
    });
    diagnostics
        .dedup_by(|a, b| a.rule.name == b.rule.name && a.primary.span == b.primary.span && a.message == b.message);
}

/// The nearest of `candidates` to a mistyped `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().min(word.chars().count()) / 4)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` and `c`, each in backticks; "none" when there are none.
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}
