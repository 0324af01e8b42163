use crate::analysis::System;
use crate::analysis::stages::below;
use crate::analysis::value::{items, look, target};
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/public-subnet", level: Level::Warning, page: include_str!("public_subnet.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    // With endpoints a job needs no way out.
    if system.of_type("AWS::EC2::VPCEndpoint").next().is_some() {
        return;
    }
    let public = system.public_subnets();
    for application in system.of_type(APPLICATION) {
        let networks = below(&application.resource.properties, "/ApplicationConfiguration/VpcConfigurations");
        let subnets = networks.into_iter().filter_map(|network| look(network, "/SubnetIds").found()).flat_map(items);
        for subnet in subnets {
            let Some(known) = public.iter().find(|known| target(subnet) == Some(known.id)) else { continue };
            let message = "a job gets no public address, so in a public subnet it reaches neither Kinesis nor its log";
            findings.push(
                Diagnostic::new(&LINT.rule, &subnet.origin.span, message)
                    .label("is a public subnet")
                    .related(known.span, "only what has a public address gets out this way, and a job has none")
                    .help("name a private subnet whose routes lead to a NAT gateway or to endpoints"),
            );
        }
    }
}
