//! The functions of a system, written for Lambda or as parts of serverless applications.

use crate::analysis::value::{alternatives, look};
use crate::analysis::{Site, System};
use crate::desired::Value;

/// The variables of every function, once for each branch of a condition.
pub(super) fn variables<'a>(system: &System<'a>) -> Vec<&'a Value> {
    settings(system, "/Environment/Variables")
}

/// The runtime of every function, once for each branch of a condition.
pub(super) fn runtimes<'a>(system: &System<'a>) -> Vec<&'a Value> {
    settings(system, "/Runtime")
}

pub(super) fn functions<'a>(system: &System<'a>) -> impl Iterator<Item = Site<'a>> {
    system.sites().filter(|site| {
        matches!(site.resource.resource_type.as_str(), "AWS::Lambda::Function" | "AWS::Serverless::Function")
    })
}

fn settings<'a>(system: &System<'a>, pointer: &str) -> Vec<&'a Value> {
    functions(system)
        .filter_map(|site| look(&site.resource.properties, pointer).found())
        .flat_map(alternatives)
        .collect()
}
