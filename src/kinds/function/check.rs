//! What AWS refuses of a function.

use super::code::{Code, Layer};
use super::{Event, Function, Source, rules, shift};
use crate::diagnostic::{Diagnostic, list};
use crate::kinds::delivery::output_extension;
use crate::kinds::kafka::{Kafka, check_topic};
use crate::kinds::network::{Service, Traveller, check_way};
use crate::kinds::queue::Queue;
use crate::kinds::step_function::LONGEST_SECONDS;
use crate::model::{BuildOutput, Entry, Model};
use crate::source::Span;
use crate::spec::Bytes;

/// CloudFormation schemas of AWS::Lambda::Function and AWS::Lambda::EventSourceMapping, 2026-10-20; Lambda developer
/// guide, quotas, read 2026-11-21.
const MEMORY: std::ops::RangeInclusive<u64> = 128..=10_240;
const LONGEST_CALL: u64 = 900;
const LONGEST_WINDOW: u64 = 300;
const MAX_AGE: std::ops::RangeInclusive<u64> = 60..=604_800;
const MOST_FILTERS: usize = 5;
const MOST_LAYERS: usize = 5;

pub(super) fn check(function: &Function, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_code(function, model, report);
    check_builds(function, this, model, report);
    check_memory(function, report);
    check_durations(function, report);
    check_counts(function, report);
    check_sources(function, this, report);
    check_failures(function, model, report);
    check_loops(function, this, report);
    check_topics(function, model, report);
    shift::check(function, model, report);
}

/// Lambda reads a topic from the network of the cluster, and tells itself what it read.
fn check_topics(function: &Function, model: &Model, report: &mut Vec<Diagnostic>) {
    for event in function.events() {
        let Event::Kafka(event) = &event.value else { continue };
        check_topic(&event.kafka, &event.topic, model, report);
        // Pollers that are kept reach Lambda by themselves.
        if event.pollers.is_some() {
            continue;
        }
        let Some((_, cluster)) = model.thing::<Kafka>(&event.kafka.path()) else { continue };
        let reader = Traveller { name: "Lambda reads the topic", span: &event.kafka.span };
        check_way(&reader, &cluster.network, &[Service::Lambda, Service::Sts], model, report);
    }
}

fn check_code(function: &Function, model: &Model, report: &mut Vec<Diagnostic>) {
    let span = function.code.as_ref().map_or(&function.runtime.span, |code| &code.span);
    match function.find_code(model) {
        Source::Found(_) | Source::Built => {}
        Source::Missing(path) => report.push(
            Diagnostic::new(&rules::CODE, span, format!("the function's source `{path}` cannot be read"))
                .label("no such file")
                .help(format!(
                    "write the path of a `.{}` file, relative to this file, or a build such as `builds.name`",
                    function.runtime.extension()
                )),
        ),
        Source::Several(files) => report.push(
            Diagnostic::new(
                &rules::CODE,
                span,
                format!(
                    "a function's code is one file in the template, but the folder holds {}",
                    list(files.iter().map(String::as_str))
                ),
            )
            .label("several files")
            .help("name one of the files, join them, or have a build publish them as a package"),
        ),
    }
}

/// What builds publish must be a package of Lambda's, and be where the function is.
fn check_builds(function: &Function, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let code = function.code.iter().filter_map(|code| match &code.value {
        Code::Build(build) => Some((build, &code.span)),
        Code::File(_) => None,
    });
    let layers = function.layers.iter().flat_map(|layers| &layers.value.0).filter_map(|layer| match &layer.value {
        Layer::Build(build) => Some((build, &layer.span)),
        Layer::Arn(_) => None,
    });
    let mut known: Vec<(&String, &Span)> = Vec::new();
    for (build, span) in code.chain(layers) {
        check_build(build, span, model, report);
        if let Some((_, first)) = known.iter().find(|(other, _)| *other == build) {
            report.push(
                Diagnostic::new(&rules::PACKAGE, span, format!("`{}` has what `{build}` publishes twice", this.path()))
                    .label("the second time")
                    .related(first, "the first")
                    .help("remove one of the two"),
            );
        }
        known.push((build, span));
    }
    if let Some(handler) = &function.handler
        && function.package().is_some()
        && !handler.value.0.contains('.')
    {
        let message = format!("`{}` names a function, but not the file of the package that it is in", handler.value.0);
        report.push(Diagnostic::new(&rules::PACKAGE, &handler.span, message).label("has no file").help(format!(
            "write the file without its extension, a dot and the function: `index.{}`",
            handler.value.0
        )));
    }
    if let Some(release) = function.release.as_ref().filter(|_| known.is_empty()) {
        report.push(
            Diagnostic::new(
                &rules::PACKAGE,
                &release.span,
                "the stack's deployment brings the code, so nothing is released",
            )
            .label("has no effect")
            .help("remove `release`, or name a build by `code:` or `layers:`"),
        );
    }
    if let Some(deadline) = function.release.as_ref().and_then(|release| release.deadline.as_ref())
        && deadline.0 > LONGEST_SECONDS
    {
        let message = format!("CodePipeline gives a release a day, not `{}`", deadline.span.text());
        report.push(
            Diagnostic::new(&rules::LIMITS, &deadline.span, message)
                .label("AWS refuses this")
                .help("write at most `24h`"),
        );
    }
}

