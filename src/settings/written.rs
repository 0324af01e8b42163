//! The shape of the file.

use serde_json::json;

use super::KnownRule;
use crate::diagnostic::Level;
use crate::spec::{Definitions, Mapping, OneOrMany, Pattern, PlainText, Shape};
use crate::{choice, record};

record! {
    /// How the files in this folder and below are checked.
    pub struct Written {
        /// Rules, or areas as `flink/*`, and their levels.
        optional levels: Mapping<RulePattern, Setting> = "levels",
        /// Globs of files that are left out when a folder is searched, relative to this file.
        optional exclude: OneOrMany<PlainText> = "exclude",
        /// Globs of files, relative to this file, and what is different for them. The first that fits counts.
        optional files: Mapping<FilePattern, FileSettings> = "files",
        /// The least level of finding that makes `tidegate check` fail; `error` unless told otherwise.
        optional fail_on: FailOn = "fail-on",
    }
}

record! {
    /// What is different for certain files.
    pub struct FileSettings {
        /// Rules, or areas as `flink/*`, and their levels.
        required levels: Mapping<RulePattern, Setting> = "levels",
    }
}

choice! {
    /// What a rule is set to.
    pub enum Setting {
        /// It makes the command fail.
        Error = "error",
        /// It is shown.
        Warning = "warning",
        /// It is shown.
        Info = "info",
        /// It is not shown.
        Off = "off",
    }
}

impl Setting {
    pub(super) fn level(self) -> Option<Level> {
        match self {
            Setting::Error => Some(Level::Error),
            Setting::Warning => Some(Level::Warning),
            Setting::Info => Some(Level::Info),
            Setting::Off => None,
        }
    }
}

choice! {
    /// The least level of finding that makes the command fail.
    pub enum FailOn {
        /// Errors.
        Error = "error",
        /// Errors and warnings.
        Warning = "warning",
        /// Whatever is found.
        Info = "info",
    }
}

impl FailOn {
    pub(super) fn level(self) -> Level {
        match self {
            FailOn::Error => Level::Error,
            FailOn::Warning => Level::Warning,
            FailOn::Info => Level::Info,
        }
    }
}

/// The name of a rule, or an area and `/*`.
#[derive(Clone, Copy, Debug)]
pub struct RulePattern;

impl Pattern for RulePattern {
    const REGEX: &'static str = "^[a-z-]+/([a-z-]+|\\*)$";
    const EXPECTED: &'static str = "a rule or an area";
    const EXAMPLE: &'static str = "flink/no-snapshots` or `flink/*";

    fn matches(text: &str) -> bool {
        let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        text.split_once('/').is_some_and(|(area, offence)| word(area) && (word(offence) || offence == "*"))
    }
}

/// A glob.
#[derive(Clone, Copy, Debug)]
pub struct FilePattern;

impl Pattern for FilePattern {
    const REGEX: &'static str = "^.+$";
    const EXPECTED: &'static str = "a glob";
    const EXAMPLE: &'static str = "infra/**";

    fn matches(text: &str) -> bool {
        !text.is_empty() && !text.contains('\n')
    }
}

/// The JSON Schema of the file, in which the known rules and areas are listed.
pub fn schema(known: &[KnownRule]) -> serde_json::Value {
    let mut schema = crate::spec::json_schema("Tidegate .tidegate.yaml", |definitions: &mut Definitions| {
        Written::schema(definitions)
    });
    let settable = known.iter().filter(|it| it.settable);
    let mut names: Vec<String> =
        settable.flat_map(|it| [it.rule.name.to_owned(), format!("{}/*", it.rule.area())]).collect();
    names.sort();
    names.dedup();
    list_names(&mut schema, &json!({ "enum": names }));
    schema
}

/// Puts the list of names wherever the pattern of names stands.
fn list_names(schema: &mut serde_json::Value, names: &serde_json::Value) {
    match schema {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                if key == "propertyNames" && value["pattern"] == RulePattern::REGEX {
                    *value = names.clone();
                } else {
                    list_names(value, names);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| list_names(item, names)),
        _ => {}
    }
}
