//! CloudFormation itself: limits, order, names, and what a deletion takes along.

mod circular_dependency;
mod retired_service;
mod shared_name;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[&circular_dependency::LINT, &retired_service::LINT, &shared_name::LINT];