fn check_build(build: &str, span: &Span, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(thing) = model.entry(build).and_then(|entry| entry.thing.as_ref()) else { return };
    let (message, label) = match thing.build_output() {
        None => (format!("`{build}` publishes nothing that could run"), "has no `output`"),
        Some(BuildOutput::Python { .. }) => (
            format!("`{build}` packages a Python application for Flink, and Lambda finds no code in it"),
            "is for Flink",
        ),
        Some(BuildOutput::Java { .. } | BuildOutput::Opaque) => match output_extension(build, model) {
            Some(extension) if extension != "zip" => {
                (format!("`{build}` publishes a `.{extension}` file, and Lambda takes a ZIP file"), "is no ZIP file")
            }
            _ => return,
        },
    };
    report.push(Diagnostic::new(&rules::PACKAGE, span, message).label(label).help(
        "let `commands:` of a build make a ZIP file, and name it by `output:`, for example `output: function.zip`",
    ));
}

fn check_memory(function: &Function, report: &mut Vec<Diagnostic>) {
    if let Some(memory) = &function.memory
        && (!MEMORY.contains(&(memory.0 / Bytes::MEBIBYTE)) || memory.0 % Bytes::MEBIBYTE != 0)
    {
        report.push(
            Diagnostic::new(
                &rules::LIMITS,
                &memory.span,
                format!("Lambda gives 128 MiB to 10,240 MiB of memory, not `{}`", memory.span.text()),
            )
            .label("AWS refuses this")
            .help("write a size from `128MiB` to `10240MiB`"),
        );
    }
}

fn check_durations(function: &Function, report: &mut Vec<Diagnostic>) {
    let timeout = function
        .timeout
        .as_ref()
        .map(|timeout| (timeout, LONGEST_CALL, "a call of a function may take at most 15 minutes"));
    let windows = function.events().filter_map(|event| event.window());
    let windows = windows.map(|window| (window, LONGEST_WINDOW, "a batch is gathered for at most 5 minutes"));
    for (duration, limit, message) in timeout.into_iter().chain(windows) {
        if duration.0 > limit {
            report.push(
                Diagnostic::new(&rules::LIMITS, &duration.span, format!("{message}, not `{}`", duration.span.text()))
                    .label("AWS refuses this")
                    .help(format!("write at most `{}m`", limit / 60)),
            );
        }
    }
    let ages = function.events().filter_map(|event| event.shards()?.max_age.as_ref());
    for age in ages.filter(|age| !MAX_AGE.contains(&age.0)) {
        let message = format!("Lambda gives records up after 1 minute to 7 days, not after `{}`", age.span.text());
        report.push(
            Diagnostic::new(&rules::LIMITS, &age.span, message)
                .label("AWS refuses this")
                .help("write a time from `1m` to `7d`, or remove `max-age` to try until the records expire"),
        );
    }
}

fn check_counts(function: &Function, report: &mut Vec<Diagnostic>) {
    let surplus = function.events().filter_map(|event| event.filters()?.value.0.get(MOST_FILTERS));
    for filter in surplus {
        report.push(
            Diagnostic::new(&rules::LIMITS, &filter.span, format!("a source has at most {MOST_FILTERS} patterns"))
                .label("one too many")
                .help("join patterns: the values in a list are alternatives, as in `{data: {status: [late, lost]}}`"),
        );
    }
    if let Some(layer) = function.layers.as_ref().and_then(|layers| layers.value.0.get(MOST_LAYERS)) {
        report.push(
            Diagnostic::new(&rules::LIMITS, &layer.span, format!("a function has at most {MOST_LAYERS} layers"))
                .label("one too many")
                .help("join layers, or remove some"),
        );
    }
}

/// Parts of a bucket are different sources; what they share, the bucket checks.
fn check_sources(function: &Function, this: &Entry, report: &mut Vec<Diagnostic>) {
    let sources: Vec<_> = function
        .events()
        .filter(|event| event.watch().is_none())
        .map(|event| (event.identity(), event.source().1))
        .collect();
    for (place, (path, span)) in sources.iter().enumerate() {
        let Some((_, first)) = sources[..place].iter().find(|(other, _)| other == path) else { continue };
        report.push(
            Diagnostic::new(
                &rules::SAME_SOURCE,
                span,
                format!("`{}` is started by `{path}` twice, and Lambda refuses the second time", this.path()),
            )
            .label("the second time")
            .related(first, "the first")
            .help("keep one of them; several patterns in its `filter` are alternatives"),
        );
    }
}

fn check_failures(function: &Function, model: &Model, report: &mut Vec<Diagnostic>) {
    for told in function.events().filter_map(|event| event.failures()) {
        let Some((entry, queue)) = model.thing::<Queue>(&told.0) else { continue };
        let Some(fifo) = queue.fifo.as_ref().filter(|fifo| fifo.value) else { continue };
        report.push(
            Diagnostic::new(
                &rules::FIFO_FAILURES,
                told.1,
                format!("`{}` is a FIFO queue, and AWS sends failures to standard queues only", entry.path()),
            )
            .label("takes no failures")
            .related(&fifo.span, "FIFO by this")
            .help("name a queue without `fifo`"),
        );
    }
}

/// A function that writes to what starts it, and takes all that comes from there, starts itself.
fn check_loops(function: &Function, this: &Entry, report: &mut Vec<Diagnostic>) {
    for event in function.events().filter(|event| !event.is_narrowed()) {
        let (path, source) = event.source();
        let written = function.writes.iter().flat_map(|writes| &writes.value.0).find(|it| it.path() == path);
        let Some(written) = written else { continue };
        let message = format!("`{}` writes to `{path}`, which starts it: it may start itself without end", this.path());
        report.push(
            Diagnostic::new(&rules::OWN_TRIGGER, &written.span, message)
                .label("starts it again")
                .related(source, "what starts it")
                .help(format!("write elsewhere, or narrow what starts it by {}", event.narrowed_by())),
        );
    }
}
