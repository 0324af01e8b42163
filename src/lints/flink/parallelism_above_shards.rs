use crate::analysis::System;
use crate::analysis::value::{integer, look, text_at};
use crate::analysis::wiring::{self, APPLICATION};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/parallelism-above-shards",
        level: Level::Info,
        page: include_str!("parallelism_above_shards.md"),
    },
    effect: Effect::Cost,
    check,
};

const PARALLELISM: &str = "/ApplicationConfiguration/FlinkApplicationConfiguration/ParallelismConfiguration";

/// Later operators of a job may well have more subtasks than its source; this many times more is seldom meant.
const FACTOR: i64 = 2;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.of_type(APPLICATION) {
        let Some(configuration) = look(&application.resource.properties, PARALLELISM).found() else { continue };
        if text_at(configuration, "/ConfigurationType").as_deref() != Some("CUSTOM") {
            continue;
        }
        let Some(value) = look(configuration, "/Parallelism").found() else { continue };
        let Some(parallelism) = integer(value) else { continue };
        let properties = wiring::properties(application);
        let inputs = properties.iter().filter(|property| property.is_of_input());
        let streams: Vec<_> = inputs.filter_map(|input| system.stream_at(application.stack, input.value)).collect();
        let counts = streams.iter().map(|stream| {
            let shards = look(&stream.resource.properties, "/ShardCount").found()?;
            integer(shards).map(|count| (count, shards))
        });
        let Some(counts) = counts.collect::<Option<Vec<_>>>() else { continue };
        let Some((shards, place)) = counts.into_iter().max_by_key(|(count, _)| *count) else { continue };
        if shards >= 1 && parallelism > FACTOR * shards {
            let idle = parallelism - shards;
            let message = format!(
                "{idle} of the {parallelism} subtasks of the source have no shard to read: a shard is read by one subtask"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .related(&place.origin.span, "the most shards that it reads")
                    .help(format!("write `Parallelism: {shards}`, or give the stream more shards")),
            );
        }
    }
}
