//! `tidegate schema`

use clap::Args;

use super::{Arguments, Exit, Outcome};
use crate::{compile, host};

/// Print the JSON Schema of the language, of modules, or of the settings, for editors
///
/// An editor that knows the YAML language server reads it from the first line of a file:
/// `# yaml-language-server: $schema=…`
#[derive(Args)]
pub(super) struct Schema {
    /// Print that of `.tidegate.yaml`.
    #[arg(long)]
    settings: bool,
    /// Print that of `module.yaml`.
    #[arg(long, conflicts_with = "settings")]
    module: bool,
}

impl Arguments for Schema {
    fn run(self) -> Outcome {
        let schema = match (self.settings, self.module) {
            (true, _) => compile::settings_schema(),
            (_, true) => compile::module_schema(),
            _ => compile::schema(),
        };
        host::print(&format!("{schema:#}\n"));
        Ok(Exit::Clean)
    }
}
