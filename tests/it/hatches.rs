//! The escape hatches of the language: `overrides`, `resources` and `moved`.

use serde_json::{Value as Json, json};
use tidegate::compile::{self, Build, CHECKSUMS, SOURCE_MAP};
use tidegate::desired::Resource;
use tidegate::diagnostic::Level;

use crate::support::{document, document_beside};

const HEAD: &str = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";

fn build(text: &str) -> Build {
    compile::compile(&document(&format!("{HEAD}{text}")))
}

#[track_caller]
fn resource<'b>(build: &'b Build, id: &str) -> &'b Resource {
    let found = build.desired.stacks.iter().find_map(|stack| stack.resources.get(id));
    let there: Vec<_> = build.desired.stacks.iter().flat_map(|stack| stack.resources.keys()).collect();
    found.unwrap_or_else(|| panic!("no {id} among {there:?}: {:#?}", build.diagnostics))
}

#[track_caller]
fn property(text: &str, id: &str, pointer: &str) -> Json {
    let build = build(text);
    let errors: Vec<_> = build.diagnostics.iter().filter(|found| found.level() == Level::Error).collect();
    assert!(errors.is_empty(), "{text}: {errors:#?}");
    resource(&build, id).properties.to_json().pointer(pointer).cloned().unwrap_or(Json::Null)
}

/// What is found, as `rule@line: message`.
fn found(text: &str) -> Vec<String> {
    let said = |found: &tidegate::diagnostic::Diagnostic| {
        let line = found.primary.span.start_position().line - HEAD.lines().count();
        format!("{}@{line}: {}; {}", found.rule.name, found.message, found.help.as_deref().unwrap_or(""))
    };
    build(text).diagnostics.iter().map(said).collect()
}

#[track_caller]
fn assert_found(text: &str, parts: &[&str]) {
    let found = found(text);
    let all = parts.iter().all(|part| found.iter().any(|line| line.contains(part)));
    assert!(all, "{text}\n{found:#?}\nlacks one of {parts:?}");
}

#[test]
fn the_examples_of_the_book_are_accepted() {
    let book = std::fs::read_to_string(crate::support::root().join("book/src/hatches.md")).expect("a page");
    let examples = crate::support::blocks(&book, "yaml");
    assert!(examples.len() > 4, "{}", examples.len());
    for text in examples {
        let page = "```py accepted note.py\ndef handler(event, context):\n    return 1\n```\n";
        let build = compile::compile(&document_beside(text, page, "accepted"));
        assert!(build.diagnostics.is_empty() && !build.artifacts.is_empty(), "{text}\n{:#?}", build.diagnostics);
    }
}

#[test]
fn mappings_merge_and_all_else_is_replaced() {
    let bucket = |overrides: &str| format!("buckets:\n  web:\n    overrides: {overrides}\n");
    let merged = bucket("{PublicAccessBlockConfiguration: {BlockPublicAcls: false}}");
    assert_eq!(
        property(&merged, "WebBucket", "/PublicAccessBlockConfiguration"),
        json!({ "BlockPublicAcls": false, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true })
    );
    let removed = bucket("{PublicAccessBlockConfiguration: {BlockPublicAcls: null}}");
    assert_eq!(property(&removed, "WebBucket", "/PublicAccessBlockConfiguration/BlockPublicAcls"), Json::Null);
    assert_eq!(property(&removed, "WebBucket", "/PublicAccessBlockConfiguration/BlockPublicPolicy"), json!(true));
    assert_eq!(property(&bucket("{VersioningConfiguration: ~}"), "WebBucket", "/VersioningConfiguration"), Json::Null);
    let list = bucket("{Tags: [{Key: 部署, Value: \"${{ env.name }}\"}]}");
    assert_eq!(property(&list, "WebBucket", "/Tags"), json!([{ "Key": "部署", "Value": { "Ref": "Environment" } }]));
    let added = bucket("{AccelerateConfiguration: {AccelerationStatus: Enabled}}");
    assert_eq!(property(&added, "WebBucket", "/AccelerateConfiguration/AccelerationStatus"), json!("Enabled"));
}

