//! What actions may say, and how stages and names fit together.

use super::running::brought_out;

const RULES: &[&str] = &[
    "pipeline/action-without-commands",
    "pipeline/artifact-count",
    "pipeline/branch-reference",
    "pipeline/build-variables",
    "pipeline/commands-of-other-action",
    "pipeline/first-stage-without-source",
    "pipeline/half-configured-action",
    "pipeline/ignored-timeout",
    "pipeline/missing-action-key",
    "pipeline/multi-line-command",
    "pipeline/repeated-name",
    "pipeline/repository-name",
    "pipeline/retired-provider",
    "pipeline/role-of-foreign-action",
    "pipeline/source-outside-first-stage",
    "pipeline/type-lacks-feature",
    "pipeline/unknown-action-key",
    "pipeline/unknown-action-value",
    "pipeline/unknown-provider",
    "pipeline/windows-on-small-compute",
    "pipeline/work-in-source-stage",
    "pipeline/wrong-action-type",
];

const SOURCE: &str = "{Name: Source, Actions: [{Name: Code, \
    ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: '1'}, \
    Configuration: {S3Bucket: !ImportValue sources, S3ObjectKey: trips.zip}, OutputArtifacts: [{Name: Code}]}]}";

fn found(properties: &str, stages: &[&str]) -> Vec<&'static str> {
    let stages = stages.join(", ");
    let text = format!(
        "
Parameters: {{Kind: {{Type: String}}}}
Conditions: {{Production: !Equals [!Ref Kind, production]}}
Resources:
  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !ImportValue delivery
      ArtifactStore: {{Type: S3, Location: !ImportValue artifacts}}
      {properties}
      Stages: [{stages}]
"
    );
    brought_out(&text, RULES)
}

fn action(kind: &str, more: &str) -> String {
    format!("{{Name: Work, ActionTypeId: {{{kind}}}, {more}}}")
}

fn work(kind: &str, more: &str) -> Vec<&'static str> {
    let stage = format!("{{Name: Work, Actions: [{}]}}", action(kind, more));
    found("PipelineType: V2", &[SOURCE, &stage])
}

const BUILD: &str = "Category: Build, Owner: AWS, Provider: CodeBuild, Version: '1'";
const IN: &str = "InputArtifacts: [{Name: Code}]";

#[test]
fn the_parts_of_a_type_belong_together() {
    let fit = format!("Configuration: {{ProjectName: trips}}, {IN}");
    let of = |kind: &str| work(kind, &fit);
    assert_eq!(of(BUILD), [""; 0]);
    assert_eq!(of("Category: Test, Owner: AWS, Provider: CodeBuild, Version: 1"), [""; 0]);
    assert_eq!(of("Category: Deploy, Owner: AWS, Provider: CodeBuild, Version: '1'"), ["pipeline/wrong-action-type"]);
    assert_eq!(of("Category: Build, Owner: AWS, Provider: CodeBuild, Version: '2'"), ["pipeline/wrong-action-type"]);
    assert_eq!(of("Category: Build, Owner: AWS, Provider: Codebuild, Version: '1'"), ["pipeline/unknown-provider"]);
    assert_eq!(of("Category: Build, Owner: AWS, Provider: Gradle, Version: '1'"), ["pipeline/unknown-provider"]);
    // What else is wrong is found as well.
    let wrong = "Category: Build, Owner: ThirdParty, Provider: CodeBuild, Version: '1'";
    assert_eq!(of(wrong), ["pipeline/wrong-action-type"]);
    assert_eq!(work(wrong, IN), ["pipeline/missing-action-key", "pipeline/wrong-action-type"]);
    // A category that no action has is told of by the schema.
    assert_eq!(of("Category: Buld, Owner: AWS, Provider: CodeBuild, Version: '1'"), [""; 0]);
    for silent in [
        "Category: Build, Owner: Custom, Provider: CodeBuild, Version: '7'",
        "Category: Test, Owner: ThirdParty, Provider: Nouvola, Version: '1'",
        "Category: Build, Owner: aws, Provider: CodeBuild, Version: '1'",
        "Category: Build, Owner: AWS, Provider: !Ref Kind, Version: '1'",
        "Category: Build, Owner: !Ref Kind, Provider: CodeBuild, Version: '1'",
        "Category: Build, Owner: AWS, Provider: CodeBuild, Version: !Ref Kind",
    ] {
        assert_eq!(of(silent), [""; 0], "{silent}");
    }
}

