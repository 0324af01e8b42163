//! CodeBuild projects.

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
mod partial_vpc;
mod plain_secret;
mod size_not_offered;
mod source_artifacts_pair;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
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
    &partial_vpc::LINT,
    &plain_secret::LINT,
    &size_not_offered::LINT,
    &source_artifacts_pair::LINT,
];