#[test]
fn values_may_be_expressions_and_functions() {
    let text = "streams:\n  trips: {mode: on-demand}\nqueues:\n  inbox:\n    overrides:\n      Tags:\n        - {Key: a, \
                Value: \"${{ streams.trips.name }}\"}\n        - {Key: b, Value: !Ref TripsStream}\n        - {Key: c, \
                Value: !Sub \"${AWS::Region}-${{ streams.trips.arn }}\"}\n        - {Key: d, Value: {\"Fn::GetAtt\": \
                [TripsStream, Arn]}}\n        - {Key: e, Value: \"${NOT}\"}\n        - {Key: f, Value: yes}\n";
    let tags = property(text, "InboxQueue", "/Tags");
    let values: Vec<&Json> = tags.as_array().expect("a list").iter().map(|tag| &tag["Value"]).collect();
    let arn = json!({ "Fn::GetAtt": ["TripsStream", "Arn"] });
    assert_eq!(values[0], &json!({ "Ref": "TripsStream" }));
    assert_eq!(values[1], &json!({ "Ref": "TripsStream" }));
    assert_eq!(values[2], &json!({ "Fn::Sub": "${AWS::Region}-${TripsStream.Arn}" }));
    assert_eq!(values[3], &arn);
    assert_eq!(values[4], &json!("${NOT}"));
    assert_eq!(values[5], &json!("yes"));
    let param = "params: {shards: 2}\nstreams:\n  trips:\n    mode: provisioned\n    shards: 1\n    overrides: \
                 {ShardCount: \"${{ params.shards }}\"}\n";
    assert_eq!(property(param, "TripsStream", "/ShardCount"), json!({ "Ref": "Shards" }));
}

#[test]
fn a_thing_with_several_resources_says_which() {
    let function = |overrides: &str| {
        format!("functions:\n  note:\n    runtime: python3.13\n    code: note.py\n    overrides:\n      {overrides}\n")
    };
    let text = |overrides: &str| format!("{HEAD}{}", function(overrides));
    let page = "```py accepted note.py\ndef handler(event, context):\n    return 1\n```\n";
    let built = |overrides: &str| compile::compile(&document_beside(&text(overrides), page, "accepted"));
    let at = |overrides: &str, id: &str, pointer: &str| {
        let build = built(overrides);
        resource(&build, id).properties.to_json().pointer(pointer).cloned()
    };
    assert_eq!(at("MemorySize: 2048", "NoteFunction", "/MemorySize"), Some(json!(2048)));
    assert_eq!(at("NoteFunction: {MemorySize: 2048}", "NoteFunction", "/MemorySize"), Some(json!(2048)));
    assert_eq!(
        at("NoteFunctionRole: {MaxSessionDuration: 7200}", "NoteFunctionRole", "/MaxSessionDuration"),
        Some(json!(7200))
    );
    assert_eq!(
        at("AWS::IAM::Role: {MaxSessionDuration: 7200}", "NoteFunctionRole", "/MaxSessionDuration"),
        Some(json!(7200))
    );
    let says = |overrides: &str| {
        built(overrides).diagnostics.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join("\n")
    };
    for (overrides, part) in [
        ("NoteFunctionRol: {MaxSessionDuration: 7200}", "`NoteFunctionRole` (AWS::IAM::Role)"),
        ("AWS::SQS::Queue: {DelaySeconds: 7}", "makes no resource `AWS::SQS::Queue`"),
        ("NoteFunctionRole: 7", "no mapping of its properties"),
        ("MemorySise: 2048", "MemorySise"),
        ("MemorySize: none", "takes a whole number"),
        ("MemorySize: 7", "resource/out-of-range"),
    ] {
        let said = says(overrides);
        assert!(said.contains(part), "{overrides}: {said}");
    }
}

