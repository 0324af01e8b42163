//! Differences that somebody decided to live with, until a day.

use serde_json::Value as Json;

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, tidegate};
use crate::support::sarif;
use crate::support::server::Server;

const DOCUMENT: &str = "tidegate: 1
name: trips
environments:
  prod: {account: \"111122223333\", region: us-east-1}
streams:
  trips: {mode: on-demand, retention: 24h}
";

/// What `drift` says on a day.
fn drift(repository: &Repository, server: &Server, seconds: &str, arguments: &[&str]) -> Ended {
    let arguments: Vec<&str> = ["drift", "--detailed-exitcode"].iter().chain(arguments).copied().collect();
    let run = tidegate(&arguments).within(repository.path()).with("SOURCE_DATE_EPOCH", seconds);
    server.account(run, ACCOUNT).run()
}

/// 2026-11-21 and 2027-02-01.
const TODAY: &str = "1795219200";
const LATER: &str = "1801440000";

#[test]
fn what_is_accepted_does_not_count_until_its_day_is_over() {
    let server = Server::start();
    let repository = Repository::with(DOCUMENT);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let api = Api::new(&server, ACCOUNT);
    let longer = api.kinesis.increase_stream_retention_period().stream_name("trips-prod-trips");
    api.wait(longer.retention_period_hours(72).send()).expect("a longer retention");
    drift(&repository, &server, TODAY, &[]).exits(2);

    let entry = |rest: &str| {
        format!(
            "drift:\r\n  accept:\r\n    - thing: streams.trips # 承認済み\r\n      {rest}\r\n      owner: データ班\r\n      reason: 秋の補充\r\n      until: 2027-01-31\r\nstreams:"
        )
    };
    let mut last = "streams:".to_owned();
    let mut accept = |rest: &str| {
        let next = entry(rest);
        repository.edit(&last, &next);
        last = next;
    };
    accept("property: RetentionPeriodHours");
    let text = drift(&repository, &server, TODAY, &[]).exits(0).stdout;
    assert!(text.contains("nothing that was compared differs; 1 difference is accepted"), "{text}");
    assert!(text.contains("a RetentionPeriodHours: 24 is wanted, 72 is live"), "{text}");
    assert!(text.contains("accepted by データ班 until 2027-01-31: 秋の補充"), "{text}");
    let json: Json =
        serde_json::from_str(&drift(&repository, &server, TODAY, &["--format", "json"]).exits(0).stdout).expect("JSON");
    assert_eq!(json.pointer("/stacks/0/resources/0/differences/0/accepted/owner"), Some(&Json::from("データ班")));
    let sarif = drift(&repository, &server, TODAY, &["--format", "sarif"]).exits(0).stdout;
    sarif::valid(&sarif);
    assert!(sarif.contains("\"suppressions\"") && sarif.contains("秋の補充"), "{sarif}");

    // The day after, it is drift, and a failure of its own, at the line of the day.
    let ended = drift(&repository, &server, LATER, &[]).exits(1);
    assert!(ended.stdout.contains("error[drift/expired-acceptance]"), "{}", ended.stdout);
    assert!(ended.stdout.contains("pipeline.yaml:11:14"), "{}", ended.stdout);
    assert!(ended.stdout.contains("1 resource differs"), "{}", ended.stdout);
    let check = |seconds: &str| tidegate(&["check"]).within(repository.path()).with("SOURCE_DATE_EPOCH", seconds).run();
    assert!(check(LATER).exits(0).stdout.contains("warning[drift/expired-acceptance]"));
    assert!(!check(TODAY).exits(0).stdout.contains("expired"));

    // Another value, property or environment is not accepted.
    accept("{property: RetentionPeriodHours, value: 72}".trim_matches(['{', '}']).replace(", ", "\r\n      ").as_str());
    drift(&repository, &server, TODAY, &[]).exits(0);
    accept("property: RetentionPeriodHours\r\n      value: 48");
    let ended = drift(&repository, &server, TODAY, &[]).exits(2);
    assert!(ended.stdout.contains("warning[drift/needless-acceptance]"), "{}", ended.stdout);
    accept("property: Tags\r\n      environment: environments.prod");
    drift(&repository, &server, TODAY, &[]).exits(2);

    // Once it is gone nobody needs the entry.
    let shorter = api.kinesis.decrease_stream_retention_period().stream_name("trips-prod-trips");
    api.wait(shorter.retention_period_hours(24).send()).expect("the old retention");
    accept("property: RetentionPeriodHours");
    let text = drift(&repository, &server, TODAY, &[]).exits(0).stdout;
    assert!(text.contains("nothing that was looked at differs in `RetentionPeriodHours` of `streams.trips`"), "{text}");
}

#[test]
fn an_entry_that_can_accept_nothing_is_an_error() {
    let found = |entry: &str| {
        let text = DOCUMENT.replace(
            "streams:",
            &format!("drift: {{accept: [{{{entry}, owner: a, reason: b, until: 2027-01-31}}]}}\nstreams:"),
        );
        let build = tidegate::compile::check(&crate::support::document(&text));
        let found: Vec<String> = build
            .diagnostics
            .iter()
            .map(|found| format!("{} {}", found.rule.name, found.help.as_deref().unwrap_or_default()))
            .collect();
        found.join("; ")
    };
    assert_eq!(found("thing: streams.trips"), "");
    assert_eq!(found("thing: streams.trips, property: RetentionPeriodHours"), "");
    assert_eq!(found("resource: TripsStream, property: \"Tags[team]\""), "");
    assert!(found("thing: streams.trip").contains("names/dangling-reference did you mean `streams.trips`?"));
    assert!(found("resource: TripStream").contains("names/unknown-property did you mean `TripsStream`?"));
    assert!(
        found("thing: streams.trips, property: RetentionPeriodHour").contains("did you mean `RetentionPeriodHours`?")
    );
    assert!(found("thing: streams.trips, environment: environments.prd").contains("did you mean `environments.prod`?"));
    assert!(found("thing: streams.trips, resource: TripsStream").contains("spec/one-of"));
    assert!(found("property: Tags").contains("spec/one-of"));
}
