//! What the registry's schema of a type says of every resource.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
