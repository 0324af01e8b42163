//! Which action makes what another one reads.

use super::running::brought_out;

const RULES: &[&str] = &[
    "pipeline/approval-guards-nothing",
    "pipeline/artifact-before-made",
    "pipeline/clone-reference",
    "pipeline/configuration-length",
    "pipeline/primary-source",
    "pipeline/repeated-namespace",
    "pipeline/secondary-artifacts",
    "pipeline/undefined-variable",
    "pipeline/unmade-artifact",
    "pipeline/unset-variable",
    "pipeline/variable-before-set",
];

/// A pipeline with a source and the given stages.
pub(super) fn pipeline(properties: &str, source: &str, stages: &[&str]) -> String {
    let stages = stages.join(", ");
    format!(
        "
Parameters: {{Kind: {{Type: String}}}}
Conditions: {{Production: !Equals [!Ref Kind, production]}}
Resources:
  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !ImportValue delivery
      ArtifactStore: {{Type: S3, Location: !ImportValue artifacts}}
      {properties}
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              Namespace: Source
              ActionTypeId: {{Category: Source, Owner: AWS, Provider: CodeCommit, Version: '1'}}
              Configuration: {{RepositoryName: trips, BranchName: main{source}}}
              OutputArtifacts: [{{Name: Code}}]
{stages}
"
    )
}

fn stage(name: &str, actions: &str) -> String {
    format!("        - {{Name: {name}, Actions: [{actions}]}}\n")
}

pub(super) fn action(name: &str, kind: &str, more: &str) -> String {
    let (category, provider) = kind.split_once('/').unwrap();
    let kind = format!("{{Category: {category}, Owner: AWS, Provider: {provider}, Version: '1'}}");
    format!("{{Name: {name}, ActionTypeId: {kind}, {more}}}")
}

fn build(name: &str, more: &str) -> String {
    action(name, "Build/CodeBuild", &format!("Configuration: {{ProjectName: trips}}, {more}"))
}

/// A build that reads a text by a variable of its environment.
fn reading(name: &str, written: &str, more: &str) -> String {
    let variables = format!("[{{\"name\":\"A\",\"value\":\"{written}\",\"type\":\"PLAINTEXT\"}}]");
    let configuration = format!("Configuration: {{ProjectName: trips, EnvironmentVariables: '{variables}'}}");
    action(name, "Build/CodeBuild", &format!("{configuration}, InputArtifacts: [{{Name: Code}}], {more}"))
}

fn found(stages: &[String]) -> Vec<&'static str> {
    found_with("", stages)
}

fn found_with(properties: &str, stages: &[String]) -> Vec<&'static str> {
    brought_out(&pipeline(properties, "", &[&stages.concat()]), RULES)
}

const IN: &str = "InputArtifacts: [{Name: Code}]";

#[test]
fn artifacts_are_made_before_they_are_read() {
    let make = build("Make", &format!("{IN}, OutputArtifacts: [{{Name: Built}}]"));
    let read = |more: &str| build("Read", &format!("InputArtifacts: [{{Name: Built}}], {more}"));
    let none = [""; 0];
    assert_eq!(found(&[stage("Build", &make), stage("More", &read(""))]), none);
    assert_eq!(found(&[stage("Build", &format!("{make}, {}", read("RunOrder: 2")))]), none);
    assert_eq!(found(&[stage("Build", &format!("{}, {make}", read("RunOrder: 2")))]), none);
    assert_eq!(found(&[stage("Build", &format!("{make}, {}", read("RunOrder: !Ref Kind")))]), none);
    let before = ["pipeline/artifact-before-made"];
    assert_eq!(found(&[stage("Build", &format!("{make}, {}", read("RunOrder: 1")))]), before);
    assert_eq!(found(&[stage("More", &read("")), stage("Build", &make)]), before);
    let itself = build("Make", "InputArtifacts: [{Name: Built}], OutputArtifacts: [{Name: Built}]");
    assert_eq!(found(&[stage("Build", &itself)]), before);
}

#[test]
fn artifacts_that_only_a_deployment_knows_may_be_the_one() {
    let read = stage("More", &build("Read", "InputArtifacts: [{Name: Built}]"));
    assert_eq!(found(std::slice::from_ref(&read)), ["pipeline/unmade-artifact"]);
    for outputs in [
        "[{Name: !Ref Kind}]",
        "!Split [',', !Ref Kind]",
        "[!If [Production, {Name: Built}, !Ref AWS::NoValue]]",
        "!If [Production, [{Name: Built}], [{Name: Other}]]",
        "[{'Fn::Transform': {Name: Outputs}}]",
    ] {
        let make = stage("Build", &build("Make", &format!("{IN}, OutputArtifacts: {outputs}")));
        assert_eq!(found(&[make, read.clone()]), [""; 0], "{outputs}");
    }
    let macros = "'Fn::Transform': {Name: Actions}";
    assert_eq!(found(&[stage("Build", &format!("{{{macros}}}")), read]), [""; 0]);
}

