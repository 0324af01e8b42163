use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "emr/groups-and-fleets", level: Level::Error, page: include_str!("groups_and_fleets.md") },
    effect: Effect::Deployment,
    check,
};

const GROUPS: &[&str] = &["MasterInstanceGroup", "CoreInstanceGroup", "TaskInstanceGroups"];
const FLEETS: &[&str] = &["MasterInstanceFleet", "CoreInstanceFleet", "TaskInstanceFleets"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::EMR::Cluster") {
        let properties = &site.resource.properties;
        let find =
            |names: &[&str]| names.iter().find_map(|name| look(properties, &format!("/Instances/{name}")).found());
        if let (Some(group), Some(fleet)) = (find(GROUPS), find(FLEETS)) {
            let message = "a cluster is made of instance groups or of instance fleets, and EMR refuses both together";
            findings.push(
                Diagnostic::new(&LINT.rule, fleet.key_span(), message)
                    .related(group.key_span(), "a group")
                    .help("write all of them as fleets, or all as groups"),
            );
        }
    }
}
