//! Edits of a document that make it render to what is live.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tidegate::adopt::{Adoption, Means, Refusal, Wish, adopt, adopted, probe};
use tidegate::compile::{self, Input};
use tidegate::desired::{Desired, Resource, ValueKind};
use tidegate::diagnostic::{Fix, Level, Safety, apply};
use tidegate::facts::schema;
use tidegate::kinds::KINDS;
use tidegate::source::SourceFile;

use crate::support::{bless, blocks, document, document_beside, root};

const ONE: &str = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";
const TWO: &str = "tidegate: 1\nname: trips\nenvironments:\n  test: {account: \"111122223333\", region: us-east-1}\n  \
                   prod: {account: \"111122223333\", region: us-east-1}\n";

fn desired(input: &Input) -> Desired {
    let build = compile::compile(input);
    assert!(!build.has_errors(), "{}\n{:#?}", input.file.text(), build.diagnostics);
    build.desired
}

fn resource<'d>(desired: &'d Desired, stack: &str, id: &str) -> &'d Resource {
    let stack = desired
        .stacks
        .iter()
        .find(|known| known.deployments.iter().any(|it| it.stack_name == stack))
        .unwrap_or_else(|| panic!("no stack {stack}"));
    stack.resources.get(id).unwrap_or_else(|| panic!("no {id} among {:?}", stack.resources.keys()))
}

fn wish(input: &Input, environment: &str, id: &str, pointer: &str, live: Option<Json>) -> Wish {
    let desired = desired(input);
    let stack = if environment == "delivery" { "trips-delivery".to_owned() } else { format!("trips-{environment}") };
    let resource = resource(&desired, &stack, id);
    let origin = resource.properties.at(pointer).map_or(&resource.origin, |value| &value.origin).clone();
    Wish {
        stack,
        environment: environment.to_owned(),
        logical_id: id.to_owned(),
        pointer: pointer.to_owned(),
        live,
        origin,
    }
}

/// The edits of an adoption lead to its text, and touch no other line than they name.
#[track_caller]
fn assert_edits(file: &std::sync::Arc<SourceFile>, adoption: &Adoption) {
    assert_eq!(file.path(), adoption.path);
    let fix = Fix { title: String::new(), safety: Safety::Unsafe, edits: adoption.edits.clone() };
    let fixed = apply(file, [&fix]);
    assert!(fixed.left.is_empty(), "{adoption:#?}");
    assert_eq!(fixed.text, adoption.text, "{adoption:#?}");
    let comments = file.text().lines().filter_map(|line| line.split_once(" # ").map(|(_, comment)| comment));
    for comment in comments {
        assert!(adoption.text.contains(comment), "{comment} is gone: {}", adoption.text);
    }
    assert_eq!(file.text().contains("\r\n"), adoption.text.contains("\r\n"));
    let bare = adoption.text.replace("\r\n", "");
    assert!(!file.text().contains("\r\n") || !bare.contains('\n'), "{:?}", adoption.text);
}

/// What becomes of a document, without its head; `!` and the reason where nothing does.
fn become_of(head: &str, text: &str, environment: &str, id: &str, pointer: &str, live: Option<Json>) -> String {
    let input = document(&format!("{head}{text}"));
    let wish = wish(&input, environment, id, pointer, live);
    match adopt(&input, std::slice::from_ref(&wish)).remove(0) {
        Ok(adoption) => {
            assert_edits(&input.file, &adoption);
            assert!(!adoption.says.is_empty());
            adoption.text.strip_prefix(head).map_or_else(|| adoption.text.clone(), str::to_owned)
        }
        Err(Refusal { says, help }) => {
            assert!(!help.is_empty());
            format!("! {says}")
        }
    }
}

#[track_caller]
fn assert_becomes(text: &str, (id, pointer, live): (&str, &str, Json), expected: &str) {
    let live = (!live.is_null()).then_some(live);
    assert_eq!(become_of(ONE, text, "prod", id, pointer, live), expected, "{text}");
}

