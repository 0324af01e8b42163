//! What is committed under `generated/`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{document, every_feature, every_feature_by_life_cycle, python, root, run::tidegate, specs};
use tidegate::{compile, facts, host};

#[test]
fn the_committed_files_are_up_to_date() {
    for spec in specs() {
        let spec = spec.display().to_string();
        let ended = tidegate(&["render", "--check", &spec]).run().exits(0);
        assert!(!ended.stdout.is_empty(), "nothing is generated from {spec}");
    }
}

fn templates() -> Vec<PathBuf> {
    let systems = fs::read_dir(root().join("generated")).expect("generated/ can be read");
    let files = systems.flat_map(|system| fs::read_dir(system.expect("a system").path()).expect("its files"));
    files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.to_string_lossy().ends_with(".template.yaml"))
        .collect()
}

/// `cfn-lint` is another party's reading of the templates, with the newest schemas of AWS.
#[test]
fn cfn_lint_has_no_complaint() {
    let templates = templates();
    assert!(templates.len() >= 4, "only {templates:?}");
    let output = Command::new(python::program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--"])
        .args(&templates)
        .output()
        .expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn documents_are_as_short_as_promised() {
    for spec in specs() {
        let lines = fs::read_to_string(&spec).expect("a document can be read").lines().count();
        assert!(lines < 150, "{} has {lines} lines", spec.display());
    }
}

/// A document with every kind, step and key: what is made of it satisfies outside tools as well.
#[test]
fn every_feature_satisfies_cfn_lint() {
    let folder = every_feature();
    tidegate(&["check", "--fail-on", "info"]).within(folder.path()).run().exits(0);
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    let generated = folder.path().join("generated/rides");
    let output = Command::new(python::program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--regions", "eu-central-1", "--"])
        .args(["application", "delivery"].map(|role| generated.join(format!("{role}.template.yaml"))))
        .output()
        .expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // What is put together of a prelude, data and a step's own code has to be Python.
    let script = concat!(
        "import sys\nfrom cfnlint.decode import decode\ncount = 0\nfor path in sys.argv[1:]:\n",
        "    for name, resource in decode(path)[0]['Resources'].items():\n",
        "        properties = resource.get('Properties', {})\n",
        "        if str(properties.get('Runtime')).startswith('python'):\n",
        "            code = properties['Code'].get('ZipFile')\n",
        "            count += code is not None\n",
        "            compile(code or '', name, 'exec')\n",
        "assert count > 5, count\n",
    );
    let output = Command::new(python::program("python"))
        .args(["-c", script])
        .args(["application", "delivery"].map(|role| generated.join(format!("{role}.template.yaml"))))
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let environments = ["test", "prod"].map(|name| {
        let text = fs::read_to_string(generated.join(format!("environments/{name}.json"))).expect("a configuration");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    });
    assert_eq!(environments[0]["Parameters"]["Shards"], "1");
    assert_eq!(environments[1]["Parameters"]["Shards"], "4");
    assert_eq!(environments[0]["Parameters"]["RidesFlinkRelease"], "/rides/test/flink/rides/release");
    assert_eq!(environments[0]["Tags"]["cost-center"], "0042");
}

/// The same in two stacks: nothing in that of what is kept refers to the other, and neither exports anything.
#[test]
fn every_feature_in_stacks_by_life_cycle_satisfies_cfn_lint() {
    let folder = every_feature_by_life_cycle();
    tidegate(&["check", "--fail-on", "info"]).within(folder.path()).run().exits(0);
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    let generated = folder.path().join("generated/rides");
    let paths = ["data", "application", "delivery"].map(|role| generated.join(format!("{role}.template.yaml")));
    let output = Command::new(python::program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--regions", "eu-central-1", "--"])
        .args(&paths)
        .output()
        .expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    for path in &paths {
        let text = fs::read_to_string(path).expect("a template");
        assert!(!text.contains("Export:") && !text.contains("ImportValue"), "{}", path.display());
    }
    let data = fs::read_to_string(&paths[0]).expect("a template");
    assert!(!data.contains("AWS::StackName") && !data.contains("AWS::Lambda::Function"), "{data}");
    let read = |name: &str| {
        let text = fs::read_to_string(generated.join(format!("environments/{name}.json"))).expect("a configuration");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["Parameters"].clone()
    };
    assert_eq!(read("prod.data")["Shards"], "4");
    assert_eq!(read("prod")["DataRidersTableStreamArn"], "/rides/prod/data/RidersTable/StreamArn");
}

/// Every metric that alarms and dashboards watch is one that AWS documents, under the dimensions that it has.
#[test]
fn what_is_watched_is_documented() {
    let folder = every_feature();
    let path = folder.path().join("pipeline.yaml");
    // The document leaves alarms out only because a stack has no room for all of them.
    let document = fs::read_to_string(&path).expect("a document");
    let lines = document.lines().filter(|line| !(line.starts_with("    ") && line.ends_with(": false")));
    fs::write(&path, lines.map(|line| format!("{line}\n")).collect::<String>()).expect("a document");
    let project = host::read_project(&path.display().to_string()).expect("a case can be read");
    let desired = compile::check(&project.input).desired;
    let resources = || desired.stacks.iter().flat_map(|stack| stack.resources.values());
    let (mut alarms, mut lines) = (0, 0);
    let documented = |namespace: &str, metric: &str, dimensions: Vec<&str>| {
        let unit = facts::metrics::unit(namespace, metric, &dimensions);
        assert!(unit.is_some(), "{namespace} {metric} {dimensions:?} is not in src/facts/watched.json");
    };
    for alarm in resources().filter(|it| it.resource_type == "AWS::CloudWatch::Alarm") {
        let json = alarm.properties.to_json();
        let dimensions = json["Dimensions"].as_array().expect("dimensions").iter();
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        documented(&text("Namespace"), &text("MetricName"), dimensions.filter_map(|it| it["Name"].as_str()).collect());
        alarms += 1;
    }
    for dashboard in resources().filter(|it| it.resource_type == "AWS::CloudWatch::Dashboard") {
        let json = dashboard.properties.to_json();
        let body = &json["DashboardBody"]["Fn::Sub"];
        let text = body.as_str().or(body[0].as_str()).expect("a text");
        let body: serde_json::Value = serde_json::from_str(text).expect("the body is JSON");
        let widgets = body["widgets"].as_array().expect("widgets").iter();
        for line in widgets.flat_map(|it| it["properties"]["metrics"].as_array()).flatten() {
            let words: Vec<_> = line.as_array().expect("a line").iter().filter_map(|word| word.as_str()).collect();
            documented(words[0], words[1], words[2..].iter().step_by(2).copied().collect());
            lines += 1;
        }
    }
    assert!(alarms > 80 && lines > 40, "{alarms} alarms, {lines} lines");
}

/// A pipeline waits for what it invokes: such a function may answer, and no other may.
#[test]
fn functions_that_pipelines_invoke_may_answer() {
    let folder = every_feature();
    let path = folder.path().join("pipeline.yaml");
    let project = host::read_project(&path.display().to_string()).expect("a case can be read");
    let desired = compile::check(&project.input).desired;
    let may_answer = |role: &str| {
        let found = desired.stacks.iter().find_map(|stack| stack.resources.get(role));
        found.expect("a role").properties.to_json().to_string().contains("codepipeline:PutJobSuccessResult")
    };
    assert!(may_answer("ProducerFunctionRole") && !may_answer("AlertFunctionRole"));
}

/// Drift shows nothing of a property that the template leaves out.
#[test]
fn what_can_be_switched_off_says_that_it_is_on() {
    let folder = every_feature();
    let path = folder.path().join("pipeline.yaml");
    // The document leaves alarms out only because a stack has no room for all of them.
    let document = fs::read_to_string(&path).expect("a document");
    let lines = document.lines().filter(|line| !(line.starts_with("    ") && line.ends_with(": false")));
    fs::write(&path, lines.map(|line| format!("{line}\n")).collect::<String>()).expect("a document");
    let project = host::read_project(&path.display().to_string()).expect("a case can be read");
    let desired = compile::check(&project.input).desired;
    let switches = [
        ("AWS::Events::Rule", "State"),
        ("AWS::Lambda::EventSourceMapping", "Enabled"),
        ("AWS::Scheduler::Schedule", "State"),
    ];
    for (resource_type, switch) in switches {
        let resources = desired.stacks.iter().flat_map(|stack| &stack.resources);
        let mut found = resources.filter(|(_, resource)| resource.resource_type == resource_type).peekable();
        assert!(found.peek().is_some(), "no {resource_type}");
        for (id, resource) in found {
            assert!(resource.properties.at(&format!("/{switch}")).is_some(), "{id} has no {switch}");
        }
    }
}

/// What the `verify` step of a pipeline runs, run here: it needs nothing but `sha256sum`.
#[test]
fn digests_tell_what_was_not_made_from_what_is_committed() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("a file");
    fs::create_dir_all(folder.path().join("functions")).expect("a folder");
    let document = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n\
                    repos:\n  infra: {codecommit: infra, branch: main}\nfunctions:\n  f: {runtime: python3.13, code: functions}\n\
                    pipelines:\n  infrastructure:\n    - verify: repos.infra\n    - deploy: environments.prod\n";
    let code = "def handler(event, context): pass\n";
    write("pipeline.yaml", document);
    write("functions/f.py", code);
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    let spec = folder.path().join("generated/trips/buildspecs/trips-infrastructure-verify-infra.yaml");
    let spec = fs::read_to_string(spec).expect("the buildspec");
    let command = spec.lines().find_map(|line| line.trim().strip_prefix("- ")).expect("a command");
    let command = command.trim_matches('\'').to_owned();
    assert!(command.starts_with("sha256sum"), "{spec}");
    let verify = || Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().expect("a shell");
    let output = verify();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let template = "generated/trips/application.template.yaml";
    let rendered = fs::read_to_string(folder.path().join(template)).expect("the template");
    for (path, text, changed) in [
        ("pipeline.yaml", document, document.replace("us-east-1", "us-east-2")),
        ("functions/f.py", code, code.replace("pass", "return 1")),
        (template, rendered.as_str(), rendered.replace("python3.13", "python3.12")),
    ] {
        write(path, &changed);
        let output = verify();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success() && said.contains(&format!("{path}: FAILED")), "{path}: {said}");
        assert!(said.contains("run tidegate render"), "{said}");
        write(path, text);
    }
    assert!(verify().status.success());
}

#[test]
fn a_push_to_another_repository_starts_no_build() {
    let pattern = |fields: &str| {
        let text = format!(
            "tidegate: 1\nname: app\nenvironments: {{prod: {{account: \"111122223333\", region: us-east-1}}}}\nrepos: {{app: {{codecommit: app, branch: main}}}}\nbuilds: {{check: {{repo: repos.app, commands: [make]}}}}\nevents:\n  pushed: {{pattern: {{source: [aws.codecommit]{fields}}}, to: builds.check}}\n"
        );
        let build = compile::check(&document(&text));
        assert!(build.diagnostics.is_empty(), "{:#?}", build.diagnostics);
        let mut resources = build.desired.stacks.iter().flat_map(|stack| &stack.resources);
        let (_, rule) = resources.find(|(id, _)| *id == "PushedEvent").expect("a rule");
        rule.properties.to_json()["EventPattern"]["resources"].clone()
    };
    let own = "arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:app";
    assert_eq!(pattern(""), serde_json::json!([{ "Fn::Sub": own }]));
    assert_eq!(pattern(", resources: [{prefix: arn}]"), serde_json::json!([{ "prefix": "arn" }]));
}

/// The agents of the badges are configured beside the document, and write to the deliveries that it makes.
#[test]
fn agents_write_to_deliveries_that_there_are() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("a file");
    let agent: serde_json::Value =
        serde_json::from_str(&read("specs/event-badges/agent/agent.json")).expect("the configuration of an agent");
    let policy = read("specs/event-badges/agent/policy.json");
    let template = read("generated/badges/application.template.yaml");
    for flow in agent["flows"].as_array().expect("flows") {
        let name = flow["deliveryStream"].as_str().expect("a delivery stream");
        let delivery = name.strip_prefix("badges-prod-").expect("the name of the stack");
        assert!(template.contains(&format!("DeliveryStreamName: !Sub ${{AWS::StackName}}-{delivery}\n")), "{name}");
        assert!(policy.contains(&format!("deliverystream/{name}\"")), "{name}");
    }
}
