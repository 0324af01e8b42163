//! `tidegate rules`

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::{Arguments, Exit, Outcome};
use crate::diagnostic::{Rule, Safety};
use crate::lints::Effect;
use crate::{compile, host, lints, reconcile};

/// List all rules: how bad each is, what a mistake costs, and whether it can be mended by `check --fix`
///
/// A lint's level can be set; a check belongs to a phase and is always what it is.
#[derive(Args)]
pub(super) struct Rules {
    /// Only the rules of these areas, e.g. `flink`.
    areas: Vec<String>,
    /// How they are shown.
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Those of files, and those of drift.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    compile::rules().chain(reconcile::RULES.iter().copied())
}

fn effects() -> BTreeMap<&'static str, Effect> {
    lints::all().map(|lint| (lint.rule.name, lint.effect)).collect()
}

impl Arguments for Rules {
    fn run(self) -> Outcome {
        let chosen = |rule: &&Rule| self.areas.is_empty() || self.areas.iter().any(|area| rule.area() == area);
        let rules: Vec<&Rule> = all().filter(chosen).collect();
        if rules.is_empty() {
            let areas = all().map(Rule::area).collect::<std::collections::BTreeSet<_>>();
            return Err(super::Failure::usage(format!(
                "there is no such area; the areas are {}",
                crate::diagnostic::list(areas)
            )));
        }
        let effects = effects();
        if self.format == "json" {
            let rules: Vec<_> = rules
                .iter()
                .map(|rule| {
                    json!({
                        "rule": rule.name,
                        "area": rule.area(),
                        "level": rule.level.name(),
                        "kind": if effects.contains_key(rule.name) { "lint" } else { "check" },
                        "effect": effects.get(rule.name).map(|effect| effect.name()),
                        "settable": compile::is_settable(rule),
                        "fix": rule.fixable().map(Safety::name),
                        "summary": rule.summary(),
                    })
                })
                .collect();
            host::print(&format!("{:#}\n", json!({ "version": 1, "rules": rules })));
            return Ok(Exit::Clean);
        }
        let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
        for rule in rules {
            let effect = effects.get(rule.name).map_or("check", |effect| effect.name());
            let fix = rule.fixable().map(|safety| format!(", {} fix", safety.name())).unwrap_or_default();
            host::print(&format!("{:7}  {:width$}  {effect}{fix}\n", rule.level.name(), rule.name));
        }
        Ok(Exit::Clean)
    }
}
