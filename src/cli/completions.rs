//! `tidegate completions`

use clap::Args;
use clap_complete::Shell;

use super::{Arguments, Exit, Outcome, command_line};
use crate::host;

/// Print the completions for a shell
///
/// For bash: `source <(tidegate completions bash)`
#[derive(Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Arguments for Completions {
    fn run(self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line(), "tidegate", &mut script);
        host::print(&String::from_utf8_lossy(&script));
        Ok(Exit::Clean)
    }
}
