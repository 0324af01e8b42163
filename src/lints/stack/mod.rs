//! CloudFormation itself: limits, order, names, and what a deletion takes along.

mod circular_dependency;
mod deleted_with_data;
mod fixed_bucket_name;
mod retired_service;
mod shared_name;
mod snapshot_of_nothing;
#[cfg(test)]
mod tests;
mod too_large;
mod unused_part;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &circular_dependency::LINT,
    &deleted_with_data::LINT,
    &fixed_bucket_name::LINT,
    &retired_service::LINT,
    &shared_name::LINT,
    &snapshot_of_nothing::LINT,
    &too_large::LINT,
    &unused_part::LINT,
];
