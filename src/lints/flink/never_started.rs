use crate::analysis::Site;
use crate::analysis::System;
use crate::analysis::stages::{Action, actions, below, is_whole};
use crate::analysis::value::{is_intrinsic, target};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::flink::Kind;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/never-started", level: Level::Info, page: include_str!("never_started.md") },
    effect: Effect::Silent,
    check,
};

/// What may start an application by code or settings that are not in the template.
const STARTERS: &[&str] = &[
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::Stack",
    "AWS::Events::Rule",
    "AWS::Lambda::",
    "AWS::SSM::",
    "AWS::Scheduler::",
    "AWS::Serverless::",
    "AWS::StepFunctions::",
    "Custom::",
];

/// Providers of actions that start no application.
const PASSIVE: &[&str] = &["CloudFormation", "CloudFormationStackInstances", "CloudFormationStackSet", "Manual", "S3"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let applications: Vec<_> = system.flink_applications().filter(|it| it.is(Kind::Flink)).collect();
    if applications.is_empty() || system.sites().any(may_start) {
        return;
    }
    let mut pipelines = system.of_type("AWS::CodePipeline::Pipeline").peekable();
    let Some(pipeline) = pipelines.peek().copied() else { return };
    let is_passive = |site: Site<'_>| {
        let properties = &site.resource.properties;
        is_whole(properties) && actions(properties).iter().all(|action| starts_nothing(system, action))
    };
    if !pipelines.all(is_passive) {
        return;
    }
    for application in applications {
        let id = application.site.id;
        let message = format!("CloudFormation does not start `{id}`, and no action of the pipeline does");
        findings.push(
            Diagnostic::new(&LINT.rule, &application.site.resource.origin.span, message)
                .related(&pipeline.resource.origin.span, "ends without a start")
                .help("add an action that calls `StartApplication`, e.g. `aws kinesisanalyticsv2 start-application`"),
        );
    }
}

fn may_start(site: Site<'_>) -> bool {
    let resource = site.resource;
    let is_starter = STARTERS.iter().any(|starter| resource.resource_type.starts_with(starter));
    site.stack.open || is_starter || speaks_of_start(&resource.properties)
}

/// Whether some text calls `StartApplication`, in whatever spelling, or may do all that can be done.
fn speaks_of_start(value: &Value) -> bool {
    let written = value.to_json().to_string().to_lowercase().replace(['-', '_'], "");
    written.contains("startapplication") || written.contains("kinesisanalytics:*")
}

/// What an action does is in the template, and starts nothing; commands are searched where they stand.
fn starts_nothing(system: &System<'_>, action: &Action<'_>) -> bool {
    let provider = action.provider();
    let Some(provider) = provider.as_deref() else { return false };
    if action.category().as_deref() == Some("Source") || PASSIVE.contains(&provider) {
        return true;
    }
    match provider {
        "Commands" => below(action.value, "/Commands").iter().all(|command| !is_intrinsic(command)),
        "CodeBuild" => {
            let name = action.configuration("ProjectName").found();
            let project = name.and_then(|name| system.projects().find(|it| target(name) == Some(it.site.id)));
            // A buildspec of several lines stands here itself.
            project.is_some_and(|it| it.text("/Source/BuildSpec").known().is_some_and(|(text, _)| text.contains('\n')))
        }
        _ => false,
    }
}
