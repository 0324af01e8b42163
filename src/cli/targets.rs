//! What a command over many places works on: documents, and stacks in them.

use super::account::{AccountArguments, Session};
use super::{Exit, Failure};
use crate::check::{self, FileKind};
use crate::desired::{Deployment, Stack};
use crate::diagnostic::list;
use crate::host;

/// Documents in the order of their paths, and what could not be read of what was named.
pub(super) struct Targets {
    pub(super) sessions: Vec<Session>,
    /// Stacks, e.g. `prod`; all of them when there is none.
    pub(super) stacks: Vec<String>,
    /// Documents that cannot be compiled; why was told.
    pub(super) broken: Vec<String>,
}

impl Targets {
    /// Words with a point or a slash are files and folders, others are stacks: names of stacks have neither.
    pub(super) fn read(words: &[String], account: &AccountArguments) -> Result<Self, Failure> {
        let (paths, stacks): (Vec<String>, Vec<String>) =
            words.iter().cloned().partition(|word| word.contains(['/', '\\', '.']));
        let mut targets = Self { sessions: Vec::new(), stacks, broken: Vec::new() };
        if paths.is_empty() {
            targets.sessions.push(account.open()?);
            return targets.with_known_stacks();
        }
        let documents = documents(&paths)?;
        for path in &documents {
            match account.open_file(path) {
                Ok(session) => targets.sessions.push(session),
                Err(failure) if documents.len() == 1 => return Err(failure),
                Err(failure) => {
                    host::tell(&format!("error: {}", failure.message));
                    targets.broken.push(path.clone());
                }
            }
        }
        targets.with_known_stacks()
    }

    /// A stack that no document has is a mistake; one that only some have is not.
    fn with_known_stacks(self) -> Result<Self, Failure> {
        let mut known: Vec<String> = Vec::new();
        for session in &self.sessions {
            let names = session.deployments().into_iter().map(|(_, deployment)| deployment.environment.clone());
            known.extend(names.filter(|name| !known.contains(name)).collect::<Vec<_>>());
        }
        match self.stacks.iter().find(|stack| !known.contains(stack)) {
            Some(stack) if !self.sessions.is_empty() => {
                let place = if self.sessions.len() == 1 { "this document" } else { "these documents" };
                let known = list(known.iter().map(String::as_str));
                Err(Failure::usage(format!("there is no stack `{stack}` in {place}; there are {known}")))
            }
            _ => Ok(self),
        }
    }

    /// Whether a document has one of the stacks that are asked for.
    fn concern(&self, session: &Session) -> bool {
        let has = |name: &String| session.deployments().iter().any(|(_, deployment)| deployment.environment == *name);
        self.stacks.is_empty() || self.stacks.iter().any(has)
    }
}

/// The stacks that are meant and can be looked at, in the order of the documents and of deployment.
pub(super) struct Reached<'a> {
    pub(super) stacks: Vec<(&'a Session, &'a Stack, &'a Deployment)>,
    /// Of some documents nothing can be reached; why was told.
    pub(super) failed: bool,
}

impl Targets {
    /// Of several documents, one of which nothing can be reached hinders no other.
    pub(super) fn reached(&self) -> Result<Reached<'_>, Failure> {
        let mut reached = Reached { stacks: Vec::new(), failed: false };
        for session in self.sessions.iter().filter(|session| self.concern(session)) {
            match session.within_reach(&self.stacks) {
                Ok(stacks) => {
                    reached.stacks.extend(stacks.into_iter().map(|(stack, deployment)| (session, stack, deployment)));
                }
                Err(failure) if self.sessions.len() == 1 => return Err(failure),
                Err(failure) => {
                    host::tell(&format!("error: {}: {}", session.project.input.file.path(), failure.message));
                    reached.failed = true;
                }
            }
        }
        Ok(reached)
    }
}

/// The documents that `paths` name, and those in the folders that they name.
fn documents(paths: &[String]) -> Result<Vec<String>, Failure> {
    let mut documents = Vec::new();
    for found in host::find(paths).map_err(Failure::usage)? {
        let is_document = || match host::read_project(&found.path) {
            Ok(project) => check::kind_of(&project.input.file) == Some(FileKind::Document),
            Err(_) => false,
        };
        if found.named || is_document() {
            documents.push(found.path);
        }
    }
    match documents.is_empty() {
        true => Err(Failure {
            message: format!("there is no document in {}; `tidegate init` makes one", paths.join(", ")),
            exit: Exit::Usage,
        }),
        false => Ok(documents),
    }
}
