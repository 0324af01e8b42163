use std::collections::BTreeSet;

use crate::analysis::System;
use crate::analysis::references::substituted;
use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/unused-part", level: Level::Info, page: include_str!("unused_part.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let uses = Uses::of(stack);
        let parameters = stack.parameters.iter().map(|(name, part)| ("parameter", name, &part.origin.span));
        let conditions = stack.conditions.iter().map(|(name, value)| ("condition", name, value.key_span()));
        let mappings = stack.mappings.iter().map(|(name, value)| ("mapping", name, value.key_span()));
        for (noun, name, span) in parameters.chain(conditions).chain(mappings) {
            let is_found = uses.names.contains(name.as_str()) || (noun == "mapping" && uses.any_mapping);
            // What a loop makes, it may make for the sake of another.
            let is_written = span.text().contains(name.as_str());
            if is_found || !is_written || (!stack.transforms.is_empty() || stack.open) && is_mentioned(span, name) {
                continue;
            }
            let message = format!("nothing in the template uses the {noun} `{name}`");
            findings.push(
                Diagnostic::new(&LINT.rule, span, message)
                    .help(format!("remove the {noun}, or use it where it was meant: its name may be misspelt there")),
            );
        }
    }
}

/// What is referred to by name.
#[derive(Default)]
struct Uses<'a> {
    names: BTreeSet<&'a str>,
    /// Which mapping is read is decided at deployment.
    any_mapping: bool,
}

impl<'a> Uses<'a> {
    fn of(stack: &'a Stack) -> Self {
        let mut uses = Uses::default();
        for resource in stack.resources.values() {
            uses.names.extend(resource.condition.as_deref());
            uses.read(&resource.properties, false);
            resource.attributes.iter().for_each(|(_, value)| uses.read(value, false));
        }
        for output in stack.outputs.values() {
            uses.names.extend(output.condition.as_deref());
            uses.read(&output.value, false);
            output.export.iter().for_each(|value| uses.read(value, false));
        }
        stack.conditions.values().chain(stack.rules.values()).for_each(|value| uses.read(value, true));
        uses
    }

    /// Texts in the arguments of functions count as names: of conditions, of mappings, of parameters in rules.
    fn read(&mut self, value: &'a Value, in_call: bool) {
        match &value.kind {
            ValueKind::Text(text) if in_call => _ = self.names.insert(text),
            ValueKind::List(items) => items.iter().for_each(|item| self.read(item, in_call)),
            ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| self.read(value, in_call)),
            ValueKind::Intrinsic(Intrinsic::Ref(name) | Intrinsic::GetAtt(name, _)) => _ = self.names.insert(name),
            ValueKind::Intrinsic(Intrinsic::Sub(text, given)) => {
                self.names.extend(substituted(text).map(|name| name.split('.').next().unwrap_or(name)));
                given.iter().for_each(|(_, value)| self.read(value, false));
            }
            ValueKind::Intrinsic(Intrinsic::Call(function, argument)) => {
                let mapping = match &argument.kind {
                    ValueKind::List(items) if function == "Fn::FindInMap" => items.first(),
                    _ => None,
                };
                self.any_mapping |= mapping.is_some_and(|mapping| !matches!(mapping.kind, ValueKind::Text(_)));
                self.read(argument, true);
            }
            _ => {}
        }
    }
}

/// Whether the file says the word once more than where it is declared: a macro may read it there.
fn is_mentioned(declared: &Span, name: &str) -> bool {
    let text = declared.file.text();
    let is_part = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    text.match_indices(name).any(|(at, _)| {
        let is_word = !is_part(text[..at].chars().next_back()) && !is_part(text[at + name.len()..].chars().next());
        is_word && !(declared.start..declared.end).contains(&at)
    })
}