#[test]
fn a_value_is_written_as_its_neighbour_was() {
    let stream = "streams:\n  trips: {mode: provisioned, shards: 2, retention: 24h} # 乗車\n";
    assert_becomes(stream, ("TripsStream", "/ShardCount", json!(4)), &stream.replace("shards: 2", "shards: 4"));
    let queue = "queues:\n  # 注文\n  inbox:\n    retention: 4d   # as long as a weekend\n";
    assert_becomes(queue, ("InboxQueue", "/MessageRetentionPeriod", json!(1_209_600)), &queue.replace("4d", "14d"));
    assert_becomes(queue, ("InboxQueue", "/MessageRetentionPeriod", json!("90000")), &queue.replace("4d", "25h"));
    let mode = "streams:\n  trips: {mode: on-demand}\n";
    let adopted = become_of(ONE, mode, "prod", "TripsStream", "/StreamEncryption/KeyId", Some(json!("alias/own")));
    assert_eq!(adopted, "streams:\n  trips: {mode: on-demand, overrides: {StreamEncryption: {KeyId: alias/own}}}\n");
}

#[test]
fn a_key_that_is_not_written_is_found() {
    assert_becomes(
        "queues:\n  inbox: {retention: 4d}\n",
        ("InboxQueue", "/VisibilityTimeout", json!(120)),
        "queues:\n  inbox: {retention: 4d, hidden: 120s}\n",
    );
    assert_becomes(
        "queues:\n  inbox:\n    retention: 4d # days\n\n# the end",
        ("InboxQueue", "/VisibilityTimeout", json!(120)),
        "queues:\n  inbox:\n    retention: 4d # days\n    hidden: 120s\n\n# the end",
    );
    assert_becomes(
        "queues:\n  inbox: {}\n",
        ("InboxQueue", "/VisibilityTimeout", json!(7200)),
        "queues:\n  inbox: {hidden: 7200s}\n",
    );
}

#[test]
fn what_the_language_has_no_word_for_is_overridden() {
    assert_becomes(
        "queues:\n  inbox: {retention: 4d}\n",
        ("InboxQueue", "/DelaySeconds", json!(30)),
        "queues:\n  inbox: {retention: 4d, overrides: {DelaySeconds: 30}}\n",
    );
    let twice = "queues:\n  inbox:\n    retention: 4d\n    overrides:\n      DelaySeconds: 30 # why\n";
    assert_becomes(
        twice,
        ("InboxQueue", "/ReceiveMessageWaitTimeSeconds", json!(20)),
        "queues:\n  inbox:\n    retention: 4d\n    overrides:\n      DelaySeconds: 30 # why\n      ReceiveMessageWaitTimeSeconds: 20\n",
    );
    assert_becomes(twice, ("InboxQueue", "/DelaySeconds", json!(31)), &twice.replace("30", "31"));
    assert_becomes(
        "buckets:\n  web: {}\n",
        ("WebBucket", "/PublicAccessBlockConfiguration/BlockPublicAcls", json!(false)),
        "buckets:\n  web: {overrides: {PublicAccessBlockConfiguration: {BlockPublicAcls: false}}}\n",
    );
    // Of two tags, one is gone.
    assert_becomes(
        "queues:\n  inbox: {overrides: {Tags: [{Key: a, Value: b}, {Key: c, Value: d}]}}\n",
        ("InboxQueue", "/Tags/0", Json::Null),
        "queues:\n  inbox: {overrides: {Tags: [{Key: c, Value: d}]}}\n",
    );
}

#[test]
fn what_other_resources_follow_is_overridden_alone() {
    let text = "queues:\n  inbox: {dead-letters: {to: queues.lost, after: 5}}\n  lost: {retention: 14d}\n  other: \
                {retention: 14d}\n";
    let becomes = become_of(
        ONE,
        text,
        "prod",
        "InboxQueue",
        "/RedrivePolicy/deadLetterTargetArn",
        Some(json!("arn:aws:sqs:us-east-1:111122223333:trips-prod-other")),
    );
    // Another reference would also change which queue lets itself be used, so the one property is overridden.
    assert!(becomes.contains("dead-letters: {to: queues.lost, after: 5}"), "{becomes}");
    assert!(becomes.contains("overrides: {RedrivePolicy: {deadLetterTargetArn: \""), "{becomes}");
}