#[test]
fn what_is_overridden_is_checked_like_the_rest() {
    let stream = |overrides: &str| format!("streams:\n  trips:\n    mode: on-demand\n    overrides: {overrides}\n");
    assert_found(&stream("{RetentionHours: 24}"), &["resource/unknown-property@4"]);
    assert_found(&stream("{RetentionPeriodHours: many}"), &["resource/wrong-type@4"]);
    assert_found(&stream("{RetentionPeriodHours: 0}"), &["resource/out-of-range@4"]);
    assert_found(&stream("{StreamModeDetails: {StreamMode: ALWAYS}}"), &["resource/unknown-value@4"]);
    assert_found(&stream("{}"), &["spec/bad-value@4"]);
    assert_found(&stream("7"), &["spec/wrong-type@4"]);
    assert_found(&stream("{Name: \"${{ params.none }}\"}"), &["names/dangling-reference@4"]);
    assert_found(&stream("{Tags: [{Key: a, Value: !Ref Nothing}]}"), &["names/dangling-reference@4", "`Nothing`"]);
    assert_found(&stream("{Tags: [{Key: a, Value: !Ref TripStream}]}"), &["write `TripsStream`"]);
    assert_found(&stream("{Tags: [~]}"), &["template/bad-value@4"]);
    assert_found(
        &stream("{StreamModeDetails: {StreamMode: ON_DEMAND}}"),
        &["overrides/without-effect@4: `StreamModeDetails.StreamMode` of this `AWS::Kinesis::Stream` is `ON_DEMAND`"],
    );
    assert_found(&stream("{MaxRecordSizeInKiB: ~}"), &["overrides/without-effect@4"]);
}

#[test]
fn what_no_single_thing_makes_is_overridden_at_the_top() {
    let pipelines = "repos:\n  infra: {github: acme/infra, connection: acme-github, branch: main}\npipelines:\n  \
                     infrastructure:\n    - verify: repos.infra\n    - deploy: environments.prod\nstreams:\n  trips: \
                     {mode: on-demand}\n";
    let text = format!(
        "{pipelines}overrides:\n  ProdDeployRole: {{MaxSessionDuration: 7200}}\n  TripsStream: {{RetentionPeriodHours: 48}}\n"
    );
    assert_eq!(property(&text, "ProdDeployRole", "/MaxSessionDuration"), json!(7200));
    assert_eq!(property(&text, "TripsStream", "/RetentionPeriodHours"), json!(48));
    let wrong = format!("{pipelines}overrides:\n  ProdDeployRol: {{MaxSessionDuration: 7200}}\n");
    assert_found(&wrong, &["overrides/no-resource@10", "did you mean `ProdDeployRole`?"]);
    let elsewhere = format!(
        "params: {{a: b}}\n{pipelines}overrides:\n  ProdDeployRole: {{Description: \"${{{{ params.a }}}}\"}}\n"
    );
    assert_found(&elsewhere, &["names/known-elsewhere"]);
}

#[test]
fn a_raw_resource_stands_beside_those_of_things() {
    let text = "streams:\n  trips: {mode: on-demand}\nresources:\n  Feed:\n    Type: AWS::SNS::Topic\n    DependsOn: \
                TripsStream\n    DeletionPolicy: Retain\n    Properties:\n      DisplayName: 注文\n      Tags: [{Key: \
                stream, Value: \"${{ streams.trips.arn }}\"}, {Key: own, Value: !Ref TripsStream}]\n  Bell:\n    Type: \
                AWS::SNS::Topic\n    stack: delivery\n  Box: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub \
                \"${AWS::StackName}-box\"}}\n";
    let build = build(text);
    assert_eq!(build.diagnostics.len(), 0, "{:#?}", build.diagnostics);
    let feed = resource(&build, "Feed");
    assert_eq!(
        (feed.depends_on.as_slice(), feed.deletion_policy),
        (["TripsStream".to_owned()].as_slice(), Some("Retain"))
    );
    let tags = feed.properties.to_json()["Tags"].clone();
    assert_eq!(tags[0]["Value"], json!({ "Fn::GetAtt": ["TripsStream", "Arn"] }));
    let role_of = |id: &str| {
        build.desired.stacks.iter().find(|stack| stack.resources.contains_key(id)).map(|stack| stack.role.to_string())
    };
    assert_eq!(role_of("Feed").as_deref(), Some("application"));
    assert_eq!(role_of("Bell").as_deref(), Some("delivery"));
    let template =
        build.artifacts.iter().find(|artifact| artifact.path == "application.template.yaml").expect("a file");
    assert!(template.text.contains("  Feed:\n    Type: AWS::SNS::Topic\n"), "{}", template.text);
}

