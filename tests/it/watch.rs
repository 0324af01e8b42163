//! The scheduled look: what is rendered for it, and its commands, run as the build runs them.

use std::fs;
use std::process::Command;

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::server::Server;
use crate::support::{document, root};

const DOCUMENT: &str = "tidegate: 1
name: trips
environments:
  prod: {account: \"111122223333\", region: us-east-1}
drift:
  schedule: rate(6 hours)
  notify: [ops@acme.example]
  repo: repos.infra
  install: [curl -sSfo tidegate https://tools.acme.example/tidegate]
repos:
  infra: {codecommit: trips-infra, branch: main}
pipelines:
  infrastructure:
    - verify: repos.infra
    - deploy: environments.prod
streams:
  trips: {mode: on-demand, retention: 24h}
";

/// The same, and what a policy allows is taken back.
fn reverting() -> String {
    DOCUMENT.replace("  repo: repos.infra", "  on-drift: revert\n  policy: rules.yaml\n  repo: repos.infra")
}

/// The commands of a phase of the build, from what is generated.
fn commands(repository: &Repository, phase: &str) -> String {
    let template = fs::read_to_string(repository.path().join("generated/trips/delivery.template.yaml"))
        .expect("the template of the pipelines");
    let lifted = tidegate::template::lift(&tidegate::source::SourceFile::new("delivery.template.yaml", template));
    let project = &lifted.stack.resources["DriftProject"];
    let spec = project.properties.to_json()["Source"]["BuildSpec"].as_str().expect("a buildspec").to_owned();
    let parsed = tidegate::syntax::parse(&tidegate::source::SourceFile::new("buildspec.yml", spec.as_str()));
    assert!(parsed.diagnostics.is_empty(), "{:?}\n{spec}", parsed.diagnostics);
    let (_, after) = spec.split_once(&format!("\n  {phase}:\n")).expect("the phase");
    let script = after.split_once("- |\n").map_or(after, |(_, script)| script);
    let lines = script.lines().take_while(|line| line.is_empty() || line.starts_with("        "));
    lines.map(|line| format!("{}\n", line.trim_start_matches("        "))).collect()
}

/// Runs the commands as the build does, with an `aws` that only writes down what it is asked.
fn look(repository: &Repository, server: &Server) -> (Option<i32>, String, String) {
    look_at(repository, &server.url)
}

fn look_at(repository: &Repository, url: &str) -> (Option<i32>, String, String) {
    let script = commands(repository, "build");
    assert!(script.contains("tidegate drift pipeline.yaml") && script.contains(" --detailed-exitcode"), "{script}");
    let bin = tempfile::tempdir().expect("a folder");
    fs::write(bin.path().join("aws"), "#!/bin/sh\necho \"$@\" > asked.txt\n").expect("a program");
    let tool = env!("CARGO_BIN_EXE_tidegate");
    fs::write(bin.path().join("tidegate"), format!("#!/bin/sh\nexec {tool} \"$@\"\n")).expect("a program");
    for name in ["aws", "tidegate"] {
        let done = Command::new("chmod").arg("+x").arg(bin.path().join(name)).status().expect("chmod");
        assert!(done.success());
    }
    let read = |name: &str| fs::read_to_string(repository.path().join(name)).unwrap_or_default();
    for name in ["asked.txt", "message.txt"] {
        let _ = fs::remove_file(repository.path().join(name));
    }
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").expect("a path"));
    let ended = Command::new("bash")
        .args(["-c", &script])
        .current_dir(repository.path())
        .env_clear()
        .env("PATH", path)
        .env("DRIFT_TOPIC", "arn:aws:sns:us-east-1:111122223333:drift")
        .env("CODEBUILD_BUILD_URL", "https://console.example/build")
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("bash");
    (ended.status.code(), read("asked.txt"), read("message.txt"))
}

#[test]
fn the_build_compares_tells_and_fails() {
    let server = Server::start();
    let repository = Repository::with(DOCUMENT);
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);

    // The schedule starts the project, under a role that may do nothing else.
    let api = Api::new(&server, ACCOUNT);
    let stack =
        api.wait(api.cloudformation.list_stack_resources().stack_name("trips-delivery").send()).expect("a stack");
    let made = ["DriftProject", "DriftSchedule", "DriftScheduleRole", "DriftRole", "DriftTopic", "DriftLogs"];
    for id in made.into_iter().chain(["DriftMissed", "DriftMissedAlarm"]) {
        let found = stack.stack_resource_summaries().iter().find(|found| found.logical_resource_id() == Some(id));
        let status = found.and_then(|found| found.resource_status()).map(|status| status.as_str());
        assert_eq!(status, Some("CREATE_COMPLETE"), "{id}");
    }
    let script = "import boto3, json; s = boto3.client('scheduler', region_name='us-east-1'); \
                  n = [x['Name'] for x in s.list_schedules()['Schedules']]; \
                  t = [s.get_schedule(Name=x) for x in n]; \
                  print([(x['ScheduleExpression'], x['Target']['Arn'], x['State']) for x in t])";
    let schedules = Command::new(crate::support::python::program("python"))
        .args(["-c", script])
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("Python");
    let schedules = String::from_utf8_lossy(&schedules.stdout).into_owned();
    assert!(
        schedules
            .contains("('rate(6 hours)', 'arn:aws:codebuild:us-east-1:111122223333:project/trips-drift', 'ENABLED')"),
        "{schedules}"
    );

    // Nothing differs: nobody is told anything.
    assert_eq!(look(&repository, &server), (Some(0), String::new(), String::new()));

    let longer = api.kinesis.increase_stream_retention_period().stream_name("trips-prod-trips");
    api.wait(longer.retention_period_hours(72).send()).expect("a longer retention");
    let (code, asked, message) = look(&repository, &server);
    assert_eq!(code, Some(2), "{message}");
    assert!(
        asked.starts_with("sns publish --topic-arn arn:aws:sns:us-east-1:111122223333:drift --subject Drift: trips"),
        "{asked}"
    );
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "The account differs from pipeline.yaml.");
    assert!(lines[1].starts_with("pipeline.yaml:17:"), "{message}");
    assert!(
        lines[1].contains("RetentionPeriodHours of `TripsStream` of `streams.trips` is 72 in the account"),
        "{message}"
    );
    assert!(message.ends_with("All of it: https://console.example/build\n"), "{message}");
    assert!(!message.contains("info["), "{message}");

    // What cannot be looked at is told too.
    let (code, _, message) = look_at(&repository, "http://127.0.0.1:9");
    assert_eq!(code, Some(1), "{message}");
    assert!(message.starts_with("Not everything could be looked at"), "{message}");
}