#[test]
fn keys_are_those_of_the_action() {
    let of = |configuration: &str| work(BUILD, &format!("Configuration: {configuration}, {IN}"));
    assert_eq!(of("{ProjectName: trips, BuildspecOverride: b.yml, BatchEnabled: true}"), [""; 0]);
    // One finding for one mistake.
    assert_eq!(of("{ProjctName: trips}"), ["pipeline/unknown-action-key"]);
    assert_eq!(of("{projectName: trips}"), ["pipeline/unknown-action-key"]);
    assert_eq!(of("{}"), ["pipeline/missing-action-key"]);
    assert_eq!(of("{ProjectName: !Ref AWS::NoValue}"), ["pipeline/missing-action-key"]);
    assert_eq!(of("{ProjectName: trips, Nonsense: !Ref AWS::NoValue}"), [""; 0]);
    assert_eq!(of("!If [Production, {ProjectName: trips}, {ProjectName: fares}]"), [""; 0]);
    assert_eq!(of("{'Fn::Transform': {Name: Settings}}"), [""; 0]);
    assert_eq!(of("{ProjectName: !If [Production, trips, !Ref AWS::NoValue]}"), [""; 0]);
    assert_eq!(work(BUILD, IN), ["pipeline/missing-action-key"]);
    let kubernetes = "Category: Deploy, Owner: AWS, Provider: EKS, Version: '1'";
    let of = |configuration: &str| work(kubernetes, &format!("Configuration: {configuration}, {IN}"));
    // AWS adds settings to this one.
    assert_eq!(of("{ClusterName: trips, SomethingNew: a}"), [""; 0]);
    assert_eq!(of("{ClusterName: trips, HelmReleaseNam: trips}"), ["pipeline/unknown-action-key"]);
}

#[test]
fn artifacts_are_counted_when_they_are_written_out() {
    let of = |artifacts: &str| work(BUILD, &format!("Configuration: {{ProjectName: trips}}, {artifacts}"));
    assert_eq!(of("InputArtifacts: []"), ["pipeline/artifact-count"]);
    assert_eq!(of("InputArtifacts: [!If [Production, {Name: Code}, !Ref AWS::NoValue]]"), [""; 0]);
    assert_eq!(of("InputArtifacts: !If [Production, [{Name: Code}], []]"), [""; 0]);
    let six = "[{Name: A}, {Name: B}, {Name: C}, {Name: D}, {Name: E}, {Name: F}]";
    assert_eq!(of(&format!("InputArtifacts: {six}")), ["pipeline/artifact-count"]);
    let five = "[{Name: A}, {Name: B}, {Name: C}, {Name: D}, {Name: E}]";
    assert_eq!(of(&format!("{IN}, OutputArtifacts: {five}")), [""; 0]);
    let approval = "Category: Approval, Owner: AWS, Provider: Manual, Version: '1'";
    assert_eq!(work(approval, "RunOrder: 1"), [""; 0]);
    assert_eq!(work(approval, IN), ["pipeline/artifact-count"]);
    let function = "Category: Deploy, Owner: AWS, Provider: Lambda, Version: '1'";
    assert_eq!(work(function, "Configuration: {FunctionName: trips}"), ["pipeline/artifact-count"]);
    let published = "{FunctionName: trips, FunctionAlias: live, PublishedTargetVersion: '7'}";
    assert_eq!(work(function, &format!("Configuration: {published}")), [""; 0]);
}