#[test]
fn a_raw_resource_is_checked_like_a_template() {
    let raw = |written: &str| format!("resources:\n  Feed: {written}\nstreams:\n  trips: {{mode: on-demand}}\n");
    for (written, part) in [
        ("{Type: AWS::SNS::Topik}", "resource/unknown-type@2"),
        ("{Type: AWS::SNS::Topic, Properties: {DisplayNam: a}}", "resource/unknown-property@2"),
        ("{Type: AWS::SNS::Topic, Propertys: {}}", "write `Properties`"),
        ("{Properties: {}}", "the key `Type` is missing"),
        ("{Type: AWS::SNS::Topic, stack: other}", "`other` is not one of `application` and `delivery`"),
        ("{Type: AWS::SNS::Topic, Properties: [a]}", "template/bad-resource@2"),
        ("{Type: AWS::SNS::Topic, Properties: {DisplayName: !Reff a}}", "template/bad-function@2"),
        ("{Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Shards}}", "names/dangling-reference@2"),
        ("{Type: AWS::SNS::Topic, DependsOn: Nothing}", "names/dangling-reference@2"),
        ("{Type: AWS::SNS::Topic, Condition: Nothing}", "`Nothing` is no condition of the stack"),
        ("{Type: AWS::SNS::Topic, Properties: {DisplayName: \"${{ topics.a.arn }}\"}}", "names/dangling-reference@2"),
        ("{Type: AWS::SNS::Topic, Properties: {DisplayName: \"${{ streams.trips.name\"}}", "names/expression-syntax@2"),
    ] {
        assert_found(&raw(written), &[part]);
    }
    assert_found(
        "resources: {TripsStream: {Type: AWS::SNS::Topic}}\nstreams:\n  trips: {mode: on-demand}\n",
        &[
            "names/name-clash@3: `streams.trips` and `resources.TripsStream` would both get the logical id `TripsStream`",
        ],
    );
    assert_found("resources: {orders-topic: {Type: AWS::SNS::Topic}}\n", &["is not a logical id"]);
    assert_found("resources: {}\n", &["the mapping is empty"]);
}

#[test]
fn the_role_that_deploys_may_make_what_is_raw() {
    let text = |own: &str| {
        format!(
            "repos:\n  infra: {{github: acme/infra, connection: acme-github, branch: main}}\npipelines:\n  \
             infrastructure:\n    - verify: repos.infra\n    - deploy: environments.prod\nstreams:\n  trips: {{mode: \
             on-demand}}\nresources:\n  Feed: {own}\n"
        )
    };
    let build = build(&text("{Type: AWS::SQS::Queue}"));
    let role = resource(&build, "ProdDeployRole").properties.to_json().to_string();
    assert!(role.contains("sqs:CreateQueue") || role.contains("sqs:createqueue"), "{role}");
    assert_found(&text("{Type: AWS::AppConfig::Application, Properties: {Name: a}}"), &["resources/no-permission@10"]);
    let named = compile::compile(&document(&format!(
        "{HEAD}{}",
        text(
            "{Type: AWS::IAM::Role, Properties: {RoleName: a, AssumeRolePolicyDocument: {Version: \"2012-10-17\", Statement: []}}}"
        )
    )));
    let delivery = named.artifacts.iter().find(|artifact| artifact.path == "delivery.template.yaml");
    assert!(delivery.is_none_or(|artifact| artifact.text.contains("CAPABILITY_NAMED_IAM")), "{:?}", named.diagnostics);
}