#[test]
fn a_value_of_one_environment_is_that_of_a_param() {
    let text = "params: {shards: 2}\nstreams:\n  trips: {mode: provisioned, shards: \"${{ params.shards }}\"}\n";
    // Only one environment: the default is the value.
    assert_eq!(
        become_of(ONE, text, "prod", "TripsStream", "/ShardCount", Some(json!(4))),
        text.replace("shards: 2", "shards: 4")
    );
    // The other environment keeps what it has.
    let two = become_of(TWO, text, "prod", "TripsStream", "/ShardCount", Some(json!(4)));
    assert!(two.contains("prod: {account: \"111122223333\", region: us-east-1, params: {shards: 4}}\n"), "{two}");
    assert!(two.ends_with(text), "{two}");
    let own = TWO.replacen("us-east-1}", "us-east-1, params: {shards: 1}}", 1);
    let becomes = become_of(&own, text, "test", "TripsStream", "/ShardCount", Some(json!(3)));
    assert!(becomes.contains("params: {shards: 3}}") && becomes.ends_with(text), "{becomes}");
    // A new param, because the other environment keeps the value that is written.
    let fixed = "streams:\n  trips: {mode: provisioned, shards: 2}\n";
    let becomes = become_of(TWO, fixed, "prod", "TripsStream", "/ShardCount", Some(json!(4)));
    assert!(
        becomes.contains("prod: {account: \"111122223333\", region: us-east-1, params: {trips-shards: 4}}"),
        "{becomes}"
    );
    assert!(becomes.contains("shards: \"${{ params.trips-shards }}\"}"), "{becomes}");
    assert!(
        becomes.contains("params:\n  trips-shards: 2\n") || becomes.contains("params: {trips-shards: 2}"),
        "{becomes}"
    );
}

#[test]
fn what_one_environment_has_is_overridden_there() {
    let text = "streams:\n  trips: {mode: provisioned, shards: 2} # 乗車\n";
    let own = |live: Option<Json>, pointer: &str| become_of(TWO, text, "test", "TripsStream", pointer, live);
    let becomes = |written: &str| {
        let line = "  test: {account: \"111122223333\", region: us-east-1";
        format!("{}{text}", TWO.replace(line, &format!("{line}, overrides: {{TripsStream: {{{written}}}}}")))
    };
    assert_eq!(own(Some(json!(2048)), "/MaxRecordSizeInKiB"), becomes("MaxRecordSizeInKiB: 2048"));
    assert_eq!(
        own(Some(json!(["IncomingBytes"])), "/DesiredShardLevelMetrics"),
        becomes("DesiredShardLevelMetrics: [IncomingBytes]")
    );
    assert_eq!(own(None, "/StreamEncryption"), becomes("StreamEncryption: null"));
    // In blocks, with Windows line ends, and after another one.
    let blocks = "tidegate: 1\nname: trips\nenvironments:\n  test:\n    account: \"111122223333\" # 試験\n    region: \
                  us-east-1\n  prod: {account: \"111122223333\", region: us-east-1}\nstreams:\n  trips: {mode: \
                  on-demand}\n  rides: {mode: on-demand}\n"
        .replace('\n', "\r\n");
    let input = document(&blocks);
    let wishes = [
        wish(&input, "test", "TripsStream", "/MaxRecordSizeInKiB", Some(json!(2048))),
        wish(&input, "test", "TripsStream", "/StreamEncryption/KeyId", Some(json!("alias/own"))),
        wish(&input, "test", "RidesStream", "/RetentionPeriodHours", Some(json!(48))),
        Wish { logical_id: "NoStream".to_owned(), ..wish(&input, "test", "TripsStream", "/X", Some(json!(48))) },
    ];
    let answers = adopt(&input, &wishes);
    assert!(answers[3].is_err());
    let adoptions: Vec<&Adoption> = answers.iter().flatten().collect();
    assert_eq!(adoptions.len(), 3, "{answers:#?}");
    let after = adopted(&input, adoptions.iter().copied());
    let text = after.file.text();
    assert!(text.lines().count() > blocks.lines().count() && text.contains("# 試験\r\n"), "{text}");
    assert!(blocks.lines().all(|line| text.contains(line)) && !text.replace("\r\n", "").contains('\n'), "{text}");
    let again: Vec<_> = wishes[..3].iter().map(|wish| adopt(&after, std::slice::from_ref(wish)).remove(0)).collect();
    assert!(again.iter().all(|it| it.as_ref().is_err_and(|it| it.says.contains("already"))), "{again:#?}");
}

