//! `tidegate explain`

use clap::Args;

use super::{Arguments, Exit, Failure, Outcome, rules};
use crate::{diagnostic, host};

/// Explain a rule: what it finds, why that matters, and what to write instead
#[derive(Args)]
pub(super) struct Explain {
    /// The rule, as findings name it: `streams/retention`. `tidegate rules` lists them.
    rule: String,
}

impl Arguments for Explain {
    fn run(self) -> Outcome {
        if let Some(rule) = rules::all().find(|rule| rule.name == self.rule) {
            host::print(rule.page);
            return Ok(Exit::Clean);
        }
        let near = diagnostic::nearest(&self.rule, rules::all().map(|rule| rule.name));
        let hint =
            near.map_or_else(|| "`tidegate rules` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        Err(Failure::usage(format!("there is no rule `{}`; {hint}", self.rule)))
    }
}
