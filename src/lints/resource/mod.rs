//! What the registry's schema of a type says of every resource.

mod duplicate_item;
mod exclusive_properties;
mod length;
mod missing_property;
mod out_of_range;
mod pattern;
mod read_only_property;
#[cfg(test)]
mod tests;
mod unknown_property;
mod unknown_type;
mod unknown_value;
mod words;
mod wrong_type;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &unknown_type::LINT,
    &unknown_property::LINT,
    &missing_property::LINT,
    &read_only_property::LINT,
    &exclusive_properties::LINT,
    &wrong_type::LINT,
    &unknown_value::LINT,
    &out_of_range::LINT,
    &length::LINT,
    &pattern::LINT,
    &duplicate_item::LINT,
];
