use crate::analysis::Site;
use crate::analysis::System;
use crate::analysis::references::{created_before, references};
use crate::analysis::value::look;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/log-stream-comes-late",
        level: Level::Warning,
        page: include_str!("log_stream_comes_late.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption") {
        let Some(value) = look(&site.resource.properties, "/CloudWatchLoggingOption/LogStreamARN").found() else {
            continue;
        };
        let Some(group) = group_of(value, site) else { continue };
        let streams = streams_of(group, site);
        let before = created_before(site.stack, site.id);
        if streams.iter().any(|stream| before.contains(stream)) {
            continue;
        }
        let finding = if let Some(stream) = streams.first() {
            let message = format!("nothing says that `{stream}` is created before `{}`, which needs it", site.id);
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help(format!("add `DependsOn: {stream}` to `{}`", site.id))
        } else if site.stack.open || makes_streams(site) {
            continue;
        } else {
            let message = format!("no log stream is made in `{group}`, and the application does not make one");
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help(format!("add an `AWS::Logs::LogStream` with `LogGroupName: !Ref {group}`, and refer to it here"))
        };
        findings.push(finding);
    }
}

/// The log group of this stack that an ARN goes through.
fn group_of<'a>(arn: &'a Value, site: Site<'a>) -> Option<&'a str> {
    let mut group = None;
    references(arn, true, &mut |name, _| {
        let is_group = site.stack.resources.get(name).is_some_and(|it| it.resource_type == "AWS::Logs::LogGroup");
        group = group.or(is_group.then_some(name));
    });
    // An ARN that ends with the group is another mistake.
    let written = arn.to_json().to_string();
    group.filter(|_| written.contains("log-stream"))
}

/// The logical ids of the streams that are made in a group.
fn streams_of<'a>(group: &str, site: Site<'a>) -> Vec<&'a str> {
    let streams = site.stack.resources.iter().filter(|(_, it)| it.resource_type == "AWS::Logs::LogStream");
    let of_group = streams.filter(|(_, it)| {
        let mut is_of_group = false;
        references(&it.properties, false, &mut |name, _| is_of_group |= name == group);
        is_of_group
    });
    of_group.map(|(id, _)| id.as_str()).collect()
}

/// Whether something in the stack may make a log stream by code.
fn makes_streams(site: Site<'_>) -> bool {
    site.stack.resources.values().any(|it| {
        it.resource_type.starts_with("Custom::")
            || ["AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack"]
                .contains(&it.resource_type.as_str())
    })
}
