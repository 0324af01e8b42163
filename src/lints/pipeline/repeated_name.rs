use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::stages::certain;
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/repeated-name", level: Level::Error, page: include_str!("repeated_name.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let stages = certain(&site.resource.properties, "/Stages");
        findings.extend(repeated(&stages, "stage", "pipeline"));
        let mut outputs = Vec::new();
        for stage in stages {
            let actions = certain(stage, "/Actions");
            findings.extend(repeated(&actions, "action", "stage"));
            outputs.extend(actions.into_iter().flat_map(|action| certain(action, "/OutputArtifacts")));
        }
        findings.extend(repeated(&outputs, "output artifact", "pipeline"));
    }
}

/// Those whose name another one before them has.
fn repeated(named: &[&Value], what: &str, whole: &str) -> Vec<Diagnostic> {
    let mut seen = BTreeMap::new();
    let names = named.iter().filter_map(|value| look(value, "/Name").found());
    let mut found = Vec::new();
    for name in names {
        let Some(text) = text(name) else { continue };
        let Some(first) = seen.get(&text) else {
            seen.insert(text, name);
            continue;
        };
        let message = format!("a second {what} `{text}` in one {whole}, which CodePipeline refuses");
        let finding = Diagnostic::new(&LINT.rule, &name.origin.span, message);
        let finding = finding.related(&first.origin.span, "the first one");
        found.push(finding.help("give it another name, and name it so where it is used"));
    }
    found
}
