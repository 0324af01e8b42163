//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_buildspec, in_template, offences};

const AREAS: &[&str] = &["buildspec", "codebuild"];

/// The names of the rules that find something in a buildspec, without their area.
fn found(text: &str) -> Vec<&'static str> {
    offences(&in_buildspec(text), AREAS)
}

/// The same for a template.
fn found_in_template(text: &str) -> Vec<&'static str> {
    offences(&in_template(text), AREAS)
}

/// A buildspec whose phase `build` runs these lines.
fn build(commands: &str) -> String {
    let lines: String = commands.lines().map(|line| format!("      {line}\n")).collect();
    format!("version: 0.2\nphases:\n  build:\n    commands:\n{lines}")
}

/// A template with a project of this image, these lines of environment and this `BuildSpec`.
fn project(image: &str, environment: &str, buildspec: &str) -> String {
    let environment: String = environment.lines().map(|line| format!("        {line}\n")).collect();
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
      Artifacts: {{Type: CODEPIPELINE}}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: {image}
{environment}      Source:
        Type: CODEPIPELINE
        BuildSpec: {buildspec}
"
    )
}

const CLEAN: &[&str] = &[];

#[test]
fn keys_for_anchors_and_of_the_old_version_are_known() {
    for text in [
        "version: 0.2\n.login: &login\n  - aws sts get-caller-identity\nphases:\n  build:\n    commands: *login\n",
        "version: 0.2\nsteps: &steps\n  - mvn package\nphases:\n  build:\n    commands: *steps\n",
        "version: 0.1\nenvironment_variables: {plaintext: {A: b}}\nphases: {build: {commands: [mvn]}}\nartifacts: {type: zip, files: [a]}\n",
        "version: 0.2\nrun-as: builder\nphases:\n  build:\n    on-failure: RETRY-2\n    commands: [mvn]\n    finally: [ls]\n",
    ] {
        assert_eq!(found(text), CLEAN, "{text}");
    }
}

#[test]
fn a_key_at_the_wrong_place_is_unknown() {
    for text in [
        "version: 0.2\nphases:\n  build: {commands: [mvn]}\nartefacts: {files: [a]}\n",
        "version: 0.2\nphases:\n  build: {commands: [mvn]}\nenv: {variable: {A: b}}\n",
        "version: 0.2\nphases:\n  build: {commands: [mvn], on_failure: ABORT}\n",
        "version: 0.2\nphases:\n  build: {commands: [mvn]}\nartifacts: {files: [a], secondary-artifacts: {x: {files: [a], dir: b}}}\n",
        "version: 0.2\nbatch: {build-list: [{identifier: a, build-spec: a.yml}]}\n",
    ] {
        assert_eq!(found(text), ["unknown-key"], "{text}");
    }
    let beside = "version: 0.2\nphases:\nbuild:\n  commands:\n    - mvn package\n";
    assert_eq!(found(beside), ["missing-key", "unknown-key"]);
}

#[test]
fn commands_may_be_any_text() {
    for command in ["- true", "- 1", "- 'echo a: b'", "- |\n  echo a: b", "- \"[ -f a ] && b\""] {
        assert_eq!(found(&build(command)), CLEAN, "{command}");
    }
    for command in ["- echo a: b", "- [ -f a ]", "-"] {
        assert_eq!(found(&build(command)), ["command-not-text"], "{command}");
    }
}

#[test]
fn only_a_lost_zero_makes_another_version() {
    let with = |runtime: &str| {
        format!(
            "version: 0.2\nphases:\n  install:\n    runtime-versions: {{{runtime}}}\n  build: {{commands: [mvn]}}\n"
        )
    };
    for runtime in ["python: 3.11", "python: '3.10'", "dotnet: 8.0", "nodejs: 20", "python: 3.x", "python: $PYTHON"] {
        assert_eq!(found(&with(runtime)), CLEAN, "{runtime}");
    }
    assert_eq!(found(&with("golang: 1.20")), ["unquoted-version"]);
    assert_eq!(found(&with("node: 20")), ["unknown-runtime"]);
}

