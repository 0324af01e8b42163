use crate::analysis::System;
use crate::analysis::firehose::{destinations, surely};
use crate::analysis::value::look;
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/conversion-format", level: Level::Error, page: include_str!("conversion_format.md") },
    effect: Effect::Deployment,
    check,
};

/// Where one of several ways to read or write records is chosen.
///
/// Source: Firehose API Reference, Deserializer and Serializer (2026-11).
const CHOICES: &[(&str, [&str; 2])] = &[
    ("/InputFormatConfiguration/Deserializer", ["OpenXJsonSerDe", "HiveJsonSerDe"]),
    ("/OutputFormatConfiguration/Serializer", ["ParquetSerDe", "OrcSerDe"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.converts() == Some(true)) {
        let Some(conversion) = look(destination.value, "/DataFormatConversionConfiguration").found() else { continue };
        for (pointer, choices) in CHOICES {
            let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
            let Some(parent) = surely(conversion, parent) else { continue };
            let absent = |choice: &&str| look(conversion, &format!("{pointer}/{choice}")).is_absent();
            let help = format!("write one of {} below `{name}`", list(choices.iter().copied()));
            let place = look(conversion, pointer).found().unwrap_or(parent);
            if choices.iter().all(absent) && matches!(parent.kind, ValueKind::Map(_)) {
                let message = format!("no `{name}` is chosen, and Firehose refuses the conversion");
                findings.push(Diagnostic::new(&LINT.rule, place.key_span(), message).help(help));
            } else if let [first, second] = choices.map(|choice| surely(conversion, &format!("{pointer}/{choice}")))
                && let (Some(first), Some(second)) = (first, second)
            {
                findings.push(two(name, first, second).help("keep the one that is meant, and remove the other"));
            }
        }
    }
}

fn two(name: &str, first: &Value, second: &Value) -> Diagnostic {
    let message = format!("two are chosen below `{name}`, and Firehose accepts one");
    Diagnostic::new(&LINT.rule, second.key_span(), message).related(first.key_span(), "the other one")
}