#[test]
fn variables_are_those_of_an_action_before() {
    let of = |written: &str| found(&[stage("Build", &reading("Build", written, ""))]);
    for silent in [
        "#{Source.CommitId}",
        "#{codepipeline.PipelineExecutionId}",
        "#{codepipeline.SomethingNew}",
        "# {Sourc.CommitId}",
        "#{not a variable}",
        "${#parts[@]}",
    ] {
        assert_eq!(of(silent), [""; 0], "{silent}");
    }
    assert_eq!(of("#{source.CommitId}"), ["pipeline/undefined-variable"]);
    assert_eq!(of("#{Code.CommitId}"), ["pipeline/undefined-variable"]);
    assert_eq!(of("#{variables.Stage}"), ["pipeline/undefined-variable"]);
    assert_eq!(of("#{Source.CommitID}"), ["pipeline/unset-variable"]);
    assert_eq!(of("#{codepipeline.PipelineExecutionID}"), ["pipeline/unset-variable"]);
    let stages = [stage("Build", &reading("Build", "#{variables.Stage}", ""))];
    for declared in ["[{Name: Stage}]", "[{Name: !Ref Kind}]", "!If [Production, [{Name: Stage}], []]"] {
        assert_eq!(found_with(&format!("Variables: {declared}"), &stages), [""; 0], "{declared}");
    }
    assert_eq!(found_with("Variables: [{Name: Other}]", &stages), ["pipeline/undefined-variable"]);
}

#[test]
fn variables_are_read_when_they_are_set() {
    let set = |more: &str| build("Set", &format!("{IN}, Namespace: Set, {more}"));
    let of = |more: &str, order: &str| {
        found(&[stage("Build", &format!("{}, {}", set(more), reading("Read", "#{Set.A}", order)))])
    };
    assert_eq!(of("", "RunOrder: 2"), [""; 0]);
    assert_eq!(of("RunOrder: !Ref Kind", ""), [""; 0]);
    assert_eq!(of("", ""), ["pipeline/variable-before-set"]);
    assert_eq!(of("RunOrder: 3", "RunOrder: 2"), ["pipeline/variable-before-set"]);
    // A namespace that only a deployment knows may be any.
    let unknown = build("Set", &format!("{IN}, Namespace: !Ref Kind"));
    assert_eq!(found(&[stage("A", &unknown), stage("B", &reading("Read", "#{Set.A}", ""))]), [""; 0]);
}

#[test]
fn variables_of_a_build_are_those_that_it_exports() {
    let with = |buildspec: &str, more: &str| {
        let set = format!("Configuration: {{ProjectName: !Ref Trips{more}}}, {IN}, Namespace: Set");
        let set = stage("A", &action("Set", "Build/CodeBuild", &set));
        let read = stage("B", &reading("Read", "#{Set.VERSION}", ""));
        let project = "  Trips: {Type: AWS::CodeBuild::Project, Properties: {Name: trips-build, \
            ServiceRole: !ImportValue role, Artifacts: {Type: CODEPIPELINE}, Environment: {Type: LINUX_CONTAINER, \
            ComputeType: BUILD_GENERAL1_SMALL, Image: 'aws/codebuild/standard:7.0'}, Source: {Type: CODEPIPELINE";
        let text = pipeline("", "", &[&[set, read].concat()]);
        brought_out(&format!("{text}\n{project}{buildspec}}}}}}}\n"), RULES)
    };
    let spec = |env: &str| {
        format!(", BuildSpec: \"{{version: 0.2, env: {{{env}}}, phases: {{build: {{commands: [make]}}}}}}\"")
    };
    assert_eq!(with(&spec("exported-variables: [VERSION]"), ""), [""; 0]);
    assert_eq!(with("", ""), [""; 0]);
    assert_eq!(with(", BuildSpec: ci/build.yml", ""), [""; 0]);
    assert_eq!(with(&spec("exported-variables: [OTHER]"), ""), ["pipeline/unset-variable"]);
    assert_eq!(with(&spec("shell: bash"), ""), ["pipeline/unset-variable"]);
    assert_eq!(with(&spec("shell: bash"), ", BuildspecOverride: ci/build.yml"), [""; 0]);
    assert_eq!(with(&spec("shell: bash"), ", BatchEnabled: 'true'"), [""; 0]);
}

#[test]
fn namespaces_are_apart() {
    let of = |namespace: &str| found(&[stage("Build", &build("Make", &format!("{IN}, Namespace: {namespace}")))]);
    assert_eq!(of("Build"), [""; 0]);
    assert_eq!(of("source"), [""; 0]);
    assert_eq!(of("!Ref Kind"), [""; 0]);
    assert_eq!(of("Source"), ["pipeline/repeated-namespace"]);
    assert_eq!(of("codepipeline"), ["pipeline/repeated-namespace"]);
}