#[test]
fn a_runtime_is_looked_up_in_the_image() {
    let with = |image: &str, runtime: &str| {
        found_in_template(&project(
            image,
            "",
            &format!(
                "|\n          version: 0.2\n          phases:\n            install: {{runtime-versions: {{{runtime}}}}}\n            build: {{commands: [mvn]}}"
            ),
        ))
    };
    for (image, runtime) in [
        ("aws/codebuild/standard:8.0", "nodejs: 22"),
        ("aws/codebuild/standard:8.0", "nodejs: 22.12.0"),
        ("aws/codebuild/standard:7.0", "java: corretto21"),
        ("aws/codebuild/standard:7.0", "java: 21"),
        ("aws/codebuild/standard:7.0", "python: 3.x"),
        ("aws/codebuild/standard:7.0", "python: latest"),
        ("!Ref Given", "cobol: 85"),
    ] {
        assert_eq!(with(image, runtime), CLEAN, "{image} {runtime}");
    }
    assert_eq!(with("aws/codebuild/standard:8.0", "nodejs: 18"), ["unknown-runtime"]);
    assert_eq!(with("aws/codebuild/standard:7.0", "docker: 18"), ["unknown-runtime"]);
    assert_eq!(with("aws/codebuild/standard:7.0", "java: openjdk11"), ["unknown-runtime"]);
    assert_eq!(with("maven:3", "java: corretto21"), ["misplaced-runtimes"]);
}

#[test]
fn an_exported_variable_may_be_set_in_many_ways() {
    let with = |command: &str| {
        let text = build(command);
        format!("{text}env:\n  exported-variables: [VERSION]\n")
    };
    for command in [
        "- VERSION=1",
        "- export VERSION=$(cat version)",
        "- if true; then export VERSION=1; else export VERSION=2; fi",
        "- read VERSION < version",
        "- . ./variables",
        "- eval \"$(./variables)\"",
        "- export $(cat variables | xargs)",
        "- $(./print-exports)",
        "- if then this is no shell",
    ] {
        assert_eq!(found(&with(command)), CLEAN, "{command}");
    }
    assert_eq!(found(&with("- echo $VERSION")), ["unset-exported-variable"]);
    assert_eq!(found(&with("- export VERSON=$(cat version)")), ["unset-exported-variable"]);
    let one = "version: 0.2\nphases: {build: {commands: export VERSION=1}}\nenv: {exported-variables: [VERSION]}\n";
    assert_eq!(found(one), CLEAN);
}

#[test]
fn a_secret_is_told_from_the_name_of_one() {
    let with = |variable: &str| format!("{}env:\n  variables: {{{variable}}}\n", build("- mvn package"));
    for variable in [
        "DATABASE_PASSWORD_ARN: hunter2",
        "API_TOKEN: /trips/token",
        "API_TOKEN: arn:aws:secretsmanager:us-east-1:111122223333:secret:a",
        "API_TOKEN: ''",
        "USE_TOKEN: 'true'",
        "SECRET: '{{ token }}'",
        "TOKENS: hunter2",
    ] {
        assert_eq!(found(&with(variable)), CLEAN, "{variable}");
    }
    for variable in ["API_TOKEN: hunter2", "PASSWORD: hunter2", "KEY_ID: AKIAIOSFODNN7EXAMPLE"] {
        assert_eq!(found(&with(variable)), ["plain-secret"], "{variable}");
    }
}

#[test]
fn what_runs_after_a_failed_build_may_ask_first() {
    let with = |build: &str, post: &str| {
        format!("version: 0.2\nphases:\n  build:\n    {build}\n  post_build:\n    commands:\n      - {post}\n")
    };
    for (build, post) in [
        ("commands: [mvn verify]", "echo done"),
        ("commands: [mvn verify]", "aws s3 cp s3://bucket/a a"),
        ("commands: [mvn verify]", "test \"$CODEBUILD_BUILD_SUCCEEDING\" = 1 && aws s3 cp a s3://bucket/a"),
        ("{commands: [mvn verify], on-failure: ABORT}", "aws s3 cp a s3://bucket/a"),
        ("commands: [docker build -t a .]", "docker push a"),
    ] {
        let build = build.trim_matches(['{', '}']).replace(", on-failure", "\n    on-failure");
        assert_eq!(found(&with(&build, post)), CLEAN, "{build} {post}");
    }
    for post in ["aws s3 sync out s3://bucket", "docker push a", "kubectl apply -f a", "npm publish", "cdk deploy"] {
        assert_eq!(found(&with("commands: [mvn verify]", post)), ["deploys-after-failure"], "{post}");
    }
}

