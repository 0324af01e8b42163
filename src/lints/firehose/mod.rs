//! Firehose deliveries.

mod backup_without_bucket;
mod bucket_arn;
mod buffering_range;
mod conversion_buffer;
mod conversion_compression;
mod conversion_format;
mod conversion_without_schema;
mod date_pattern;
mod destination_count;
mod encryption_key;
mod encryption_of_stream_source;
mod error_prefix_without_type;
mod foreign_processor_parameter;
mod iceberg_backup;
mod iceberg_without_table;
mod ignored_backup;
mod ignored_source;
mod logging_without_group;
mod logs_without_decompression;
mod misplaced_expression;
mod missing_credentials;
mod missing_permission;
mod missing_processor_parameter;
mod missing_source;
mod misspelt_table;
mod name_for_arn;
mod object_encryption;
mod one_buffering_hint;
mod opensearch_endpoint;
mod partition_buffer;
mod partition_key_mismatch;
mod partition_key_without_processor;
mod partition_not_enabled;
mod partition_without_key;
mod plain_hec_endpoint;
mod prefix_without_error_prefix;
mod processing_not_enabled;
mod processor_buffer;
mod processor_count;
mod processor_value;
mod processor_without_partitioning;
mod redshift_compression;
mod repeated_attribute;
mod slow_function;
mod snowflake_columns;
#[cfg(test)]
mod tests;
mod type_name;
mod unknown_expression;
mod unused_partition_key;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &backup_without_bucket::LINT,
    &bucket_arn::LINT,
    &buffering_range::LINT,
    &conversion_buffer::LINT,
    &conversion_compression::LINT,
    &conversion_format::LINT,
    &conversion_without_schema::LINT,
    &date_pattern::LINT,
    &destination_count::LINT,
    &encryption_key::LINT,
    &encryption_of_stream_source::LINT,
    &error_prefix_without_type::LINT,
    &foreign_processor_parameter::LINT,
    &iceberg_backup::LINT,
    &iceberg_without_table::LINT,
    &ignored_backup::LINT,
    &ignored_source::LINT,
    &logging_without_group::LINT,
    &logs_without_decompression::LINT,
    &misplaced_expression::LINT,
    &missing_credentials::LINT,
    &missing_processor_parameter::LINT,
    &missing_source::LINT,
    &misspelt_table::LINT,
    &name_for_arn::LINT,
    &object_encryption::LINT,
    &one_buffering_hint::LINT,
    &opensearch_endpoint::LINT,
    &partition_buffer::LINT,
    &partition_key_mismatch::LINT,
    &partition_key_without_processor::LINT,
    &partition_not_enabled::LINT,
    &partition_without_key::LINT,
    &plain_hec_endpoint::LINT,
    &prefix_without_error_prefix::LINT,
    &processing_not_enabled::LINT,
    &processor_buffer::LINT,
    &processor_count::LINT,
    &processor_value::LINT,
    &processor_without_partitioning::LINT,
    &redshift_compression::LINT,
    &repeated_attribute::LINT,
    &slow_function::LINT,
    &snowflake_columns::LINT,
    &type_name::LINT,
    &unknown_expression::LINT,
    &unused_partition_key::LINT,
    &missing_permission::LINT,
];
