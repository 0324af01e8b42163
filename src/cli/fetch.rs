//! `tidegate fetch` and `tidegate update`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Arguments, Exit, Failure, Outcome, read_project};
use crate::compile::{self, COPIES, GitSource, GitUse, Lock, State};
use crate::diagnostic::{self, Format, Level};
use crate::host::{self, Project, Repository};
use crate::source::{digest_of, sha256};

/// Copy the modules that a document takes from Git repositories, as its lock says
///
/// The copies go to `vendor/modules/` beside the document, and what they are to `pipeline.lock`; both are committed,
/// so that changes are read in reviews and everything else works offline. A revision that the lock does not know yet
/// is looked up: a tag or branch is pinned to its commit of now.
#[derive(Args)]
pub(super) struct Fetch {
    /// The document.
    #[arg(default_value = "pipeline.yaml")]
    file: String,
    /// Say nothing.
    #[arg(long, short)]
    quiet: bool,
}

/// Fetch modules from Git repositories anew: tags and branches as they are now
///
/// Where a revision is a commit, nothing can change: write another one into the document.
#[derive(Args)]
pub(super) struct Update {
    /// What the document calls the modules; all unless told otherwise.
    names: Vec<String>,
    /// The document.
    #[arg(long, value_name = "FILE", default_value = "pipeline.yaml")]
    file: String,
    /// Say nothing.
    #[arg(long, short)]
    quiet: bool,
}

impl Arguments for Fetch {
    fn run(self) -> Outcome {
        bring(&read_project(&self.file)?, |_| false, self.quiet)
    }
}

impl Arguments for Update {
    fn run(self) -> Outcome {
        let project = read_project(&self.file)?;
        let known: BTreeSet<String> = compile::modules(&project.input).0.into_iter().map(|it| it.name).collect();
        if let Some(unknown) = self.names.iter().find(|name| !known.contains(*name)) {
            let known = diagnostic::list(known.iter().map(String::as_str));
            let message = format!("{} takes no module `{unknown}` from a Git repository", self.file);
            let hint = if known.is_empty() { String::new() } else { format!("; there is {known}") };
            return Err(Failure::usage(format!("{message}{hint}")));
        }
        bring(&project, |it| self.names.is_empty() || self.names.contains(&it.name), self.quiet)
    }
}

/// Commits that are here, by address.
#[derive(Default)]
struct Fetched {
    repositories: BTreeMap<String, Repository>,
    /// By address and revision.
    commits: BTreeMap<(String, String), String>,
}

/// Copies what is missing or changed, and what `is_old` says; a copied module may use others, so it looks again until
/// all are there.
fn bring(project: &Project, is_old: impl Fn(&GitUse) -> bool, quiet: bool) -> Outcome {
    let document = project.input.file.path();
    let folder = Path::new(document).parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let lock_path = folder.join(Lock::file_name(document));
    let mut known = locked(project)?;
    let mut fetched = Fetched::default();
    let mut done: BTreeSet<GitSource> = BTreeSet::new();
    let (wanted, findings) = loop {
        let (wanted, findings) = compile::modules(&project.input);
        let next = wanted.iter().find(|it| !done.contains(&it.source) && (it.state != State::Right || is_old(it)));
        let Some(next) = next else { break (wanted, findings) };
        let source = &next.source;
        let pinned = known.iter().find(|(it, _)| it.url == source.url && it.revision == source.revision);
        let pinned = pinned.map(|(_, (commit, _))| commit.clone()).filter(|_| !is_old(next));
        let commit = fetched.commit(source, pinned).map_err(Failure::environment)?;
        let files = fetched.files(source, &commit).map_err(Failure::environment)?;
        let digest = digest_of(files.iter().map(|(path, bytes)| (path.clone(), sha256(bytes))).collect());
        let before = known.insert(source.clone(), (commit.clone(), digest.clone()));
        // A revision is one commit: its other folders follow.
        let is_same = |it: &GitSource| it.url == source.url && it.revision == source.revision;
        known.retain(|it, (of, _)| !is_same(it) || *of == commit);
        if let Some((old, wrong)) = &before
            && *old == commit
            && *wrong != digest
        {
            let message = format!("{} has other files in {commit} than {} says", source.url, lock_path.display());
            return Err(Failure::environment(format!("{message}; run `tidegate update` if that is right")));
        }
        host::write_folder(&folder.join(source.copy()), &files).map_err(Failure::environment)?;
        host::write_file(&lock_path, &compile::print_lock(document, &known)).map_err(Failure::environment)?;
        if !quiet {
            let was = before.filter(|(old, _)| *old != commit).map(|(old, _)| format!(", was {}", short(&old)));
            let was = was.unwrap_or_default();
            let GitSource { url, revision, folder } = source;
            host::print(&format!("fetched  {url} {folder} {revision} ({}{was})\n", short(&commit)));
        }
        done.insert(source.clone());
    };
    // What cannot be read may be a use of what is here, so nothing is taken away.
    if findings.iter().any(|found| found.level() == Level::Error) {
        host::tell(diagnostic::render(&findings, Format::Full, host::style()).trim_end());
        return Ok(Exit::Findings);
    }
    clean(&folder, &lock_path, document, &wanted, known).map_err(Failure::environment)?;
    if wanted.is_empty() && !quiet {
        host::tell(&format!("{document} takes no module from a Git repository"));
    }
    Ok(Exit::Clean)
}

