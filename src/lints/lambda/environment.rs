//! The environment variables of functions.

use crate::analysis::System;
use crate::analysis::value::{alternatives, look};
use crate::desired::Value;

/// The variables of every function, once for each branch of a condition.
pub(super) fn variables<'a>(system: &System<'a>) -> Vec<&'a Value> {
    system
        .sites()
        .filter(|site| {
            matches!(site.resource.resource_type.as_str(), "AWS::Lambda::Function" | "AWS::Serverless::Function")
        })
        .filter_map(|site| look(&site.resource.properties, "/Environment/Variables").found())
        .flat_map(alternatives)
        .collect()
}
