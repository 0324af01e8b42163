use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, target, text, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/type-name", level: Level::Error, page: include_str!("type_name.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let Some(name) = look(destination.value, "/TypeName").found() else { continue };
        let Some(domain) = look(destination.value, "/DomainARN").found().and_then(target) else { continue };
        let Some(domain) = destination.site.stack.resources.get(domain) else { continue };
        let engine = ["/EngineVersion", "/ElasticsearchVersion"].iter().find_map(|it| text_at(&domain.properties, it));
        let Some(engine) = engine else { continue };
        if text(name).is_some_and(|name| !name.is_empty()) && has_no_types(&engine) {
            let message = format!("the domain runs `{engine}`, which has no types, and Firehose refuses a `TypeName`");
            findings.push(
                Diagnostic::new(&LINT.rule, name.key_span(), message)
                    .related(&domain.origin.span, "the domain")
                    .help("remove `TypeName`"),
            );
        }
    }
}

/// OpenSearch, and Elasticsearch from 7.
fn has_no_types(engine: &str) -> bool {
    let version = engine.strip_prefix("Elasticsearch_").unwrap_or(engine);
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    engine.starts_with("OpenSearch_") || major.is_some_and(|major| major >= 7)
}
