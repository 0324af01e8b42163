//! Kinesis data streams and who reads them.

mod consumer_limit;
mod repeated_consumer;
mod shard_count_missing;
mod shards_of_on_demand_stream;
#[cfg(test)]
mod tests;

use super::Lint;

pub(super) static LINTS: &[&Lint] =
    &[&consumer_limit::LINT, &repeated_consumer::LINT, &shard_count_missing::LINT, &shards_of_on_demand_stream::LINT];
