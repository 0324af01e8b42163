//! Files for tests, that are only in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::Files;

/// Texts by path.
pub(crate) struct Memory(BTreeMap<String, String>);

impl Memory {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// What is left of each path below a folder.
    fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let start = if folder == "." { String::new() } else { format!("{folder}/") };
        self.0.keys().filter_map(move |path| path.strip_prefix(&start))
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let is_there = folder == "." || self.below(folder).next().is_some();
        is_there.then(|| self.below(folder).filter(|rest| !rest.contains('/')).map(str::to_owned).collect())
    }

    fn folders(&self, folder: &str) -> Vec<String> {
        let names: BTreeSet<_> = self.below(folder).filter_map(|rest| Some(rest.split_once('/')?.0)).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}