#[test]
fn only_names_that_surely_meet_are_repeated() {
    let build = |name: &str, output: &str| {
        let outputs = format!("OutputArtifacts: [{{Name: {output}}}]");
        let more = format!("Configuration: {{ProjectName: trips}}, {IN}, {outputs}");
        action(BUILD, &more).replace("Name: Work", &format!("Name: {name}"))
    };
    let of = |stages: &[String]| {
        let stages: Vec<_> = [SOURCE].into_iter().chain(stages.iter().map(String::as_str)).collect();
        found("PipelineType: V2", &stages)
    };
    let stage = |name: &str, actions: &str| format!("{{Name: {name}, Actions: [{actions}]}}");
    let (one, two) = (build("One", "A"), build("Two", "B"));
    assert_eq!(of(&[stage("Work", &format!("{one}, {two}"))]), [""; 0]);
    // Actions of two stages may have one name.
    assert_eq!(of(&[stage("Work", &one), stage("More", &build("One", "B"))]), [""; 0]);
    let repeated = ["pipeline/repeated-name"];
    assert_eq!(of(&[stage("Work", &one), stage("Work", &two)]), repeated);
    assert_eq!(of(&[stage("Work", &format!("{one}, {}", build("One", "B")))]), repeated);
    assert_eq!(of(&[stage("Work", &one), stage("More", &build("Two", "A"))]), repeated);
    assert_eq!(of(&[stage("Work", &one), stage("More", &build("Two", "Code"))]), repeated);
    // Either one or the other.
    assert_eq!(of(&[stage("Work", &format!("!If [Production, {one}, {}]", build("One", "A")))]), [""; 0]);
    let stages = format!("!If [Production, {}, {}]", stage("Work", &one), stage("Work", &two));
    assert_eq!(of(&[stages]), [""; 0]);
}

#[test]
fn sources_stand_in_the_first_stage_alone() {
    let source = SOURCE.replace("Name: Code", "Name: More").replace("Name: Source", "Name: Again");
    let outside = ["pipeline/source-outside-first-stage"];
    assert_eq!(found("PipelineType: V2", &[SOURCE, &source]), outside);
    let stages = format!("!If [Production, {SOURCE}, {source}]");
    assert_eq!(found("PipelineType: V2", &[&stages, &source]), [""; 0]);
    let approve = "{Name: Approve, ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: '1'}}";
    let stage = |name: &str, actions: &str| format!("{{Name: {name}, Actions: [{actions}]}}");
    let (one, two) = (stage("One", approve), stage("Two", approve));
    assert_eq!(found("PipelineType: V2", &[&one, &two]), ["pipeline/first-stage-without-source"]);
    let beside = SOURCE.replace("Actions: [", &format!("Actions: [{approve}, "));
    assert_eq!(found("PipelineType: V2", &[&beside, &two]), ["pipeline/work-in-source-stage"]);
    let unknown = stage("One", &approve.replace("Approval", "!Ref Kind"));
    assert_eq!(found("PipelineType: V2", &[&unknown, &two]), [""; 0]);
    let hidden = stage("One", &format!("!If [Production, {approve}, !Ref AWS::NoValue]"));
    assert_eq!(found("PipelineType: V2", &[&hidden, &two]), [""; 0]);
}

