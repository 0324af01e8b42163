//! `tidegate check`

use clap::Args;

use super::{Arguments, Exit, FormatArgument, Outcome, read_project};
use crate::compile;
use crate::diagnostic::{self, Format, Level};
use crate::host;

/// Check documents: what is misspelt, what does not fit together, what AWS would refuse, and what would be lost
///
/// Works offline, in milliseconds, and writes nothing. Every finding names its rule; `tidegate explain RULE` says more.
#[derive(Args)]
pub(super) struct Check {
    /// The documents; `-` reads the standard input.
    #[arg(default_value = "pipeline.yaml")]
    files: Vec<String>,
    #[command(flatten)]
    format: FormatArgument,
    /// The least level of finding that makes the command fail.
    #[arg(long, value_name = "LEVEL", default_value = "error", value_parser = ["error", "warning", "info"])]
    fail_on: String,
    /// Succeed in spite of findings.
    #[arg(long)]
    exit_zero: bool,
    /// Say nothing but findings.
    #[arg(long, short)]
    quiet: bool,
}

impl Arguments for Check {
    fn run(self) -> Outcome {
        let mut findings = Vec::new();
        for file in &self.files {
            findings.extend(compile::check(&read_project(file)?.input).diagnostics);
        }
        diagnostic::sort(&mut findings);
        let format = self.format.format();
        host::print(&diagnostic::render(&findings, format, host::style()));
        if !self.quiet && matches!(format, Format::Full | Format::Concise) {
            host::tell(&match findings.is_empty() {
                true => format!("{} checked: nothing to complain of", self.files.join(", ")),
                false => diagnostic::summary(&findings),
            });
        }
        let limit = [Level::Error, Level::Warning, Level::Info].into_iter().find(|level| level.name() == self.fail_on);
        let failed = findings.iter().any(|finding| Some(finding.level()) <= limit);
        Ok(if failed && !self.exit_zero { Exit::Findings } else { Exit::Clean })
    }
}