/// Somebody lengthens one stream and widens a role: a rule takes back the first; nothing but its word would the second.
#[test]
fn what_the_policy_allows_is_taken_back_and_told() {
    let server = Server::start();
    let document =
        DOCUMENT.replace("  repo: repos.infra", "  on-drift: revert\n  policy: 規則.yaml\n  repo: repos.infra");
    let document = document
        + "  late: {mode: on-demand, retention: 24h}\nfunctions:\n  tell: {runtime: python3.13, inline: 'def handler(event, context): pass', on: {stream: streams.late}}\n";
    let repository = Repository::with(&document);
    let policy = repository.path().join("規則.yaml");
    let rules =
        "rules:\n  - {thing: streams.late, do: {accept: {owner: data, reason: later, days: 9}}}\n  - {do: revert}\n";
    fs::write(&policy, rules).expect("a policy");
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    assert_eq!(look(&repository, &server), (Some(0), String::new(), String::new()));

    let api = Api::new(&server, ACCOUNT);
    let keep = |stream: &str, hours: i32| {
        let longer = api.kinesis.increase_stream_retention_period().stream_name(format!("trips-prod-{stream}"));
        api.wait(longer.retention_period_hours(hours).send()).expect("a longer retention");
    };
    keep("trips", 72);
    let (code, asked, message) = look(&repository, &server);
    assert_eq!(code, Some(0), "{message}");
    assert!(asked.starts_with("sns publish"), "{asked}");
    assert!(message.starts_with("The account differed from pipeline.yaml, and was put back.\n"), "{message}");
    assert!(message.contains("RetentionPeriodHours: 72 → 24"), "{message}");
    assert_eq!(look(&repository, &server), (Some(0), String::new(), String::new()));

    // What a rule would accept, what is dangerous, and what no rule names, is told and left.
    keep("trips", 96);
    keep("late", 48);
    let widened = Command::new(crate::support::python::program("python"))
        .args(["-c", WIDENED])
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("Python");
    assert!(widened.status.success(), "{}", String::from_utf8_lossy(&widened.stderr));
    let (code, _, message) = look(&repository, &server);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.starts_with("The account differs from pipeline.yaml, also after"), "{message}");
    assert!(message.contains("LateStream") && message.contains("does not say `allow: danger`"), "{message}");
    assert!(message.contains("RetentionPeriodHours: 96 → 24"), "{message}");
    let kept = fs::read_to_string(repository.path().join("pipeline.yaml")).expect("the document");
    assert_eq!(kept, document);
    let left = repository.against(&server, &["drift", "prod", "--format", "concise"]).stdout;
    assert!(left.contains("LateStream") && left.contains("TellFunctionRole"), "{left}");
    assert!(!left.contains("TripsStream"), "{left}");

    // A policy that cannot be read takes back nothing, and is told.
    keep("trips", 72);
    fs::write(&policy, "rules:\n  - {do: rewert}\n").expect("a policy");
    let (code, _, message) = look(&repository, &server);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("規則.yaml:2:") && message.contains("cannot be used"), "{message}");
}

