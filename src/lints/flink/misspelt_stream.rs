use crate::analysis::references::substituted;
use crate::analysis::value::{look, text};
use crate::analysis::wiring::{self, APPLICATION, Property, stream_name, written};
use crate::analysis::{Site, System};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/misspelt-stream", level: Level::Warning, page: include_str!("misspelt_stream.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.of_type(APPLICATION) {
        let beside = system.of_type("AWS::Kinesis::Stream");
        let streams: Vec<_> = beside.filter(|site| std::ptr::eq(site.stack, application.stack)).collect();
        for property in wiring::properties(application) {
            if !is_of_stream(&property) || system.stream_at(application.stack, property.value).is_some() {
                continue;
            }
            let Some(name) = written(property.value).and_then(stream_name) else { continue };
            findings.extend(streams.iter().find_map(|stream| compare(&property, name, *stream)));
        }
    }
}

/// Whether the value surely is the name or the ARN of a stream.
fn is_of_stream(property: &Property<'_>) -> bool {
    let key = property.key.to_lowercase();
    let is_named = ["name", "arn", "stream"].iter().any(|end| key.ends_with(end));
    let is_arn = written(property.value).is_some_and(|text| text.starts_with("arn:"));
    is_arn || (key.contains("stream") && is_named && !key.contains("consumer"))
}

fn compare(property: &Property<'_>, name: &str, stream: Site<'_>) -> Option<Diagnostic> {
    let finding = |message: String| Diagnostic::new(&LINT.rule, &property.value.origin.span, message);
    let own = look(&stream.resource.properties, "/Name");
    // A name that is given from outside may be the same as the logical id.
    let is_another = own.is_absent()
        || own.found().and_then(written).is_some_and(|own| !own.contains("${") || own.contains("${AWS::"));
    if name == stream.id && text(property.value).is_some() && is_another {
        let message =
            format!("`{name}` is the logical id of a stream and not its name, so the job finds no such stream");
        let named = own.found().map_or(&stream.resource.origin.span, |value| &value.origin.span);
        return Some(finding(message).related(named, "the stream").help(format!("write `!Ref {name}`")));
    }
    let value = own.found()?;
    let right = written(value)?;
    is_slip(name, right).then(|| {
        finding(format!("no stream of this file is called `{name}`, so the job would not find it or reads nothing"))
            .label("one letter off")
            .related(&value.origin.span, format!("the stream `{right}`"))
            .help(format!("write `!Ref {}`, which is the stream's name whatever it is", stream.id))
    })
}

/// Whether one name is the other with one letter wrong, and not the name of a sibling such as `trips-2` or `trips-eu`.
fn is_slip(wrong: &str, right: &str) -> bool {
    if wrong.to_lowercase() == right.to_lowercase() {
        return wrong != right;
    }
    let words = |name: &str| name.split(['-', '_', '.']).map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (words(wrong), words(right));
    let is_sibling = one.len() == other.len()
        && one.iter().zip(&other).filter(|(a, b)| a != b).any(|(a, b)| a.len().min(b.len()) <= 3);
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    right.len() >= 4
        && !is_sibling
        && substituted(wrong).eq(substituted(right))
        && letters(wrong) != letters(right)
        && strsim::damerau_levenshtein(wrong, right) == 1
}