#[test]
fn the_second_type_is_asked_for_by_what_it_alone_has() {
    let approve = "{Name: A, ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: '1'}}";
    let plain = format!("{{Name: Approve, Actions: [{approve}]}}");
    let lacks = ["pipeline/type-lacks-feature"];
    let of = |properties: &str| found(properties, &[SOURCE, &plain]);
    assert_eq!(of("Name: trips"), [""; 0]);
    assert_eq!(of("ExecutionMode: SUPERSEDED"), [""; 0]);
    assert_eq!(of("ExecutionMode: PARALLEL"), lacks);
    assert_eq!(of("Variables: [{Name: Build, DefaultValue: all}]"), lacks);
    assert_eq!(of("Variables: []"), [""; 0]);
    assert_eq!(of("PipelineType: !Ref Kind\n      ExecutionMode: PARALLEL"), [""; 0]);
    let kept = plain.replace("Name: Approve,", "Name: Approve, OnFailure: {Result: ROLLBACK},");
    assert_eq!(found("PipelineType: V1", &[SOURCE, &kept]), lacks);
    let kept = plain.replace("Name: Approve,", "Name: Approve, OnFailure: !Ref AWS::NoValue,");
    assert_eq!(found("PipelineType: V1", &[SOURCE, &kept]), [""; 0]);
}

