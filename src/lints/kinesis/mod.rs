//! Kinesis data streams and who reads them.

mod shard_count_missing;
mod shards_of_on_demand_stream;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[&shard_count_missing::LINT, &shards_of_on_demand_stream::LINT];