/// Leaves nothing that no module is taken from any more.
fn clean(
    folder: &Path,
    lock_path: &Path,
    document: &str,
    wanted: &[GitUse],
    mut known: BTreeMap<GitSource, (String, String)>,
) -> Result<(), String> {
    let is_wanted = |source: &GitSource| wanted.iter().any(|it| it.source == *source);
    let dropped: Vec<GitSource> = known.keys().filter(|source| !is_wanted(source)).cloned().collect();
    known.retain(|source, _| is_wanted(source));
    for source in dropped {
        let copy = source.copy();
        let kept = |path: &str| known.keys().any(|it| format!("{copy}/{path}").starts_with(&format!("{}/", it.copy())));
        host::remove_files(&folder.join(&copy), |path| !kept(path))?;
    }
    if known.is_empty() && !host::exists(lock_path) {
        return Ok(());
    }
    host::write_file(lock_path, &compile::print_lock(document, &known))?;
    // Git must leave the ends of lines of the copies as they are, or their digests would be others.
    host::write_file(&folder.join(COPIES).join(".gitattributes"), "* -text\n")
}

/// What the lock says; it is read as the document reads it.
fn locked(project: &Project) -> Result<BTreeMap<GitSource, (String, String)>, Failure> {
    compile::locked(&project.input).map_err(|findings| {
        host::tell(diagnostic::render(&findings, Format::Full, host::style()).trim_end());
        let lock = Lock::file_name(project.input.file.path());
        Failure { message: format!("{lock} cannot be read; remove it to fetch everything anew"), exit: Exit::Findings }
    })
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

impl Fetched {
    fn repository(&mut self, url: &str) -> Result<&Repository, String> {
        if !self.repositories.contains_key(url) {
            self.repositories.insert(url.to_owned(), Repository::new(url)?);
        }
        self.repositories.get(url).ok_or_else(|| format!("cannot read {url}"))
    }

    /// The commit of a revision, brought here: the one it is `pinned` to, or that of now.
    fn commit(&mut self, source: &GitSource, pinned: Option<String>) -> Result<String, String> {
        let key = (source.url.clone(), source.revision.clone());
        if let Some(commit) = self.commits.get(&key) {
            return Ok(commit.clone());
        }
        let repository = self.repository(&source.url)?;
        let commit = match pinned {
            Some(commit) => commit,
            None => repository.resolve(&source.revision)?,
        };
        repository.fetch(&commit)?;
        self.commits.insert(key, commit.clone());
        Ok(commit)
    }

    fn files(&mut self, source: &GitSource, commit: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        self.repository(&source.url)?.files(commit, &source.folder)
    }
}
