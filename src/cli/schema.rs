//! `tidegate schema`

use clap::Args;

use super::{Arguments, Exit, Outcome};
use crate::{compile, host};

/// Print the JSON Schema of the language, for editors
///
/// An editor that knows the YAML language server reads it from the first line of a document:
/// `# yaml-language-server: $schema=…`
#[derive(Args)]
pub(super) struct Schema {}

impl Arguments for Schema {
    fn run(self) -> Outcome {
        host::print(&format!("{:#}\n", compile::schema()));
        Ok(Exit::Clean)
    }
}
