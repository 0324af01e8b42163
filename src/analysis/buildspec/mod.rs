//! What a build does: the buildspec of a file of its own, or the one inside a project.

mod embedded;
mod node;

use crate::source::Span;
use crate::syntax::{Entry, Node};

use super::System;
use super::project::Project;
use super::shell::{Script, UNKNOWN};

pub use node::{entries, entry, items, list_texts, places, scalar, walk};

/// A buildspec and where it stands.
pub struct Buildspec<'a> {
    pub root: Node,
    /// The project that holds it; `None` for a file.
    pub project: Option<Project<'a>>,
    /// Every command that is text, in the order of the file.
    pub commands: Vec<Command>,
    /// Why the text inside a project is no YAML.
    pub faults: Vec<Fault>,
    /// CloudFormation replaces each `${…}` in it.
    is_substituted: bool,
}

/// What a YAML reader says about the text inside a project.
pub struct Fault {
    pub span: Span,
    pub message: String,
}

/// One item of the lists `commands` and `finally`.
pub struct Command {
    /// `pre_build`
    pub phase: String,
    pub is_finally: bool,
    pub span: Span,
    pub text: String,
    /// `None` when no POSIX shell runs it, or when it could not be read.
    pub script: Option<Script>,
}

/// What runs the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `/bin/sh`, which runs them unless the buildspec says otherwise.
    Plain,
    Bash,
    /// One of Windows, or one that cannot be known.
    Other,
}

impl<'a> Buildspec<'a> {
    fn new(root: Node, project: Option<Project<'a>>, is_substituted: bool) -> Self {
        let mut buildspec = Self { root, project, commands: Vec::new(), faults: Vec::new(), is_substituted };
        buildspec.commands = buildspec.read_commands();
        buildspec
    }

    /// The entry at a path of keys.
    pub fn entry(&self, path: &[&str]) -> Option<&Entry> {
        let (last, before) = path.split_last()?;
        let parent = before.iter().try_fold(&self.root, |node, key| Some(&entry(node, key)?.value))?;
        entry(parent, last)
    }

    /// The value at a path of keys.
    pub fn get(&self, path: &[&str]) -> Option<&Node> {
        Some(&self.entry(path)?.value)
    }

    /// The text of a scalar; `None` for anything else, and for text in which CloudFormation replaces something.
    pub fn text<'n>(&self, node: &'n Node) -> Option<&'n str> {
        scalar(node).filter(|text| self.knows(text))
    }

    /// Whether nothing in `text` is replaced at deployment.
    pub fn knows(&self, text: &str) -> bool {
        !self.is_substituted || !text.split("${").skip(1).any(|rest| !rest.starts_with('!'))
    }

    /// The phases as written, whatever their names.
    pub fn phases(&self) -> &[Entry] {
        self.get(&["phases"]).map_or(&[], entries)
    }

    /// `0.1` or `0.2`
    pub fn version(&self) -> Option<&str> {
        self.get(&["version"]).and_then(|node| self.text(node))
    }

    pub fn shell(&self) -> Shell {
        if let Some(node) = self.get(&["env", "shell"]) {
            return match self.text(node).map(|text| text.rsplit('/').next().unwrap_or(text)) {
                Some("bash") => Shell::Bash,
                Some("sh") => Shell::Plain,
                _ => Shell::Other,
            };
        }
        if self.project.is_some_and(|project| project.environment_type().is_none() || project.runs_on("WINDOWS")) {
            return Shell::Other;
        }
        Shell::Plain
    }

    /// Whether all commands are read, so that what is not among them is nowhere.
    pub fn is_fully_read(&self) -> bool {
        self.commands.iter().all(|command| command.script.is_some())
    }

    fn read_commands(&self) -> Vec<Command> {
        let reads = self.shell() != Shell::Other;
        let mut commands = Vec::new();
        for phase in self.phases() {
            for (key, is_finally) in [("commands", false), ("finally", true)] {
                let list = entry(&phase.value, key).map(|entry| list_texts(&entry.value)).unwrap_or_default();
                for (text, node) in list {
                    let shell = if self.is_substituted { substitute(text) } else { text.to_owned() };
                    commands.push(Command {
                        phase: phase.key.text.clone(),
                        is_finally,
                        span: node.used_at.clone().unwrap_or_else(|| node.span.clone()),
                        text: text.to_owned(),
                        script: if reads { Script::parse(&shell) } else { None },
                    });
                }
            }
        }
        commands
    }
}

/// What the shell gets: something unknown in place of each `${…}` of `Fn::Sub`, and `${…}` for each `${!…}`.
fn substitute(text: &str) -> String {
    let mut parts = text.split("${");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match (part.strip_prefix('!'), part.split_once('}')) {
            (Some(literal), _) => {
                result.push_str("${");
                result.push_str(literal);
            }
            (None, Some((_, rest))) => {
                result.push_str(UNKNOWN);
                result.push_str(rest);
            }
            (None, None) => {
                result.push_str("${");
                result.push_str(part);
            }
        }
    }
    result
}

impl<'a> System<'a> {
    /// Every buildspec: that of the file, and those inside projects as far as their text is known.
    pub fn buildspecs(&self) -> &[Buildspec<'a>] {
        self.buildspecs.get_or_init(|| {
            let own = self.buildspec.map(|root| Buildspec::new(root.clone(), None, false));
            own.into_iter().chain(self.projects().filter_map(embedded::read)).collect()
        })
    }
}
