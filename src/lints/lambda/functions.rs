//! The functions of a system, written for Lambda or as parts of serverless applications.

use crate::analysis::System;
use crate::analysis::value::{alternatives, look};
use crate::desired::Value;

/// The variables of every function, once for each branch of a condition.
pub(super) fn variables<'a>(system: &System<'a>) -> Vec<&'a Value> {
    settings(system, "/Environment/Variables")
}

/// The runtime of every function, once for each branch of a condition.
pub(super) fn runtimes<'a>(system: &System<'a>) -> Vec<&'a Value> {
    settings(system, "/Runtime")
}

fn settings<'a>(system: &System<'a>, pointer: &str) -> Vec<&'a Value> {
    let is_function =
        |resource_type: &str| matches!(resource_type, "AWS::Lambda::Function" | "AWS::Serverless::Function");
    let functions = system.sites().filter(|site| is_function(&site.resource.resource_type));
    functions.filter_map(|site| look(&site.resource.properties, pointer).found()).flat_map(alternatives).collect()
}
