//! CodeBuild projects.

mod batch_not_enabled;
mod batch_without_role;
mod beyond_lambda_compute;
mod cache_without_store;
mod compute_type_mismatch;
mod curated_image_by_role;
mod deprecated_image;
mod docker_without_privilege;
mod image_type_mismatch;
mod incomplete_cache;
mod missing_fleet;
mod missing_location;
mod needless_privilege;
mod no_source_without_buildspec;
mod outputs_without_artifacts;
mod parallel_beyond_limit;
mod partial_vpc;
mod plain_secret;
mod public_subnet;
mod size_not_offered;
mod source_artifacts_pair;

#[cfg(test)]
mod tests;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &batch_not_enabled::LINT,
    &batch_without_role::LINT,
    &beyond_lambda_compute::LINT,
    &cache_without_store::LINT,
    &compute_type_mismatch::LINT,
    &curated_image_by_role::LINT,
    &deprecated_image::LINT,
    &docker_without_privilege::LINT,
    &image_type_mismatch::LINT,
    &incomplete_cache::LINT,
    &missing_fleet::LINT,
    &missing_location::LINT,
    &needless_privilege::LINT,
    &no_source_without_buildspec::LINT,
    &outputs_without_artifacts::LINT,
    &parallel_beyond_limit::LINT,
    &partial_vpc::LINT,
    &plain_secret::LINT,
    &public_subnet::LINT,
    &size_not_offered::LINT,
    &source_artifacts_pair::LINT,
];
