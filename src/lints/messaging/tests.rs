//! Shapes that the pages do not show.

mod alarms;
mod events;
mod queues;

use crate::analysis::System;
use crate::desired::Desired;
use crate::source::{Files, SourceFile};
use crate::{lints, template};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Option<String> {
        None
    }

    fn list(&self, _folder: &str) -> Option<Vec<String>> {
        None
    }
}

/// The rules of `areas` that a template brings out, each once.
fn found(areas: &[&str], text: &str) -> Vec<&'static str> {
    let lifted = template::lift(&SourceFile::new("template.yaml", text));
    assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
    let desired = Desired { stacks: vec![lifted.stack] };
    let findings = lints::lint(&System::new(&desired, None, &NoFiles));
    let rules = findings.iter().map(|finding| finding.rule).filter(|rule| areas.contains(&rule.area()));
    let mut names: Vec<_> = rules.map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    names
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
