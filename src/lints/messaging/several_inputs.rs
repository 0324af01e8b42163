use crate::analysis::System;
use crate::analysis::value::{is_intrinsic, items, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/several-inputs", level: Level::Error, page: include_str!("several_inputs.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Events::Rule") {
        let targets = look(&site.resource.properties, "/Targets").found().map(items).unwrap_or_default();
        for target in targets {
            let inputs = ["Input", "InputPath", "InputTransformer"];
            let inputs = inputs.map(|name| Some((name, look(target, &format!("/{name}")).found()?)));
            let mut inputs = inputs.into_iter().flatten();
            let (Some((first, given)), Some((second, value))) = (inputs.next(), inputs.next()) else { continue };
            // Of two branches of one condition only one is there.
            if is_intrinsic(given) || is_intrinsic(value) {
                continue;
            }
            let message = format!("the target has `{first}` and `{second}`, of which EventBridge takes one alone");
            findings.push(
                Diagnostic::new(&LINT.rule, value.key_span(), message)
                    .related(given.key_span(), "the other")
                    .help(format!("remove `{first}` or `{second}`")),
            );
        }
    }
}
