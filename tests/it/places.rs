//! One report over many accounts and many documents, in which a place that cannot be reached hinders no other.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::support::api::Api;
use crate::support::python::python;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::Ended;
use crate::support::sarif;
use crate::support::server::Server;

const DEV: &str = "444455556666";
const PROD: &str = "777788889999";

const DOCUMENT: &str = "tidegate: 1
name: trips
environments:
  dev: {account: \"444455556666\", region: us-east-1}
  test: {account: \"111122223333\", region: us-east-1}
  prod: {account: \"777788889999\", region: eu-west-1}
streams:
  trips: {mode: on-demand, retention: 24h}
  fares: {mode: on-demand}
";

/// The document, deployed into three accounts.
fn deployed(server: &Server) -> Repository {
    let repository = Repository::with(DOCUMENT);
    for (environment, account) in [("dev", DEV), ("test", ACCOUNT), ("prod", PROD)] {
        repository.as_account(server, account, &["deploy", environment, "--yes"]).exits(0);
    }
    repository
}

/// Makes a role that the account of `test` may take on.
fn add_role(server: &Server, account: &str, name: &str) {
    let api = Api::new(server, account);
    let trust = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
        "Action": "sts:AssumeRole",
    }] });
    let properties = serde_json::json!({ "RoleName": name, "AssumeRolePolicyDocument": trust });
    let template =
        serde_json::json!({ "Resources": { "Reader": { "Type": "AWS::IAM::Role", "Properties": properties } } });
    let request = api.cloudformation.create_stack().stack_name("readers").template_body(template.to_string());
    api.wait(request.capabilities("CAPABILITY_NAMED_IAM".into()).send()).expect("a stack with a role");
    api.until("the role", || {
        let described = api.wait(api.cloudformation.describe_stacks().stack_name("readers").send()).expect("the stack");
        let status = described.stacks().first()?.stack_status()?.as_str().to_owned();
        (status == "CREATE_COMPLETE").then_some(())
    });
}

fn json(ended: &Ended) -> Json {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}\n{}{}", ended.stdout, ended.stderr))
}

/// Document, environment and number of differences of each stack, in the order of the report.
fn stacks(json: &Json) -> Vec<(String, String, usize)> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let differences = |stack: &Json| {
        let resources = stack["resources"].as_array().into_iter().flatten();
        resources.flat_map(|resource| resource["differences"].as_array().into_iter().flatten()).count()
    };
    let all = json["stacks"].as_array().expect("stacks").iter();
    all.map(|stack| (text(&stack["document"]), text(&stack["environment"]), differences(stack))).collect()
}

