use crate::analysis::System;
use crate::analysis::value::{integer, look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "redshift/node-count", level: Level::Error, page: include_str!("node_count.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Redshift::Cluster") {
        let properties = &site.resource.properties;
        let Some(kind) = look(properties, "/ClusterType").found() else { continue };
        let nodes = look(properties, "/NumberOfNodes");
        match text_at(properties, "/ClusterType").as_deref() {
            Some("multi-node") if nodes.is_absent() => findings.push(
                Diagnostic::new(
                    &LINT.rule,
                    &kind.origin.span,
                    "a cluster of several nodes must say how many, or Redshift refuses it",
                )
                .help("add `NumberOfNodes: 2` or more"),
            ),
            Some("multi-node") => {
                if let Some(value) = nodes.found()
                    && let Some(count) = integer(value).filter(|count| *count < 2)
                {
                    let message = format!("a cluster of several nodes has at least 2, and Redshift refuses {count}");
                    findings.push(
                        Diagnostic::new(&LINT.rule, &value.origin.span, message)
                            .help("write 2 or more, or `ClusterType: single-node` without `NumberOfNodes`"),
                    );
                }
            }
            Some("single-node") => {
                if let Some(value) = nodes.found()
                    && let Some(count) = integer(value).filter(|count| *count > 1)
                {
                    let message = format!("a cluster of a single node cannot have {count}, and Redshift refuses it");
                    findings.push(
                        Diagnostic::new(&LINT.rule, &value.origin.span, message)
                            .related(&kind.origin.span, "a single node")
                            .help("remove `NumberOfNodes`, or write `ClusterType: multi-node`"),
                    );
                }
            }
            _ => {}
        }
    }
}
