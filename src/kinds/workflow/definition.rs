//! The definition of a state machine as written: where it is, and what is in it.

use super::Workflow;
use crate::model::Model;
use crate::source::{Located, SourceFile, Span};
use crate::spec::{Decoder, Free, Part, Shape};
use crate::syntax;

/// The definition, or why there is none: a message, and what to do.
pub(super) enum Definition {
    Found(Located<Free>),
    Missing(String, &'static str),
}

/// Looks the definition up, in the document or beside it.
pub(super) fn find(workflow: &Workflow, model: &Model) -> Definition {
    if let Some(definition) = &workflow.definition {
        return Definition::Found(Located::new(definition.value.0.clone(), definition.span.clone()));
    }
    let path = workflow.file.as_ref().map_or("", |file| file.value.0.as_str());
    let Some(text) = model.files.read(path) else {
        let message = format!("the definition `{path}` cannot be read");
        return Definition::Missing(message, "write the path of a YAML or JSON file, relative to this file");
    };
    let folder = model.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let parsed = syntax::parse(&SourceFile::new(format!("{folder}{path}"), text));
    if let Some(fault) = parsed.diagnostics.first() {
        let line = fault.primary.span.start_position().line;
        let message = format!("the definition `{path}` is neither YAML nor JSON: {}, in line {line}", fault.message);
        return Definition::Missing(message, "mend the file");
    }
    match Free::decode(&parsed.root, &mut Decoder::default()) {
        Some(free @ Free::Map(_)) => Definition::Found(Located::new(free, parsed.root.span)),
        _ => Definition::Missing(
            format!("the definition `{path}` is no mapping"),
            "begin it with `StartAt:` and `States:`",
        ),
    }
}

/// The levels of a definition that have states: the definition itself, then what its maps and branches hold.
pub(super) fn levels(definition: &Located<Free>) -> Vec<&Located<Free>> {
    let mut levels = Vec::new();
    let mut waiting = vec![definition];
    while let Some(level) = waiting.pop() {
        levels.push(level);
        for (_, state) in states(level) {
            waiting.extend(["Iterator", "ItemProcessor"].into_iter().filter_map(|key| state.get(key)));
            waiting.extend(state.get("Branches").into_iter().flat_map(|branches| branches.items()));
        }
    }
    levels
}

/// The states of one level by their names.
pub(super) fn states(level: &Free) -> &[(Located<String>, Located<Free>)] {
    level.get("States").map_or(&[], |states| states.entries())
}

/// Calls `visit` with every literal text of the definition, and `outside` with every expression.
pub(super) fn texts<'a>(
    value: &'a Located<Free>,
    visit: &mut dyn FnMut(&'a str, &'a Span),
    outside: &mut dyn FnMut(&'a Span),
) {
    value.items().iter().for_each(|item| texts(item, visit, outside));
    value.entries().iter().for_each(|(_, item)| texts(item, visit, outside));
    let Free::Text(text) = &value.value else { return };
    for part in &text.parts {
        match part {
            Part::Literal(literal) => visit(literal, &value.span),
            Part::Expression(expression) => outside(&expression.span),
        }
    }
}

/// Whether a state of the definition has `key`, somewhere, with a text that fits.
pub(super) fn any(definition: &Free, key: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    definition.items().iter().any(|item| any(item, key, fits))
        || definition
            .entries()
            .iter()
            .any(|(name, value)| (name.value == key && value.literal().is_some_and(fits)) || any(value, key, fits))
}
