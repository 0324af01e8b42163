use crate::analysis::System;
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/too-many-readers", level: Level::Warning, page: include_str!("too_many_readers.md") },
    effect: Effect::Run,
    check,
};

/// A shard serves five reads a second and 2 MiB a second to all that poll it; a job alone asks five times a second.
const MOST: usize = 2;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    if system.of_type(APPLICATION).next().is_none() {
        return;
    }
    for stream in system.of_type("AWS::Kinesis::Stream") {
        let mut polling = system.readers(stream);
        polling.retain(|reader| reader.polls);
        let Some(job) = polling.iter().find(|reader| reader.site.resource.resource_type == APPLICATION) else {
            continue;
        };
        if polling.len() <= MOST {
            continue;
        }
        let message = format!(
            "{} read `{}` by polling and share what its shards can give, so they slow each other down",
            list(polling.iter().map(|reader| reader.site.id)),
            stream.id
        );
        let others = polling.iter().filter(|reader| reader.site.id != job.site.id);
        let finding = Diagnostic::new(&LINT.rule, job.span, message);
        let finding = others.fold(finding, |finding, other| finding.related(other.span, "reads it too"));
        findings.push(
            finding
                .related(&stream.resource.origin.span, "the stream")
                .help("let the job read with enhanced fan-out, which gives it a throughput of its own"),
        );
    }
}
