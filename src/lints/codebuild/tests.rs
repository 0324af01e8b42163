//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_template, offences};

/// The names of the rules of this area that find something in a template, without the area.
fn found(template: &str) -> Vec<&'static str> {
    offences(&in_template(template), &["codebuild"])
}

/// A project with these properties, in flow style, where nothing else is said.
fn project(environment: &str, artifacts: &str, source: &str, more: &str) -> String {
    format!(
        "AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Given: {{Type: String}}
Conditions:
  IsProd: !Equals [!Ref Given, prod]
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Given
      Environment: {{{environment}}}
      Artifacts: {{{artifacts}}}
      Source: {{{source}}}
{more}"
    )
}

const LINUX: &str = "Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/standard:7.0";
const PIPELINE: &str = "Type: CODEPIPELINE";
const CLEAN: &[&str] = &[];

#[test]
fn source_and_artifacts_are_of_the_pipeline_or_both_are_not() {
    for (artifacts, source) in [
        (PIPELINE, PIPELINE),
        ("Type: NO_ARTIFACTS", "Type: GITHUB, Location: !Ref Given"),
        ("Type: S3, Location: !Ref Given", "Type: S3, Location: a/b.zip"),
        ("Type: !Ref Given", PIPELINE),
        ("Type: !If [IsProd, CODEPIPELINE, NO_ARTIFACTS]", PIPELINE),
        ("Type: NO_ARTIFACTS", "Type: NO_SOURCE, BuildSpec: !Ref Given"),
    ] {
        assert_eq!(found(&project(LINUX, artifacts, source, "")), CLEAN, "{artifacts} {source}");
    }
    for (artifacts, source, rule) in [
        (PIPELINE, "Type: GITHUB, Location: !Ref Given", "source-artifacts-pair"),
        ("Type: S3", "Type: S3, Location: a/b.zip", "missing-location"),
        ("Type: NO_ARTIFACTS", "Type: GITHUB", "missing-location"),
        ("Type: NO_ARTIFACTS", "Type: NO_SOURCE", "no-source-without-buildspec"),
    ] {
        assert_eq!(found(&project(LINUX, artifacts, source, "")), [rule], "{artifacts} {source}");
    }
    let secondary = "      SecondaryArtifacts: [{Type: CODEPIPELINE, ArtifactIdentifier: a}]\n";
    assert_eq!(found(&project(LINUX, PIPELINE, PIPELINE, secondary)), ["source-artifacts-pair"]);
}

#[test]
fn environments_fit_their_sizes_and_images() {
    for environment in [
        LINUX,
        "Type: ARM_CONTAINER, ComputeType: BUILD_GENERAL1_XLARGE, Image: aws/codebuild/amazonlinux2-aarch64-standard:3.0",
        "Type: LINUX_LAMBDA_CONTAINER, ComputeType: BUILD_LAMBDA_1GB, Image: aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs20",
        "Type: LINUX_GPU_CONTAINER, ComputeType: BUILD_GENERAL1_LARGE, Image: aws/codebuild/standard:7.0",
        "Type: LINUX_CONTAINER, ComputeType: ATTRIBUTE_BASED_COMPUTE, Image: aws/codebuild/standard:7.0, Fleet: {FleetArn: !Ref Given}",
        "Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: !Ref Given",
        "Type: !Ref Given, ComputeType: BUILD_LAMBDA_1GB, Image: aws/codebuild/amazonlinux2-aarch64-standard:3.0",
        "Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: 'maven:3-aarch64'",
        "Type: LINUX_EC2, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/ami/amazonlinux-x86_64-base:latest, Fleet: {FleetArn: !Ref Given}",
    ] {
        assert_eq!(found(&project(environment, PIPELINE, PIPELINE, "")), CLEAN, "{environment}");
    }
    for (environment, rule) in [
        (
            "Type: LINUX_LAMBDA_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs20",
            "compute-type-mismatch",
        ),
        (
            "Type: LINUX_GPU_CONTAINER, ComputeType: BUILD_GENERAL1_MEDIUM, Image: aws/codebuild/standard:7.0",
            "size-not-offered",
        ),
        (
            "Type: ARM_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/standard:7.0",
            "image-type-mismatch",
        ),
        (
            "Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs20",
            "image-type-mismatch",
        ),
        (
            "Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: 'aws/codebuild/amazonlinux2-x86_64-standard:4.0'",
            "deprecated-image",
        ),
        (
            "Type: LINUX_EC2, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/ami/amazonlinux-x86_64-base:latest",
            "missing-fleet",
        ),
    ] {
        assert_eq!(found(&project(environment, PIPELINE, PIPELINE, "")), [rule], "{environment}");
    }
}

