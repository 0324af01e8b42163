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
mod ignored_source;
mod misplaced_expression;
mod missing_source;
mod partition_buffer;
mod partition_key_without_processor;
mod partition_not_enabled;
mod partition_without_key;
mod prefix_without_error_prefix;
mod processor_without_partitioning;
mod unknown_expression;

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
    &ignored_source::LINT,
    &misplaced_expression::LINT,
    &missing_source::LINT,
    &partition_buffer::LINT,
    &partition_key_without_processor::LINT,
    &partition_not_enabled::LINT,
    &partition_without_key::LINT,
    &prefix_without_error_prefix::LINT,
    &processor_without_partitioning::LINT,
    &unknown_expression::LINT,
];
