//! `repos`, `builds`, `gates` and `pipelines`: how code and this file itself come into the account.
//!
//! These four are one folder because a pipeline is made of the others.

mod access;
mod action;
mod approvals;
mod builds;
mod buildspec;
mod check;
mod deployments;
mod gates;
mod notices;
mod pipelines;
mod repos;
mod rules;
mod shared;
mod stages;
mod triggers;
mod watch;

pub use builds::BUILDS;
pub(in crate::kinds) use builds::{codecommit_of, needs_pipeline, output_extension};
pub use gates::GATES;
pub use pipelines::PIPELINES;
pub(in crate::kinds) use pipelines::{invocation, pipelines_of};
pub use repos::REPOS;
pub(in crate::kinds) use shared::read_published;
pub(in crate::kinds) use watch::add as watch;

use crate::desired::Origin;
use crate::model::Lowering;
use crate::spec::Target;

/// Adds the bucket that holds what is published, and its key, to the delivery stack.
pub(in crate::kinds) fn add_published(lowering: &mut Lowering<'_>, origin: &Origin) {
    shared::add(lowering, origin);
}

#[derive(Debug)]
pub struct Repos;

impl Target for Repos {
    const SECTIONS: &'static [&'static str] = &["repos"];
}

#[derive(Debug)]
pub struct Builds;

impl Target for Builds {
    const SECTIONS: &'static [&'static str] = &["builds"];
}

#[derive(Debug)]
pub struct Gates;

impl Target for Gates {
    const SECTIONS: &'static [&'static str] = &["gates"];
}

#[derive(Debug)]
pub struct Environments;

impl Target for Environments {
    const SECTIONS: &'static [&'static str] = &["environments"];
}

/// What can be copied.
#[derive(Debug)]
pub struct Artifacts;

impl Target for Artifacts {
    const SECTIONS: &'static [&'static str] = &["builds", "repos"];
}
