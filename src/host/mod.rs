//! The machine: files, environment, terminal. Beside `cloud::aws` the only room that does IO or prints.
#![expect(clippy::disallowed_methods, reason = "this is the rim")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the rim")]

mod clock;
mod find;
mod git;
mod journal;
mod settings;

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGINT;

use crate::artifact::Artifact;
use crate::compile::{Input, SOURCE_MAP};
use crate::diagnostic::Style;
use crate::settings::Scope;
use crate::source::{Files, SourceFile, sha256};

pub use clock::{
    days_from_today, machine, milliseconds, now, pause, pause_milliseconds, seconds, seconds_of, today, unique, written,
};
pub use find::{Found, find};
pub use git::Repository;
pub use journal::{FOLDER, Lines, all_lines};
pub use settings::Configuration;

/// A folder on disk, as the compiler may see it.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }

    fn digest(&self, path: &str) -> Option<String> {
        fs::read(self.0.join(path)).ok().map(sha256)
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let entries = fs::read_dir(self.0.join(folder)).ok()?;
        let files = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Some(names)
    }

    fn folders(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).into_iter().flatten().filter_map(Result::ok);
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}

/// The files beside a document that is to be written.
pub fn files_beside(path: &Path) -> Arc<dyn Files> {
    Arc::new(Folder(path.parent().map_or_else(PathBuf::new, Path::to_path_buf)))
}

/// A document read from disk, and the folders around it.
pub struct Project {
    pub input: Input,
    /// The root of the repository, or the document's folder when it is in none.
    pub root: PathBuf,
}

/// Why a file cannot be worked on.
#[derive(Debug)]
pub enum Unreadable {
    /// It is not there, or not text.
    File(String),
    /// Its settings have errors.
    Settings(String),
}

impl Unreadable {
    /// What to tell.
    pub fn message(self) -> String {
        match self {
            Unreadable::File(message) | Unreadable::Settings(message) => message,
        }
    }
}

/// Reads a file that is to be checked or compiled; `-` reads the standard input as if it were `pipeline.yaml` in this
/// folder.
///
/// Errors name the path and say what went wrong.
pub fn read_project(path: &str) -> Result<Project, String> {
    read_project_as(path, "pipeline.yaml", &Configuration::Nearest).map_err(Unreadable::message)
}

/// Like [`read_project`], with another name for the standard input and settings from elsewhere.
pub fn read_project_as(path: &str, stdin_name: &str, configuration: &Configuration) -> Result<Project, Unreadable> {
    let (path, text) = read_text(path, stdin_name).map_err(Unreadable::File)?;
    let absolute =
        std::path::absolute(path).map_err(|error| Unreadable::File(format!("cannot find {path}: {error}")))?;
    let absolute = normalize(&absolute);
    let folder = absolute.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&folder).to_path_buf();
    let from_root = absolute.strip_prefix(&root).unwrap_or(&absolute);
    let settings = settings::scope(&absolute, &root, configuration).map_err(Unreadable::Settings)?;
    let input = Input {
        file: SourceFile::new(path.replace('\\', "/"), text),
        path: slashed(from_root),
        files: Arc::new(Folder(folder)),
        settings,
        today: Some(today()),
    };
    Ok(Project { input, root })
}

/// The name and the text of a file, or of the standard input for `-`.
fn read_text<'a>(path: &'a str, stdin_name: &'a str) -> Result<(&'a str, String), String> {
    let (path, text) = if path == "-" {
        let mut text = Vec::new();
        io::stdin().read_to_end(&mut text).map_err(|error| format!("cannot read the standard input: {error}"))?;
        (stdin_name, text)
    } else {
        (path, fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?)
    };
    let text = String::from_utf8(text).map_err(|error| {
        format!("cannot read {path}: it is not UTF-8 (byte {} and after)", error.utf8_error().valid_up_to())
    })?;
    Ok((path, text))
}

/// A document that is not on disk yet.
pub fn document_from_text(path: &str, text: &str) -> Input {
    Input {
        file: SourceFile::new(path, text),
        path: path.to_owned(),
        files: Arc::new(Folder(PathBuf::from("."))),
        settings: Scope::default(),
        today: None,
    }
}

/// A path with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts = path.components().filter(|part| !matches!(part, Component::RootDir));
    let joined = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    if path.is_absolute() && cfg!(unix) { format!("/{joined}") } else { joined }
}

/// Takes `.` and `..` out of an absolute path without asking the disk.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// The text of a file.
///
/// Errors name the path and say what went wrong.
pub fn read_file(path: &Path) -> Result<String, String> {
    let shown = path.display().to_string();
    read_text(&shown, "").map(|(_, text)| text)
}

pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// What writing artifacts would do, or did, to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Created,
    Updated,
    Removed,
    Unchanged,
}