/// Layouts of one document, with the value that is to become 4 marked as 2.
const LAYOUTS: &[&str] = &[
    "streams:\n  trips: # 乗車\n    mode: provisioned\n    shards: 2 #\ttabs\there\n    retention: 24h",
    "x-none: &none\nstreams: {trips: {mode: provisioned, shards: 2}}\n",
    "streams:\n  trips: &base\n    mode: provisioned\n    shards: 2\n  rides:\n    mode: on-demand\n",
    "streams:\n  \"trips\": {\"mode\": \"provisioned\", \"shards\": 2}   # 注文 {[\n",
    "streams:\n  trips: {\n    mode: provisioned, # ああ\n    shards: 2, # いい\n  }\n",
    "\nstreams:\n\n  trips:\n    # before\n    mode: provisioned\n    # between\n    shards: 2\n    # after\n\n# end\n",
];

#[test]
fn every_layout_keeps_what_is_not_meant() {
    for layout in LAYOUTS.iter().filter(|layout| !layout.contains("x-none")) {
        for line_break in ["\n", "\r\n"] {
            let text = format!("{ONE}{layout}").replace('\n', line_break);
            let input = document(&text);
            let wishes = [
                wish(&input, "prod", "TripsStream", "/ShardCount", Some(json!(4))),
                wish(&input, "prod", "TripsStream", "/DesiredShardLevelMetrics", Some(json!(["IncomingBytes"]))),
            ];
            let results = adopt(&input, &wishes);
            let adoptions: Vec<&Adoption> =
                results.iter().map(|it| it.as_ref().unwrap_or_else(|it| panic!("{it:?}\n{text}"))).collect();
            let four = text.replace("shards: 2", "shards: 4").replace("\"shards\": 2", "\"shards\": 4");
            assert_eq!(adoptions[0].text, four, "{text}");
            assert_edits(&input.file, adoptions[0]);
            assert_edits(&SourceFile::new("pipeline.yaml", adoptions[0].text.as_str()), adoptions[1]);
            assert_eq!(adoptions[1].means, Means::Override);
            let after = adopted(&input, adoptions.iter().copied());
            let desired = desired(&after);
            let stream = resource(&desired, "trips-prod", "TripsStream").properties.to_json();
            assert_eq!(
                (&stream["ShardCount"], &stream["DesiredShardLevelMetrics"]),
                (&json!(4), &json!(["IncomingBytes"]))
            );
        }
    }
}

#[test]
fn what_stands_by_alias_is_not_edited_for_another() {
    // The value of the one is that of the other, so the one gets a value of its own.
    let text = "streams:\n  trips: &base {mode: provisioned, shards: 2}\n  rides: *base\n";
    let becomes = become_of(ONE, text, "prod", "TripsStream", "/ShardCount", Some(json!(4)));
    assert!(
        becomes.starts_with(text.trim_end()) && becomes.contains("overrides:\n  TripsStream:\n    ShardCount: 4\n"),
        "{becomes}"
    );
    let merged = "streams:\n  trips: &base {mode: provisioned, shards: 2}\n  rides: {<<: *base, retention: 48h}\n";
    let becomes = become_of(ONE, merged, "prod", "RidesStream", "/ShardCount", Some(json!(4)));
    assert!(becomes.contains("RidesStream:\n    ShardCount: 4\n"), "{becomes}");
}

