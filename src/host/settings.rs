//! The settings that count for a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::compile;
use crate::diagnostic::{self, Format};
use crate::settings::{self, FILE_NAME, Scope, Settings};
use crate::source::SourceFile;

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub enum Configuration {
    /// The nearest file at or above a file's folder, up to the root of its repository.
    #[default]
    Nearest,
    /// This file, for all.
    File(PathBuf),
    /// From nowhere.
    Isolated,
}

/// What was read: by the path of the file of settings.
static READ: Mutex<BTreeMap<PathBuf, Result<Arc<Settings>, String>>> = Mutex::new(BTreeMap::new());

/// The settings for the file at `path`, which is absolute. They are searched up to `root`, the root of its repository;
/// for a file in none, up to the folder that the program runs in.
///
/// Errors are those of the file of settings, ready to be shown.
pub(super) fn scope(path: &Path, root: &Path, configuration: &Configuration) -> Result<Scope, String> {
    let file = match configuration {
        Configuration::Isolated => return Ok(Scope::default()),
        Configuration::File(file) => {
            std::path::absolute(file).map_err(|error| format!("cannot find {}: {error}", file.display()))?
        }
        Configuration::Nearest => {
            let here = std::env::current_dir().unwrap_or_default();
            let top = if root.join(".git").exists() || !path.starts_with(&here) { root } else { &here };
            let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
            match above.map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file()) {
                None => return Ok(Scope::default()),
                Some(file) => file,
            }
        }
    };
    let folder = file.parent().unwrap_or(root);
    let path = path.strip_prefix(folder).unwrap_or(path);
    Ok(Scope { settings: read(&file)?, path: super::slashed(path) })
}

fn read(path: &Path) -> Result<Arc<Settings>, String> {
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = || {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let file = SourceFile::new(super::slashed(path), text);
        let (settings, findings) = settings::read(&file, &compile::known_rules());
        if findings.iter().any(|finding| finding.level() == diagnostic::Level::Error) {
            let shown = diagnostic::render(&findings, Format::Full, super::style());
            return Err(format!("the settings cannot be used\n{}", shown.trim_end()));
        }
        Ok(Arc::new(settings))
    };
    known.entry(path.to_owned()).or_insert_with(fresh).clone()
}
