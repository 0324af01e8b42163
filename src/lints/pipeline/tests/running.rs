//! What starts a pipeline and how it runs.

use crate::analysis::System;
use crate::desired::Desired;
use crate::source::{Files, SourceFile};
use crate::{lints, template};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Option<String> {
        None
    }

    fn list(&self, _folder: &str) -> Option<Vec<String>> {
        None
    }
}

/// The lints of this area that a template brings out, each once.
pub(super) fn found(text: &str) -> Vec<&'static str> {
    let lifted = template::lift(&SourceFile::new("template.yaml", text));
    assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
    let desired = Desired { stacks: vec![lifted.stack] };
    let findings = lints::lint(&System::new(&desired, None, &NoFiles));
    let mut names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
    names.retain(|name| super::super::LINTS.iter().any(|lint| lint.rule.name == *name));
    names.sort_unstable();
    names.dedup();
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
