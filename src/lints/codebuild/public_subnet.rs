use crate::analysis::System;
use crate::analysis::value::{boolean, items, look, target};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/public-subnet", level: Level::Warning, page: include_str!("public_subnet.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let public: Vec<_> = system
        .of_type("AWS::EC2::Subnet")
        .filter_map(|site| {
            let setting = look(&site.resource.properties, "/MapPublicIpOnLaunch").found()?;
            boolean(setting)?.then_some((site.id, setting))
        })
        .collect();
    for project in system.projects() {
        let Some(subnets) = project.look("/VpcConfig/Subnets").found() else { continue };
        for subnet in items(subnets) {
            let Some((_, setting)) = public.iter().find(|(id, _)| target(subnet) == Some(id)) else { continue };
            let message = "a build gets no public address, so in a public subnet it reaches neither its source nor AWS";
            findings.push(
                Diagnostic::new(&LINT.rule, &subnet.origin.span, message)
                    .label("is a public subnet")
                    .related(setting.key_span(), "what is launched here gets a public address, but a build does not")
                    .help("name a private subnet whose routes lead to a NAT gateway"),
            );
        }
    }
}
