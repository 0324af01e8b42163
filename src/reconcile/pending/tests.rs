use serde_json::json;

use crate::cloud::StageRun;
use crate::cloud::memory::Memory;
use crate::reconcile::samples::{ACCOUNT, REGION, rides, rides_later, stack};
use crate::reconcile::{
    Authored, Carrier, Class, Inspection, Journal, Outcome, Request, apply, inspect_authored, plan,
};

const NAME: &str = "rides-prod";

fn deployed(template: &serde_json::Value) -> Memory {
    let cloud = Memory::new(ACCOUNT, REGION);
    let (stack, text) = (stack(template, &[]), template.to_string());
    let deployment = &stack.deployments[0];
    let request = Request { stack: &stack, deployment, template: &text, revert_drift: false, bucket: None, role: None };
    let plan = plan(&cloud, &request, &mut |_| {}).unwrap();
    apply(&cloud, &plan, &mut Journal::none(), &mut |_| {}).unwrap();
    cloud
}

fn look(cloud: &Memory, document: &serde_json::Value, committed: Option<&serde_json::Value>) -> Inspection {
    let document = stack(document, &[]);
    let committed = committed.map(|template| stack(template, &[]));
    let authored = Authored {
        stack: &document,
        deployment: &document.deployments[0],
        committed: committed.as_ref(),
        carriers: &[],
    };
    inspect_authored(cloud, &authored).unwrap()
}

/// Class, logical id and path of everything that differs.
fn found(inspection: &Inspection) -> Vec<(&'static str, &str, &str)> {
    let drifts = inspection.drifts.iter();
    let all = drifts.flat_map(|drift| drift.all().map(move |found| (drift, found)));
    all.map(|(drift, found)| (found.class.word(), drift.logical_id.as_str(), found.path.as_str())).collect()
}

#[test]
fn what_is_not_deployed_yet_is_no_drift() {
    let cloud = deployed(&rides());
    let seen = look(&cloud, &rides_later(), None);
    assert_eq!(
        found(&seen),
        [
            ("pending-deploy", "Trips", "RetentionPeriodHours"),
            ("pending-deploy", "Enrich", "the resource"),
            ("pending-deploy", "Alerts", "the resource"),
        ]
    );
    assert!(!seen.drifts.iter().any(|drift| drift.drifted()));
    let trips = &seen.drifts[0];
    assert_eq!((&trips.pending[0].wanted, &trips.pending[0].live), (&Some(json!(72)), &Some(json!(48))));
    assert_eq!(trips.pending[0].origin.span.start_position().line, 1);
    let alerts = seen.drifts.iter().find(|drift| drift.logical_id == "Alerts").unwrap();
    assert_eq!(alerts.outcome, Outcome::NotDeployed);
    // What the document has left out is still there, and still looked at.
    let enrich = seen.drifts.iter().find(|drift| drift.logical_id == "Enrich").unwrap();
    assert!(enrich.outcome == Outcome::Compared && enrich.compared > 5);
    assert!(found(&look(&cloud, &rides(), Some(&rides()))).is_empty());
}

#[test]
fn live_is_compared_with_what_is_deployed_and_not_with_the_document() {
    let cloud = deployed(&rides());
    cloud.tamper(NAME, "Trips", |live| live["RetentionPeriodHours"] = json!(72));
    cloud.tamper(NAME, "Enrich", |live| live["MemorySize"] = json!(512));
    let seen = look(&cloud, &rides_later(), None);
    let trips = &seen.drifts[0];
    // Live is what the document asks for, but nobody deployed it.
    assert!(trips.drifted());
    assert_eq!((&trips.differences[0].wanted, &trips.differences[0].live), (&Some(json!(48)), &Some(json!(72))));
    assert_eq!((&trips.pending[0].wanted, &trips.pending[0].live), (&Some(json!(72)), &Some(json!(48))));
    let enrich = seen.drifts.iter().find(|drift| drift.logical_id == "Enrich").unwrap();
    assert_eq!(enrich.differences[0].path, "MemorySize");
}

#[test]
fn what_is_not_rendered_is_told_from_what_is_not_deployed() {
    let cloud = deployed(&rides());
    let mut document = rides_later();
    document["Resources"]["Trips"]["Properties"]["ShardCount"] = json!(3);
    document["Resources"]["Trips"]["Properties"]["Tags"] = json!([{ "Key": "team", "Value": "日本" }]);
    let seen = look(&cloud, &document, Some(&rides_later()));
    assert_eq!(
        found(&seen)[..3],
        [
            ("stale-render", "Trips", "ShardCount"),
            ("stale-render", "Trips", "Tags[0].Value"),
            ("pending-deploy", "Trips", "RetentionPeriodHours"),
        ]
    );
    assert_eq!(seen.drifts[0].pending[1].wanted, Some(json!("日本")));
    assert!(seen.drifts[0].pending.iter().all(|pending| !pending.class.is_drift()));
}

#[test]
fn a_value_of_a_parameter_that_is_not_deployed_is_pending() {
    let cloud = deployed(&rides());
    let mut document = stack(&rides(), &[("Retention", json!(96))]);
    document.resources["Trips"].deletion_policy = Some("Retain");
    let authored = Authored { stack: &document, deployment: &document.deployments[0], committed: None, carriers: &[] };
    let seen = inspect_authored(&cloud, &authored).unwrap();
    assert_eq!(
        found(&seen),
        [("pending-deploy", "Trips", "DeletionPolicy"), ("pending-deploy", "Trips", "RetentionPeriodHours")]
    );
    // A text that is a number is that number.
    let document = stack(&rides(), &[("Retention", json!("48"))]);
    let authored = Authored { stack: &document, deployment: &document.deployments[0], committed: None, carriers: &[] };
    assert!(found(&inspect_authored(&cloud, &authored).unwrap()).is_empty());
}

#[test]
fn what_a_pipeline_carries_is_told_from_what_nobody_deploys() {
    let cloud = deployed(&rides());
    let document = stack(&rides_later(), &[]);
    let carriers = [Carrier { pipeline: "infra".to_owned(), stage: "Prod".to_owned() }];
    let authored =
        Authored { stack: &document, deployment: &document.deployments[0], committed: None, carriers: &carriers };
    let classes = |cloud: &Memory| -> Vec<&'static str> {
        let seen = inspect_authored(cloud, &authored).unwrap();
        found(&seen).into_iter().map(|(class, ..)| class).collect()
    };
    assert_eq!(classes(&cloud), ["pending-deploy"; 3]);
    let run = StageRun { stage: "Prod".to_owned(), execution: "7".to_owned(), running: true, ..StageRun::default() };
    cloud.run_pipeline("infra", vec![StageRun { approval: Some("approve".to_owned()), ..run }]);
    assert_eq!(classes(&cloud), ["in-pipeline"; 3]);
    let seen = inspect_authored(&cloud, &authored).unwrap();
    assert!(seen.drifts[0].pending[0].class.help().contains("`approve`"));
}

#[test]
fn each_class_says_what_to_do() {
    for (class, word) in [
        (Class::StaleRender, "tidegate render"),
        (Class::PendingDeploy, "tidegate deploy"),
        (Class::InPipeline("`Deploy` waits for an approval".to_owned()), "approval"),
        (Class::OutOfBand, "tidegate reconcile"),
        (Class::Legitimate("autoscaling".to_owned()), "nothing"),
    ] {
        assert!(class.help().contains(word) && Class::WORDS.contains(&class.word()), "{class:?}");
    }
}
