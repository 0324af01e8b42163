//! `tidegate render`

use std::path::PathBuf;

use clap::Args;

use super::{Arguments, DocumentArgument, Exit, Failure, Outcome, compile_or_fail, read_project};
use crate::compile::Build;
use crate::diagnostic::{self, Format};
use crate::host::{self, Change, Project};

/// Write what is generated from a document: templates, pipeline definitions, buildspecs, and the map back
///
/// Everything goes to `generated/<name>/` at the root of the repository, is committed, and is read in reviews. Equal
/// documents give equal bytes. With --check nothing is written: the command fails when a file is not up to date.
#[derive(Args)]
pub(super) struct Render {
    #[command(flatten)]
    document: DocumentArgument,
    /// Write nothing, and fail when something is not up to date.
    #[arg(long)]
    check: bool,
    /// The folder that the folder of the system is made in, instead of `generated`.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Do not list files.
    #[arg(long, short)]
    quiet: bool,
}

/// Where the artifacts of a build belong.
pub(super) fn folder_of(project: &Project, build: &Build, output: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    let name = build.model.as_ref().map(|model| model.name.value.clone());
    let name = name.ok_or_else(|| Failure::usage(format!("{} has no name", project.input.file.path())))?;
    Ok(output.map_or_else(|| project.root.join("generated"), PathBuf::clone).join(name))
}

impl Arguments for Render {
    fn run(self) -> Outcome {
        let project = read_project(&self.document.file)?;
        let build = compile_or_fail(&project)?;
        if !build.diagnostics.is_empty() {
            host::tell(diagnostic::render(&build.diagnostics, Format::Full, host::style()).trim_end());
        }
        let folder = folder_of(&project, &build, self.output.as_ref())?;
        let shown = folder.strip_prefix(&project.root).unwrap_or(&folder).display().to_string().replace('\\', "/");
        let changes = if self.check {
            host::compare_artifacts(&folder, &build.artifacts)
        } else {
            host::write_artifacts(&folder, &build.artifacts).map_err(Failure::environment)?
        };
        let stale = changes.iter().filter(|(_, change)| *change != Change::Unchanged).count();
        if !self.quiet {
            for (path, change) in &changes {
                let word = match (change, self.check) {
                    (Change::Unchanged, _) => "unchanged",
                    (Change::Created, false) => "created",
                    (Change::Updated, false) => "updated",
                    (Change::Removed, false) => "removed",
                    (Change::Created, true) => "missing",
                    (Change::Updated, true) => "stale",
                    (Change::Removed, true) => "left over",
                };
                host::print(&format!("{word:>9}  {shown}/{path}\n"));
            }
        }
        if self.check && stale > 0 {
            let files = if stale == 1 { "1 file is".to_owned() } else { format!("{stale} files are") };
            host::tell(&format!(
                "{files} not what {} says; run `tidegate render {0}` and commit",
                project.input.file.path()
            ));
            return Ok(Exit::Findings);
        }
        Ok(Exit::Clean)
    }
}
