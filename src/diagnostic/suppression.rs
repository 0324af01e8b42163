//! Findings that the author of a file decided to live with, and why.
//!
//! ```yaml
//! a: 1  # tidegate: ignore[area/offence] why it is right here
//! # tidegate: ignore[area/offence, other/*] why it is right on the next line
//! b: 2
//! ```
//!
//! `# tidegate: ignore-file[area/offence] why` above the first line of a file covers all of it. JSON has no comments:
//! there, an [`Ignore`] comes from elsewhere, such as the `Metadata` of a resource.

mod comment;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Diagnostic, Edit, Level, Rule, Safety, nearest, rules};
use crate::source::{Located, SourceFile, Span};

/// The wish not to hear of one rule at one place.
#[derive(Clone, Debug)]
pub struct Ignore {
    covers: Covers,
    /// The name of a rule, or `area/*`.
    rule: Located<String>,
    reason: String,
    /// The whole of what is written about it.
    place: Span,
    /// Takes it out of the file.
    removal: Option<Edit>,
}

#[derive(Clone, Debug)]
enum Covers {
    File,
    /// Findings that begin on this line, 1-based.
    Line(usize),
    /// Findings that begin inside.
    Span(Span),
}

impl Ignore {
    /// One that covers what is written at `covered`, e.g. a whole resource.
    pub fn new(covered: Span, rule: Located<String>, reason: impl Into<String>) -> Self {
        let place = rule.span.clone();
        Self { covers: Covers::Span(covered), rule, reason: reason.into(), place, removal: None }
    }

    fn covers(&self, file: &SourceFile, span: &Span) -> bool {
        let is_here = span.path() == file.path();
        is_here
            && match &self.covers {
                Covers::File => true,
                Covers::Line(line) => span.start_position().line == *line,
                Covers::Span(covered) => (covered.start..covered.end.max(covered.start + 1)).contains(&span.start),
            }
    }

    fn names(&self, rule: &Rule) -> bool {
        let area = self.rule.value.strip_suffix("/*");
        rule.name == self.rule.value || area.is_some_and(|area| rule.name.split('/').next() == Some(area))
    }
}

/// Marks the findings that are ignored, by the `comments` of `file` or by `ignores`, and adds what is wrong with the
/// ignoring itself. `silenceable` tells which rules may be ignored at all. To be called before levels are changed:
/// what a user has switched off would seem to be ignored in vain.
pub fn suppress(
    file: &Arc<SourceFile>,
    comments: &[Span],
    ignores: Vec<Ignore>,
    mut diagnostics: Vec<Diagnostic>,
    known: &[&'static Rule],
    silenceable: impl Fn(&Rule) -> bool,
) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let mut wishes = comment::read(file, comments, &mut told);
    wishes.extend(ignores);
    // What cannot be silenced stops the phases after it, so nobody knows whether a later finding is still there.
    let is_complete = !diagnostics.iter().any(|found| found.level() == Level::Error && !silenceable(found.rule));
    let mut reasonless: BTreeSet<(usize, usize)> = BTreeSet::new();
    for wish in &wishes {
        if wish.reason.is_empty() && reasonless.insert((wish.place.start, wish.place.end)) {
            told.push(
                Diagnostic::new(&rules::NO_REASON, &wish.place, "this finding is ignored without a reason")
                    .label("nobody can tell when this may go")
                    .help("write behind the `]` why it is right here; in `Metadata`, as the value of the rule"),
            );
        }
        let named = || known.iter().filter(|rule| wish.names(rule));
        if named().next().is_none() {
            told.push(unknown(wish, known));
        } else if !named().any(|rule| silenceable(rule)) {
            told.push(not_possible(wish));
        } else {
            let mut is_used = false;
            for found in diagnostics.iter_mut().filter(|found| silenceable(found.rule) && wish.names(found.rule)) {
                if wish.covers(file, &found.primary.span) {
                    is_used = true;
                    found.suppressed.get_or_insert_with(|| wish.reason.clone());
                }
            }
            if !is_used && is_complete {
                told.push(unused(wish, &wishes));
            }
        }
    }
    diagnostics.extend(told);
    diagnostics
}

fn unknown(wish: &Ignore, known: &[&'static Rule]) -> Diagnostic {
    let name = &wish.rule.value;
    let diagnostic = Diagnostic::new(
        &rules::UNKNOWN_RULE,
        &wish.rule.span,
        format!("there is no rule `{name}` that could be ignored"),
    );
    let areas: BTreeSet<String> =
        known.iter().filter_map(|rule| Some(format!("{}/*", rule.name.split_once('/')?.0))).collect();
    let names = known.iter().map(|rule| rule.name).chain(areas.iter().map(String::as_str));
    match nearest(name, names) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).help(format!("write `{near}`")),
        None => diagnostic.label("not known").help("remove it, or look for the name with `tidegate explain`"),
    }
}

fn not_possible(wish: &Ignore) -> Diagnostic {
    let message = format!("`{}` is still reported: it says that the file cannot be read or deployed", wish.rule.value);
    Diagnostic::new(&rules::NOT_POSSIBLE, &wish.rule.span, message)
        .label("cannot be ignored")
        .help("remove it, and mend what it was meant for")
}

/// The fix takes the whole comment out, unless it names other rules too.
fn unused(wish: &Ignore, wishes: &[Ignore]) -> Diagnostic {
    let message = format!("nothing is found here by `{}`, so it is ignored in vain", wish.rule.value);
    let diagnostic = Diagnostic::new(&rules::UNUSED, &wish.rule.span, message)
        .label("nothing to ignore")
        .help("remove it, or move it to the line where the finding begins");
    let is_alone = wishes.iter().filter(|other| other.place == wish.place).count() == 1;
    match &wish.removal {
        Some(removal) if is_alone => diagnostic.fix("remove the comment", Safety::Safe, vec![removal.clone()]),
        Some(_) => diagnostic.fix("remove the name", Safety::Safe, comment::without(wish).into_iter().collect()),
        None => diagnostic,
    }
}
