use std::borrow::Cow;

use crate::analysis::System;

use crate::analysis::variables::{OF_EXECUTION, OF_PIPELINE, Reference, declared, namespaces, read_in};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/undefined-variable",
        level: Level::Error,
        page: include_str!("undefined_variable.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (pipeline, actions) in system.whole_pipelines() {
        let known: Option<Vec<Cow<'_, str>>> =
            namespaces(&actions).map(|namespaces| namespaces.into_iter().map(|(name, ..)| name).collect());
        let declared = declared(pipeline);
        for reference in read_in(pipeline) {
            findings.extend(match reference.namespace.as_str() {
                OF_EXECUTION => None,
                OF_PIPELINE => declared.as_deref().and_then(|declared| undeclared(&reference, declared)),
                _ => known.as_deref().and_then(|known| unknown(&reference, known)),
            });
        }
    }
}

fn undeclared(reference: &Reference, declared: &[Cow<'_, str>]) -> Option<Diagnostic> {
    let key = reference.key.as_str();
    if declared.iter().any(|name| name == key) {
        return None;
    }
    let help = match nearest(key, declared.iter().map(AsRef::as_ref)) {
        Some(near) => format!("write `#{{{OF_PIPELINE}.{near}}}`"),
        None => format!("declare `{key}` under `Variables`"),
    };
    let message = format!("the pipeline declares no variable `{key}`, so AWS refuses it");
    Some(Diagnostic::new(&LINT.rule, &reference.span, message).help(help))
}

fn unknown(reference: &Reference, known: &[Cow<'_, str>]) -> Option<Diagnostic> {
    let namespace = reference.namespace.as_str();
    if known.iter().any(|name| name == namespace) {
        return None;
    }
    let candidates = known.iter().map(AsRef::as_ref).chain([OF_EXECUTION, OF_PIPELINE]);
    let help = match nearest(namespace, candidates) {
        Some(near) => format!("write `#{{{near}.{}}}`", reference.key),
        None if known.is_empty() => {
            format!("set `Namespace: {namespace}` on the action that gives `{}`", reference.key)
        }
        None => format!(
            "set `Namespace: {namespace}` on the action that gives `{}`, or use one of {}",
            reference.key,
            list(known.iter().map(AsRef::as_ref))
        ),
    };
    let message = format!("no action has the namespace `{namespace}`, so AWS refuses the pipeline");
    Some(Diagnostic::new(&LINT.rule, &reference.span, message).help(help))
}
