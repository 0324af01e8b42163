//! `tidegate why`

use std::path::Path;

use clap::Args;

use super::{Arguments, Exit, Failure, Outcome, access, compile_or_fail, read_project};
use crate::artifact::{Artifact, Mapping};
use crate::compile::Build;
use crate::desired::Origin;
use crate::host;

/// Say why something was generated: from a file and line, or a logical id, back to the line that asked for it
#[derive(Args)]
pub(super) struct Why {
    /// `generated/…/application.template.yaml:42`, a logical id such as `TripsStream`, or one with a property:
    /// `TripsStream/RetentionPeriodHours`. Or `access`, followed by who and what.
    place: String,
    /// After `access`: a role by its logical id or name, or the thing that it is of, such as `flink.trips`.
    #[arg(requires = "what")]
    who: Option<String>,
    /// After `access`: what the role uses: a logical id, or a thing such as `builds.trips-jar`.
    what: Option<String>,
    /// The document.
    #[arg(long, value_name = "FILE", default_value = "pipeline.yaml")]
    file: String,
}

impl Arguments for Why {
    fn run(self) -> Outcome {
        let project = read_project(&self.file)?;
        let build = compile_or_fail(&project)?;
        match (self.place.as_str(), &self.who, &self.what) {
            ("access", Some(who), Some(what)) => return explain_access(&build, who, what),
            ("access", ..) => {
                return Err(Failure::usage("say who uses what: `tidegate why access ProdPipelineRole StoreBucket`"));
            }
            (place, Some(_), _) => {
                return Err(Failure::usage(format!("only `access` is followed by who and what, not `{place}`")));
            }
            _ => {}
        }
        let found = match self.place.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<usize>().ok()?)))
        {
            Some((path, line)) => at_line(&build.artifacts, path, line),
            None => by_id(&build.artifacts, &self.place),
        };
        if found.is_empty() {
            let hint = match self.place.contains(':') {
                true => "is it a generated file of this document, and is the line in it?",
                false => "name a logical id of a template, or a generated file and a line",
            };
            return Err(Failure::usage(format!("nothing was found at `{}`; {hint}", self.place)));
        }
        for (artifact, mapping) in found {
            host::print(&answer(artifact, mapping));
        }
        Ok(Exit::Clean)
    }
}

/// The innermost thing that is printed at a line.
fn at_line<'a>(artifacts: &'a [Artifact], path: &str, line: usize) -> Vec<(&'a Artifact, &'a Mapping)> {
    let path = path.replace('\\', "/");
    let artifact = artifacts.iter().find(|artifact| Path::new(&path).ends_with(&artifact.path));
    let Some(artifact) = artifact.filter(|artifact| line <= artifact.text.lines().count()) else { return Vec::new() };
    let before = artifact.mappings.iter().filter(|mapping| mapping.line <= line);
    before
        .max_by_key(|mapping| (mapping.line, mapping.pointer.len()))
        .map(|mapping| (artifact, mapping))
        .into_iter()
        .collect()
}

/// A resource, or one of its properties, in whichever template it is.
fn by_id<'a>(artifacts: &'a [Artifact], place: &str) -> Vec<(&'a Artifact, &'a Mapping)> {
    let (id, property) = place.split_once('/').map_or((place, None), |(id, property)| (id, Some(property)));
    let pointer = match property {
        Some(property) => format!("/Resources/{id}/Properties/{property}"),
        None => format!("/Resources/{id}"),
    };
    let all = artifacts.iter().flat_map(|artifact| artifact.mappings.iter().map(move |mapping| (artifact, mapping)));
    all.filter(|(_, mapping)| mapping.pointer == pointer).collect()
}

/// The statements by which a role may use something, or what is missing.
fn explain_access(build: &Build, who: &str, what: &str) -> Outcome {
    let explained = access::explain(build, who, what).map_err(Failure::usage)?;
    let texts: Vec<_> = explained.iter().map(|explained| explained.text.as_str()).collect();
    host::print(&texts.join("\n"));
    Ok(if explained.iter().all(|explained| explained.whole) { Exit::Clean } else { Exit::Findings })
}

fn answer(artifact: &Artifact, mapping: &Mapping) -> String {
    let what = if mapping.pointer.is_empty() { "the whole file" } else { &mapping.pointer };
    format!("{}:{} {what}\n{}", artifact.path, mapping.line, excerpt(&mapping.origin))
}

/// The line of the document that something follows from, and why.
pub(super) fn excerpt(origin: &Origin) -> String {
    let span = &origin.span;
    let position = span.start_position();
    let line = span.file.line(position.line);
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    let reason = match origin.reason {
        Some(reason) => format!("because {reason}; it belongs to what is written at"),
        None => "written at".to_owned(),
    };
    format!(
        "  {reason}\n{margin}--> {}:{number}:{}\n{margin} |\n{number} | {line}\n{margin} |\n",
        span.path(),
        position.column,
    )
}
