use crate::analysis::System;
use crate::analysis::value::{integer, is_intrinsic, look};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "msk/broker-count", level: Level::Error, page: include_str!("broker_count.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::MSK::Cluster") {
        let properties = &site.resource.properties;
        let Some(brokers) = look(properties, "/NumberOfBrokerNodes").found() else { continue };
        let Some(subnets) = look(properties, "/BrokerNodeGroupInfo/ClientSubnets").found() else { continue };
        let ValueKind::List(items) = &subnets.kind else { continue };
        // One item may stand for several subnets only when it is computed by something other than a reference.
        let known = items.iter().all(|item| !is_intrinsic(item) || crate::analysis::value::target(item).is_some());
        let (Some(count), Ok(zones)) = (integer(brokers), i64::try_from(items.len())) else { continue };
        if known && zones > 0 && count % zones != 0 {
            let message =
                format!("{count} brokers cannot be spread evenly over {zones} subnets, and MSK refuses the cluster");
            let (less, more) = (count - count % zones, count - count % zones + zones);
            let help = match less {
                0 => format!("write {more}, or name fewer subnets"),
                _ => format!("write {less} or {more}, or name another number of subnets"),
            };
            findings.push(
                Diagnostic::new(&LINT.rule, &brokers.origin.span, message)
                    .related(&subnets.origin.span, format!("{zones} subnets"))
                    .help(help),
            );
        }
    }
}