#[test]
fn values_are_those_that_the_action_takes() {
    let value = ["pipeline/unknown-action-value"];
    let variables = ["pipeline/build-variables"];
    let build = |more: &str| work(BUILD, &format!("Configuration: {{ProjectName: trips, {more}}}, {IN}"));
    let table: &[(&str, &[&str])] = &[
        ("BatchEnabled: true", &[]),
        ("BatchEnabled: 'True'", &[]),
        ("BatchEnabled: '#{variables.Batch}'", &[]),
        ("BatchEnabled: !Ref Kind", &[]),
        ("BatchEnabled: on demand", &value),
        ("EnvironmentVariables: '[]'", &[]),
        ("EnvironmentVariables: '[{'", &value),
        ("EnvironmentVariables: !Sub '[{'", &[]),
        ("EnvironmentVariables: '{}'", &variables),
        ("EnvironmentVariables: '[1]'", &variables),
        (r##"EnvironmentVariables: '[{"name":"A","value":"#{Code.CommitId}"}]'"##, &[]),
        (r##"EnvironmentVariables: '[{"name":"A","value":"b","type":"#{variables.Type}"}]'"##, &[]),
        (r##"EnvironmentVariables: '[{"Name":"A","value":"b"}]'"##, &variables),
        (r##"EnvironmentVariables: '[{"name":"A"}]'"##, &variables),
        (r##"EnvironmentVariables: '[{"name":"A","value":1}]'"##, &variables),
        (r##"EnvironmentVariables: '[{"name":"A","value":"b","type":"SECRET"}]'"##, &variables),
    ];
    for (more, expected) in table {
        assert_eq!(build(more), *expected, "{more}");
    }
    let function = "Category: Deploy, Owner: AWS, Provider: Lambda, Version: '1'";
    let shift = |strategy: &str| {
        let configuration = format!("{{FunctionName: trips, FunctionAlias: live, DeployStrategy: {strategy}}}");
        work(function, &format!("Configuration: {configuration}, {IN}"))
    };
    for fits in ["AllAtOnce", "Canary10Percent5Minutes", "Linear10PercentEvery1Minute", "!Ref Kind"] {
        assert_eq!(shift(fits), [""; 0], "{fits}");
    }
    for unfit in ["Canary", "Linear10Percent1Minute", "CodeDeployDefault.LambdaAllAtOnce"] {
        assert_eq!(shift(unfit), value, "{unfit}");
    }
}

#[test]
fn settings_that_need_each_other_stand_together() {
    let half = ["pipeline/half-configured-action"];
    let function = "Category: Deploy, Owner: AWS, Provider: Lambda, Version: '1'";
    let of = |kind: &str, more: &str| work(kind, &format!("Configuration: {{{more}}}, {IN}"));
    assert_eq!(of(function, "FunctionName: trips, DeployStrategy: Canary10Percent5Minutes"), half);
    assert_eq!(of(function, "FunctionName: trips, DeployStrategy: AllAtOnce"), [""; 0]);
    assert_eq!(of(BUILD, "ProjectName: trips, CombineArtifacts: true"), half);
    assert_eq!(of(BUILD, "ProjectName: trips, CombineArtifacts: false"), [""; 0]);
    let kubernetes = "Category: Deploy, Owner: AWS, Provider: EKS, Version: '1'";
    assert_eq!(of(kubernetes, "ClusterName: trips, HelmReleaseName: trips"), half);
    let chart = "ClusterName: trips, HelmReleaseName: !If [Production, trips, !Ref AWS::NoValue]";
    assert_eq!(of(kubernetes, chart), [""; 0]);
}

#[test]
fn commands_stand_where_they_run() {
    let commands = "Category: Compute, Owner: AWS, Provider: Commands, Version: '1'";
    let of = |more: &str| work(commands, &format!("{more}, {IN}"));
    assert_eq!(of("Commands: [make]"), [""; 0]);
    assert_eq!(of("Commands: !If [Production, [make], [make check]]"), [""; 0]);
    assert_eq!(of("RunOrder: 1"), ["pipeline/action-without-commands"]);
    assert_eq!(of(r#"Commands: ["make\nmake check"]"#), ["pipeline/multi-line-command"]);
    assert_eq!(of(r#"Commands: ["make\n"]"#), [""; 0]);
    let build = |more: &str| work(BUILD, &format!("Configuration: {{ProjectName: trips}}, {IN}, {more}"));
    assert_eq!(build("OutputVariables: [TAG]"), ["pipeline/commands-of-other-action"]);
    assert_eq!(build("OutputArtifacts: [{Name: Jar, Files: [a.jar]}]"), ["pipeline/commands-of-other-action"]);
    assert_eq!(build("EnvironmentVariables: [{Name: A, Value: b}]"), ["pipeline/commands-of-other-action"]);
    assert_eq!(of("Commands: [make], OutputArtifacts: [{Name: Jar, Files: [a.jar]}]"), [""; 0]);
    assert_eq!(build("TimeoutInMinutes: 30"), ["pipeline/ignored-timeout"]);
    assert_eq!(build("TimeoutInMinutes: !Ref AWS::NoValue"), [""; 0]);
    let approval = "Category: Approval, Owner: AWS, Provider: Manual, Version: '1'";
    assert_eq!(work(approval, "TimeoutInMinutes: 30"), [""; 0]);
}

#[test]
fn sources_are_named_as_their_host_names_them() {
    let of = |repository: &str, branch: &str| {
        let kind = "{Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: '1'}";
        let configuration =
            format!("{{ConnectionArn: !Ref Kind, FullRepositoryId: {repository}, BranchName: {branch}}}");
        let outputs = "OutputArtifacts: [{Name: Code}]";
        let action = format!("{{Name: Code, ActionTypeId: {kind}, Configuration: {configuration}, {outputs}}}");
        let approve = "{Name: A, ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: '1'}}";
        let stages = [format!("{{Name: Source, Actions: [{action}]}}"), format!("{{Name: Two, Actions: [{approve}]}}")];
        found("PipelineType: V2", &[&stages[0], &stages[1]])
    };
    for fits in ["example/trips", "example/rides/trips", "!Ref Kind", "!Sub '${Kind}'", "example/trips.git.io"] {
        assert_eq!(of(fits, "main"), [""; 0], "{fits}");
    }
    let unfit =
        ["trips", "https://github.com/example/trips", "'git@github.com:example/trips.git'", "example/trips.git"];
    for unfit in unfit {
        assert_eq!(of(unfit, "main"), ["pipeline/repository-name"], "{unfit}");
    }
    assert_eq!(of("example/trips", "refs/heads/main"), ["pipeline/branch-reference"]);
    assert_eq!(of("example/trips", "feature/refs"), [""; 0]);
    let jenkins = "Category: Build, Owner: Custom, Provider: Jenkins, Version: '1'";
    assert_eq!(work(jenkins, "RoleArn: !ImportValue role"), ["pipeline/role-of-foreign-action"]);
    assert_eq!(work(jenkins, "RoleArn: !Ref AWS::NoValue"), [""; 0]);
}
