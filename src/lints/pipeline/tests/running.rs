//! What starts a pipeline and how it runs.

use crate::lints::tests::{in_template, rules};

/// The rules that these tables are about; others of the area have tables of their own.
const RULES: &[&str] = &[
    "pipeline/approval-configuration",
    "pipeline/artifact-expiry",
    "events/bucket-sends-no-events",
    "pipeline/canned-acl",
    "pipeline/condition-limit",
    "pipeline/condition-result",
    "pipeline/cross-account-key",
    "pipeline/cross-account-role",
    "pipeline/cross-region-store",
    "pipeline/deployment-window",
    "pipeline/github-by-token",
    "pipeline/glob-matches-nothing",
    "pipeline/merge-starts-twice",
    "pipeline/never-starts",
    "pipeline/object-key",
    "pipeline/parallel-deployments",
    "pipeline/parallel-rollback",
    "pipeline/pending-connection",
    "pipeline/personal-token",
    "pipeline/polls-and-listens",
    "pipeline/regex-in-glob",
    "pipeline/rule-configuration",
    "pipeline/shallow-glob",
    "pipeline/source-rollback",
    "pipeline/state-machine-input",
    "pipeline/trigger-event",
    "pipeline/trigger-filter",
    "pipeline/trigger-limit",
    "pipeline/trigger-source",
    "pipeline/two-branches-of-one-repository",
    "pipeline/unanswered-invocation",
    "pipeline/unknown-rule",
    "pipeline/unknown-stage-of-transition",
    "pipeline/unused-artifact",
    "pipeline/unused-variable",
    "pipeline/unversioned-source-bucket",
    "pipeline/user-parameters",
    "pipeline/variable-declaration",
    "pipeline/variable-without-default",
];

/// Those that a template brings out, each once.
pub(super) fn found(text: &str) -> Vec<&'static str> {
    brought_out(text, RULES)
}

/// Those of some rules that a template brings out, each once.
pub(super) fn brought_out(text: &str, wanted: &[&str]) -> Vec<&'static str> {
    let mut names = rules(&in_template(text), &["events", "pipeline"]);
    names.retain(|name| wanted.contains(name));
    names
}

/// A pipeline with a source over a connection, a build, and further properties in flow style.
pub(super) fn pipeline(properties: &str) -> String {
    format!(
        r#"
Parameters: {{Branch: {{Type: String}}, Production: {{Type: String}}}}
Conditions: {{IsProduction: !Equals [!Ref Production, "yes"]}}
Resources:
  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !ImportValue delivery-role-arn
      ArtifactStore: {{Type: S3, Location: !ImportValue delivery-artifacts}}
      {properties}
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {{Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}}
              Configuration: {{ConnectionArn: !ImportValue git, FullRepositoryId: example/trips, BranchName: main}}
              OutputArtifacts: [{{Name: Code}}]
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: {{Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}}
              Configuration: {{ProjectName: trips}}
              InputArtifacts: [{{Name: Code}}]
"#
    )
}

fn trigger(git: &str) -> String {
    pipeline(&format!(
        "Triggers: [{{ProviderType: CodeStarSourceConnection, GitConfiguration: {{SourceActionName: Code, {git}}}}}]"
    ))
}

#[test]
fn triggers_that_start_for_what_is_meant_are_silent() {
    for git in [
        "Push: [{Branches: {Includes: [main, 'feature*', 'feature/**']}}]",
        "Push: [{Branches: {Includes: [!Ref Branch, 'feature*']}}]",
        "Push: [{Branches: {Includes: ['release*', 'release-1.*'], Excludes: ['release-0*']}}]",
        "Push: [{Branches: {Excludes: ['**']}}]",
        "Push: [{Tags: {Includes: ['*', 'v[0-9]*']}}]",
        "Push: [{Branches: {Includes: [main]}, FilePaths: {Includes: ['src/**', 'docs/*', '.github/**']}}]",
        "Push: [{Branches: {Includes: ['**']}, FilePaths: {Excludes: ['*.md']}}]",
        "Push: !If [IsProduction, [{Tags: {Includes: ['v*']}}], [{Branches: {Includes: [main]}}]]",
        "Push: [{Branches: !If [IsProduction, {Includes: [main]}, !Ref AWS::NoValue], FilePaths: {Includes: [a]}}]",
        "Push: [{Tags: {Includes: ['v*']}}, {Branches: {Includes: [main]}}]",
        "PullRequest: [{Events: [OPEN, UPDATED, CLOSED], Branches: {Includes: [main]}}]",
        "PullRequest: [{Events: [!Ref Branch], Branches: {Includes: [!Sub '${Branch}']}}]",
    ] {
        assert_eq!(found(&trigger(git)), [""; 0], "{git}");
    }
}

#[test]
fn a_merge_starts_a_pipeline_once_unless_it_is_pushed_and_closed() {
    let push = "Push: [{Branches: {Includes: ['release/**']}}], PullRequest:";
    let starts = |pull: &str| found(&trigger(&format!("{push} [{{{pull}}}]")));
    assert_eq!(starts("Branches: {Includes: ['release/1']}"), ["pipeline/merge-starts-twice"]);
    assert_eq!(starts("Events: [CLOSED], Branches: {Includes: ['release/**']}"), ["pipeline/merge-starts-twice"]);
    assert_eq!(starts("Events: [OPEN, UPDATED], Branches: {Includes: ['release/1']}"), [""; 0]);
    assert_eq!(starts("Branches: {Includes: [main]}"), [""; 0]);
    assert_eq!(starts("Branches: {Includes: [!Ref Branch]}"), [""; 0]);
}

#[test]
fn triggers_that_are_refused_or_start_for_nothing_are_found() {
    for (git, rule) in [
        ("Push: [{Branches: {Includes: ['*']}}]", "pipeline/shallow-glob"),
        ("Push: [{Branches: {Includes: ['hotfix.*']}}]", "pipeline/shallow-glob"),
        ("Push: [{Branches: {Includes: [main]}, FilePaths: {Includes: ['a/src/*']}}]", "pipeline/shallow-glob"),
        ("Push: [{Tags: {Includes: ['^v1$']}}]", "pipeline/regex-in-glob"),
        ("Push: [{Branches: {Includes: [main, '[a']}}]", "pipeline/glob-matches-nothing"),
        ("Push: [{Branches: {Includes: [main], Excludes: ['ma*']}}]", "pipeline/glob-matches-nothing"),
        ("Push: [{Branches: {Includes: [main]}, Tags: {Includes: ['v*']}}]", "pipeline/trigger-filter"),
        ("Push: [{Tags: {Includes: ['v*']}, FilePaths: {Includes: ['a']}}]", "pipeline/trigger-filter"),
        ("Push: [{}]", "pipeline/trigger-filter"),
        ("PullRequest: [{Events: [OPEN]}]", "pipeline/trigger-filter"),
        ("PullRequest: [{Events: [MERGED], Branches: {Includes: [main]}}]", "pipeline/trigger-event"),
    ] {
        assert_eq!(found(&trigger(git)), [rule], "{git}");
    }
}
