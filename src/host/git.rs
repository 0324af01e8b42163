//! Files of Git repositories elsewhere, by the program `git`.

use std::process::{Command, Stdio};

/// More is no module but something that was put into its folder by mistake.
const MOST_FILES: usize = 1000;
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A repository elsewhere, and a place for what is fetched from it.
pub struct Repository {
    url: String,
    store: tempfile::TempDir,
}

impl Repository {
    /// Nothing is fetched yet.
    pub fn new(url: &str) -> Result<Self, String> {
        let store = tempfile::tempdir().map_err(|error| format!("cannot make a temporary folder: {error}"))?;
        let repository = Self { url: url.to_owned(), store };
        repository.git(&["init", "--quiet", "--bare", "."])?;
        Ok(repository)
    }

    /// The commit that a tag, a branch or a commit's name is now.
    pub fn resolve(&self, revision: &str) -> Result<String, String> {
        if is_commit(revision) {
            return Ok(revision.to_owned());
        }
        // A tag with a message names its commit by `^{}`.
        let (tag, branch) = (format!("refs/tags/{revision}"), format!("refs/heads/{revision}"));
        let peeled = format!("{tag}^{{}}");
        let listed = self.git(&["ls-remote", "--", &self.url, &tag, &peeled, &branch])?;
        let listed = String::from_utf8_lossy(&listed);
        let found: Vec<(&str, &str)> = listed.lines().filter_map(|line| line.split_once('\t')).collect();
        let commit_of = |name: &str| found.iter().find(|(_, known)| *known == name).map(|(commit, _)| *commit);
        let commit = [&peeled, &tag, &branch].into_iter().find_map(|name| commit_of(name));
        commit.map(str::to_owned).ok_or_else(|| format!("{} has no tag and no branch `{revision}`", self.url))
    }

    /// Brings a commit here.
    pub fn fetch(&self, commit: &str) -> Result<(), String> {
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
        let one = [fetch.as_slice(), &["--depth=1", "--", &self.url, commit]].concat();
        if self.git(&one).is_ok() {
            return Ok(());
        }
        // Not every server gives a commit by its name.
        let all =
            [fetch.as_slice(), &["--", &self.url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]].concat();
        self.git(&all)?;
        let object = format!("{commit}^{{commit}}");
        self.git(&["cat-file", "-e", &object]).map(drop).map_err(|_| format!("{} has no commit {commit}", self.url))
    }

    /// The files of a folder in a commit, by their paths from the folder; `.` is the root.
    pub fn files(&self, commit: &str, folder: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        let tree = if folder == "." { format!("{commit}^{{tree}}") } else { format!("{commit}:{folder}") };
        let missing = |_| format!("{} has no folder `{folder}` in {commit}", self.url);
        let listed = self.git(&["ls-tree", "-r", "-z", "--full-tree", &tree]).map_err(missing)?;
        let listed =
            String::from_utf8(listed).map_err(|_| format!("a name in `{folder}` of {} is not UTF-8", self.url))?;
        let mut files = Vec::new();
        let mut size = 0;
        for line in listed.split_terminator('\0') {
            let parsed = line.split_once('\t').and_then(|(about, path)| {
                let mut about = about.split(' ');
                Some((about.next()?, about.nth(1)?, path))
            });
            let Some((mode, object, path)) = parsed else { continue };
            if !mode.starts_with("100") {
                let what = if mode == "120000" { "a symbolic link" } else { "a submodule" };
                return Err(format!("`{folder}/{path}` of {} is {what}, which cannot be copied", self.url));
            }
            let bytes = self.git(&["cat-file", "blob", object])?;
            size += bytes.len();
            files.push((path.to_owned(), bytes));
            if files.len() > MOST_FILES || size > MOST_BYTES {
                let most = MOST_BYTES / 1024 / 1024;
                let why = format!("more than {MOST_FILES} files or {most} MiB");
                return Err(format!("`{folder}` of {} has {why}: name the folder of the module alone", self.url));
            }
        }
        Ok(files)
    }

    /// Runs `git` where nothing but its arguments tells it what to do.
    fn git(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let mut command = Command::new("git");
        let settings = ["-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"];
        command.args(settings).args(arguments).current_dir(self.store.path()).stdin(Stdio::null());
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        if !super::is_interactive() {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        let output = command.output().map_err(|error| format!("cannot run `git`: {error}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("cannot read {}: {}", self.url, said.trim().lines().last().unwrap_or("git failed")))
    }
}

fn is_commit(revision: &str) -> bool {
    [40, 64].contains(&revision.len())
        && revision.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