#[test]
fn bash_is_asked_for_or_not_needed() {
    let with = |image: &str, head: &str| {
        found_in_template(&project(
            image,
            "",
            &format!(
                "|\n          version: 0.2\n          {head}\n          phases:\n            build:\n              commands:\n                - set -o pipefail"
            ),
        ))
    };
    assert_eq!(with("aws/codebuild/standard:7.0", "env: {}"), ["bash-in-sh"]);
    assert_eq!(with("aws/codebuild/standard:7.0", "env: {shell: bash}"), CLEAN);
    assert_eq!(with("aws/codebuild/standard:7.0", "env: {shell: /bin/bash}"), CLEAN);
    assert_eq!(with("aws/codebuild/amazonlinux-x86_64-standard:5.0", "env: {}"), CLEAN);
    assert_eq!(with("!Ref Given", "env: {}"), CLEAN);
}

#[test]
fn a_block_may_look_after_its_own_failures() {
    for block in [
        "- |\n  set -e\n  mvn verify\n  echo done",
        "- |\n  mvn verify || exit 1\n  echo done",
        "- |\n  if ! mvn verify; then\n    exit 1\n  fi",
        "- |\n  echo begin\n  mvn verify",
        "- |\n  mvn verify\n  status=$?\n  exit $status",
        "- set -e\n- |\n  mvn verify\n  echo done",
        "- mvn verify \\\n  -DskipTests",
    ] {
        assert_eq!(found(&build(block)), CLEAN, "{block}");
    }
    assert_eq!(found(&build("- |\n  npm ci\n  npm test\n  echo done")), ["unchecked-command"]);
    assert_eq!(found(&build("- mvn verify; echo done")), ["unchecked-command"]);
}

#[test]
fn what_deployment_decides_is_not_judged() {
    let text = project(
        "!If [IsProd, aws/codebuild/standard:5.0, aws/codebuild/standard:7.0]",
        "PrivilegedMode: !If [IsProd, true, false]",
        "!Sub |
          version: 0.2
          env:
            variables:
              API_TOKEN: ${Given}
            exported-variables:
              - ${Given}
          phases:
            build:
              commands:
                - docker build -t ${Given} .
                - echo ${!HOME} ${Given}
          reports:
            tests: {files: [a], file-format: \"${Given}\"}",
    );
    assert_eq!(found_in_template(&text), CLEAN);
    for spec in ["buildspec.yml", "ci/build.yaml", "!Ref Given", "!Join ['', ['version: 0.2', !Ref Given]]"] {
        assert_eq!(found_in_template(&project("aws/codebuild/standard:7.0", "", spec)), CLEAN, "{spec}");
    }
}

#[test]
fn a_finding_stands_in_the_text_of_the_template() {
    let text = project(
        "aws/codebuild/standard:7.0",
        "",
        "|\n          version: 0.2\n          phases:\n            biuld:\n              commands: [mvn]",
    );
    let findings = in_template(&text);
    let ours = findings.iter().filter(|finding| finding.rule.area() == "buildspec");
    let texts: Vec<_> = ours.map(|finding| finding.primary.span.text()).collect();
    assert_eq!(texts, ["biuld"]);
}

#[test]
fn secrets_are_named_by_arn_as_well() {
    let with = |reference: &str| format!("{}env:\n  secrets-manager: {{A: '{reference}'}}\n", build("- mvn package"));
    const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:trips-a1b2c3";
    for reference in ["trips", "trips:key", "trips:key:AWSCURRENT", "trips:key::version", ARN] {
        assert_eq!(found(&with(reference)), CLEAN, "{reference}");
    }
    assert_eq!(found(&with(&format!("{ARN}:key:AWSCURRENT:version"))), ["secret-version-and-stage"]);
    assert_eq!(found(&with(&format!("{ARN}:key::version"))), CLEAN);
}

#[test]
fn batches_are_acyclic_graphs_of_known_builds() {
    let with = |builds: &[(&str, &str)]| {
        let builds: String = builds
            .iter()
            .map(|(name, needs)| format!("    - {{identifier: {name}, buildspec: b.yml, depend-on: [{needs}]}}\n"))
            .collect();
        found(&format!("version: 0.2\nbatch:\n  build-graph:\n{builds}"))
    };
    assert_eq!(with(&[("a", ""), ("b", "a"), ("c", "a, b"), ("d", "b, c")]), CLEAN);
    assert_eq!(with(&[("a", "c"), ("b", "a"), ("c", "b")]), ["batch-cycle"]);
    assert_eq!(with(&[("a", "a")]), ["batch-cycle"]);
    assert_eq!(with(&[("a", "b")]), ["unknown-batch-build"]);
    assert_eq!(with(&[("a", ""), ("a", "")]), ["repeated-batch-build"]);
}
