use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/snapshot-of-nothing", level: Level::Error, page: include_str!("snapshot_of_nothing.md") },
    effect: Effect::Deployment,
    check,
};

/// The types of which CloudFormation can take a snapshot.
///
/// Source: CloudFormation Template Reference, DeletionPolicy attribute (2026-04).
const WITH_SNAPSHOTS: &[&str] = &[
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        let resource = site.resource;
        let is_known = resource.resource_type.starts_with("AWS::");
        if !is_known || WITH_SNAPSHOTS.contains(&resource.resource_type.as_str()) {
            continue;
        }
        for (attribute, policy) in
            [("DeletionPolicy", resource.deletion_policy), ("UpdateReplacePolicy", resource.update_replace_policy)]
        {
            if policy == Some("Snapshot") {
                let message = format!(
                    "`{attribute}: Snapshot` is refused: there are no snapshots of `{}`",
                    resource.resource_type
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &resource.origin.span, message)
                        .help(format!("write `{attribute}: Retain`, which keeps the resource itself")),
                );
            }
        }
    }
}
