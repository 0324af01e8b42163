use crate::analysis::System;
use crate::analysis::stages::counted;
use crate::analysis::triggers::{filters, triggers};
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/trigger-limit", level: Level::Error, page: include_str!("trigger_limit.md") },
    effect: Effect::Deployment,
    check,
};

const TRIGGERS: usize = 50;
const FILTERS: usize = 3;
const PATTERNS: usize = 8;
/// In characters.
const PATTERN: usize = 255;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        findings.extend(too_many(pipeline, "/Triggers", TRIGGERS, "triggers of a pipeline"));
        for trigger in triggers(pipeline) {
            for (pointer, what) in
                [("Push", "push filters of a trigger"), ("PullRequest", "pull request filters of a trigger")]
            {
                findings.extend(too_many(trigger, &format!("/GitConfiguration/{pointer}"), FILTERS, what));
            }
        }
        for filter in filters(pipeline) {
            for part in ["/Branches", "/Tags", "/FilePaths"].iter().filter_map(|part| look(filter.value, part).found())
            {
                for list in ["/Includes", "/Excludes"] {
                    findings.extend(too_many(part, list, PATTERNS, "patterns of a list"));
                    findings.extend(empty(part, list));
                }
            }
            for patterns in filter.patterns() {
                findings.extend(patterns.includes.iter().chain(&patterns.excludes).filter_map(|value| pattern(value)));
            }
        }
    }
}

fn too_many(value: &Value, pointer: &str, most: usize, what: &str) -> Option<Diagnostic> {
    let first = counted(value, pointer)?.get(most)?;
    let message = format!("CodePipeline takes at most {most} {what}");
    Some(
        Diagnostic::new(&LINT.rule, &first.origin.span, message)
            .help("remove some, or say the same with fewer patterns"),
    )
}

fn empty(part: &Value, pointer: &str) -> Option<Diagnostic> {
    counted(part, pointer).filter(|items| items.is_empty())?;
    let list = look(part, pointer).found()?;
    let message = "a list of patterns has at least one, and CodePipeline refuses an empty one";
    Some(Diagnostic::new(&LINT.rule, list.key_span(), message).help("remove it, or write `[\"**\"]` for every name"))
}

fn pattern(value: &Value) -> Option<Diagnostic> {
    let length = text(value)?.chars().count();
    let message = format!("a pattern has 1 to {PATTERN} characters, and this one has {length}");
    let found = Diagnostic::new(&LINT.rule, &value.origin.span, message).help("write a pattern of that length");
    (!(1..=PATTERN).contains(&length)).then_some(found)
}
