//! Firehose deliveries.

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
mod ignored_source;
mod logs_without_decompression;
mod misplaced_expression;
mod missing_processor_parameter;
mod missing_source;
mod partition_buffer;
mod partition_key_mismatch;
mod partition_key_without_processor;
mod partition_not_enabled;
mod partition_without_key;
mod prefix_without_error_prefix;
mod processing_not_enabled;
mod processor_buffer;
mod processor_count;
mod processor_value;
mod processor_without_partitioning;
mod slow_function;
mod unknown_expression;
mod unused_partition_key;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
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
    &ignored_source::LINT,
    &logs_without_decompression::LINT,
    &misplaced_expression::LINT,
    &missing_processor_parameter::LINT,
    &missing_source::LINT,
    &partition_buffer::LINT,
    &partition_key_mismatch::LINT,
    &partition_key_without_processor::LINT,
    &partition_not_enabled::LINT,
    &partition_without_key::LINT,
    &prefix_without_error_prefix::LINT,
    &processing_not_enabled::LINT,
    &processor_buffer::LINT,
    &processor_count::LINT,
    &processor_value::LINT,
    &processor_without_partitioning::LINT,
    &slow_function::LINT,
    &unknown_expression::LINT,
    &unused_partition_key::LINT,
];
