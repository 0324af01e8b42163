use crate::analysis::System;
use crate::analysis::value::{items, target};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/public-subnet", level: Level::Warning, page: include_str!("public_subnet.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let public = system.public_subnets();
    for project in system.projects() {
        let Some(subnets) = project.look("/VpcConfig/Subnets").found() else { continue };
        for subnet in items(subnets) {
            let Some(known) = public.iter().find(|known| target(subnet) == Some(known.id)) else { continue };
            let message = "a build gets no public address, so in a public subnet it reaches neither its source nor AWS";
            findings.push(
                Diagnostic::new(&LINT.rule, &subnet.origin.span, message)
                    .label("is a public subnet")
                    .related(known.span, "only what has a public address gets out this way, and a build has none")
                    .help("name a private subnet whose routes lead to a NAT gateway"),
            );
        }
    }
}
