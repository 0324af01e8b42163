use crate::analysis::System;
use crate::analysis::stages::Action;
use crate::analysis::value::{boolean, items, look, text};
use crate::analysis::variables::{OF_EXECUTION, Reference, namespaces, read_in};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/unset-variable", level: Level::Warning, page: include_str!("unset_variable.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (pipeline, actions) in system.whole_pipelines() {
        let Some(namespaces) = namespaces(&actions) else { continue };
        for reference in read_in(pipeline) {
            if reference.namespace == OF_EXECUTION {
                findings.extend(of_execution(&reference));
                continue;
            }
            let mut setters = namespaces.iter().filter(|(name, ..)| *name == reference.namespace);
            let (Some((_, value, setter)), None) = (setters.next(), setters.next()) else { continue };
            let Some(known) = variables(system, setter) else { continue };
            if known.contains(&reference.key) {
                continue;
            }
            let namespace = &reference.namespace;
            let of_build = setter.provider().as_deref() == Some("CodeBuild");
            let help = match nearest(&reference.key, known.iter().map(String::as_str)) {
                Some(near) => format!("write `#{{{namespace}.{near}}}`"),
                None if of_build => format!("add `{}` to `exported-variables` of the buildspec", reference.key),
                None if known.is_empty() => "read a variable of another action".to_owned(),
                None => format!("read one of {}", list(known.iter().map(String::as_str))),
            };
            let message = match of_build {
                true => format!("the build of `{namespace}` exports no variable `{}`", reference.key),
                false => format!("the action of `{namespace}` sets no variable `{}`", reference.key),
            };
            let message = format!("{message}, so the action that reads it fails");
            let found = Diagnostic::new(&LINT.rule, &reference.span, message);
            findings.push(found.related(&value.origin.span, "the action").help(help));
        }
    }
}

/// AWS may add to what every execution has, so only what is misspelt is told of.
fn of_execution(reference: &Reference) -> Option<Diagnostic> {
    let known = ["PipelineExecutionId", "PipelineName"];
    let near = nearest(&reference.key, known).filter(|near| *near != reference.key)?;
    let message = format!("an execution has no variable `{}`", reference.key);
    let help = format!("write `#{{{OF_EXECUTION}.{near}}}`");
    Some(Diagnostic::new(&LINT.rule, &reference.span, message).help(help))
}

/// What an action sets, when that is known here.
fn variables<'a>(system: &System<'a>, action: &Action<'a>) -> Option<Vec<String>> {
    match action.provider()?.as_ref() {
        "CodeBuild" => exported(system, action),
        "Commands" => {
            let list = look(action.value, "/OutputVariables");
            if list.is_absent() {
                return Some(Vec::new());
            }
            items(list.found()?).into_iter().map(|name| Some(text(name)?.into_owned())).collect()
        }
        "Manual" => None,
        _ => Some(action.facts()?.variables()?.into_iter().map(str::to_owned).collect()),
    }
}

/// What the buildspec exports that stands in the project of the action.
fn exported<'a>(system: &System<'a>, action: &Action<'a>) -> Option<Vec<String>> {
    let batch = action.configuration("BatchEnabled");
    let single = batch.is_absent() || batch.found().and_then(boolean) == Some(false);
    let buildspec = single.then(|| system.buildspec_of(action.value)).flatten()?;
    let Some(list) = buildspec.get(&["env", "exported-variables"]) else { return Some(Vec::new()) };
    let names = crate::analysis::buildspec::list_texts(list);
    names.into_iter().map(|(name, node)| buildspec.text(node).map(|_| name.to_owned())).collect()
}
