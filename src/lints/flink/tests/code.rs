//! What is said of the code beside a template.

use crate::lints::tests::{in_template_beside, offences, with_resources};

/// The rules of this area that speak of files, as far as they find something in a template with these resources.
fn found(resources: &str, files: &[(&str, &str)]) -> Vec<&'static str> {
    let mut offences = offences(&in_template_beside(&with_resources(resources), files), &["flink"]);
    offences.retain(|offence| {
        ["another-flink", "missing-property-group", "newer-java", "unfit-connector"].contains(offence)
    });
    offences
}

fn application(id: &str, runtime: &str, groups: &str) -> String {
    format!(
        "  {id}:
    Type: AWS::KinesisAnalyticsV2::Application
    Properties:
      RuntimeEnvironment: {runtime}
      ServiceExecutionRole: !Ref Given
      ApplicationConfiguration: {{EnvironmentProperties: {groups}}}
"
    )
}

fn pom(java: &str, artifact: &str, version: &str) -> String {
    format!(
        "<project><properties><maven.compiler.release>{java}</maven.compiler.release></properties><dependencies>
        <dependency><groupId>org.apache.flink</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
        </dependency></dependencies></project>"
    )
}

const NONE: &[&str] = &[];
const NO_GROUPS: &str = "{PropertyGroups: []}";

#[test]
fn versions_are_compared_with_the_runtime() {
    for (runtime, java, artifact, version, expected) in [
        ("FLINK-1_20", "11", "flink-streaming-java", "1.20.0", NONE),
        ("FLINK-1_20", "8", "flink-streaming-java", "1.20.0", NONE),
        ("FLINK-1_20", "17", "flink-streaming-java", "1.20.0", &["newer-java"]),
        ("FLINK-2_2", "17", "flink-streaming-java", "2.2.0", NONE),
        ("FLINK-1_15", "11", "flink-clients_2.12", "1.13.2", &["another-flink"]),
        ("FLINK-2_2", "17", "flink-streaming-java", "1.20.0", &["another-flink"]),
        ("FLINK-1_20", "11", "flink-connector-kinesis", "5.0.0-1.20", NONE),
        ("FLINK-1_20", "11", "flink-connector-kinesis", "4.3.0-1.19", &["unfit-connector"]),
        ("FLINK-1_20", "11", "flink-connector-opensearch", "1.2.0-1.19", NONE),
        ("FLINK-1_19", "11", "flink-connector-opensearch", "1.2.0-1.20", &["unfit-connector"]),
        ("FLINK-2_2", "17", "flink-connector-kafka", "4.0.0-2.0", NONE),
        ("FLINK-2_2", "17", "flink-connector-kafka", "3.4.0-1.20", &["unfit-connector"]),
        ("FLINK-1_20", "11", "flink-connector-files", "1.20.0", NONE),
        ("FLINK-1_20", "11", "flink-connector-kinesis", "5.0.0-SNAPSHOT", NONE),
        ("!Ref Given", "21", "flink-clients", "1.13.2", NONE),
        ("!If [IsProd, FLINK-1_20, FLINK-2_2]", "21", "flink-clients", "1.13.2", NONE),
        ("ZEPPELIN-FLINK-3_0", "21", "flink-clients", "1.13.2", NONE),
    ] {
        let text = pom(java, artifact, version);
        let found = found(&application("Job", runtime, NO_GROUPS), &[("pom.xml", &text)]);
        assert_eq!(found, expected, "{runtime} {java} {artifact} {version}");
    }
}

#[test]
fn a_build_elsewhere_is_found_by_the_commands_that_go_there() {
    let build = "  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Given
      Artifacts: {Type: NO_ARTIFACTS}
      Environment: {Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/standard:7.0}
      Source:
        Type: NO_SOURCE
        BuildSpec: |
          version: 0.2
          phases:
            build:
              commands:
                - cd ./jobs/rider && mvn package
";
    let job = application("Job", "FLINK-1_20", NO_GROUPS);
    let text = pom("17", "flink-clients", "1.20.0");
    assert_eq!(found(&(job.clone() + build), &[("jobs/rider/pom.xml", &text)]), ["newer-java"]);
    assert_eq!(found(&job, &[("jobs/rider/pom.xml", &text)]), NONE);
    let outside = build.replace("./jobs/rider", "../rider");
    assert_eq!(found(&(job + &outside), &[("../rider/pom.xml", &text)]), NONE);
}

#[test]
fn with_several_applications_only_what_holds_for_all_is_said() {
    let text = pom("17", "flink-clients", "1.20.0");
    let beside = [("pom.xml", &*text)];
    let one = application("One", "FLINK-1_20", NO_GROUPS);
    assert_eq!(found(&(one.clone() + &application("Two", "FLINK-1_20", NO_GROUPS)), &beside), ["newer-java"]);
    assert_eq!(found(&(one + &application("Two", "FLINK-2_2", NO_GROUPS)), &beside), NONE);
    assert_eq!(found("  Stream: {Type: AWS::Kinesis::Stream}\n", &beside), NONE);
}

#[test]
fn groups_are_missed_only_when_all_are_known() {
    let program = "void main() { KinesisAnalyticsRuntime.getApplicationProperties().get(\"input\"); }";
    let text = pom("11", "flink-clients", "1.20.0");
    let files = [("pom.xml", &*text), ("src/main/java/com/acme/Job.java", program)];
    let group = |id: &str| format!("{{PropertyGroupId: {id}, PropertyMap: {{a: b}}}}");
    for (groups, expected) in [
        (format!("{{PropertyGroups: [{}]}}", group("input")), NONE),
        (format!("{{PropertyGroups: [{}]}}", group("output")), &["missing-property-group"]),
        (format!("{{PropertyGroups: [{}]}}", group("!Ref Given")), NONE),
        (format!("{{PropertyGroups: [!If [IsProd, {}, !Ref AWS::NoValue]]}}", group("input")), NONE),
        ("!If [IsProd, !Ref AWS::NoValue, !Ref AWS::NoValue]".to_owned(), NONE),
        (NO_GROUPS.to_owned(), &["missing-property-group"]),
    ] {
        assert_eq!(found(&application("Job", "FLINK-1_20", &groups), &files), expected, "{groups}");
    }
}