const WIDENED: &str = "import boto3, json
iam = boto3.client('iam', region_name='us-east-1')
role = next(one['RoleName'] for one in iam.list_roles()['Roles'] if 'Tell' in one['RoleName'])
policy = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}
iam.put_role_policy(RoleName=role, PolicyName='by-hand', PolicyDocument=json.dumps(policy))
";

/// What it takes back is done under the role that deploys, which it hands to nobody but CloudFormation.
#[test]
fn what_takes_back_has_no_right_on_a_resource_of_its_own() {
    let build = tidegate::compile::check(&document(&reverting()));
    assert!(build.diagnostics.is_empty(), "{:?}", build.diagnostics);
    let stack = build.desired.stacks.iter().find(|stack| stack.resources.contains_key("DriftRole")).expect("a stack");
    let role = stack.resources["DriftRole"].properties.to_json();
    let writes: Vec<String> = actions(&role)
        .into_iter()
        .filter(|action| {
            !["Get", "Describe", "List", "Detect", "Batch"]
                .iter()
                .any(|start| action.split_once(':').is_some_and(|(_, name)| name.starts_with(start)))
        })
        .collect();
    assert_eq!(
        writes,
        [
            "codecommit:GitPull",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "sns:Publish",
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:UpdateResource",
            "iam:PassRole",
            "ssm:DeleteParameter",
            "ssm:PutParameter",
            // Long templates are handed over in the bucket of the delivery stack.
            "s3:PutObject",
            "kms:Decrypt",
            "kms:GenerateDataKey",
        ]
    );
    let text = role.to_string();
    assert!(
        text.contains("role/tidegate-deploy-trips-prod") && text.contains("\"cloudformation.amazonaws.com\""),
        "{text}"
    );
    assert!(
        !text.contains("stack/trips-delivery/*\"}],\"Effect\":\"Allow\",\"Action\":[\"cloudformation:CreateChangeSet"),
        "{text}"
    );
}

