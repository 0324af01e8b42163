use crate::analysis::System;
use crate::analysis::firehose::{destinations, parameters, processor_type};
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/processor-value", level: Level::Error, page: include_str!("processor_value.md") },
    effect: Effect::Deployment,
    check,
};

/// The parameters that take one of a few words.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("MetadataExtraction", "JsonParsingEngine", &["JQ-1.6"]),
    ("RecordDeAggregation", "SubRecordType", &["JSON", "DELIMITED"]),
    ("CloudWatchLogProcessing", "DataMessageExtraction", &["true", "false"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        for processor in destination.active_processors() {
            let (Some(kind), Some(parameters)) = (processor_type(processor), parameters(processor)) else { continue };
            for (name, value) in parameters {
                let words = WORDS.iter().find(|(of, parameter, _)| *of == kind && *parameter == name);
                let (Some((_, _, words)), Some(written)) = (words, text(value)) else { continue };
                let is_switch = words.contains(&"true");
                if words.iter().any(|word| *word == written || is_switch && word.eq_ignore_ascii_case(&written)) {
                    continue;
                }
                let message = format!("`{name}` has no value `{written}`, and Firehose refuses the processor");
                let help = format!("write {}", list(words.iter().copied()).replace(" and ", " or "));
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
            }
        }
    }
}
