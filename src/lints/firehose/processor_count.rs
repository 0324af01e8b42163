use crate::analysis::System;
use crate::analysis::firehose::{destinations, processor_type, switched};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/processor-count", level: Level::Error, page: include_str!("processor_count.md") },
    effect: Effect::Deployment,
    check,
};

/// How many processors a delivery may have.
const MOST: usize = 5;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        if switched(destination.value, "/ProcessingConfiguration/Enabled", false) != Some(true) {
            continue;
        }
        let Some(processors) = destination.processors() else { continue };
        let Some(configuration) = look(destination.value, "/ProcessingConfiguration").found() else { continue };
        let span = look(configuration, "/Processors").found().unwrap_or(configuration).key_span();
        if processors.is_empty() {
            let message = "processing is on and has no processor, and Firehose refuses the delivery";
            findings.push(
                Diagnostic::new(&LINT.rule, span, message).help("add a processor, or remove `ProcessingConfiguration`"),
            );
        }
        if processors.len() > MOST {
            let message = format!("a delivery has at most {MOST} processors, and these are {}", processors.len());
            findings.push(Diagnostic::new(&LINT.rule, span, message).help("do more in one function"));
        }
        let functions: Vec<_> =
            processors.into_iter().filter(|it| processor_type(it).as_deref() == Some("Lambda")).collect();
        if let [first, second, ..] = functions.as_slice() {
            let message = "a delivery has at most one function, and Firehose refuses a second one";
            findings.push(
                Diagnostic::new(&LINT.rule, &second.origin.span, message)
                    .related(&first.origin.span, "the first function")
                    .help("do the work of both in one function"),
            );
        }
    }
}
