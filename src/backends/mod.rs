//! Outputs: each a pure function from [`Desired`] to files, one folder each. Adding one is a folder and a line in
//! [`BACKENDS`].

pub mod buildspec;
pub mod cloudformation;
pub mod codepipeline;
pub mod limits;
pub mod uploads;

use crate::artifact::Artifact;
use crate::desired::Desired;

/// The files of one output; `header` is the comment line above each file that can hold one.
pub type Backend = fn(desired: &Desired, header: &str) -> Vec<Artifact>;

/// Every output.
pub static BACKENDS: &[Backend] =
    &[cloudformation::artifacts, codepipeline::artifacts, buildspec::artifacts, uploads::artifacts];