#[test]
fn a_value_of_a_module_is_edited_where_it_is_given() {
    let page = "```yaml accepted store/module.yaml\ntidegate-module: 1\ndescription: A store.\ninputs:\n  days: {type: \
                duration, description: How long, default: 4d}\nqueues:\n  lost: {retention: \"${{ inputs.days }}\", hidden: 60s}\n```\n";
    let input =
        document_beside(&format!("{ONE}modules:\n  a: {{from: store, with: {{days: 5d}}}}\n"), page, "accepted");
    let given = wish(&input, "prod", "ALostQueue", "/MessageRetentionPeriod", Some(json!(518_400)));
    let adoption = adopt(&input, &[given]).remove(0).expect("an edit");
    assert!(adoption.text.contains("with: {days: 6d}"), "{}", adoption.text);
    let own = wish(&input, "prod", "ALostQueue", "/VisibilityTimeout", Some(json!(90)));
    let adoption = adopt(&input, std::slice::from_ref(&own)).remove(0).expect("an edit");
    assert_eq!((adoption.path.as_str(), adoption.text.contains("hidden: 90s")), ("store/module.yaml", true));
    // Used twice, the module is not changed for one of its uses.
    let twice =
        document_beside(&format!("{ONE}modules:\n  a: {{from: store}}\n  b: {{from: store}}\n"), page, "accepted");
    let adoption = adopt(&twice, &[own]).remove(0).expect("an edit");
    assert!(adoption.text.contains("overrides:\n  ALostQueue:\n    VisibilityTimeout: 90\n"), "{}", adoption.text);
}

#[test]
fn what_cannot_be_adopted_says_why() {
    let broken = document(&format!("{ONE}streams:\n  trips: {{mode: sometimes}}\n"));
    let origin = tidegate::desired::Origin::authored(&tidegate::source::Span::start_of(&broken.file));
    let nothing = Wish {
        stack: "trips-prod".to_owned(),
        environment: "prod".to_owned(),
        logical_id: "TripsStream".to_owned(),
        pointer: "/ShardCount".to_owned(),
        live: Some(json!(1)),
        origin: origin.clone(),
    };
    let says = |input: &Input, wish: &Wish| {
        adopt(input, std::slice::from_ref(wish)).remove(0).map(|it| it.text).map_err(|it| it.says)
    };
    assert!(says(&broken, &nothing).is_err_and(|says| says.contains("has errors")));
    let whole = document(&format!("{ONE}streams:\n  trips: {{mode: provisioned, shards: 2}}\n"));
    let elsewhere = Wish { logical_id: "RidesStream".to_owned(), ..nothing.clone() };
    assert!(says(&whole, &elsewhere).is_err_and(|says| says.contains("no resource `RidesStream`")));
    let met = Wish { live: Some(json!("2")), ..nothing.clone() };
    assert!(says(&whole, &met).is_err_and(|says| says.contains("already")));
    // AWS would refuse it, so the document would have an error.
    let refused = Wish { live: Some(json!("many")), ..nothing };
    assert!(says(&whole, &refused).is_err());
    assert_eq!(adopt(&whole, &[]).len(), 0);
}

/// A value that could have been written by hand in the place of another.
fn other(shape: Option<&schema::Shape>, value: &Json) -> Option<Json> {
    match value {
        Json::Number(number) => {
            let least = shape.and_then(|shape| shape.range.least);
            let number = number.as_i64()?;
            Some(json!(if least.is_some_and(|least| number > least as i64) { number - 1 } else { number + 1 }))
        }
        Json::Bool(value) => Some(json!(!value)),
        Json::String(text) => {
            let values = shape.map(|shape| shape.values.as_slice()).unwrap_or_default();
            values.iter().find(|value| *value != text).map(|value| json!(value))
        }
        Json::Array(items) if items.len() > 1 => Some(items[..items.len() - 1].iter().cloned().collect()),
        _ => None,
    }
}

