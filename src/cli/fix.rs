//! Mending files: what `tidegate check --fix` does.

use similar::TextDiff;

use crate::check::{self, Report};
use crate::compile::Input;
use crate::diagnostic::{self, Diagnostic, Fix, Safety};
use crate::source::SourceFile;

/// A fix may bring out another; a file is checked again this often at most.
const ROUNDS: usize = 10;

/// A file that was mended, and what is still to be said about it.
pub(super) struct Mended {
    pub text: String,
    /// How many fixes were made.
    pub count: usize,
    pub report: Report,
}

/// Makes all fixes of the findings that are `chosen`, up to `safety`, and checks again until there are no more. `None` when
/// there is nothing to mend.
pub(super) fn mend(
    input: &Input,
    report: &Report,
    safety: Safety,
    chosen: impl Fn(&Diagnostic) -> bool,
) -> Option<Mended> {
    let fixes = |report: &Report| -> Vec<Fix> {
        let chosen = report.diagnostics.iter().filter(|finding| !finding.is_suppressed() && chosen(finding));
        chosen.filter_map(|finding| finding.fix.clone()).filter(|fix| fix.safety <= safety).collect()
    };
    let mut mended: Option<Mended> = None;
    for _ in 0..ROUNDS {
        let now = mended.as_ref().map_or(report, |mended| &mended.report);
        let file = mended
            .as_ref()
            .map_or_else(|| input.file.clone(), |mended| SourceFile::new(input.file.path(), mended.text.as_str()));
        let fixes = fixes(now);
        let fixed = diagnostic::apply(&file, &fixes);
        if fixed.applied.is_empty() || fixed.text == file.text() {
            break;
        }
        let count = mended.as_ref().map_or(0, |mended| mended.count) + fixed.applied.len();
        let again = Input {
            file: SourceFile::new(input.file.path(), fixed.text.as_str()),
            path: input.path.clone(),
            files: input.files.clone(),
            settings: input.settings.clone(),
            today: input.today.clone(),
        };
        mended = Some(Mended { report: check::check(&again), text: fixed.text, count });
    }
    mended
}

/// The change of a file as `git apply` takes it.
pub(super) fn difference(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}