/// A build that tells nothing itself is told: one that began no command, was stopped, or took too long.
#[test]
fn a_build_that_cannot_tell_is_told() {
    let build = tidegate::compile::check(&document(DOCUMENT));
    let stack = build.desired.stacks.iter().find(|stack| stack.resources.contains_key("DriftBroken")).expect("a stack");
    let rule = stack.resources["DriftBroken"].properties.to_json();
    let detail = &rule["EventPattern"]["detail"];
    assert_eq!(detail["project-name"], serde_json::json!([{ "Ref": "DriftProject" }]));
    assert_eq!(detail["$or"][0]["build-status"], serde_json::json!(["FAULT", "STOPPED", "TIMED_OUT"]));
    assert_eq!(rule["Targets"][0]["Arn"], serde_json::json!({ "Ref": "DriftTopic" }));
    let policy = stack.resources["DriftTopicPolicy"].properties.to_json();
    let statement = &policy["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Principal"]["Service"], "events.amazonaws.com");
    assert_eq!(statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::GetAtt"][0], "DriftBroken");
}

/// A build that was never started is told: the start that failed goes to a queue, and what waits there raises an alarm.
#[test]
fn a_build_that_never_starts_is_told() {
    let build = tidegate::compile::check(&document(DOCUMENT));
    let stack = build.desired.stacks.iter().find(|stack| stack.resources.contains_key("DriftSchedule")).expect("one");
    let of = |id: &str| stack.resources[id].properties.to_json();
    let target = of("DriftSchedule")["Target"].clone();
    let queue = serde_json::json!({ "Fn::GetAtt": ["DriftMissed", "Arn"] });
    assert_eq!(target["DeadLetterConfig"]["Arn"], queue);
    assert_eq!(target["RetryPolicy"]["MaximumEventAgeInSeconds"], 3600);
    let role = of("DriftScheduleRole");
    let statements = role["Policies"][0]["PolicyDocument"]["Statement"].as_array().expect("statements").clone();
    let may: Vec<_> = statements.iter().map(|it| (it["Action"].clone(), it["Resource"].clone())).collect();
    assert!(may.contains(&(serde_json::json!(["sqs:SendMessage"]), queue.clone())), "{may:?}");
    let alarm = of("DriftMissedAlarm");
    assert_eq!(alarm["AlarmActions"], serde_json::json!([{ "Ref": "DriftTopic" }]));
    assert_eq!(alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0], "DriftMissed");
    let policy = of("DriftTopicPolicy");
    let sender = &policy["PolicyDocument"]["Statement"][1];
    assert_eq!(sender["Principal"]["Service"], "cloudwatch.amazonaws.com");
    assert_eq!(sender["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::GetAtt"][0], "DriftMissedAlarm");
}

#[test]
fn keys_without_a_schedule_and_a_schedule_without_keys_are_told() {
    let found = |drift: &str| {
        let start = DOCUMENT.find("drift:").expect("the key");
        let end = DOCUMENT.find("repos:\n").expect("the key after");
        let text = format!("{}drift: {{{drift}}}\n{}", &DOCUMENT[..start], &DOCUMENT[end..]);
        let found = tidegate::compile::check(&document(&text)).diagnostics;
        found.iter().map(|found| format!("{}: {}", found.rule.name, found.message)).collect::<Vec<_>>().join("\n")
    };
    let whole = "schedule: rate(1 day), notify: a@b.example, repo: repos.infra, install: [curl]";
    assert_eq!(found(whole), "");
    assert_eq!(found("require-coverage: 50"), "");
    assert_eq!(found("schedule: rate(1 day)").matches("drift/schedule").count(), 3);
    assert_eq!(found("notify: a@b.example, repo: repos.infra").matches("there is no `schedule`").count(), 2);
    assert!(found(&whole.replace("repos.infra", "streams.trips")).contains("`streams.trips` is no repository"));
    assert!(found("on-drift: revert, policy: a.yaml").matches("there is no `schedule`").count() == 2);
    assert_eq!(found(&format!("{whole}, on-drift: report")), "");
    assert_eq!(found(&format!("{whole}, on-drift: revert, policy: a.yaml")), "");
    assert!(
        found(&format!("{whole}, on-drift: revert")).contains("drift/on-drift: `on-drift: revert` has no `policy`")
    );
    assert!(found(&format!("{whole}, policy: a.yaml")).contains("drift/on-drift: `policy` is for `on-drift: revert`"));
    assert!(found(&format!("{whole}, on-drift: report, policy: a.yaml")).contains("drift/on-drift: `policy` is for"));
    assert!(found(&format!("{whole}, on-drift: rewert, policy: a.yaml")).contains("revert"));
    assert!(found(&format!("{whole}, on-drift: revert, policy: \"a'b\"")).contains("a path from the folder"));
    assert!(found(&whole.replace("repos.infra", "repos.infr")).contains("names/dangling-reference"));
    assert!(found(&format!("{whole}, environments: [environments.prd]")).contains("names/dangling-reference"));
    assert!(found(&whole.replace("rate(1 day)", "at(2027-01-01T00:00:00)")).contains("a schedule that recurs"));
    assert!(found(&whole.replace("rate(1 day)", "rate(1 week)")).contains("no unit"));
}

