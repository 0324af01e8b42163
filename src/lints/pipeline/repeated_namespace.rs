use crate::analysis::System;

use crate::analysis::value::text;
use crate::analysis::variables::{OF_EXECUTION, OF_PIPELINE, namespaces};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/repeated-namespace",
        level: Level::Error,
        page: include_str!("repeated_namespace.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, actions) in system.whole_pipelines() {
        let Some(namespaces) = namespaces(&actions) else { continue };
        for (index, (name, value, _)) in namespaces.iter().enumerate() {
            let span = &value.origin.span;
            let earlier = namespaces[..index].iter().find(|(other, ..)| other == name);
            let found = if let Some((_, first, _)) = earlier {
                let message = format!("two actions have the namespace `{name}`, so AWS refuses the pipeline");
                Diagnostic::new(&LINT.rule, span, message).related(&first.origin.span, "the other one")
            } else if [OF_EXECUTION, OF_PIPELINE].contains(&name.as_ref()) {
                let message = format!("the namespace `{name}` is CodePipeline's own, and no action may have it");
                Diagnostic::new(&LINT.rule, span, message)
            } else {
                continue;
            };
            let action = namespaces[index].2.name();
            let help = match action.filter(|action| namespaces.iter().all(|(other, ..)| other != action)) {
                Some(action) if text(value).as_ref() != Some(&action) => format!("write another one, e.g. `{action}`"),
                _ => "write another one, and read its variables by it".to_owned(),
            };
            findings.push(found.help(help));
        }
    }
}