/// Wishes for one property of each sort that the resources of a document have.
fn wishes(desired: &Desired, section: &str) -> Vec<(&'static str, Wish)> {
    const MOST: usize = 3;
    let mut found: BTreeMap<&'static str, Vec<Wish>> = BTreeMap::new();
    for stack in &desired.stacks {
        let Some(deployment) = stack.deployments.last() else { continue };
        for (id, resource) in &stack.resources {
            let Some(schema) = schema::get(&resource.resource_type) else { continue };
            if !resource.thing.starts_with(&format!("{section}.")) || resource.resource_type == "AWS::CloudWatch::Alarm"
            {
                continue;
            }
            let make = |pointer: &str, live: Json, origin: &tidegate::desired::Origin| Wish {
                stack: deployment.stack_name.clone(),
                environment: deployment.environment.clone(),
                logical_id: id.clone(),
                pointer: pointer.to_owned(),
                live: Some(live),
                origin: origin.clone(),
            };
            resource.properties.walk("", &mut |pointer, value| {
                if matches!(value.kind, ValueKind::Intrinsic(_))
                    || pointer.contains("Policy")
                    || pointer.contains("Version")
                {
                    return;
                }
                let sort = match value.kind {
                    ValueKind::Integer(_) => "number",
                    ValueKind::Boolean(_) => "switch",
                    ValueKind::Text(_) => "word",
                    ValueKind::List(_) => "list",
                    _ => return,
                };
                let plain =
                    !value.to_json().to_string().contains("\"Ref\"") && !value.to_json().to_string().contains("\"Fn::");
                let live = plain
                    .then(|| other(schema.at(pointer), &value.to_json()))
                    .flatten()
                    .filter(|_| schema.settable_at(pointer));
                let there = found.entry(sort).or_default();
                if let Some(live) = live.filter(|_| there.len() < MOST) {
                    there.push(make(pointer, live, &value.origin));
                }
            });
            for name in schema.root().names() {
                let pointer = format!("/{name}");
                let shape = schema.at(&pointer).filter(|_| resource.properties.get(name).is_none());
                let Some(shape) = shape.filter(|_| schema.settable_at(&pointer)) else {
                    continue;
                };
                let live = match () {
                    () if shape.types.boolean => json!(true),
                    () if shape.types.integer => json!(shape.range.least.unwrap_or(1.0).max(1.0) as i64),
                    () => continue,
                };
                let there = found.entry("undeclared").or_default();
                if there.len() < MOST {
                    there.push(make(&pointer, live, &resource.origin));
                }
            }
        }
    }
    found.into_iter().flat_map(|(sort, wishes)| wishes.into_iter().map(move |wish| (sort, wish))).collect()
}

/// The table holds what is found by trying.
#[test]
fn which_key_makes_which_property() {
    let path = root().join("src/adopt/keys.txt");
    let committed = std::fs::read_to_string(&path).expect("the table");
    let mut lines: Vec<String> = committed.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
    for kind in KINDS {
        let examples = blocks(kind.page, "yaml").into_iter();
        let found = examples.flat_map(|example| probe(&document(&format!("{ONE}{example}")), kind.section.key));
        lines.extend(found.collect::<BTreeSet<String>>());
    }
    bless(&path, &committed, &(lines.join("\n") + "\n"));
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for who reads them")]
fn properties_of_every_kind_are_adopted() {
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused = Vec::new();
    for kind in KINDS {
        let mut here = 0;
        for example in blocks(kind.page, "yaml").into_iter().take(2) {
            let input = document(&format!("{ONE}{example}"));
            let build = compile::compile(&input);
            for (sort, wish) in wishes(&build.desired, kind.section.key) {
                let place =
                    format!("{} {sort} {}{} = {:?}", kind.section.key, wish.logical_id, wish.pointer, wish.live);
                match adopt(&input, std::slice::from_ref(&wish)).remove(0) {
                    Ok(adoption) => {
                        assert_edits(&input.file, &adoption);
                        *table.entry(adoption.means.words()).or_default() += 1;
                        here += 1;
                        let after = adopted(&input, [&adoption]);
                        let errors: Vec<_> = compile::check(&after)
                            .diagnostics
                            .into_iter()
                            .filter(|it| it.level() == Level::Error)
                            .collect();
                        assert!(errors.is_empty(), "{place}: {errors:#?}");
                        println!("{place}: {} - {}", adoption.means.words(), adoption.says);
                    }
                    Err(refusal) => refused.push(format!("{place}: {}", refusal.says)),
                }
            }
        }
        println!("{}: {here}", kind.section.key);
    }
    println!("{table:?}, {} refused\n{}", refused.len(), refused.join("\n"));
    let adopted: usize = table.values().sum();
    assert!(adopted > 100 && refused.len() * 5 < adopted, "{table:?}\n{}", refused.join("\n"));
}
