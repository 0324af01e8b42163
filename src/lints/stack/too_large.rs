use std::sync::Arc;

use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/too-large", level: Level::Error, page: include_str!("too_large.md") },
    effect: Effect::Deployment,
    check,
};

/// Bytes of a template in S3. Source: CloudFormation User Guide, quotas (2026-04).
const MOST_BYTES: usize = 1_048_576;

/// Source: CloudFormation User Guide, dynamic references (2026-04).
const MOST_DYNAMIC_REFERENCES: usize = 60;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let Some(first) = stack.resources.values().next() else { continue };
        let file = &first.origin.span.file;
        let is_template = stack.deployments.is_empty()
            && stack.resources.values().all(|resource| Arc::ptr_eq(&resource.origin.span.file, file));
        if !is_template {
            continue;
        }
        let bytes = file.text().len();
        if bytes > MOST_BYTES {
            let message = format!("the template has {bytes} bytes, and CloudFormation takes {MOST_BYTES} at most");
            findings.push(
                Diagnostic::new(&LINT.rule, &first.origin.span, message)
                    .help("split it into nested stacks, or put long texts such as code and definitions into files"),
            );
        }
        let count = file.text().matches("{{resolve:").count();
        if count > MOST_DYNAMIC_REFERENCES {
            let message = format!(
                "the template has {count} dynamic references, and CloudFormation resolves {MOST_DYNAMIC_REFERENCES} at most"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &first.origin.span, message)
                    .help("read the values when the program starts, or split the template"),
            );
        }
    }
}