/// What is generated, but for the map of lines and the digests of the document.
fn generated(text: &str) -> Vec<(String, String)> {
    let build = compile::compile(&document(text));
    let errors: Vec<_> = build.diagnostics.iter().filter(|found| found.level() != Level::Info).collect();
    assert!(errors.is_empty() && !build.artifacts.is_empty(), "{text}\n{errors:#?}");
    let files = build.artifacts.into_iter().filter(|it| ![SOURCE_MAP, CHECKSUMS].contains(&it.path.as_str()));
    files.map(|artifact| (artifact.path, artifact.text)).collect()
}

#[test]
fn a_rename_with_its_move_changes_nothing_that_is_generated() {
    let spec =
        std::fs::read_to_string(crate::support::root().join("specs/flink-delivery/pipeline.yaml")).expect("a file");
    let files = tidegate::host::read_project(
        &crate::support::root().join("specs/flink-delivery/pipeline.yaml").display().to_string(),
    )
    .expect("a document")
    .input;
    let with = |text: &str| {
        let file = tidegate::source::SourceFile::new(files.file.path(), text);
        let input = compile::Input {
            file,
            path: files.path.clone(),
            files: files.files.clone(),
            settings: files.settings.clone(),
            today: files.today.clone(),
        };
        let build = compile::compile(&input);
        let found: Vec<String> =
            build.diagnostics.iter().map(|found| format!("{}: {}", found.rule.name, found.message)).collect();
        let files = build.artifacts.into_iter().filter(|it| ![SOURCE_MAP, CHECKSUMS].contains(&it.path.as_str()));
        (files.map(|artifact| (artifact.path, artifact.text)).collect::<Vec<_>>(), found)
    };
    let (before, _) = with(&spec);
    assert!(!before.is_empty());
    for (section, old) in [
        ("streams", "trips"),
        ("flink", "taxi"),
        ("functions", "producer"),
        ("builds", "taxi-jar"),
        ("gates", "release"),
        ("pipelines", "application"),
    ] {
        let renamed = spec
            .replace(&format!("{section}.{old}"), &format!("{section}.journeys"))
            .replace(&format!("\n  {old}:"), "\n  journeys:");
        assert_ne!(renamed, spec, "{section}.{old}");
        let (after, found) = with(&format!("{renamed}\nmoved: {{{section}.{old}: {section}.journeys}}\n"));
        assert_eq!(before, after, "{section}.{old}: {found:#?}");
        let (without, found) = with(&renamed);
        assert!(before != without, "{section}.{old} is not a name of anything: {found:#?}");
    }
}

#[test]
fn moves_go_on_and_are_refused_where_they_cannot_be_meant() {
    let stream = |name: &str, moved: &str| format!("{HEAD}streams:\n  {name}: {{mode: on-demand}}\n{moved}");
    let first = generated(&stream("a", ""));
    assert_eq!(first, generated(&stream("b", "moved: {streams.a: streams.b}\n")));
    assert_eq!(first, generated(&stream("c", "moved: {streams.a: streams.b, streams.b: streams.c}\n")));
    let says = |text: &str, parts: &[&str]| assert_found(text.strip_prefix(HEAD).expect("a head"), parts);
    says(&stream("c", "moved: {streams.a: streams.b, streams.b: streams.a}\n"), &["moved/unfit", "in a circle"]);
    says(&stream("b", "moved: {streams.a: streams.b, streams.c: streams.b}\n"), &["moved/unfit"]);
    says(&stream("b", "moved: {queues.a: streams.b}\n"), &["another kind of thing"]);
    says(&stream("b", "moved: {streams.b: streams.b}\n"), &["to its own name"]);
    says(&stream("c", "moved: {streams.a: streams.b}\n"), &["moved/nothing"]);
    says(&stream("b: {mode: on-demand}\n  a", "moved: {streams.a: streams.b}\n"), &["moved/name-in-use"]);
    says(&stream("b", "moved: [streams.a]\n"), &["spec/wrong-type"]);
    says(&stream("b", "moved: {a: streams.b}\n"), &["spec/bad-value"]);
    // A message names the thing as the document does.
    let wrong =
        "streams:\n  b: {mode: on-demand, overrides: {AWS::IAM::Role: {Path: /}}}\nmoved: {streams.a: streams.b}\n";
    assert_found(wrong, &["`streams.b` makes no resource"]);
}

