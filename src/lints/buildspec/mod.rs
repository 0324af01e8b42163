//! Buildspecs, in files of their own and inside projects.

mod bash_in_sh;
mod bash_without_shell;
mod batch_cycle;
mod command_not_text;
pub(super) mod common;
mod deploys_after_failure;
mod exported_secret;
mod fallback_without_key;
mod lost_shell_state;
mod misplaced_runtimes;
mod missing_key;
mod no_artifact_files;
mod plain_secret;
mod repeated_batch_build;
mod repeated_exported_variable;
mod reserved_variable;
mod secret_version_and_stage;
mod too_many_reports;
mod two_batches;
mod unchecked_command;
mod unfit_identifier;
mod unknown_batch_build;
mod unknown_key;
mod unknown_report_format;
mod unknown_runtime;
mod unknown_value;
mod unknown_version;
mod unquoted_version;
mod unreadable_text;
mod unset_exported_variable;

#[cfg(test)]
mod tests;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &bash_in_sh::LINT,
    &bash_without_shell::LINT,
    &batch_cycle::LINT,
    &command_not_text::LINT,
    &deploys_after_failure::LINT,
    &exported_secret::LINT,
    &fallback_without_key::LINT,
    &lost_shell_state::LINT,
    &misplaced_runtimes::LINT,
    &missing_key::LINT,
    &no_artifact_files::LINT,
    &plain_secret::LINT,
    &repeated_batch_build::LINT,
    &repeated_exported_variable::LINT,
    &reserved_variable::LINT,
    &secret_version_and_stage::LINT,
    &too_many_reports::LINT,
    &two_batches::LINT,
    &unchecked_command::LINT,
    &unfit_identifier::LINT,
    &unknown_batch_build::LINT,
    &unknown_key::LINT,
    &unknown_report_format::LINT,
    &unknown_runtime::LINT,
    &unknown_value::LINT,
    &unknown_version::LINT,
    &unquoted_version::LINT,
    &unreadable_text::LINT,
    &unset_exported_variable::LINT,
];
