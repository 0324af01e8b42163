//! `tidegate graph`

use clap::Args;

use super::{Arguments, DocumentArgument, Exit, Failure, Outcome, compile_or_fail, read_project};
use crate::{host, model};

/// Draw a document as a Mermaid diagram
///
/// GitHub and GitLab show it in a Markdown block marked `mermaid`.
#[derive(Args)]
pub(super) struct Graph {
    #[command(flatten)]
    document: DocumentArgument,
}

impl Arguments for Graph {
    fn run(self) -> Outcome {
        let project = read_project(&self.document.file)?;
        let build = compile_or_fail(&project)?;
        let model = build.model.ok_or_else(|| Failure::usage("the document is empty"))?;
        host::print(&model::mermaid(&model));
        Ok(Exit::Clean)
    }
}