#[test]
fn a_place_that_cannot_be_reached_hinders_no_other() {
    let server = Server::start();
    let repository = deployed(&server);
    let drift = |arguments: &[&str]| {
        let all: Vec<&str> = ["drift", "--detailed-exitcode"].iter().chain(arguments).copied().collect();
        repository.against(&server, &all)
    };

    // Without a role only the own account is seen, and that is said.
    let own = drift(&["--format", "json"]).exits(0);
    assert_eq!(stacks(&json(&own)), [("pipeline.yaml".to_owned(), "test".to_owned(), 0)]);
    for account in [DEV, PROD] {
        assert!(
            own.stderr.contains(&format!("account {account}")) && own.stderr.contains("`--role NAME`"),
            "{}",
            own.stderr
        );
    }
    let refused = drift(&["prod"]).exits(1);
    assert!(refused.stderr.contains("they are of account 111122223333"), "{}", refused.stderr);

    // With a role in each account all are seen, in the order of promotion.
    add_role(&server, DEV, "reader-trips-dev");
    let role = "reader-{name}-{environment}";
    let partly = drift(&["--role", role, "--format", "json"]).exits(1);
    let report = json(&partly);
    assert_eq!(stacks(&report).len(), 3);
    assert_eq!(report["stacks"][0]["error"], Json::Null);
    assert_eq!(report["stacks"][1]["error"], Json::Null);
    let error = report["stacks"][2]["error"].as_str().expect("a failure");
    assert!(error.contains("take on the role `arn:aws:iam::777788889999:role/reader-trips-prod`"), "{error}");
    assert!(error.contains("sts:AssumeRole"), "{error}");
    assert!(
        partly.stderr.contains("trips-prod (account 777788889999, eu-west-1): could not take on the role"),
        "{}",
        partly.stderr
    );

    let api = Api::new(&server, DEV);
    let longer = api.kinesis.increase_stream_retention_period().stream_name("trips-dev-trips");
    api.wait(longer.retention_period_hours(72).send()).expect("a longer retention");
    // What could not be looked at weighs more than what differs.
    let text = drift(&["--role", role]).exits(1).stdout;
    assert!(
        text.contains("trips-dev (account 444455556666, us-east-1)") && text.contains("1 resource differs"),
        "{text}"
    );
    assert!(text.contains("trips-prod (account 777788889999, eu-west-1): could not be looked at"), "{text}");
    assert!(text.ends_with("3 stacks, 1 resource differs, 1 could not be looked at\n"), "{text}");
    let concise = drift(&["--role", role, "--format", "concise"]).exits(1).stdout;
    assert!(concise.contains("pipeline.yaml:6:3: error[drift/unreachable]"), "{concise}");
    assert!(concise.contains("error[drift/changed]"), "{concise}");
    let markdown = drift(&["--role", role, "--format", "markdown"]).exits(1).stdout;
    assert!(markdown.starts_with("### Drift: 1 resource differs from the document; 1 of 3 stacks"), "{markdown}");
    assert!(markdown.contains("| `RetentionPeriodHours` | `24` | `72` |"), "{markdown}");
    assert!(
        junit(&drift(&["--role", role, "--format", "junit"]).exits(1)).starts_with("3 suites, 1 failures, 1 errors")
    );
    let (_, results) = sarif::valid(&drift(&["--role", role, "--format", "sarif"]).exits(1).stdout);
    assert!(results >= 2, "{results}");
    // So it is with the health of all stacks, and with what would be deployed.
    let doctor = |role: &str| repository.against(&server, &["doctor", "--role", role]);
    let titles =
        ["trips-dev (account 444455556666", "trips-test (account 111122223333", "trips-prod (account 777788889999"];
    let in_order = |text: &str| {
        let places: Vec<_> =
            titles.iter().map(|title| text.find(title).unwrap_or_else(|| panic!("{title}: {text}"))).collect();
        places.is_sorted()
    };
    let ill = doctor(role).exits(1).stdout;
    assert!(in_order(&ill), "{ill}");
    assert_eq!(ill.matches("nothing is wrong").count(), 2, "{ill}");
    assert!(ill.contains("! credentials: could not take on the role"), "{ill}");
    let plan = repository.against(&server, &["plan", "--role", role]).exits(1);
    assert_eq!(plan.stdout.matches("nothing to change").count(), 2, "{}", plan.stdout);

    add_role(&server, PROD, "reader-trips-prod");
    let whole =
        drift(&["--role", "arn:aws:iam::{account}:role/reader-{name}-{environment}", "--format", "json"]).exits(2);
    let counts: Vec<usize> = stacks(&json(&whole)).into_iter().map(|(_, _, count)| count).collect();
    assert_eq!(counts, [1, 0, 0]);
    let well = doctor(role).exits(0).stdout;
    assert!(in_order(&well) && well.matches("nothing is wrong").count() == 3, "{well}");
    let plan = repository.against(&server, &["plan", "--role", role]).exits(0).stdout;
    assert!(in_order(&plan) && plan.matches("nothing to change").count() == 3, "{plan}");
    let two = drift(&["--role", role, "prod", "test", "--format", "json"]).exits(0);
    assert_eq!(stacks(&json(&two)).len(), 2);
    let status = repository.against(&server, &["status", "--role", role]).exits(0).stdout;
    for environment in ["dev", "test", "prod"] {
        assert!(status.contains(&format!("trips-{environment} (account")), "{status}");
    }
    drift(&["nowhere"]).exits(2);
}