#[test]
fn approvals_stand_before_something() {
    let approve = |more: &str| action("Approve", "Approval/Manual", more);
    let deploy = |more: &str| {
        let configuration = "Configuration: {BucketName: trips, Extract: 'true'}";
        action("Deploy", "Deploy/S3", &format!("{configuration}, {IN}, {more}"))
    };
    let none = [""; 0];
    let bad = ["pipeline/approval-guards-nothing"];
    assert_eq!(found(&[stage("A", &approve("RunOrder: 1")), stage("B", &deploy(""))]), none);
    assert_eq!(found(&[stage("A", &format!("{}, {}", approve("RunOrder: 1"), deploy("RunOrder: 2")))]), none);
    assert_eq!(found(&[stage("A", &format!("{}, {}", approve("RunOrder: 1"), deploy("RunOrder: !Ref Kind")))]), none);
    assert_eq!(found(&[stage("A", &format!("{}, {}", approve("RunOrder: 1"), deploy("")))]), bad);
    assert_eq!(found(&[stage("A", &format!("{}, {}", approve("RunOrder: 3"), deploy("RunOrder: 2")))]), bad);
    assert_eq!(found(&[stage("A", &deploy("")), stage("B", &approve("RunOrder: 1"))]), bad);
    // Tests may run while somebody looks at them.
    let test = stage("A", &format!("{}, {}", approve("RunOrder: 1"), build("Test", IN)));
    assert_eq!(found(&[test, stage("B", &deploy(""))]), none);
    let undone =
        format!("        - {{Name: B, OnFailure: {{Result: ROLLBACK}}, Actions: [{}]}}\n", approve("RunOrder: 1"));
    assert_eq!(found(&[stage("A", &deploy("")), undone]), none);
}

#[test]
fn settings_have_a_length() {
    let of = |value: &str| {
        let more = format!("Configuration: {{ProjectName: trips, EnvironmentVariables: {value}}}, {IN}");
        found(&[stage("Build", &action("Build", "Build/CodeBuild", &more))])
    };
    let long = "x".repeat(1001);
    assert_eq!(of(&format!("'{}'", &long[1..])), [""; 0]);
    assert_eq!(of("!Ref Kind"), [""; 0]);
    assert_eq!(of("!Sub '${Kind}'"), [""; 0]);
    assert_eq!(of("!If [Production, '[]', !Ref AWS::NoValue]"), [""; 0]);
    let bad = ["pipeline/configuration-length"];
    assert_eq!(of(&format!("'{long}'")), bad);
    assert_eq!(of("''"), bad);
    assert_eq!(of(&format!("!Sub '${{Kind}}{long}'")), bad);
    assert_eq!(of(&format!("!If [Production, '[]', '{long}']")), bad);
    assert_eq!(of(&format!("!Join ['', ['{long}', !Ref Kind]]")), bad);
}

#[test]
fn builds_find_their_sources_and_artifacts() {
    let make = build("Make", &format!("{IN}, OutputArtifacts: [{{Name: Built}}]"));
    let of = |configuration: &str, inputs: &str| {
        let more = format!("Configuration: {{ProjectName: trips{configuration}}}, InputArtifacts: {inputs}");
        found(&[stage("A", &make), stage("B", &action("B", "Build/CodeBuild", &more))])
    };
    let both = "[{Name: Code}, {Name: Built}]";
    let bad = ["pipeline/primary-source"];
    assert_eq!(of("", both), bad);
    assert_eq!(of("", "[{Name: Code}]"), [""; 0]);
    assert_eq!(of("", "[{Name: Code}, !If [Production, {Name: Built}, !Ref AWS::NoValue]]"), [""; 0]);
    assert_eq!(of(", PrimarySource: Code", both), [""; 0]);
    assert_eq!(of(", PrimarySource: !Ref Kind", both), [""; 0]);
    assert_eq!(of(", PrimarySource: Source", both), bad);
}

#[test]
fn a_reference_to_a_repository_is_for_builds() {
    let of = |format: &str, reader: &str| {
        let text = pipeline("", &format!(", OutputArtifactFormat: {format}"), &[&stage("A", reader)]);
        brought_out(&text, RULES)
    };
    let deploy = action("Deploy", "Deploy/S3", &format!("Configuration: {{BucketName: a, Extract: 'true'}}, {IN}"));
    assert_eq!(of("CODEBUILD_CLONE_REF", &deploy), ["pipeline/clone-reference"]);
    assert_eq!(of("CODE_ZIP", &deploy), [""; 0]);
    assert_eq!(of("!Ref Kind", &deploy), [""; 0]);
    assert_eq!(of("CODEBUILD_CLONE_REF", &build("Build", IN)), [""; 0]);
    assert_eq!(
        of("CODEBUILD_CLONE_REF", &action("Run", "Compute/Commands", &format!("Commands: [make], {IN}"))),
        [""; 0]
    );
}
