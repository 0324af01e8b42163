//! `tidegate explain`

use clap::Args;

use super::{Arguments, Exit, Failure, Outcome};
use crate::diagnostic::{self, Rule};
use crate::{compile, host, reconcile};

/// Explain a rule: what it finds, why that matters, and what to write instead
///
/// Without a rule, list them all.
#[derive(Args)]
pub(super) struct Explain {
    /// The rule, as findings name it: `streams/retention`.
    rule: Option<String>,
}

/// Those of documents, and those of drift.
fn rules() -> impl Iterator<Item = &'static Rule> {
    compile::rules().chain(reconcile::RULES.iter().copied())
}

impl Arguments for Explain {
    fn run(self) -> Outcome {
        let Some(name) = self.rule else {
            for rule in rules() {
                host::print(&format!("{:7}  {}\n", rule.level.name(), rule.name));
            }
            return Ok(Exit::Clean);
        };
        if let Some(rule) = rules().find(|rule| rule.name == name) {
            host::print(rule.page);
            return Ok(Exit::Clean);
        }
        let near = diagnostic::nearest(&name, rules().map(|rule| rule.name));
        let hint =
            near.map_or_else(|| "`tidegate explain` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        Err(Failure::usage(format!("there is no rule `{name}`; {hint}")))
    }
}
