//! `tidegate schema`

use clap::Args;

use super::{Arguments, Exit, Outcome};
use crate::{compile, host, policy};

/// Print the JSON Schema of the language, of modules, of the settings, or of a policy, for editors
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
    /// Print that of `.tidegate-reconcile.yaml`.
    #[arg(long, conflicts_with_all = ["settings", "module"])]
    policy: bool,
}

impl Arguments for Schema {
    fn run(self) -> Outcome {
        let schema = match (self.settings, self.module, self.policy) {
            (true, ..) => compile::settings_schema(),
            (_, true, _) => compile::module_schema(),
            (.., true) => policy::schema(),
            _ => compile::schema(),
        };
        host::print(&format!("{schema:#}\n"));
        Ok(Exit::Clean)
    }
}