/// In other accounts it reads under roles that trust it alone.
#[test]
fn each_account_lets_it_read_and_nothing_else() {
    let text = fs::read_to_string(root().join("tests/it/cases/three-accounts/pipeline.yaml")).expect("the document");
    let text = text.replace("  on-drift: revert\n  policy: .tidegate-reconcile.yaml\n", "");
    let stacks = tidegate::compile::check(&document(&text)).desired.stacks;
    let with = |id: &str| stacks.iter().find(|stack| stack.resources.contains_key(id)).expect("a stack");
    let delivery = with("DriftRole");
    let role = delivery.resources["DriftRole"].properties.to_json().to_string();
    assert!(role.contains("tidegate-watch-trips"), "{role}");
    for (name, account) in [("dev", "444455556666"), ("prod", "777788889999")] {
        assert!(role.contains(&format!("iam::{account}:role/tidegate-drift-trips-{name}")), "{role}");
        let id = format!("{}{}DriftRole", name[..1].to_uppercase(), &name[1..]);
        let access = with(&id);
        let reading = access.resources[id.as_str()].properties.to_json();
        assert_eq!(reading["RoleName"], format!("tidegate-drift-trips-{name}"));
        let trust = reading["AssumeRolePolicyDocument"].to_string();
        assert!(trust.contains("role/tidegate-watch-trips") && trust.contains("aws:PrincipalArn"), "{trust}");
        let text = reading.to_string();
        for read in ["kinesis:DescribeStreamSummary", "cloudformation:DescribeStacks"] {
            assert!(text.contains(read), "no {read} in {text}");
        }
    }
    for stack in [delivery, with("DevDriftRole"), with("ProdDriftRole")] {
        for (id, resource) in stack.resources.iter().filter(|(id, _)| id.contains("DriftRole")) {
            for statement in actions(&resource.properties.to_json()) {
                let name = statement.split_once(':').map_or("", |(_, name)| name);
                let reads = [
                    "Get",
                    "Describe",
                    "List",
                    "BatchGet",
                    "BatchDescribe",
                    "Detect",
                    "Head",
                    "Lookup",
                    "Search",
                    "GET",
                ];
                let own = ["sns:Publish", "sts:AssumeRole", "logs:CreateLogStream", "logs:PutLogEvents"];
                let fits = reads.iter().any(|start| name.starts_with(start)) || own.contains(&statement.as_str());
                assert!(fits, "{id} may {statement}");
            }
        }
    }
}

/// All actions that a role or policy allows.
fn actions(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::Object(map) => {
            let own = match (map.get("Effect"), map.get("Action"), map.contains_key("Principal")) {
                (Some(_), Some(serde_json::Value::Array(all)), false) => {
                    all.iter().filter_map(|action| action.as_str()).map(str::to_owned).collect()
                }
                (Some(_), Some(serde_json::Value::String(one)), false) => vec![one.clone()],
                _ => Vec::new(),
            };
            own.into_iter().chain(map.values().flat_map(actions)).collect()
        }
        serde_json::Value::Array(items) => items.iter().flat_map(actions).collect(),
        _ => Vec::new(),
    }
}
