use super::*;

fn policy(text: &str) -> (Policy, Vec<Diagnostic>) {
    read(&SourceFile::new(FILE_NAME, text))
}

use policy as read_text;

fn subject<'a>(thing: &'a str, property: &'a str, change: &'a str) -> Subject<'a> {
    Subject {
        thing,
        resource: "TripsStream",
        resource_type: "AWS::Kinesis::Stream",
        property,
        change,
        legitimate: false,
        environment: "prod",
    }
}

#[test]
fn the_first_rule_that_fits_counts() {
    let text = "rules:\n  - {thing: streams.*, property: RetentionPeriodHours, do: {accept: {owner: data, reason: 秋, days: 14}}}\n  - {change: gone, do: report}\n  - {property: Tags, do: adopt}\n  - {do: revert, allow: danger}\n";
    let (policy, report) = policy(text);
    assert!(report.is_empty(), "{report:?}");
    let action =
        |subject: &Subject<'_>| policy.decide(subject).map(|decided| (decided.action, decided.danger, decided.at));
    let accept = Action::Accept { owner: "data".into(), reason: "秋".into(), days: 14 };
    let at = |line: u32| format!("{FILE_NAME}:{line}");
    assert_eq!(action(&subject("streams.trips", "RetentionPeriodHours", "changed")), Some((accept, false, at(2))));
    assert_eq!(action(&subject("queues.q", "", "gone")), Some((Action::Report, false, at(3))));
    assert_eq!(action(&subject("queues.q", "Tags[team]", "added")), Some((Action::Adopt, false, at(4))));
    assert_eq!(action(&subject("queues.q", "TagsOfOthers", "added")), Some((Action::Revert, true, at(5))));
}

