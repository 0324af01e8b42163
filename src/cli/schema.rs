//! `tidegate schema`

use clap::Args;

use super::{Arguments, Exit, Outcome};
use crate::{compile, host};

/// Print the JSON Schema of the language, or of the settings, for editors
///
/// An editor that knows the YAML language server reads it from the first line of a file:
/// `# yaml-language-server: $schema=…`
#[derive(Args)]
pub(super) struct Schema {
    /// Print that of `.tidegate.yaml`.
    #[arg(long)]
    settings: bool,
}

impl Arguments for Schema {
    fn run(self) -> Outcome {
        let schema = if self.settings { compile::settings_schema() } else { compile::schema() };
        host::print(&format!("{schema:#}\n"));
        Ok(Exit::Clean)
    }
}
