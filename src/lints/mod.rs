//! Opinions about what a file asks for: one file and one page for each, in the folder of its area.
//!
//! A lint reads the views of [`System`] and pushes what it finds. It is an error only where AWS surely refuses or state
//! is surely lost; its level can be set by the user, which the checks of the phases before it cannot.

mod buildspec;
mod codebuild;
mod data;
mod firehose;
mod flink;
mod iam;
mod kinesis;
mod lambda;
mod messaging;
mod pipeline;
mod resource;
mod stack;
#[cfg(test)]
mod tests;

use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Rule};

/// One lint.
#[derive(Debug)]
pub struct Lint {
    pub rule: Rule,
    pub effect: Effect,
    pub check: fn(&System<'_>, &mut Vec<Diagnostic>),
}

/// What the mistake costs when nobody finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// AWS refuses the deployment.
    Deployment,
    /// The deployment succeeds, and what was deployed fails.
    Run,
    /// Nothing fails, and what happens is not what was meant.
    Silent,
    /// Data or state is lost.
    Loss,
    /// More is allowed or shown than was meant.
    Security,
    /// It costs more than it needs to.
    Cost,
}

impl Effect {
    /// How the pages and listings call it.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Deployment => "deployment fails",
            Effect::Run => "fails when it runs",
            Effect::Silent => "silently wrong",
            Effect::Loss => "loses data or state",
            Effect::Security => "security",
            Effect::Cost => "cost",
        }
    }
}

/// Every lint, by area.
static AREAS: &[&[&Lint]] = &[
    resource::LINTS,
    pipeline::LINTS,
    codebuild::LINTS,
    buildspec::LINTS,
    flink::LINTS,
    kinesis::LINTS,
    firehose::LINTS,
    lambda::LINTS,
    messaging::LINTS,
    data::LINTS,
    stack::LINTS,
    iam::LINTS,
];

/// Every lint, in the order of the areas.
pub fn all() -> impl Iterator<Item = &'static Lint> {
    AREAS.iter().flat_map(|area| area.iter()).copied()
}

/// What all lints find.
pub fn lint(system: &System<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for lint in all() {
        (lint.check)(system, &mut findings);
    }
    findings
}
