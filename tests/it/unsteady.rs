//! `drift` while AWS throttles, fails, cuts connections, is slow or answers with what was: nothing false is told. By the
//! real program and SDK against a running server behind a proxy; what comes of it is a table in the book.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::Ended;
use crate::support::server::Server;
use crate::support::{bless, python, root};

const DOCUMENT: &str = "tidegate: 1
name: rides
environments:
  prod: {account: \"111122223333\", region: eu-central-1}
streams:
  trips: {mode: provisioned, shards: 1, retention: 24h}  # 走行
  fares: {mode: provisioned, shards: 1, retention: 24h}
topics:
  alerts: {}
queues:
  late: {retention: 4d}
  early: {retention: 4d}
tables:
  totals: {key: {hash: id}, attributes: {id: string}}
buckets:
  raw: {expire: 30d}
logs:
  audit: {retention: 30d}
";

/// Somebody changes two properties, takes that back, or deletes a topic.
const BY_HAND: &str = "import boto3, sys
url, account, what = sys.argv[1:]
def client(name):
    return boto3.client(name, region_name='eu-central-1', endpoint_url=url, aws_access_key_id=account,
        aws_secret_access_key='test')
def keep(seconds):
    sqs = client('sqs')
    sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName='rides-prod-late')['QueueUrl'],
        Attributes={'MessageRetentionPeriod': seconds})
kinesis = client('kinesis')
if what == 'change':
    kinesis.increase_stream_retention_period(StreamName='rides-prod-trips', RetentionPeriodHours=72)
    keep('600')
elif what == 'back':
    kinesis.decrease_stream_retention_period(StreamName='rides-prod-trips', RetentionPeriodHours=24)
    keep('345600')
else:
    stack = client('cloudformation').list_stack_resources(StackName='rides-prod')['StackResourceSummaries']
    topic = next(r['PhysicalResourceId'] for r in stack if r['ResourceType'] == 'AWS::SNS::Topic')
    client('sns').delete_topic(TopicArn=topic)";

fn by_hand(server: &Server, what: &str) {
    let output = Command::new(python::program("python")).args(["-c", BY_HAND, &server.url, ACCOUNT, what]).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The share of calls that meet a fault, to these services.
const RATES: [(f64, &str); 4] = [(0.1, ".*"), (0.3, ".*"), (0.5, ".*"), (1.0, "kinesis|sqs|sns")];

/// What a look says: what differs or is gone, and of what it does not know that.
struct Said {
    found: BTreeSet<(String, String)>,
    /// Logical ids.
    unknown: BTreeSet<String>,
    /// The stack could not be looked at, and that is told.
    nothing: bool,
}

impl Said {
    fn by(ended: &Ended) -> Self {
        let json: Json = serde_json::from_str(&ended.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?} {}{}", ended.code, ended.stdout, ended.stderr));
        let stack = &json["stacks"][0];
        let nothing = stack["error"].is_string();
        assert_eq!(ended.code, Some(i32::from(nothing)), "{}", ended.stderr);
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let mut said = Self { found: BTreeSet::new(), unknown: BTreeSet::new(), nothing };
        for resource in stack["resources"].as_array().into_iter().flatten() {
            let id = text(&resource["logical_id"]);
            if resource["class"] == "deleted" {
                said.found.insert((id.clone(), String::new()));
            }
            assert_ne!(resource["class"], "not-deployed", "{resource:#}");
            if resource["class"] == "not-checkable" || resource["unchecked"] != json!([]) {
                said.unknown.insert(id.clone());
            }
            for list in ["differences", "pending"] {
                let differences = resource[list].as_array().into_iter().flatten();
                said.found.extend(differences.map(|difference| (id.clone(), text(&difference["property"]))));
            }
        }
        said
    }
}

const STALE: &str = "stale reads";

/// A fault, what was said at each rate of it, and what is said without it.
struct Looks {
    fault: &'static str,
    at: Vec<(f64, Said)>,
    calm: Said,
}

/// On a server of its own: what is waited for at one, the others need not wait for.
fn looks(row: usize, fault: &'static str, rule: &Json) -> Looks {
    let server = Server::with_faults();
    let repository = Repository::with(DOCUMENT);
    let look = || Said::by(&repository.against(&server, &["drift", "prod", "--format", "json"]));
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    by_hand(&server, "change");
    let stale = fault == STALE;
    if !stale {
        by_hand(&server, "delete");
    }
    let mut at = Vec::new();
    for (column, (rate, service)) in RATES.into_iter().enumerate() {
        let mut rule = rule.clone();
        rule["rate"] = rate.into();
        rule["service"] = service.into();
        rule["seed"] = (row * RATES.len() + column).into();
        rule["times"] = (-1).into();
        if stale {
            // So that what was is not what is.
            by_hand(&server, "back");
            assert_eq!(look().found, BTreeSet::new());
            by_hand(&server, "change");
        }
        server.control("PUT", "faults", &json!([rule]));
        at.push((rate, look()));
        server.control("PUT", "faults", &json!([]));
    }
    if stale {
        by_hand(&server, "delete");
    }
    let calm = look();
    assert!(calm.found.len() == 3 && !calm.nothing, "{:?}", calm.found);
    Looks { fault, at, calm }
}

#[test]
fn whatever_is_answered_nothing_false_is_told() {
    let faults: [(&str, Json); 5] = [
        (STALE, json!({ "stale": true })),
        ("throttling", json!({ "code": "Throttling", "status": 400 })),
        ("server errors", json!({ "code": "InternalFailure", "status": 500, "message": "internal" })),
        ("cut connections", json!({ "cut": true })),
        ("slow answers", json!({ "delay_seconds": 0.4 })),
    ];
    let all: Vec<Looks> = std::thread::scope(|scope| {
        let threads: Vec<_> = faults
            .iter()
            .enumerate()
            .map(|(row, (fault, rule))| scope.spawn(move || looks(row, fault, rule)))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("the looks")).collect()
    });
    let mut rows = vec![
        "| fault | one call in ten | three in ten | every second | all calls to three services |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for Looks { fault, at, calm } in &all {
        let mut cells = Vec::new();
        for (rate, said) in at {
            let false_ones: Vec<_> = said.found.difference(&calm.found).collect();
            assert!(false_ones.is_empty(), "{fault} at {rate}: nobody changed {false_ones:?}");
            let missed: Vec<_> = calm.found.difference(&said.found).collect();
            let untold: Vec<_> = missed.iter().filter(|(id, _)| !said.unknown.contains(id) && !said.nothing).collect();
            let stale = *fault == STALE;
            assert!(stale || untold.is_empty(), "{fault} at {rate}: {untold:?} is not told");
            eprintln!("{fault} at {rate}: {} found, {} not, {} untold", said.found.len(), missed.len(), untold.len());
            cells.push(if stale { "as it is, or as it was" } else { "found, or told as not checked" });
        }
        rows.push(format!("| {fault} | {} |", cells.join(" | ")));
    }
    let page = root().join("book/src/deploying.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (start, end) = ("<!-- looks -->\n", "<!-- /looks -->");
    let (before, rest) = text.split_once(start).expect("the place of the table");
    let (_, after) = rest.split_once(end).expect("the end of the table");
    bless(&page, &text, &format!("{before}{start}\n{}\n\n{end}{after}", rows.join("\n")));
}
