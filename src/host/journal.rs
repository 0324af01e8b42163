//! Files of lines that outlive a program that is killed: each line is on the disk before the next thing is done.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::write_file;

/// The folder beside a document in which the program keeps what it must not forget. Nothing in it is committed.
pub const FOLDER: &str = ".tidegate";

/// A file of lines that only this process writes, for as long as this value lives.
pub struct Lines {
    path: PathBuf,
    file: File,
    /// The system lets go of it when the process ends, however it ends.
    _guard: File,
}

impl Lines {
    /// Opens the file `name` in the program's folder in `folder`. `None`: another process has it open.
    ///
    /// # Errors
    /// When the file cannot be written; with its path.
    pub fn open(folder: &Path, name: &str) -> Result<Option<Self>, String> {
        let folder = folder.join(FOLDER);
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            write_file(&ignore, "*\n")?;
        }
        let path = folder.join(format!("{name}.jsonl"));
        let fail = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        let guard = folder.join(format!("{name}.open"));
        let guard = OpenOptions::new().create(true).append(true).open(guard).map_err(fail)?;
        match guard.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(fail)?;
        Ok(Some(Self { path, file, _guard: guard }))
    }

    /// # Errors
    /// When the file cannot be read; with its path.
    pub fn text(&self) -> Result<String, String> {
        read(&self.path)
    }

    /// Makes the file empty; what was in it is needed no more.
    ///
    /// # Errors
    /// When the file cannot be written; with its path.
    pub fn clear(&mut self) -> Result<(), String> {
        let fail = |error: std::io::Error| format!("cannot write {}: {error}", self.path.display());
        self.file.set_len(0).map_err(fail)?;
        self.file.sync_all().map_err(fail)
    }

    /// Adds a line; when this returns, it is on the disk. A line before it that was cut off is ended.
    ///
    /// # Errors
    /// When the file cannot be written; with its path.
    pub fn add(&mut self, line: &str) -> Result<(), String> {
        let fail = |error: std::io::Error| format!("cannot write {}: {error}", self.path.display());
        let text = self.text()?;
        let start = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        self.file.write_all(format!("{start}{line}\n").as_bytes()).map_err(fail)?;
        self.file.sync_all().map_err(fail)
    }
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is in the files of the program's folder in `folder`, by their names; and whether a process has each open.
pub fn all_lines(folder: &Path) -> Vec<(String, String, bool)> {
    let Ok(entries) = fs::read_dir(folder.join(FOLDER)) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jsonl")) else { continue };
        let guard = OpenOptions::new().append(true).open(path.with_file_name(format!("{name}.open")));
        let open = guard.is_ok_and(|guard| matches!(guard.try_lock(), Err(TryLockError::WouldBlock)));
        found.push((name.to_owned(), read(&path).unwrap_or_default(), open));
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_and_only_one_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut lines = Lines::open(folder.path(), "prod").unwrap().unwrap();
        lines.add("{\"a\": \"東京\"}").unwrap();
        lines.add("{}").unwrap();
        assert!(Lines::open(folder.path(), "prod").unwrap().is_none());
        assert!(Lines::open(folder.path(), "test").unwrap().is_some());
        assert_eq!(all_lines(folder.path())[0], ("prod".to_owned(), "{\"a\": \"東京\"}\n{}\n".to_owned(), true));
        drop(lines);
        assert!(!all_lines(folder.path())[0].2);
        let mut lines = Lines::open(folder.path(), "prod").unwrap().unwrap();
        assert_eq!(lines.text().unwrap().lines().count(), 2);
        lines.clear().unwrap();
        lines.add("x").unwrap();
        assert_eq!(lines.text().unwrap(), "x\n");
        assert_eq!(fs::read_to_string(folder.path().join(".tidegate/.gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_line_that_was_cut_off_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        fs::write(folder.path().join(".tidegate/prod.jsonl"), "{}\n{\"st").unwrap();
        let mut lines = Lines::open(folder.path(), "prod").unwrap().unwrap();
        lines.add("{}").unwrap();
        assert_eq!(lines.text().unwrap(), "{}\n{\"st\n{}\n");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FOLDER), "a file").unwrap();
        let error = Lines::open(folder.path(), "prod").err().unwrap();
        assert!(error.contains(FOLDER), "{error}");
        assert!(all_lines(folder.path()).is_empty());
    }
}
