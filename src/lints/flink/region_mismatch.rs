use crate::analysis::System;
use crate::analysis::value::{entries, text};
use crate::analysis::wiring::{self, APPLICATION, Property, written};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/region-mismatch", level: Level::Warning, page: include_str!("region_mismatch.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.of_type(APPLICATION) {
        let properties = wiring::properties(application);
        for setting in properties.iter().filter(|property| is_region_key(property.key)) {
            let Some(region) = text(setting.value) else { continue };
            let group: Vec<_> = entries(setting.map).iter().collect();
            // A map for two clients says more than can be told apart.
            if group.iter().filter(|(key, _)| key.to_lowercase().ends_with("region")).count() != 1 {
                continue;
            }
            let arns: Vec<_> = group.iter().filter_map(|(_, value)| Some((region_of(value)?, value))).collect();
            let finding = |message| Diagnostic::new(&LINT.rule, &setting.value.origin.span, message);
            if let Some((other, arn)) = arns.first()
                && arns.iter().all(|(it, _)| it == other)
                && *other != region
            {
                let message = format!(
                    "the stream is in `{other}`, and a job that calls Kinesis in `{region}` finds no such stream"
                );
                let found = finding(message).related(&arn.origin.span, "the stream");
                findings.push(found.help(format!("write `{other}`, or the ARN of a stream in `{region}`")));
                continue;
            }
            let deployments = &application.stack.deployments;
            let in_group = |property: &&Property<'_>| std::ptr::eq(property.map, setting.map);
            let stream = properties.iter().filter(in_group).find(|property| {
                region_of(property.value).is_none() && system.stream_at(application.stack, property.value).is_some()
            });
            if let Some(stream) = stream
                && !deployments.is_empty()
                && deployments.iter().all(|deployment| deployment.region != region)
            {
                let message = format!("the stream is made where the stack is, which is never in `{region}`");
                let found = finding(message).related(&stream.value.origin.span, "the stream");
                findings.push(found.help("write the Region of the environment: `${{ env.region }}`"));
            }
        }
    }
}

fn is_region_key(key: &str) -> bool {
    key.eq_ignore_ascii_case("aws.region") || key.eq_ignore_ascii_case("region")
}

/// The Region in the ARN of a stream, when it is written out.
fn region_of(value: &Value) -> Option<&str> {
    let (_, rest) = written(value)?.split_once(":kinesis:")?;
    let region = rest.split(':').next()?;
    (!region.is_empty() && !region.contains('$')).then_some(region)
}