/// Compares artifacts with what is in `folder`. Files there that are no artifacts count as removed, if the folder has a
/// source map: then all of it is generated.
pub fn compare_artifacts(folder: &Path, artifacts: &[Artifact]) -> Vec<(String, Change)> {
    let mut changes: Vec<(String, Change)> = artifacts
        .iter()
        .map(|artifact| {
            let change = match fs::read(folder.join(&artifact.path)) {
                Ok(bytes) if bytes == artifact.text.as_bytes() => Change::Unchanged,
                Ok(_) => Change::Updated,
                Err(_) => Change::Created,
            };
            (artifact.path.clone(), change)
        })
        .collect();
    if folder.join(SOURCE_MAP).exists() {
        let mut found = Vec::new();
        collect_files(folder, "", &mut found);
        found.retain(|path| artifacts.iter().all(|artifact| artifact.path != *path));
        changes.extend(found.into_iter().map(|path| (path, Change::Removed)));
    }
    changes.sort_by(|(a, _), (b, _)| a.cmp(b));
    changes
}

fn collect_files(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect_files(&entry.path(), &format!("{name}/"), found),
            Ok(_) => found.push(name),
            Err(_) => {}
        }
    }
}

/// Makes `folder` hold the artifacts and nothing else that was generated; each file is replaced as a whole.
///
/// Errors name the file.
pub fn write_artifacts(folder: &Path, artifacts: &[Artifact]) -> Result<Vec<(String, Change)>, String> {
    let changes = compare_artifacts(folder, artifacts);
    for (path, change) in &changes {
        let target = folder.join(path);
        match (change, artifacts.iter().find(|artifact| artifact.path == *path)) {
            (Change::Created | Change::Updated, Some(artifact)) => write_file(&target, &artifact.text)?,
            (Change::Removed, _) => {
                fs::remove_file(&target).map_err(|error| format!("cannot remove {}: {error}", target.display()))?
            }
            _ => {}
        }
    }
    Ok(changes)
}

/// Makes `folder` hold these files and nothing else.
///
/// Errors name the file.
pub fn write_folder(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), String> {
    for (path, bytes) in files {
        write_bytes(&folder.join(path), bytes)?;
    }
    let mut found = Vec::new();
    collect_files(folder, "", &mut found);
    for path in found.iter().filter(|path| files.iter().all(|(own, _)| own != *path)) {
        let path = folder.join(path);
        fs::remove_file(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
    }
    Ok(())
}

/// Removes the files below `folder` for which `is_left_over` holds, by their paths from it, and folders that get empty.
///
/// Errors name the file.
pub fn remove_files(folder: &Path, is_left_over: impl Fn(&str) -> bool) -> Result<usize, String> {
    let mut found = Vec::new();
    collect_files(folder, "", &mut found);
    found.retain(|path| is_left_over(path));
    for path in &found {
        let path = folder.join(path);
        fs::remove_file(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
        let above = path.ancestors().skip(1).take_while(|above| above.starts_with(folder));
        // A folder that is not empty stays.
        above.take_while(|above| fs::remove_dir(above).is_ok()).for_each(drop);
    }
    Ok(found.len())
}

/// Writes a file so that nobody ever sees half of it.
pub fn write_file(path: &Path, text: &str) -> Result<(), String> {
    write_bytes(path, text.as_bytes())
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let fail = |error: io::Error| format!("cannot write {}: {error}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(fail)?;
    let mut file = tempfile::Builder::new().prefix(".tidegate-").tempfile_in(folder).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    // What was there keeps its permissions.
    match fs::metadata(path) {
        Ok(old) => file.as_file().set_permissions(old.permissions()),
        Err(_) => set_permissions(file.as_file()),
    }
    .map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Temporary files are private; what is generated is as readable as other files of a repository.
#[cfg(unix)]
fn set_permissions(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_permissions(_file: &fs::File) -> io::Result<()> {
    Ok(())
}

pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a person can be asked.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && variable("CI").is_none()
}

/// How results look where they go.
pub fn style() -> Style {
    let forced =
        ["FORCE_COLOR", "CLICOLOR_FORCE"].into_iter().any(|name| variable(name).is_some_and(|value| value != "0"));
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    let color = variable("NO_COLOR").is_none() && (forced || (io::stdout().is_terminal() && !dumb));
    let width = variable("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(120);
    Style { color, width }
}

/// Prints a result. A reader that goes away early (`| head`) ends the program quietly.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Shows how far something has come, in a line that the next one replaces; only on a terminal. When all is done, the
/// line goes away.
pub fn progress(what: &str, done: usize, all: usize) {
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    if !io::stderr().is_terminal() || dumb || variable("CI").is_some() {
        return;
    }
    let line = if done < all { format!("{what}: {done} of {all}") } else { String::new() };
    let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
}

/// Shows what is the case just now, in a line that the next one replaces; only on a terminal: whether it was shown.
pub fn passing(text: &str) -> bool {
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    if !io::stderr().is_terminal() || dumb || variable("CI").is_some() {
        return false;
    }
    // A line that is longer than the terminal could not be replaced.
    let width = variable("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(80_usize).saturating_sub(1);
    let line: String = text.chars().take(width).collect();
    let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
    true
}

/// From now on Ctrl-C sets what this gives, and ends the program only when it is pressed again. `None`: it ends it as ever.
pub fn heed_interruptions() -> Option<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&flag)).ok()?;
    signal_hook::flag::register(SIGINT, Arc::clone(&flag)).ok()?;
    Some(flag)
}

/// Tells of progress or trouble, beside the results.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
