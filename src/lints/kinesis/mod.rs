//! Kinesis data streams and who reads them.

mod shard_count_missing;
mod consumer_limit;
mod repeated_consumer;
mod shards_of_on_demand_stream;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[&shard_count_missing::LINT, &shards_of_on_demand_stream::LINT];
pub(super) static LINTS: &[&Lint] =
    &[&consumer_limit::LINT, &repeated_consumer::LINT, &shards_of_on_demand_stream::LINT];
