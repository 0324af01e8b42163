//! Kinesis data streams and who reads them.

mod shards_of_on_demand_stream;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[&shards_of_on_demand_stream::LINT];
