//! CodePipeline: its structure, actions, artifacts, variables and triggers.

mod action_without_commands;
mod approval_configuration;
mod approval_guards_nothing;
mod artifact_before_made;
mod artifact_count;
mod artifact_expiry;
mod branch_reference;
mod build_variables;
mod canned_acl;
mod capabilities;
mod change_set_never_made;
mod clone_reference;
mod commands_of_other_action;
mod condition_limit;
mod condition_result;
mod configuration_length;
mod cross_account_key;
mod cross_account_role;
mod cross_region_store;
mod deployment_window;
mod first_stage_without_source;
mod github_by_token;
mod glob_matches_nothing;
mod half_configured_action;
mod half_configured_stack;
mod ignored_timeout;
mod merge_starts_twice;
mod missing_action_key;
mod missing_capability;
mod multi_line_command;
mod never_starts;
mod object_key;
mod parallel_deployments;
mod parallel_rollback;
mod parameter_overrides;
mod pending_connection;
mod personal_token;
mod polls_and_listens;
mod primary_source;
mod regex_in_glob;
mod repeated_name;
mod repeated_namespace;
mod replace_on_failure;
mod repository_name;
mod retired_provider;
mod role_of_foreign_action;
mod rule_configuration;
mod secondary_artifacts;
mod shallow_glob;
mod source_outside_first_stage;
mod source_rollback;
mod state_machine_input;
mod template_not_an_input;
#[cfg(test)]
mod tests;
mod trigger_event;
mod trigger_filter;
mod trigger_limit;
mod trigger_source;
mod two_branches_of_one_repository;
mod type_lacks_feature;
mod unanswered_invocation;
mod undefined_variable;
mod unknown_action_key;
mod unknown_action_mode;
mod unknown_action_value;
mod unknown_parameter;
mod unknown_provider;
mod unknown_rule;
mod unknown_stage_of_transition;
mod unmade_artifact;
mod unset_variable;
mod unused_artifact;
mod unused_variable;
mod unversioned_source_bucket;
mod user_parameters;
mod variable_before_set;
mod variable_declaration;
mod variable_without_default;
mod windows_on_small_compute;
mod work_in_source_stage;
mod wrong_action_type;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &action_without_commands::LINT,
    &approval_configuration::LINT,
    &approval_guards_nothing::LINT,
    &artifact_before_made::LINT,
    &artifact_count::LINT,
    &artifact_expiry::LINT,
    &branch_reference::LINT,
    &build_variables::LINT,
    &canned_acl::LINT,
    &capabilities::LINT,
    &change_set_never_made::LINT,
    &clone_reference::LINT,
    &commands_of_other_action::LINT,
    &condition_limit::LINT,
    &condition_result::LINT,
    &configuration_length::LINT,
    &cross_account_key::LINT,
    &cross_account_role::LINT,
    &cross_region_store::LINT,
    &deployment_window::LINT,
    &first_stage_without_source::LINT,
    &github_by_token::LINT,
    &glob_matches_nothing::LINT,
    &half_configured_action::LINT,
    &half_configured_stack::LINT,
    &ignored_timeout::LINT,
    &merge_starts_twice::LINT,
    &missing_action_key::LINT,
    &missing_capability::LINT,
    &multi_line_command::LINT,
    &never_starts::LINT,
    &object_key::LINT,
    &parallel_deployments::LINT,
    &parallel_rollback::LINT,
    &parameter_overrides::LINT,
    &pending_connection::LINT,
    &personal_token::LINT,
    &polls_and_listens::LINT,
    &primary_source::LINT,
    &regex_in_glob::LINT,
    &repeated_name::LINT,
    &repeated_namespace::LINT,
    &replace_on_failure::LINT,
    &repository_name::LINT,
    &retired_provider::LINT,
    &role_of_foreign_action::LINT,
    &rule_configuration::LINT,
    &secondary_artifacts::LINT,
    &shallow_glob::LINT,
    &source_outside_first_stage::LINT,
    &source_rollback::LINT,
    &state_machine_input::LINT,
    &template_not_an_input::LINT,
    &trigger_event::LINT,
    &trigger_filter::LINT,
    &trigger_limit::LINT,
    &trigger_source::LINT,
    &two_branches_of_one_repository::LINT,
    &type_lacks_feature::LINT,
    &unanswered_invocation::LINT,
    &undefined_variable::LINT,
    &unknown_action_key::LINT,
    &unknown_action_mode::LINT,
    &unknown_action_value::LINT,
    &unknown_parameter::LINT,
    &unknown_provider::LINT,
    &unknown_rule::LINT,
    &unknown_stage_of_transition::LINT,
    &unmade_artifact::LINT,
    &unset_variable::LINT,
    &unused_artifact::LINT,
    &unused_variable::LINT,
    &unversioned_source_bucket::LINT,
    &user_parameters::LINT,
    &variable_before_set::LINT,
    &variable_declaration::LINT,
    &variable_without_default::LINT,
    &windows_on_small_compute::LINT,
    &work_in_source_stage::LINT,
    &wrong_action_type::LINT,
];
