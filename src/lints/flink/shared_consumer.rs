use crate::analysis::wiring::{self, APPLICATION, Property, consumer_name};
use crate::analysis::{Site, System};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/shared-consumer", level: Level::Warning, page: include_str!("shared_consumer.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let mut seen: Vec<(Site<'_>, String, Property<'_>)> = Vec::new();
    for application in system.of_type(APPLICATION).filter(|site| site.resource.condition.is_none()) {
        for property in wiring::properties(application) {
            let Some(name) = consumer_name(&property) else { continue };
            let Some(stream) = stream_of(system, application, &property) else { continue };
            let first = seen.iter().find(|(other, known, first)| {
                other.id != application.id
                    && std::ptr::eq(other.stack, application.stack)
                    && *known == name
                    && stream_of(system, *other, first) == Some(stream)
            });
            if let Some((other, _, first)) = first {
                let message = format!(
                    "`{}` and `{}` read `{stream}` as the same consumer `{name}`, so each takes the records from the other",
                    other.id, application.id
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &property.value.origin.span, message)
                        .label("used before")
                        .related(&first.value.origin.span, "first used here")
                        .help("give each application a consumer name of its own"),
                );
            }
            seen.push((application, name.into_owned(), property));
        }
    }
}

/// The one stream of this file that stands in the group of a property.
fn stream_of<'a>(system: &System<'a>, application: Site<'a>, property: &Property<'a>) -> Option<&'a str> {
    let mut group = wiring::properties(application);
    group.retain(|other| std::ptr::eq(other.map, property.map));
    let mut streams = group.iter().filter_map(|other| system.stream_at(application.stack, other.value));
    let stream = streams.next()?;
    streams.all(|other| other.id == stream.id).then_some(stream.id)
}
