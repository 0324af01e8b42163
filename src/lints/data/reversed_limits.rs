use crate::analysis::System;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "autoscaling/reversed-limits", level: Level::Error, page: include_str!("reversed_limits.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::ApplicationAutoScaling::ScalableTarget") {
        let properties = &site.resource.properties;
        let (Some(least), Some(most)) =
            (look(properties, "/MinCapacity").found(), look(properties, "/MaxCapacity").found())
        else {
            continue;
        };
        if let (Some(low), Some(high)) = (integer(least), integer(most))
            && low > high
        {
            let message =
                format!("the least capacity, {low}, is more than the most, {high}, and the target is refused");
            findings.push(
                Diagnostic::new(&LINT.rule, &least.origin.span, message)
                    .related(&most.origin.span, "the most")
                    .help("swap the two, or raise `MaxCapacity`"),
            );
        }
    }
}