#[test]
fn what_is_in_a_module_can_be_moved_and_overridden() {
    let page = "```yaml accepted store/module.yaml\ntidegate-module: 1\ndescription: A store.\ninputs:\n  days: {type: \
                integer, description: How long, default: 14}\nqueues:\n  \
                lost:\n    overrides: {DelaySeconds: \"${{ inputs.days }}\"}\nstreams:\n  in: {mode: on-demand}\noutputs:\n  queue: {description: It., value: \
                queues.lost}\n```\n";
    let compiled = |text: &str| compile::compile(&document_beside(&format!("{HEAD}{text}"), page, "accepted"));
    let plain = compiled("modules:\n  a: {from: store}\n");
    assert_eq!(
        resource(&plain, "ALostQueue").properties.to_json()["DelaySeconds"],
        json!(14),
        "{:#?}",
        plain.diagnostics
    );
    let moved =
        compiled("modules:\n  b: {from: store}\nmoved: {queues.a-lost: queues.b-lost, streams.a-in: streams.b-in}\n");
    let template = |build: &Build| {
        let file = build.artifacts.iter().find(|artifact| artifact.path == "application.template.yaml");
        file.map(|file| file.text.clone()).unwrap_or_else(|| panic!("{:#?}", build.diagnostics))
    };
    assert_eq!(template(&plain), template(&moved));
}

/// Two environments, the first with overrides of its own.
fn two(overrides: &str, text: &str) -> Build {
    let place = "account: \"111122223333\", region: us-east-1";
    let head = format!(
        "tidegate: 1\nname: trips\nenvironments:\n  test: {{{place}, overrides: {overrides}}}\n  prod: {{{place}}}\n"
    )
    .replace(", overrides: {}", "");
    compile::compile(&document(&format!("{head}{text}")))
}

#[test]
fn one_environment_has_its_own() {
    let stream = "streams:\n  trips: {mode: provisioned, shards: 2}\n";
    let properties = |overrides: &str| {
        let build = two(overrides, stream);
        assert!(!build.has_errors() && !build.artifacts.is_empty(), "{overrides}: {:#?}", build.diagnostics);
        let stack = build.desired.stacks.iter().find(|stack| stack.resources.contains_key("TripsStream"));
        let condition = stack.and_then(|stack| stack.conditions.get("EnvironmentIsTest")).map(|value| value.to_json());
        assert_eq!(condition, Some(json!({ "Fn::Equals": [{ "Ref": "Environment" }, "test"] })));
        resource(&build, "TripsStream").properties.to_json()
    };
    let choice = |own: Json, other: Json| json!({ "Fn::If": ["EnvironmentIsTest", own, other] });
    let nothing = json!({ "Ref": "AWS::NoValue" });
    assert_eq!(properties("{TripsStream: {ShardCount: 3}}")["ShardCount"], choice(json!(3), json!(2)));
    assert_eq!(
        properties("{TripsStream: {DesiredShardLevelMetrics: [IncomingBytes]}}")["DesiredShardLevelMetrics"],
        choice(json!(["IncomingBytes"]), nothing.clone())
    );
    let removed = properties("{TripsStream: {StreamEncryption: {KeyId: ~}}}");
    assert_eq!(removed["StreamEncryption"]["KeyId"], choice(nothing, json!("alias/aws/kinesis")));
    assert_eq!(removed["StreamEncryption"]["EncryptionType"], json!("KMS"));
    let expression = properties("{TripsStream: {Tags: [{Key: 場所, Value: \"${{ env.name }}\"}]}}");
    assert_eq!(expression["Tags"]["Fn::If"][1], json!([{ "Key": "場所", "Value": { "Ref": "Environment" } }]));
}

