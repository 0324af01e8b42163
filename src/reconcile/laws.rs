//! What holds for every deployment, tried on the account in memory.

use serde_json::{Value as Json, json};

use super::samples::{ACCOUNT, REGION, rides, rides_later, stack};
use super::*;
use crate::cloud::memory::Memory;
use crate::cloud::{Live, Look, Observation, Replacement};
use crate::desired::Stack;

const NAME: &str = "rides-prod";

fn request<'a>(stack: &'a Stack, template: &'a str) -> Request<'a> {
    let deployment = &stack.deployments[0];
    Request { stack, deployment, template, revert_drift: false, bucket: None, role: None }
}

fn deploy(cloud: &Memory, template: &Json) -> Result<Applied, DeployError> {
    deploy_stack(cloud, &stack(template, &[]), template, false, &mut |_| {})
}

fn deploy_stack(
    cloud: &Memory,
    stack: &Stack,
    template: &Json,
    revert_drift: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Applied, DeployError> {
    let text = template.to_string();
    let plan = plan(cloud, &Request { revert_drift, ..request(stack, &text) }, progress)?;
    apply(cloud, &plan, &mut Journal::none(), progress)
}

fn plan_of(cloud: &Memory, template: &Json) -> Result<Plan, DeployError> {
    plan(cloud, &request(&stack(template, &[]), &template.to_string()), &mut |_| {})
}

fn drifts(cloud: &Memory, template: &Json) -> Vec<ResourceDrift> {
    let stack = stack(template, &[]);
    inspect(cloud, &stack, &stack.deployments[0]).unwrap().drifts
}

/// Deployed, in sync, wholly looked at, and nothing left to do.
fn assert_settled(cloud: &Memory, template: &Json, what: &str) {
    for drift in drifts(cloud, template) {
        assert_eq!(drift.outcome, Outcome::Compared, "{what}: {drift:?}");
        assert!(!drift.drifted(), "{what}: {drift:?}");
        assert!(drift.unchecked.is_empty() && drift.compared > 0, "{what}: {drift:?}");
    }
    assert!(plan_of(cloud, template).unwrap().is_empty(), "{what}");
}

fn executions(cloud: &Memory) -> usize {
    let events = cloud.events(NAME, Some("")).unwrap();
    events.iter().filter(|event| event.reason.as_deref() == Some("User Initiated")).count()
}

fn account() -> Memory {
    Memory::new(ACCOUNT, REGION)
}

#[test]
fn after_a_deployment_there_is_no_drift_and_nothing_to_plan() {
    let cloud = account();
    let first = plan_of(&cloud, &rides()).unwrap();
    assert!(first.creates && first.protection == Some(true) && first.changes.len() == 5);
    assert!(first.changes.iter().all(|planned| planned.dangers.is_empty() && planned.origin.is_some()));
    assert!(drifts(&cloud, &rides()).iter().all(|drift| drift.outcome == Outcome::NotDeployed));
    assert!(deploy(&cloud, &rides()).unwrap().executed);
    assert_settled(&cloud, &rides(), "created");
    assert!(!deploy(&cloud, &rides()).unwrap().executed);
    assert_eq!(cloud.change_sets(NAME), 0);
    deploy(&cloud, &rides_later()).unwrap();
    assert_settled(&cloud, &rides_later(), "updated");
    deploy(&cloud, &rides()).unwrap();
    assert_settled(&cloud, &rides(), "and back");
    assert_eq!(executions(&cloud), 3);
}

#[test]
fn a_deployment_that_is_cut_off_anywhere_converges_when_run_again() {
    for answers in 1.. {
        let cloud = account();
        cloud.answer(Some(answers));
        let created = deploy(&cloud, &rides());
        cloud.answer(None);
        let what = format!("cut after {answers} answers");
        deploy(&cloud, &rides()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_settled(&cloud, &rides(), &what);
        assert_eq!(executions(&cloud), 1, "{what}");

        cloud.answer(Some(answers));
        let updated = deploy(&cloud, &rides_later());
        cloud.answer(None);
        deploy(&cloud, &rides_later()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_settled(&cloud, &rides_later(), &what);
        assert_eq!(executions(&cloud), 2, "{what}");
        if created.is_ok() && updated.is_ok() {
            assert!(answers > 10, "the cuts have not reached the execution");
            return;
        }
    }
}

#[test]
fn an_operation_in_progress_is_followed_before_anything_is_planned() {
    let cloud = account();
    let template = rides();
    let before = plan_of(&cloud, &template).unwrap();
    let calls = cloud.calls();
    // Who the caller is, the change set, the stack, its newest event, the execution.
    cloud.answer(Some(5));
    apply(&cloud, &before, &mut Journal::none(), &mut |_| {}).unwrap_err();
    assert_eq!(cloud.calls() - calls, 5);
    cloud.answer(None);
    let mut told = Vec::new();
    deploy_stack(&cloud, &stack(&template, &[]), &template, false, &mut |progress| told.push(progress)).unwrap();
    assert!(matches!(told.first(), Some(Progress::Following(status)) if status == "CREATE_IN_PROGRESS"));
    let event = |id: &str| {
        told.iter().any(|progress| matches!(progress, Progress::Event(event, Some(_)) if event.logical_id == id))
    };
    assert!(event("Trips") && event("Delivery"));
    assert_eq!(executions(&cloud), 1);
}

#[test]
fn a_failing_resource_is_named_with_its_line_and_the_stack_rolls_back() {
    let cloud = account();
    cloud.fail(Some("Sessions"));
    let DeployError::Failed(failure) = deploy(&cloud, &rides()).unwrap_err() else { panic!("not a failure") };
    assert_eq!(failure.status, "ROLLBACK_COMPLETE");
    let event = failure.event.unwrap();
    assert_eq!((event.logical_id.as_str(), event.status.as_str()), ("Sessions", "CREATE_FAILED"));
    assert_eq!(failure.origin.unwrap().span.start_position().line, 4);
    let stuck = plan_of(&cloud, &rides()).unwrap_err();
    assert!(matches!(stuck, DeployError::Stuck { hint, .. } if hint.contains("delete-stack --stack-name rides-prod")));

    let cloud = account();
    deploy(&cloud, &rides()).unwrap();
    let mut template = rides_later();
    template["Resources"]["Sessions"]["Properties"]["RuntimeEnvironment"] = json!("FLINK-2_2");
    cloud.fail(Some("Sessions"));
    let error = deploy(&cloud, &template).unwrap_err();
    assert!(error.to_string().contains("ended as UPDATE_ROLLBACK_COMPLETE: `Sessions`"), "{error}");
    assert_settled(&cloud, &rides(), "rolled back");
    cloud.fail(None);
    deploy(&cloud, &template).unwrap();
    assert_settled(&cloud, &template, "mended");
}

#[test]
fn a_failed_deployment_that_was_cut_off_is_told_when_run_again() {
    for answers in 1..60 {
        let cloud = account();
        deploy(&cloud, &rides()).unwrap();
        cloud.fail(Some("Alerts"));
        cloud.answer(Some(answers));
        deploy(&cloud, &rides_later()).unwrap_err();
        cloud.answer(None);
        let error = deploy(&cloud, &rides_later()).unwrap_err();
        assert!(error.to_string().contains("`Alerts`"), "after {answers}: {error}");
        assert_settled(&cloud, &rides(), "rolled back");
    }
}

/// Calls `visit` with the pointer of every scalar.
fn leaves(value: &Json, pointer: &str, visit: &mut dyn FnMut(String)) {
    match value {
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| leaves(item, &format!("{pointer}/{index}"), visit));
        }
        Json::Object(map) => map.iter().for_each(|(key, item)| leaves(item, &format!("{pointer}/{key}"), visit)),
        _ => visit(pointer.to_owned()),
    }
}

#[test]
fn every_single_changed_value_is_found_and_can_be_reverted() {
    let template = rides();
    let cloud = account();
    deploy(&cloud, &template).unwrap();
    let mut tried = 0;
    for (id, resource) in stack(&template, &[]).resources {
        let mut pointers = Vec::new();
        leaves(&template["Resources"][&id]["Properties"], "", &mut |pointer| pointers.push(pointer));
        for pointer in pointers {
            let pointer = pointer.split("/Fn::").next().unwrap().trim_end_matches("/Ref").to_owned();
            // An item with another name is another item: one that is missing and one too many.
            let renamed = ["/Name", "/PropertyGroupId", "/Key"].iter().any(|end| pointer.ends_with(end));
            let renamed = renamed && pointer.matches('/').count() > 1;
            let mut changed = Json::Null;
            cloud.tamper(NAME, &id, |live| {
                if let Some(value) = live.pointer_mut(&pointer) {
                    *value = match &*value {
                        Json::Bool(value) => json!(!value),
                        Json::Number(number) => json!(number.as_i64().unwrap() + 1),
                        value => json!(format!("{}x", value.as_str().unwrap_or_default())),
                    };
                    changed = value.clone();
                }
            });
            let found: Vec<ResourceDrift> =
                drifts(&cloud, &template).into_iter().filter(ResourceDrift::drifted).collect();
            let [drift] = found.as_slice() else { panic!("{id} {pointer}: {found:?}") };
            assert_eq!(drift.logical_id, id);
            if !renamed {
                let [difference] = drift.differences.as_slice() else { panic!("{pointer}: {drift:?}") };
                assert_eq!((difference.pointer.as_str(), difference.live.as_ref()), (&*pointer, Some(&changed)));
                assert_eq!(difference.origin.span, resource.origin.span);
            }
            deploy_stack(&cloud, &stack(&template, &[]), &template, true, &mut |_| {}).unwrap();
            assert_settled(&cloud, &template, &pointer);
            tried += 1;
        }
    }
    assert!(tried > 25, "{tried}");
}

#[test]
fn missing_and_additional_items_are_one_difference_each() {
    let template = rides();
    let cloud = account();
    deploy(&cloud, &template).unwrap();
    cloud.tamper(NAME, "Delivery", |live| {
        live["Stages"][1]["Actions"].as_array_mut().unwrap().remove(0);
        live["DisableInboundStageTransitions"] = json!([{ "StageName": "Prod", "Reason": "freeze" }]);
    });
    cloud.tamper(NAME, "Sessions", |live| {
        let groups = &mut live["ApplicationConfiguration"]["EnvironmentProperties"]["PropertyGroups"];
        *groups = json!([groups[1], groups[0], { "PropertyGroupId": "debug", "PropertyMap": { "on": "1" } }]);
    });
    cloud.tamper(NAME, "Role", |live| *live = Json::Null);
    let drifts = drifts(&cloud, &template);
    let paths: Vec<(&str, &str)> = drifts
        .iter()
        .flat_map(|drift| drift.differences.iter().map(|difference| (&*drift.logical_id, &*difference.path)))
        .collect();
    assert_eq!(
        paths,
        [
            ("Sessions", "ApplicationConfiguration.EnvironmentProperties.PropertyGroups[debug]"),
            ("Delivery", "Stages[Prod].Actions[Approve]"),
            ("Delivery", "DisableInboundStageTransitions"),
        ]
    );
    assert_eq!(drifts[1].outcome, Outcome::Deleted);
}

#[test]
fn what_has_no_reader_is_left_to_cloudformation_or_said_to_be_unchecked() {
    let mut template = rides();
    template["Resources"]["Grant"] = json!({ "Type": "AWS::IAM::Policy", "Properties": { "PolicyName": "p" } });
    template["Resources"]["Store"] =
        json!({ "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "b", "AccessControl": "Private" } });
    template["Resources"]["Pointer"] = json!({ "Type": "AWS::SSM::Parameter", "Properties": {
        "Name": "/rides/release", "Type": "String", "Value": "jars/1.jar" } });
    let cloud = account();
    cloud.forget_property("AWS::Kinesis::Stream", "RetentionPeriodHours");
    for name in ["AWS::IAM::Policy", "AWS::IAM::Role", "AWS::S3::Bucket"] {
        cloud.forget_reader(name);
    }
    deploy(&cloud, &template).unwrap();
    cloud.tamper(NAME, "Role", |live| live["AssumeRolePolicyDocument"]["Version"] = json!("2008-10-17"));
    cloud.tamper(NAME, "Grant", |live| live["PolicyName"] = json!("q"));
    cloud.tamper(NAME, "Trips", |live| {
        live["RetentionPeriodHours"] = json!(24);
        live["ShardCount"] = json!(9);
    });
    cloud.tamper(NAME, "Pointer", |live| live["Value"] = json!("jars/2.jar"));
    let drifts = drifts(&cloud, &template);
    let of = |id: &str| drifts.iter().find(|drift| drift.logical_id == id).unwrap();
    let pointers = |id| of(id).differences.iter().map(|found| found.pointer.as_str()).collect::<Vec<_>>();
    assert_eq!(pointers("Trips"), ["/ShardCount", "/RetentionPeriodHours"]);
    assert_eq!(pointers("Role").len(), 1);
    assert!(!of("Pointer").drifted());
    assert!(matches!(&of("Pointer").differences[0].class, Class::Legitimate(who) if who.contains("releases")));
    assert_eq!(of("Role").differences[0].pointer, "/AssumeRolePolicyDocument");
    assert!(matches!(&of("Grant").outcome, Outcome::NotCheckable(reason) if reason.contains("cannot detect drift")));
    let store = of("Store");
    assert_eq!((store.compared, store.unchecked.len()), (1, 1));
    assert_eq!(store.unchecked[0].pointer, "/AccessControl");
    assert!(store.unchecked[0].reason.contains("never returns"));
    let coverage = Coverage::declared(&drifts);
    assert_eq!(coverage.unchecked, 2);
    assert!(coverage.percent() < 100);
}

#[test]
fn dangerous_changes_say_what_is_lost() {
    let cloud = account();
    deploy(&cloud, &rides()).unwrap();
    let mut template = rides_later();
    template["Resources"]["Trips"]["Properties"]["Name"] = json!("journeys");
    let plan = plan_of(&cloud, &template).unwrap();
    let dangers = |id: &str| &plan.changes.iter().find(|planned| planned.change.logical_id == id).unwrap().dangers;
    let lost = Danger::Loses("the records that consumers have not read yet".to_owned());
    assert_eq!(*dangers("Trips"), [Danger::Replaced, lost]);
    assert_eq!(*dangers("Enrich"), [Danger::Removed]);
    assert_eq!(*dangers("Alerts"), []);
    let restarts = |danger: &Danger| matches!(danger, Danger::Touches(what) if what.contains("restarts the job"));
    let restarted: Vec<_> = plan.dangerous().filter(|planned| planned.dangers.iter().any(restarts)).collect();
    assert_eq!(restarted.len(), 1);
    assert_eq!(restarted[0].change.resource_type, "AWS::KinesisAnalyticsV2::Application");
    assert_eq!(plan.dangerous().count(), 3);
    let trips = plan.changes.iter().find(|planned| planned.change.logical_id == "Trips").unwrap();
    assert_eq!(trips.change.replacement, Replacement::Always);
    assert_eq!(trips.details.len(), trips.change.details.len());
    assert!(trips.details.iter().flatten().all(|origin| origin.span.start_position().line == 1));

    let mut template = rides();
    template["Resources"]["Sessions"]["Properties"]["ApplicationMode"] = json!("INTERACTIVE");
    let plan = plan_of(&cloud, &template).unwrap();
    assert_eq!(plan.changes[0].dangers[..2], [Danger::Replaced, Danger::NameTaken]);
    discard(&cloud, &plan).unwrap();
    assert_settled(&cloud, &rides(), "discarded");
}

#[test]
fn another_account_is_refused_before_anything_is_made() {
    let cloud = Memory::new("999922223333", REGION);
    let error = plan_of(&cloud, &rides()).unwrap_err().to_string();
    assert!(error.contains("999922223333") && error.contains(ACCOUNT), "{error}");
    assert_eq!(cloud.stack(NAME).unwrap(), None);
    let plan = plan_of(&account(), &rides()).unwrap();
    assert!(apply(&cloud, &plan, &mut Journal::none(), &mut |_| {}).unwrap_err().to_string().contains(ACCOUNT));
    assert_eq!(cloud.calls(), 3);
}

#[test]
fn an_equal_change_set_is_used_again_unless_it_can_be_out_of_date() {
    let planning = |cloud: &Memory, template: &Json| {
        let mut made = 0;
        let stack = stack(template, &[("Release", json!("/rides/release"))]);
        let mut count = |progress: Progress| made += usize::from(matches!(progress, Progress::Planning));
        plan(cloud, &request(&stack, &template.to_string()), &mut count).unwrap();
        made
    };
    let cloud = account();
    assert_eq!((planning(&cloud, &rides()), planning(&cloud, &rides())), (1, 0));
    let mut template = rides();
    template["Parameters"]["Release"] = json!({ "Type": "AWS::SSM::Parameter::Value<String>" });
    assert_eq!((planning(&cloud, &template), planning(&cloud, &template)), (1, 1));
}

#[test]
fn a_stack_that_is_being_deleted_is_waited_for_and_made_anew() {
    let cloud = account();
    deploy(&cloud, &rides()).unwrap();
    let old = cloud.stack(NAME).unwrap().unwrap().id;
    cloud.begin_deletion(NAME);
    let plan = plan_of(&cloud, &rides()).unwrap();
    assert!(plan.creates);
    let applied = apply(&cloud, &plan, &mut Journal::none(), &mut |_| {}).unwrap();
    assert_ne!(applied.state.id, old);
    assert_settled(&cloud, &rides(), "made anew");
}

#[test]
fn a_property_that_could_not_be_read_is_told_even_when_the_template_does_not_mention_it() {
    let template = rides();
    let stack = stack(&template, &[]);
    let cloud = account();
    deploy(&cloud, &template).unwrap();
    let resources = cloud.resources(NAME).unwrap();
    let deployed = Context::new(&stack, &stack.deployments[0], None, &resources).resources();
    let unread = vec![("/DisableInboundStageTransitions".to_owned(), "denied".to_owned())];
    let live = Live { properties: json!({}), covers: Vec::new(), unread };
    let seen = vec![Seen { observation: Observation::Live(live), detected: None }; deployed.len()];
    let drifts = compare(&deployed, &seen);
    assert!(drifts.iter().all(|drift| drift.unchecked.iter().any(|unchecked| unchecked.reason == "denied")));
}

#[test]
fn protection_is_set_and_taken_away() {
    let cloud = account();
    deploy(&cloud, &rides()).unwrap();
    assert!(cloud.stack(NAME).unwrap().unwrap().protected);
    let mut free = stack(&rides(), &[]);
    free.deployments[0].protected = false;
    let applied = deploy_stack(&cloud, &free, &rides(), false, &mut |_| {}).unwrap();
    assert!(!applied.state.protected && !applied.executed);
}
