use crate::analysis::System;
use crate::analysis::value::{alternatives, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "opensearch/instance-type", level: Level::Error, page: include_str!("instance_type.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::OpenSearchService::Domain") {
        for property in ["InstanceType", "DedicatedMasterType", "WarmType"] {
            let pointer = format!("/ClusterConfig/{property}");
            let types = look(&site.resource.properties, &pointer).found().map(alternatives).unwrap_or_default();
            for value in types {
                let Some(name) = text(value).filter(|name| !name.ends_with(".search")) else { continue };
                let bare = name.strip_suffix(".elasticsearch").unwrap_or(&name);
                let message = format!("`{name}` is no instance type of OpenSearch Service, which refuses the domain");
                let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
                findings.push(found.help(format!("write `{bare}.search`")));
            }
        }
    }
}
