use crate::analysis::System;
use crate::analysis::firehose::{destinations, surely};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/opensearch-endpoint",
        level: Level::Error,
        page: include_str!("opensearch_endpoint.md"),
    },
    effect: Effect::Deployment,
    check,
};

const OF_DOMAINS: &[&str] =
    &["AmazonopensearchserviceDestinationConfiguration", "ElasticsearchDestinationConfiguration"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| OF_DOMAINS.contains(&it.kind)) {
        let [domain, endpoint] = ["/DomainARN", "/ClusterEndpoint"];
        if look(destination.value, domain).is_absent() && look(destination.value, endpoint).is_absent() {
            let message = "neither the domain nor its endpoint is named, and Firehose refuses the destination";
            findings
                .push(Diagnostic::new(&LINT.rule, destination.value.key_span(), message).help("add the `DomainARN`"));
        }
        if let (Some(domain), Some(endpoint)) = (surely(destination.value, domain), surely(destination.value, endpoint))
        {
            let message = "both the domain and an endpoint are named, and Firehose accepts one of them";
            findings.push(
                Diagnostic::new(&LINT.rule, endpoint.key_span(), message)
                    .related(domain.key_span(), "the domain")
                    .help("remove `ClusterEndpoint`"),
            );
        }
    }
}
