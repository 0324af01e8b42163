use crate::analysis::System;
use crate::analysis::value::{boolean, integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "opensearch/uneven-zones", level: Level::Error, page: include_str!("uneven_zones.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::OpenSearchService::Domain") {
        let Some(cluster) = look(&site.resource.properties, "/ClusterConfig").found() else { continue };
        if look(cluster, "/ZoneAwarenessEnabled").found().and_then(boolean) != Some(true) {
            continue;
        }
        let Some(count) = look(cluster, "/InstanceCount").found() else { continue };
        let zones = look(cluster, "/ZoneAwarenessConfig/AvailabilityZoneCount");
        let zones = match zones.found() {
            Some(zones) => integer(zones),
            None if zones.is_absent() => Some(2),
            None => None,
        };
        let (Some(instances), Some(zones)) = (integer(count), zones) else { continue };
        if zones > 0 && instances % zones != 0 {
            let message = format!(
                "{instances} data nodes cannot be spread evenly over {zones} zones, and OpenSearch Service refuses the domain"
            );
            let help = format!("write {}, or another multiple of {zones}", (instances / zones + 1) * zones);
            findings.push(Diagnostic::new(&LINT.rule, &count.origin.span, message).help(help));
        }
    }
}
