//! Tables, jobs, clusters, warehouses, search domains and models.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
