//! Firehose deliveries.

mod conversion_buffer;
mod conversion_compression;
mod conversion_format;
mod conversion_without_schema;
mod destination_count;
mod encryption_key;
mod encryption_of_stream_source;
mod ignored_source;
mod missing_source;
mod partition_buffer;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &conversion_buffer::LINT,
    &conversion_compression::LINT,
    &conversion_format::LINT,
    &conversion_without_schema::LINT,
    &destination_count::LINT,
    &encryption_key::LINT,
    &encryption_of_stream_source::LINT,
    &ignored_source::LINT,
    &missing_source::LINT,
    &partition_buffer::LINT,
];
