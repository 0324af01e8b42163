//! The settings of a folder: `.tidegate.yaml`, in the folder of a file or the nearest above it, up to the root of the
//! repository. The nearest one counts alone; nothing is merged.

pub mod rules;
mod written;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use globset::{Glob, GlobMatcher};

use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::source::{Located, SourceFile};
use crate::spec::{Decoder, Mapping, Shape};
use crate::syntax::{self, Node, Value};

pub use written::schema;
use written::{RulePattern, Setting, Written};

/// The name of the file.
pub const FILE_NAME: &str = ".tidegate.yaml";

/// The keys at its root.
pub const KEYS: &[&str] = &["levels", "exclude", "files", "fail-on"];

/// A rule, and whether its level may be set.
#[derive(Clone, Copy, Debug)]
pub struct KnownRule {
    pub rule: &'static Rule,
    /// Not so for the errors of checks: what follows them would be wrong.
    pub settable: bool,
}

/// What a file of settings says.
#[derive(Debug, Default)]
pub struct Settings {
    levels: Levels,
    exclude: Vec<GlobMatcher>,
    files: Vec<(GlobMatcher, Levels)>,
    /// The least level that makes `tidegate check` fail.
    pub fail_on: Option<Level>,
}

/// The settings as they count for one file.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub settings: Arc<Settings>,
    /// The file's path from the folder of the settings, with `/` as separator.
    pub path: String,
}

impl Scope {
    /// Gives findings their levels, and drops those that are off. `settable` says of which rules the level may be set.
    pub fn apply(&self, settable: impl Fn(&Rule) -> bool, findings: &mut Vec<Diagnostic>) {
        findings.retain_mut(|finding| {
            let set = settable(finding.rule);
            let level = if set { self.settings.level(finding.rule, &self.path) } else { Some(finding.level) };
            finding.level = level.unwrap_or(finding.level);
            level.is_some()
        });
    }

    /// Whether the file is left out when a folder is searched.
    pub fn excludes(&self) -> bool {
        self.settings.excludes(&self.path)
    }
}

/// Patterns of rules (`flink/no-snapshots`, `flink/*`) and what they are set to; `None` is off.
type Levels = Vec<(String, Option<Level>)>;

impl Settings {
    /// The level of what `rule` finds in the file at `path`; `None` when it is not reported.
    ///
    /// A level for certain files goes before one for all, and a rule's own before that of its area.
    fn level(&self, rule: &Rule, path: &str) -> Option<Level> {
        let here = self.files.iter().filter(|(glob, _)| glob.is_match(path)).map(|(_, levels)| levels);
        let found = here.chain([&self.levels]).find_map(|levels| {
            let fits = |exact: bool| move |(pattern, _): &&(String, _)| covers(pattern, rule.name, exact);
            levels.iter().find(fits(true)).or_else(|| levels.iter().find(fits(false)))
        });
        found.map_or(Some(rule.level), |(_, level)| *level)
    }

    fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|glob| glob.is_match(path))
    }
}

fn covers(pattern: &str, rule: &str, exact: bool) -> bool {
    match pattern.strip_suffix("/*") {
        Some(area) => !exact && rule.split('/').next() == Some(area),
        None => exact && pattern == rule,
    }
}

/// Whether a tree is a file of settings: it has no other keys than they have.
pub fn is_settings(root: &Node) -> bool {
    match &root.value {
        Value::Map(entries) => {
            !entries.is_empty() && entries.iter().all(|entry| KEYS.contains(&entry.key.text.as_str()))
        }
        _ => false,
    }
}

/// Reads a file of settings. What cannot be read of it counts as not written.
pub fn read(file: &Arc<SourceFile>, known: &[KnownRule]) -> (Settings, Vec<Diagnostic>) {
    let parsed = syntax::parse(file);
    let mut decoder = Decoder::default();
    let written = match &parsed.root.value {
        // An empty file says nothing.
        Value::Null => None,
        _ => Written::decode(&parsed.root, &mut decoder),
    };
    let mut report = parsed.diagnostics;
    report.extend(decoder.diagnostics);
    let mut settings = Settings::default();
    if let Some(written) = written {
        settings.fail_on = written.fail_on.as_ref().map(|it| it.value.level());
        settings.levels = levels(written.levels.as_ref(), known, &mut report);
        let excluded = written.exclude.iter().flat_map(|exclude| &exclude.value.0);
        settings.exclude = excluded.filter_map(|pattern| glob(&pattern.value.0, pattern, &mut report)).collect();
        for (pattern, here) in written.files.iter().flat_map(|files| &files.value.entries) {
            let levels = levels(Some(&here.value.levels), known, &mut report);
            if let Some(glob) = glob(&pattern.value, pattern, &mut report) {
                settings.files.push((glob, levels));
            }
        }
    }
    (settings, report)
}

fn glob<T>(pattern: &str, at: &Located<T>, report: &mut Vec<Diagnostic>) -> Option<GlobMatcher> {
    // A folder stands for all that is in it.
    let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
    match Glob::new(&whole) {
        Ok(glob) => Some(glob.compile_matcher()),
        Err(error) => {
            report.push(
                Diagnostic::new(&rules::BAD_GLOB, &at.span, format!("`{pattern}` is not a glob: {}", error.kind()))
                    .help("write for example `vendor/**` or `**/*.template.json`"),
            );
            None
        }
    }
}

fn levels(
    written: Option<&Located<Mapping<RulePattern, Setting>>>,
    known: &[KnownRule],
    report: &mut Vec<Diagnostic>,
) -> Levels {
    let entries = written.iter().flat_map(|levels| &levels.value.entries);
    for (pattern, _) in entries.clone() {
        check_pattern(pattern, known, report);
    }
    entries.map(|(pattern, setting)| (pattern.value.clone(), setting.value.level())).collect()
}

fn check_pattern(pattern: &Located<String>, known: &[KnownRule], report: &mut Vec<Diagnostic>) {
    let text = pattern.value.as_str();
    let mut covered = known.iter().filter(|it| covers(text, it.rule.name, true) || covers(text, it.rule.name, false));
    let first = covered.next();
    if first.into_iter().chain(covered).any(|it| it.settable) {
        return;
    }
    report.push(match first {
        Some(it) => Diagnostic::new(
            &rules::FIXED_LEVEL,
            &pattern.span,
            format!("`{text}` is a check: what follows its errors would be wrong, so its level cannot be set"),
        )
        .help(format!("remove it; `tidegate explain {}` tells how to mend what it finds", it.rule.name)),
        None => {
            let areas: Vec<String> = known.iter().map(|it| format!("{}/*", it.rule.area())).collect();
            let names = known.iter().map(|it| it.rule.name).chain(areas.iter().map(String::as_str));
            let help = match nearest(text, names) {
                Some(near) => format!("write {}", list([near])),
                None => "`tidegate rules` lists them".to_owned(),
            };
            Diagnostic::new(&rules::UNKNOWN_RULE, &pattern.span, format!("there is no rule `{text}`")).help(help)
        }
    });
}