/// What a parser of XML reads.
fn junit(ended: &Ended) -> String {
    let script = "import sys, xml.etree.ElementTree as t; r = t.fromstring(sys.stdin.buffer.read()); \
                  s = r.findall('testsuite'); c = r.findall('testsuite/testcase'); \
                  assert int(r.get('tests')) == len(c) and all(x.get('line') and x.get('file') and x.get('name') for x in c); \
                  assert [int(x.get('tests')) for x in s] == [len(x.findall('testcase')) for x in s]; \
                  f = r.findall('testsuite/testcase/failure'); e = r.findall('testsuite/testcase/error'); \
                  assert int(r.get('failures')) == len(f) and int(r.get('errors')) == len(e); \
                  print(len(s), 'suites,', len(f), 'failures,', len(e), 'errors,', len(c), 'cases')";
    python(&["-c", script], &[], &ended.stdout)
}

#[test]
fn many_documents_make_one_report() {
    let server = Server::start();
    let repository = Repository::with(DOCUMENT);
    let write = |path: &str, text: &str| {
        let path = repository.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(path, text).expect("a document");
    };
    let document = |name: &str| {
        format!(
            "tidegate: 1\nname: {name}\nenvironments:\n  prod: {{account: \"{ACCOUNT}\", region: us-east-1}}\nstreams:\n  trips: {{mode: on-demand}}\n"
        )
    };
    write("b/pipeline.yaml", &document("second"));
    write("a/system.yaml", &document("first"));
    write("a/template.yaml", "Resources: {}\n");
    fs::create_dir(repository.path().join("empty")).expect("a folder");
    fs::remove_file(repository.path().join("pipeline.yaml")).expect("no document at the top");
    for path in ["a/system.yaml", "b/pipeline.yaml"] {
        repository.against(&server, &["deploy", "prod", "--yes", "--file", path]).exits(0);
    }
    let drift = |arguments: &[&str]| {
        let all: Vec<&str> = ["drift", "--detailed-exitcode"].iter().chain(arguments).copied().collect();
        repository.against(&server, &all)
    };
    let seen = |arguments: &[&str], code| {
        let all: Vec<&str> = arguments.iter().chain(&["--format", "json"]).copied().collect();
        stacks(&json(&drift(&all).exits(code)))
    };
    let both = |first: usize, second: usize| {
        [
            ("a/system.yaml".to_owned(), "prod".to_owned(), first),
            ("b/pipeline.yaml".to_owned(), "prod".to_owned(), second),
        ]
    };
    assert_eq!(seen(&["."], 0), both(0, 0));
    assert_eq!(seen(&["b/", "a/", "prod"], 0), both(0, 0));
    assert_eq!(seen(&["b/pipeline.yaml", "a/system.yaml"], 0), both(0, 0));
    let api = Api::new(&server, ACCOUNT);
    let longer = api.kinesis.increase_stream_retention_period().stream_name("second-prod-trips");
    api.wait(longer.retention_period_hours(72).send()).expect("a longer retention");
    assert_eq!(seen(&["."], 2), both(0, 1));

    // A document with errors fails, and the others are reported.
    write("c/pipeline.yaml", "tidegate: 1\nname: third\n");
    let ended = drift(&["."]).exits(1);
    assert!(ended.stderr.contains("c/pipeline.yaml cannot be compiled"), "{}", ended.stderr);
    assert!(ended.stdout.contains("second-prod") && ended.stdout.contains("1 resource differs"), "{}", ended.stdout);

    let unknown = drift(&["a/", "b/", "prd"]).exits(2).stderr;
    assert!(unknown.contains("there is no stack `prd` in these documents; there are `prod`"), "{unknown}");
    let nothing = drift(&["./empty"]).exits(2).stderr;
    assert!(nothing.contains("there is no document in ./empty"), "{nothing}");
    drift(&["no/such.yaml"]).exits(2);
}
