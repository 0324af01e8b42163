//! Tables, jobs, clusters, warehouses, search domains and models.

mod attribute_definitions;
mod authentication_without_encryption;
mod broker_count;
mod capacity_beside_workers;
mod crawled_table;
mod dimension_of_another_service;
mod fine_grained_access_without_encryption;
mod flexible_streaming;
mod groups_and_fleets;
mod instance_type;
mod locked_out;
mod log_group_without_star;
mod named_configuration;
mod node_count;
mod recrawl_with_changes;
mod repeated_partition_column;
mod retired_version;
mod reversed_limits;
mod serverless_beside_instances;
mod storage_that_shrinks;
mod streaming_ends_after_eight_hours;
mod table_name;
#[cfg(test)]
mod tests;
mod throughput_of_on_demand_table;
mod two_definitions;
mod uneven_zones;
mod unknown_command;
mod unknown_state;
mod wait_in_express;
mod workers_of_python_shell;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &attribute_definitions::LINT,
    &authentication_without_encryption::LINT,
    &broker_count::LINT,
    &capacity_beside_workers::LINT,
    &crawled_table::LINT,
    &dimension_of_another_service::LINT,
    &fine_grained_access_without_encryption::LINT,
    &flexible_streaming::LINT,
    &groups_and_fleets::LINT,
    &instance_type::LINT,
    &locked_out::LINT,
    &log_group_without_star::LINT,
    &named_configuration::LINT,
    &node_count::LINT,
    &recrawl_with_changes::LINT,
    &repeated_partition_column::LINT,
    &retired_version::LINT,
    &reversed_limits::LINT,
    &serverless_beside_instances::LINT,
    &storage_that_shrinks::LINT,
    &streaming_ends_after_eight_hours::LINT,
    &table_name::LINT,
    &throughput_of_on_demand_table::LINT,
    &two_definitions::LINT,
    &uneven_zones::LINT,
    &unknown_command::LINT,
    &unknown_state::LINT,
    &wait_in_express::LINT,
    &workers_of_python_shell::LINT,
];