#[test]
fn docker_may_be_elsewhere_or_not_needed() {
    let with = |environment: &str, command: &str| {
        let source =
            format!("Type: CODEPIPELINE, BuildSpec: \"version: 0.2\\nphases: {{build: {{commands: ['{command}']}}}}\"");
        found(&project(&format!("{LINUX}{environment}"), PIPELINE, &source, ""))
    };
    for (environment, command) in [
        ("", "docker --version"),
        ("", "docker login -u AWS registry"),
        ("", "echo docker build"),
        ("", "mvn package"),
        (", PrivilegedMode: true", "docker build ."),
        (", PrivilegedMode: !Ref Given", "docker build ."),
        (", EnvironmentVariables: [{Name: DOCKER_HOST, Value: tcp://docker}]", "docker build ."),
        (", DockerServer: {ComputeType: BUILD_GENERAL1_SMALL}", "docker build ."),
        (", PrivilegedMode: true", "./build.sh"),
    ] {
        assert_eq!(with(environment, command), CLEAN, "{environment} {command}");
    }
    for command in ["docker build .", "cd a && docker run b", "docker-compose up", "if true; then docker push a; fi"] {
        assert_eq!(with("", command), ["docker-without-privilege"], "{command}");
    }
    assert_eq!(with(", PrivilegedMode: true", "aws s3 ls"), ["needless-privilege"]);
    let cache = "      Cache: {Type: LOCAL, Modes: [LOCAL_DOCKER_LAYER_CACHE]}\n";
    assert_eq!(found(&project(LINUX, PIPELINE, PIPELINE, cache)), ["docker-without-privilege"]);
}

#[test]
fn caches_and_networks_are_whole_or_unknown() {
    for more in [
        "      Cache: {Type: S3, Location: !Ref Given}\n",
        "      Cache: {Type: LOCAL, Modes: !Ref Given}\n",
        "      Cache: {Type: NO_CACHE}\n",
        "      Cache: !If [IsProd, {Type: S3, Location: a/b}, !Ref AWS::NoValue]\n",
        "      VpcConfig: !If [IsProd, {VpcId: a, Subnets: [b], SecurityGroupIds: [c]}, !Ref AWS::NoValue]\n",
        "      VpcConfig: {VpcId: !Ref Given, Subnets: !Split [',', !Ref Given], SecurityGroupIds: [!Ref Given]}\n",
    ] {
        assert_eq!(found(&project(LINUX, PIPELINE, PIPELINE, more)), CLEAN, "{more}");
    }
    for (more, rule) in [
        ("      Cache: {Type: S3}\n", "incomplete-cache"),
        ("      Cache: {Type: LOCAL, Modes: []}\n", "incomplete-cache"),
        ("      VpcConfig: !If [IsProd, {VpcId: a, Subnets: [b]}, !Ref AWS::NoValue]\n", "partial-vpc"),
    ] {
        assert_eq!(found(&project(LINUX, PIPELINE, PIPELINE, more)), [rule], "{more}");
    }
}

#[test]
fn variables_may_come_from_elsewhere() {
    for variable in [
        "{Name: API_TOKEN, Type: SECRETS_MANAGER, Value: trips}",
        "{Name: API_TOKEN, Value: !Ref Given}",
        "{Name: API_TOKEN, Value: '{{resolve:secretsmanager:trips}}'}",
        "{Name: API_TOKEN, Type: !Ref Given, Value: hunter2}",
        "{Name: STAGE, Value: prod}",
    ] {
        let environment = format!("{LINUX}, EnvironmentVariables: [{variable}]");
        assert_eq!(found(&project(&environment, PIPELINE, PIPELINE, "")), CLEAN, "{variable}");
    }
    let environment = format!("{LINUX}, EnvironmentVariables: [{{Name: API_TOKEN, Type: PLAINTEXT, Value: hunter2}}]");
    assert_eq!(found(&project(&environment, PIPELINE, PIPELINE, "")), ["plain-secret"]);
}

#[test]
fn lambda_compute_has_limits() {
    let lambda = "Type: LINUX_LAMBDA_CONTAINER, ComputeType: BUILD_LAMBDA_1GB, Image: aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs20";
    for more in ["      Cache: {Type: S3, Location: a/b}\n", "      TimeoutInMinutes: 16\n"] {
        assert_eq!(found(&project(lambda, PIPELINE, PIPELINE, more)), ["beyond-lambda-compute"], "{more}");
        assert_eq!(found(&project(LINUX, PIPELINE, PIPELINE, more)), CLEAN, "{more}");
    }
}