#[test]
fn what_may_change_by_design_needs_a_rule_of_its_own() {
    let (policy, report) =
        read_text("rules:\n  - {do: revert}\n  - {class: legitimate, thing: streams.*, do: adopt}\n");
    assert!(report.is_empty() && policy.knows_legitimate(), "{report:?}");
    let decided = |thing, legitimate| {
        let subject = Subject { legitimate, ..subject(thing, "ShardCount", "changed") };
        policy.decide(&subject).map(|decided| decided.action)
    };
    assert_eq!(decided("streams.trips", false), Some(Action::Revert));
    assert_eq!(decided("streams.trips", true), Some(Action::Adopt));
    assert_eq!(decided("tables.trips", true), None);
    let (others, report) = read_text("rules: [{class: out-of-band, do: revert}]\n");
    assert!(report.is_empty() && !others.knows_legitimate());
    let (_, report) = read_text("rules: [{class: pending-deploy, do: revert}]\n");
    assert!(report[0].message.contains("`pending-deploy`"), "{}", report[0].message);
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let validator = jsonschema::draft7::new(&schema()).expect("the schema is a schema");
    for (text, right) in [
        (r#"{"rules": [{"do": "revert"}]}"#, true),
        (r#"{"rules": [{"thing": "streams.*", "change": "gone", "class": "legitimate", "do": "report"}]}"#, true),
        (r#"{"rules": [{"do": {"accept": {"owner": "a", "reason": "秋", "days": 14}}, "allow": "danger"}]}"#, true),
        (r#"{"rules": []}"#, false),
        (r#"{"rules": [{"thing": "streams.*"}]}"#, false),
        (r#"{"rules": [{"do": "rewert"}]}"#, false),
        (r#"{"rules": [{"do": "revert", "class": "gone"}]}"#, false),
        (r#"{"rules": [{"do": {"accept": {"owner": "a", "reason": "b", "days": 400}}}]}"#, false),
        (r#"{"rules": [{"do": "revert", "things": "x"}]}"#, false),
    ] {
        let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(validator.is_valid(&json), right, "{text}");
        assert_eq!(policy(text).1.is_empty(), right, "{text}");
    }
}

#[test]
fn what_fits_no_rule_is_reported() {
    let (policy, report) = policy("rules: [{thing: queues.q, do: revert}]\r\n");
    assert!(report.is_empty(), "{report:?}");
    assert_eq!(policy.decide(&subject("streams.trips", "Name", "changed")), None);
    assert_eq!(Policy::default().decide(&subject("streams.trips", "Name", "changed")), None);
}

#[test]
fn mistakes_are_told_at_their_place() {
    for (text, wanted, line) in [
        ("rules:\n  - {do: rewert}\n", "`rewert`", 2),
        ("rules:\n  - {do: {accept: {owner: a, days: 3}}}\n", "reason", 2),
        ("rules:\n  - {do: {accept: {owner: a, reason: b, days: 0}}}\n", "between 1 and 366", 2),
        ("rules: []\n", "empty", 1),
        ("rules:\n  - {things: x, do: revert}\n", "things", 2),
        ("rules:\n  - {thing: x}\n", "do", 2),
        ("", "", 1),
        ("rules: {", "", 1),
    ] {
        let (_, report) = policy(text);
        let first = report.first().unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(first.message.contains(wanted), "{text}: {}", first.message);
        assert_eq!(first.primary.span.start_position().line, line, "{text}");
    }
}

#[test]
fn a_pattern_is_of_the_whole_or_of_what_is_above() {
    assert!(matches("streams.*", "streams.trips") && matches("*", "") && matches("Tags", "Tags[team].Value"));
    assert!(matches("Stages[*].Actions", "Stages[Deploy].Actions[Approve]"));
    assert!(!matches("stream", "streams.trips") && !matches("Tags", "TagSet") && !matches("", "x"));
}

const ENTRY: &str = "thing: streams.trips";

fn acceptance(property: Option<&str>) -> NewAcceptance {
    NewAcceptance {
        thing: "streams.trips".to_owned(),
        resource: None,
        property: property.map(str::to_owned),
        value: None,
        environment: None,
        owner: "data-team".to_owned(),
        reason: "秋の補充: longer".to_owned(),
        until: "2027-01-31".to_owned(),
    }
}

fn accepted(text: &str, count: usize) -> String {
    let all: Vec<_> = (0..count).map(|_| acceptance(Some("RetentionPeriodHours"))).collect();
    let file = SourceFile::new("pipeline.yaml", text);
    let after = accept(&file, &all).unwrap_or_else(|| panic!("cannot edit\n{text}"));
    let parsed = syntax::parse(&SourceFile::new("pipeline.yaml", after.as_str()));
    assert!(parsed.diagnostics.is_empty(), "{after}\n{:?}", parsed.diagnostics);
    assert_eq!(after.matches(ENTRY).count(), count, "{after}");
    after
}

/// Nothing that was there is lost or moved.
#[test]
fn acceptances_are_added_and_the_rest_stays() {
    for text in [
        "tidegate: 1\nname: a # the name\n",
        "tidegate: 1 # 夜\nstreams:\n  # 注釈\n  trips: {mode: on-demand}\n",
        "tidegate: 1\ndrift:\n  accept:\n    - {thing: queues.q, owner: a, reason: b, until: 2027-01-01} # why\nstreams: {a: {}}\n",
        "tidegate: 1\ndrift:\n  accept:\n    - thing: queues.q\n      owner: a\n      reason: b\n      until: 2027-01-01\n# end\n",
        "tidegate: 1\r\nname: a\r\n",
        "{\"tidegate\": 1, \"name\": \"a\"}\n",
        "tidegate: 1\nname: a",
    ] {
        let json = text.starts_with('{');
        for count in [1, 2] {
            let file = SourceFile::new("pipeline.yaml", text);
            let all: Vec<_> = (0..count).map(|_| acceptance(Some("RetentionPeriodHours"))).collect();
            let after = accept(&file, &all).unwrap_or_else(|| panic!("cannot edit\n{text}"));
            assert!(json || after.matches(ENTRY).count() == count, "{after}");
            let mut rest = after.as_str();
            for line in text.lines().filter(|_| !json) {
                let at = rest.find(line.trim_end()).unwrap_or_else(|| panic!("`{line}` is lost in\n{after}"));
                rest = &rest[at + line.trim_end().len()..];
            }
        }
    }
    assert!(!accepted("tidegate: 1\r\nname: a\r\n", 1).replace("\r\n", "").contains('\n'));
}

#[test]
fn a_list_that_is_none_is_left_alone() {
    let file = SourceFile::new("pipeline.yaml", "tidegate: 1\ndrift:\n  accept: later\n");
    assert_eq!(accept(&file, &[acceptance(None)]), None);
    let broken = SourceFile::new("pipeline.yaml", "tidegate: [1\n");
    assert_eq!(accept(&broken, &[acceptance(None)]), None);
}
