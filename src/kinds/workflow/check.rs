//! Refuses definitions that Step Functions refuses, and those that name what is not there.

use super::definition::{Definition, find, levels, states, texts};
use super::{Workflow, rules};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::model::{Entry, Home, Model};
use crate::source::{Located, Span};
use crate::spec::Free;

/// Amazon States Language specification, state types.
const TYPES: [&str; 8] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];
/// What ends an execution or decides by itself where to go on.
const WITHOUT_NEXT: [&str; 3] = ["Choice", "Succeed", "Fail"];
/// The ways of a Task to wait for what it started.
const WAITS: [&str; 3] = [".sync", ".sync:2", ".waitForTaskToken"];

pub(super) fn check(workflow: &Workflow, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_steps(workflow, this, model, report);
    let definition = match find(workflow, model) {
        Definition::Found(definition) => definition,
        Definition::Missing(message, help) => {
            let span = workflow.file.as_ref().map_or(&this.span, |file| &file.span);
            report.push(Diagnostic::new(&rules::DEFINITION, span, message).label("no definition").help(help));
            return;
        }
    };
    for level in levels(&definition) {
        check_level(level, report);
        if let Some(kind) = workflow.kind.as_ref().filter(|_| workflow.is_express()) {
            check_waits(level, &kind.span, report);
        }
    }
    check_names(workflow, &definition, model, report);
}

/// CodePipeline starts standard workflows only.
fn check_steps(workflow: &Workflow, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(kind) = workflow.kind.as_ref().filter(|_| workflow.is_express()) else { return };
    let path = this.path();
    let starters =
        model.entries.iter().filter(|entry| model.kind(entry.section).is_some_and(|kind| kind.home == Home::Delivery));
    for reference in starters.flat_map(|entry| &entry.references).filter(|reference| reference.text == path) {
        report.push(
            Diagnostic::new(
                &rules::EXPRESS_STEP,
                &reference.span,
                format!("CodePipeline starts standard workflows only, and `{path}` is an express one"),
            )
            .label("AWS refuses this")
            .related(&kind.span, "its type")
            .help("write `type: standard`, or start it from a function"),
        );
    }
}

fn fault(span: &Span, message: String, label: &str, help: String) -> Diagnostic {
    Diagnostic::new(&rules::DEFINITION, span, message).label(label).help(help)
}

fn check_level(level: &Located<Free>, report: &mut Vec<Diagnostic>) {
    for key in ["StartAt", "States"] {
        if level.get(key).is_none() {
            let message = format!("Step Functions refuses states without `{key}`");
            report.push(fault(&level.span, message, &format!("has no `{key}`"), format!("add `{key}:`")));
        }
    }
    let names: Vec<&str> = states(level).iter().map(|(name, _)| name.value.as_str()).collect();
    let mut wanted: Vec<&Located<Free>> = level.get("StartAt").into_iter().collect();
    for (name, state) in states(level) {
        check_state(name, state, report);
        wanted.extend(["Next", "Default"].into_iter().filter_map(|key| state.get(key)));
        let rules = ["Choices", "Catch"].into_iter().filter_map(|key| state.get(key)).flat_map(|rules| rules.items());
        wanted.extend(rules.filter_map(|rule| rule.get("Next")));
    }
    for wanted in wanted {
        let Some(name) = wanted.literal().filter(|name| !names.contains(name)) else { continue };
        let unknown =
            Diagnostic::new(&rules::UNKNOWN_STATE, &wanted.span, format!("there is no state `{name}` at this level"))
                .label("Step Functions refuses this");
        report.push(match nearest(name, names.iter().copied()) {
            Some(near) => unknown.help(format!("did you mean `{near}`?")),
            None => unknown.help(format!("add a state `{name}`, or name one of {}", list(names.iter().copied()))),
        });
    }
}

fn check_state(name: &Located<String>, state: &Located<Free>, report: &mut Vec<Diagnostic>) {
    let Some(kind) = state.get("Type") else {
        let message = format!("the state `{}` has no `Type`, and Step Functions refuses it", name.value);
        report.push(fault(&name.span, message, "has no `Type`", "add `Type:`, for example `Type: Task`".to_owned()));
        return;
    };
    let Some(word) = kind.literal() else { return };
    if !TYPES.contains(&word) {
        let help = nearest(word, TYPES)
            .map_or_else(|| format!("write one of {}", list(TYPES)), |near| format!("did you mean `{near}`?"));
        let message = format!("`{word}` is no type of state, and Step Functions refuses it");
        report.push(fault(&kind.span, message, "not known", help));
        return;
    }
    let ends = matches!(state.get("End").map(|end| &end.value), Some(Free::Boolean(true)));
    if !WITHOUT_NEXT.contains(&word) && !ends && state.get("Next").is_none() {
        let message =
            format!("the state `{}` does not say what comes after it, and Step Functions refuses it", name.value);
        let help = "add `Next:` with the name of a state, or `End: true`".to_owned();
        report.push(fault(&name.span, message, "has neither `Next` nor `End`", help));
    }
}

fn check_waits(level: &Located<Free>, express: &Span, report: &mut Vec<Diagnostic>) {
    for (name, state) in states(level) {
        let Some(resource) = state.get("Resource") else { continue };
        let way = resource.literal().and_then(|arn| WAITS.into_iter().find(|way| arn.ends_with(way)));
        let Some(way) = way else { continue };
        report.push(
            Diagnostic::new(
                &rules::WAIT_IN_EXPRESS,
                &resource.span,
                format!("the state `{}` waits by `{way}`, which an express workflow cannot", name.value),
            )
            .label("Step Functions refuses this")
            .related(express, "an express workflow")
            .help(format!("write `type: standard`, or leave `{way}` out and do not wait")),
        );
    }
}

/// What stands in `${…}` must be the name of something wired.
fn check_names(workflow: &Workflow, definition: &Located<Free>, model: &Model, report: &mut Vec<Diagnostic>) {
    let names = workflow.names(model);
    let known: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let mut unknown = Vec::new();
    let mut expressions = Vec::new();
    let mut visit =
        |text, span| unknown.extend(inside(text).filter(|name| !known.contains(name)).map(|name| (name, span)));
    texts(definition, &mut visit, &mut |span| expressions.push(span));
    for (name, span) in unknown {
        let diagnostic =
            Diagnostic::new(&rules::UNKNOWN_NAME, span, format!("`${{{name}}}` stands for nothing that is wired"))
                .label("would reach Step Functions as it is");
        report.push(match nearest(name, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `${{{near}}}`?")),
            None if known.is_empty() => diagnostic.help("name what the states use in `calls`, `reads` or `writes`"),
            None => diagnostic.help(format!(
                "name what is meant in `calls`, `reads` or `writes`; what is named there is {}",
                list(known.iter().copied())
            )),
        });
    }
    for span in expressions.into_iter().filter(|_| workflow.file.is_some()) {
        report.push(
            Diagnostic::new(&rules::UNKNOWN_NAME, span, "a file beside the document has no expressions")
                .label("would reach Step Functions as it is")
                .help("write the name of something wired, for example `${FUNCTION_NOTE_NAME}`"),
        );
    }
}

/// The words inside of `${…}`.
fn inside(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split("${").skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    names.filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}
