use crate::analysis::System;
use crate::analysis::event_source::event_sources;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/tumbling-parallel", level: Level::Warning, page: include_str!("tumbling_parallel.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for source in event_sources(system) {
        let at = |pointer, least| {
            let value = look(source.properties, pointer).found()?;
            integer(value).is_some_and(|number| number >= least).then_some(value)
        };
        if let (Some(window), Some(factor)) = (at("/TumblingWindowInSeconds", 1), at("/ParallelizationFactor", 2)) {
            let message = "the state of a tumbling window passes from batch to batch of a shard, so Lambda does not \
                           read the shard in parallel";
            findings.push(
                Diagnostic::new(&LINT.rule, factor.key_span(), message)
                    .related(window.key_span(), "the window")
                    .help("remove `ParallelizationFactor`, or `TumblingWindowInSeconds`"),
            );
        }
    }
}
