//! What to do about what differs, as somebody wrote it: rules for machines, and differences that are accepted.

mod acceptance;
#[cfg(test)]
mod tests;
mod written;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::SourceFile;
use crate::spec::{Decoder, Definitions, Either, Shape};
use crate::syntax;

pub use acceptance::{NewAcceptance, accept};
use written::{Class, Do, Rule, Word, Written};

/// The usual name of the file.
pub const FILE_NAME: &str = ".tidegate-reconcile.yaml";

/// Rules, of which the first that fits counts; what fits none is reported.
#[derive(Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// What is done about a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is told, and nothing is done.
    Report,
    Revert,
    Adopt,
    Accept {
        owner: String,
        reason: String,
        days: u32,
    },
}

/// A decision, with its line for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub action: Action,
    /// Also where something is replaced, restarted, lost or widened.
    pub danger: bool,
    /// `.tidegate-reconcile.yaml:3`
    pub at: String,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `streams.trips`
    pub thing: &'a str,
    /// The logical id.
    pub resource: &'a str,
    pub resource_type: &'a str,
    /// As reports name it; empty for a resource that is gone.
    pub property: &'a str,
    /// `changed`, `added`, `removed` or `gone`.
    pub change: &'a str,
    /// The account changed it by design.
    pub legitimate: bool,
    /// `prod`
    pub environment: &'a str,
}

/// The JSON Schema of the file, for editors.
pub fn schema() -> serde_json::Value {
    crate::spec::json_schema("Tidegate .tidegate-reconcile.yaml", |definitions: &mut Definitions| {
        Written::schema(definitions)
    })
}

/// Reads a policy. What cannot be read of it is reported.
pub fn read(file: &Arc<SourceFile>) -> (Policy, Vec<Diagnostic>) {
    let parsed = syntax::parse(file);
    let mut decoder = Decoder::default();
    let written = Written::decode(&parsed.root, &mut decoder);
    let mut report = parsed.diagnostics;
    report.extend(decoder.diagnostics);
    let rules = written.map(|written| written.rules.value).unwrap_or_default();
    (Policy { rules: rules.into_iter().map(|rule| rule.value).collect() }, report)
}

impl Policy {
    /// Whether a rule is about what the account may change by design.
    pub fn knows_legitimate(&self) -> bool {
        self.rules.iter().any(|rule| rule.is_for_legitimate())
    }

    /// What the first rule that fits says; `None`: no rule fits, so it is reported.
    pub fn decide(&self, subject: &Subject<'_>) -> Option<Decided> {
        let rule = self.rules.iter().find(|rule| rule.fits(subject))?;
        let action = match &rule.does.value {
            Either::Short(Word::Report) => Action::Report,
            Either::Short(Word::Revert) => Action::Revert,
            Either::Short(Word::Adopt) => Action::Adopt,
            Either::Long(Do { accept }) => Action::Accept {
                owner: accept.value.owner.value.0.clone(),
                reason: accept.value.reason.value.0.clone(),
                days: u32::try_from(accept.value.days.value.0).unwrap_or_default(),
            },
        };
        let span = &rule.does.span;
        let at = format!("{}:{}", span.path(), span.start_position().line);
        Some(Decided { action, danger: rule.allow.is_some(), at })
    }
}

impl Rule {
    fn fits(&self, subject: &Subject<'_>) -> bool {
        let patterns = [
            (&self.thing, subject.thing),
            (&self.resource, subject.resource),
            (&self.resource_type, subject.resource_type),
            (&self.property, subject.property),
            (&self.environment, subject.environment),
        ];
        let fit = |(pattern, text): &(&Option<crate::source::Located<crate::spec::PlainText>>, &str)| {
            pattern.as_ref().is_none_or(|pattern| matches(&pattern.value.0, text))
        };
        patterns.iter().all(fit)
            && self.change.as_ref().is_none_or(|change| change.value.word() == subject.change)
            && self.is_for_legitimate() == subject.legitimate
    }

    fn is_for_legitimate(&self) -> bool {
        self.class.as_ref().is_some_and(|class| class.value == Class::Legitimate)
    }
}

/// Whether `text` is what `pattern` says, in which `*` stands for any characters. A property stands for what is below it
/// too.
pub fn matches(pattern: &str, text: &str) -> bool {
    fn whole(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some((next, _))) => matches!(next, b'.' | b'['),
            (Some((b'*', rest)), _) => (0..=text.len()).any(|from| whole(rest, &text[from..])),
            (Some((want, rest)), Some((is, left))) => want == is && whole(rest, left),
            (Some(_), None) => false,
        }
    }
    whole(pattern.as_bytes(), text.as_bytes())
}
