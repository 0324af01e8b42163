//! Excerpts of the source with everything marked.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level as TitleLevel, Renderer, Snippet};

use super::{Style, block, inline, is_hidden};
use crate::diagnostic::{Diagnostic, Fix, Label, Level, Safety};
use crate::source::{SourceFile, Span};

/// Marks further apart than this many lines get excerpts of their own, and a longer span is shown by its first line.
const NEAR_LINES: usize = 20;

/// Cells an excerpt spends on line numbers and on saying that a line was trimmed.
const GUTTER: usize = 12;

/// Below this many cells an excerpt would show nothing.
const MIN_WIDTH: usize = 40;

pub(super) fn render(diagnostics: &[&Diagnostic], style: Style) -> String {
    let width = style.width.max(MIN_WIDTH);
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() }.term_width(width);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text += &renderer.render(&[report(diagnostic, width - GUTTER)]);
        text += "\n\n";
    }
    let worst = diagnostics.iter().filter(|d| !d.rule.page.is_empty()).min_by_key(|d| d.level());
    if let Some(worst) = worst {
        text += &format!("For more about a rule, run `tidegate explain {}`.\n", worst.rule.name);
    } else {
        text.truncate(text.trim_end_matches('\n').len());
        text.extend((!text.is_empty()).then_some('\n'));
    }
    text
}

fn report(diagnostic: &Diagnostic, room: usize) -> Group<'static> {
    let primary = Mark::new(&diagnostic.primary, AnnotationKind::Primary, room);
    let related = diagnostic.related.iter().map(|label| Mark::new(label, AnnotationKind::Context, room));
    let (near, apart): (Vec<_>, Vec<_>) = related.partition(|mark| mark.is_near(&primary, room));

    let level = match diagnostic.level() {
        Level::Error => TitleLevel::ERROR,
        Level::Warning => TitleLevel::WARNING,
        Level::Info => TitleLevel::INFO,
    };
    let together: Vec<Mark> = std::iter::once(primary).chain(near).collect();
    level
        .primary_title(inline(&diagnostic.message))
        .id(diagnostic.rule.name)
        .element(excerpt(&together))
        .elements(apart.into_iter().map(|mark| excerpt(&[mark])))
        .elements(diagnostic.help.iter().map(|help| TitleLevel::HELP.message(block(help))))
        .elements(diagnostic.fix.iter().map(|fix| TitleLevel::HELP.with_name("fix").message(offer(fix))))
}

fn offer(fix: &Fix) -> String {
    let option = match fix.safety {
        Safety::Safe => "--fix",
        Safety::Unsafe => "--unsafe-fixes",
    };
    format!("{}, by `{option}`", inline(&fix.title))
}

/// A label whose span is cut to what can be shown.
struct Mark<'a> {
    file: &'a SourceFile,
    /// Bytes of the file, at character boundaries.
    range: Range<usize>,
    text: &'a str,
    kind: AnnotationKind,
}

impl<'a> Mark<'a> {
    fn new(label: &'a Label, kind: AnnotationKind, room: usize) -> Self {
        Self { file: &label.span.file, range: shown(&label.span, room), text: &label.text, kind }
    }

    /// Whether `self` fits into the excerpt of `primary` and would not be drawn over it.
    fn is_near(&self, primary: &Mark, room: usize) -> bool {
        let hides_end = self.range.end == primary.range.end;
        let hides_caret = primary.range.is_empty() && self.range.contains(&primary.range.start);
        if !std::ptr::eq(self.file, primary.file) || hides_end || hides_caret {
            return false;
        }
        let both = self.range.start.min(primary.range.start)..self.range.end.max(primary.range.end);
        fits(self.file.text(), &both, room)
    }
}

/// The part of a span to mark: without the line ending at its end, and no more than the terminal can show.
fn shown(span: &Span, room: usize) -> Range<usize> {
    let text = span.file.text();
    let start = text.floor_char_boundary(span.start);
    let end = text.floor_char_boundary(span.end).max(start);
    let whole = text[start..end].trim_end_matches(['\n', '\r']);
    let line = whole.lines().next().unwrap_or("");
    let choices = [whole.len(), line.len()].map(|length| start..start + length);
    let cut = line.floor_char_boundary(room / 2);
    choices.into_iter().find(|range| fits(text, range, room)).unwrap_or(start..start + cut)
}

/// Whether one excerpt can show marks from the start to the end of `range` without losing one to trimming.
fn fits(text: &str, range: &Range<usize>, room: usize) -> bool {
    let lines = whole_lines(text, range);
    let is_short = |line: &str| cells_at_most(line) <= room;
    if lines.lines().nth(NEAR_LINES).is_none() && lines.lines().all(is_short) {
        return true;
    }
    let marked = &text[range.clone()];
    !marked.contains('\n') && cells_at_most(marked) <= room / 2
}

/// No character takes more cells than bytes, but for tabs, which are shown as four spaces.
fn cells_at_most(line: &str) -> usize {
    line.len() + 3 * line.matches('\t').count()
}

fn whole_lines<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
    &text[start..end]
}

/// The lines of `marks`, which are all in one file. Only these lines are handed on, so the file's size costs nothing.
fn excerpt(marks: &[Mark]) -> Snippet<'static, Annotation<'static>> {
    let file = marks[0].file;
    let first = marks.iter().map(|mark| mark.range.start).min().unwrap_or(0);
    let last = marks.iter().map(|mark| mark.range.end).max().unwrap_or(0);
    let lines = whole_lines(file.text(), &(first..last));
    let start = file.text()[..first].rfind('\n').map_or(0, |at| at + 1);
    let offset = |at: usize| visible(&file.text()[start..at]).len();

    // The line ending lets the end of the file be marked like the end of any line.
    let source = visible(lines) + "\n";
    Snippet::source(source).line_start(file.position(start).line).path(inline(file.path())).annotations(
        marks.iter().map(|mark| {
            let label = (!mark.text.is_empty()).then(|| inline(mark.text));
            mark.kind.span(offset(mark.range.start)..offset(mark.range.end)).label(label)
        }),
    )
}

/// Source text with a visible character for each hidden one, so that columns stay what they are. A byte-order mark at
/// the start of a line has no column and is left out.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        shown.extend(line.trim_start_matches('\u{feff}').chars().map(|char| match char {
            '\n' | '\r' | '\t' => char,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(char)).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            _ if is_hidden(char) => '\u{fffd}',
            _ => char,
        }));
    }
    shown
}