#[test]
fn what_one_environment_overrides_must_be_its_own() {
    let text = "streams:\n  trips: {mode: on-demand}\nkeys:\n  data: {}\n";
    let found = |overrides: &str| -> Vec<String> {
        let found = two(overrides, text).diagnostics;
        found.iter().map(|found| format!("{}: {}", found.rule.name, found.message)).collect()
    };
    let has = |overrides: &str, part: &str| {
        let found = found(overrides);
        assert!(found.iter().any(|line| line.contains(part)), "{overrides}: {found:#?}");
    };
    has("{TripStream: {ShardCount: 1}}", "overrides/no-resource: no template of this document has");
    has("{TripsStream: {ShardCuont: 1}}", "ShardCuont");
    has("{TripsStream: {RetentionPeriodHours: many}}", "RetentionPeriodHours");
    has("{TripsStream: {StreamModeDetails: {StreamMode: ON_DEMAND}}}", "overrides/without-effect");
    has("{TripsStream: {Name: \"${{ streams.none.name }}\"}}", "streams.none");
    has("{TripsStream: !Ref Nothing}", "mapping");
    has("[a]", "mapping");
}

#[test]
fn another_environment_publishes_nothing_new() {
    let text = "repos:\n  app: {github: acme/note, connection: acme-github, branch: main}\nbuilds:\n  note: {repo: \
                repos.app, commands: [make], output: note.zip}\nfunctions:\n  note: {runtime: python3.13, code: \
                builds.note, handler: app.handler}\npipelines:\n  note:\n    - build: builds.note\n    - release: \
                functions.note\n      to: environments.test\n    - release: functions.note\n      to: \
                environments.prod\n";
    let parameters = |build: &Build, environment: &str| -> Vec<(String, Json)> {
        let deployments = build.desired.stacks.iter().flat_map(|stack| &stack.deployments);
        let own = deployments.filter(|deployment| deployment.environment == environment);
        own.flat_map(|it| it.parameters.iter().map(|(name, value)| (name.clone(), value.to_json()))).collect()
    };
    let (before, after) = (two("{}", text), two("{NoteFunction: {MemorySize: 2048}}", text));
    assert!(!after.has_errors(), "{:#?}", after.diagnostics);
    let settings = |build: &Build, environment: &str| {
        let found = parameters(build, environment).into_iter().find(|(name, _)| name == "NoteFunctionSettings");
        found.unwrap_or_else(|| panic!("{:?}", parameters(build, environment))).1
    };
    assert_eq!(settings(&before, "prod"), settings(&after, "prod"));
    assert_ne!(settings(&before, "test"), settings(&after, "test"));
}

/// What a key of the language would refuse, an override brings past it: then the resource is looked at as a template's.
#[test]
fn what_an_override_does_to_a_flink_application_is_looked_at() {
    let application = |overrides: &str| {
        format!(
            "repos:\n  app: {{codecommit: app, branch: main}}\nbuilds:\n  jar: {{repo: repos.app, java: {{jdk: 11, tool: \
             maven}}, output: target/*.jar}}\nflink:\n  rider:\n    runtime: flink-1.20\n    code: builds.jar\n{overrides}"
        )
    };
    let within = |block: &str| {
        let block = format!("{{FlinkApplicationConfiguration: {{CheckpointConfiguration: {block}}}}}");
        application(&format!("    overrides:\n      ApplicationConfiguration: {block}\n"))
    };
    let off = within("{ConfigurationType: CUSTOM, CheckpointingEnabled: false}");
    assert_found(&off, &["flink/no-checkpoints@10: without checkpoints a failure starts the job with empty state"]);
    for harmless in [application(""), application("    overrides: {ApplicationDescription: 走行}\n")] {
        assert_eq!(found(&harmless), Vec::<String>::new(), "{harmless}");
    }
}
