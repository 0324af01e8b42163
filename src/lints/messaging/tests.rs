//! Shapes that the pages do not show.

mod alarms;
mod events;
mod queues;

use crate::lints::tests::{in_template, rules};

/// The rules of `areas` that a template brings out, each once.
fn found(areas: &[&str], text: &str) -> Vec<&'static str> {
    rules(&in_template(text), areas)
}

/// A template with one resource, its properties in flow style, and parameters and a condition to speak of.
fn resource(resource_type: &str, properties: &str) -> String {
    resources(&format!("It: {{Type: \"{resource_type}\", Properties: {{{properties}}}}}"))
}

/// A template of resources, each on a line in flow style.
fn resources(lines: &str) -> String {
    let lines = lines.trim().lines().map(|line| format!("  {}\n", line.trim())).collect::<String>();
    format!(
        "Parameters: {{Text: {{Type: String}}, Production: {{Type: String}}}}\n\
         Conditions: {{IsProduction: !Equals [!Ref Production, \"yes\"]}}\n\
         Resources:\n{lines}"
    )
}
