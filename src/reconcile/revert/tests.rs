//! Taking back on the account in memory.

use serde_json::{Value as Json, json};

use super::*;
use crate::cloud::memory::Memory;
use crate::cloud::{Look, Observation};
use crate::desired::Stack;
use crate::reconcile::apply::apply;
use crate::reconcile::deploy::{Request, plan};
use crate::reconcile::inspect::{Inspection, inspect};
use crate::reconcile::journal::Journal;
use crate::reconcile::samples::{ACCOUNT, REGION, rides, stack};

const NAME: &str = "rides-prod";

struct World {
    cloud: Memory,
    stack: Stack,
    template: String,
}

impl World {
    fn new(template: &Json) -> Self {
        let world =
            Self { cloud: Memory::new(ACCOUNT, REGION), stack: stack(template, &[]), template: template.to_string() };
        let plan = plan(&world.cloud, &world.request(), &mut |_| {}).unwrap();
        apply(&world.cloud, &plan, &mut Journal::none(), &mut |_| {}).unwrap();
        assert_eq!(world.look().drifts.iter().filter(|drift| drift.drifted()).count(), 0);
        world
    }

    fn request(&self) -> Request<'_> {
        let deployment = &self.stack.deployments[0];
        Request {
            stack: &self.stack,
            deployment,
            template: &self.template,
            revert_drift: false,
            bucket: None,
            role: None,
        }
    }

    fn look(&self) -> Inspection {
        inspect(&self.cloud, &self.stack, &self.stack.deployments[0]).unwrap()
    }

    fn tamper(&self, logical_id: &str, property: &str, value: Json) {
        self.cloud.tamper(NAME, logical_id, |live| live[property] = value);
    }

    fn prepare(&self, chosen: &dyn Fn(&Item) -> bool) -> Prepared {
        prepare(&self.cloud, &self.request(), &self.look(), chosen, &mut |_| {}).unwrap()
    }

    fn revert(&self, chosen: &dyn Fn(&Item) -> bool, danger: bool) -> Reverted {
        let prepared = self.prepare(chosen);
        revert(&self.cloud, &self.request(), prepared, danger, &mut Journal::none(), &mut |_| {}).unwrap()
    }
}

fn ways(prepared: &Prepared) -> Vec<Way> {
    prepared.decision.steps.iter().map(|step| step.does.way()).collect()
}

fn all(_: &Item) -> bool {
    true
}

#[test]
fn all_that_cloudformation_sees_goes_by_one_change_set() {
    let world = World::new(&rides());
    world.tamper("Trips", "RetentionPeriodHours", json!(24));
    world.tamper("Enrich", "MemorySize", json!(1024));
    let prepared = world.prepare(&all);
    assert_eq!(ways(&prepared), [Way::ChangeSet]);
    assert_eq!(prepared.decision.steps[0].items.len(), 2);
    let done = world.revert(&all, true);
    assert!(done.left.is_empty() && done.failed.is_empty() && done.refused.is_empty(), "{done:?}");
    assert_eq!(world.cloud.change_sets(NAME), 0);
    assert!(!world.look().drifts.iter().any(ResourceDrift::drifted));
}

/// A change set would take back both.
#[test]
fn what_is_to_stay_is_not_touched() {
    let world = World::new(&rides());
    world.tamper("Trips", "RetentionPeriodHours", json!(24));
    world.tamper("Enrich", "MemorySize", json!(1024));
    let chosen = |item: &Item| item.logical_id == "Trips";
    let prepared = world.prepare(&chosen);
    assert_eq!(ways(&prepared), [Way::Control]);
    assert_eq!(world.cloud.change_sets(NAME), 0);
    let done = world.revert(&chosen, true);
    assert!(done.left.is_empty() && done.failed.is_empty(), "{done:?}");
    let drifted: Vec<String> =
        world.look().drifts.iter().filter(|it| it.drifted()).map(|it| it.logical_id.clone()).collect();
    assert_eq!(drifted, ["Enrich"]);
}

/// What nobody declared is nothing to CloudFormation.
#[test]
fn an_undeclared_setting_is_removed_by_cloud_control() {
    let world = World::new(&rides());
    world.tamper("Enrich", "ReservedConcurrentExecutions", json!(3));
    assert_eq!(ways(&world.prepare(&all)), [Way::Control]);
    let done = world.revert(&all, true);
    assert!(done.left.is_empty() && done.failed.is_empty(), "{done:?}");
}

#[test]
fn property_groups_go_by_the_services_own_api_and_say_what_becomes_of_the_state() {
    let world = World::new(&rides());
    let before = world.cloud.observe(&[]).len();
    assert_eq!(before, 0);
    world.cloud.tamper(NAME, "Sessions", |live| {
        live["ApplicationConfiguration"]["EnvironmentProperties"]["PropertyGroups"][0]["PropertyMap"]["window"] =
            json!("5");
    });
    let prepared = world.prepare(&all);
    assert_eq!(ways(&prepared), [Way::Repair]);
    let [(id, danger)] = prepared.dangers().try_into().unwrap();
    assert!(id == "Sessions" && danger.contains("WITHOUT its state"), "{danger}");
    let Does::Repair(calls) = &prepared.decision.steps[0].does else { panic!("{prepared:?}") };
    let operations: Vec<&str> = calls.iter().map(|filled| filled.call.operation).collect();
    assert_eq!(operations, ["DescribeApplication", "UpdateApplication", "DescribeApplication"]);
    let groups = &calls[1].call.input["ApplicationConfigurationUpdate"]["EnvironmentPropertyUpdates"]["PropertyGroups"];
    assert_eq!(groups[0]["PropertyMap"], json!({ "source": "trips", "window": "60" }));
    assert_eq!(groups[1]["PropertyGroupId"], "sink");
    // Without its word nothing is done.
    let refused = world.revert(&all, false);
    assert!(refused.left.len() == 1 && refused.failed[0].1.contains("needs its word"), "{refused:?}");
    assert!(world.cloud.service_calls().is_empty());
}

#[test]
fn closed_transitions_are_opened_one_by_one() {
    let world = World::new(&rides());
    world.tamper(
        "Delivery",
        "DisableInboundStageTransitions",
        json!([{ "StageName": "Prod", "Reason": "by hand" }, { "StageName": "Source", "Reason": "夜間" }]),
    );
    let prepared = world.prepare(&all);
    assert_eq!(ways(&prepared), [Way::Repair]);
    let Does::Repair(calls) = &prepared.decision.steps[0].does else { panic!("{prepared:?}") };
    let stages: Vec<Json> = calls.iter().map(|filled| filled.call.input["stageName"].clone()).collect();
    assert_eq!(stages, [json!("Prod"), json!("Source")]);
    world.cloud.teach("EnableStageTransition", "Delivery", "DisableInboundStageTransitions", json!([]));
    let done = world.revert(&all, true);
    assert!(done.left.is_empty(), "{done:?}");
}

/// The service answers, but nothing changes: that is said, and not tried for ever.
#[test]
fn what_does_not_help_is_said() {
    let world = World::new(&rides());
    world.cloud.tamper(NAME, "Sessions", |live| {
        live["ApplicationConfiguration"]["EnvironmentProperties"]["PropertyGroups"][1]["PropertyMap"]["kind"] =
            json!("x");
    });
    world.cloud.teach("DescribeApplication", "Sessions", "Unrelated", Json::Null);
    let prepared = world.prepare(&all);
    let chosen = prepared.decision.steps[0].items.clone();
    let mut prepared = prepared;
    // Nobody waits for a state that never comes in memory.
    if let Does::Repair(calls) = &mut prepared.decision.steps[0].does {
        calls.truncate(2);
    }
    let done = revert(&world.cloud, &world.request(), prepared, true, &mut Journal::none(), &mut |_| {}).unwrap();
    assert_eq!(done.left.len(), 0, "Cloud Control does what the service's own API did not: {done:?}");
    assert_eq!(done.taken.first().map(|(item, way)| (item.clone(), *way)), Some((chosen[0].clone(), Way::Repair)));
    assert_eq!(done.taken.last().map(|(_, way)| *way), Some(Way::Control));
}

#[test]
fn what_is_gone_is_made_anew_by_its_word() {
    let world = World::new(&rides());
    world.cloud.tamper(NAME, "Trips", |live| *live = Json::Null);
    let prepared = world.prepare(&all);
    assert_eq!(ways(&prepared), [Way::ChangeSet]);
    assert!(prepared.dangers()[0].1.contains("lost"), "{prepared:?}");
    assert_eq!(world.revert(&all, false).left.len(), 1);
    assert!(world.revert(&all, true).left.is_empty());
}

/// A change set that would also deploy what nobody asked for is thrown away.
#[test]
fn what_waits_for_a_deployment_is_not_deployed_by_the_way() {
    let mut world = World::new(&rides());
    world.tamper("Trips", "RetentionPeriodHours", json!(24));
    let mut later = rides();
    later["Resources"]["Enrich"]["Properties"]["Timeout"] = json!(60);
    world.stack = stack(&later, &[]);
    world.template = later.to_string();
    let chosen = |item: &Item| item.logical_id == "Trips";
    let prepared = world.prepare(&chosen);
    assert!(!ways(&prepared).contains(&Way::ChangeSet), "{prepared:?}");
    assert_eq!(world.cloud.change_sets(NAME), 0);
    assert!(world.revert(&chosen, true).left.is_empty());
    let wanted = crate::cloud::Wanted {
        logical_id: "Enrich".into(),
        resource_type: "AWS::Lambda::Function".into(),
        physical_id: format!("{NAME}-Enrich"),
        properties: json!({}),
    };
    let Observation::Live(live) = world.cloud.observe(&[wanted]).remove(0) else { panic!() };
    assert_eq!(live.properties["Timeout"], 30);
}

/// Cut off after any answer and run again, it ends with nothing to take back, and nothing was done twice.
#[test]
fn cut_off_anywhere_it_converges_when_run_again() {
    for answers in 1.. {
        let world = World::new(&rides());
        world.tamper("Trips", "RetentionPeriodHours", json!(24));
        world.tamper("Enrich", "ReservedConcurrentExecutions", json!(3));
        world.tamper("Delivery", "DisableInboundStageTransitions", json!([{ "StageName": "Prod", "Reason": "x" }]));
        world.cloud.teach("EnableStageTransition", "Delivery", "DisableInboundStageTransitions", json!([]));
        let inspection = world.look();
        world.cloud.answer(Some(answers));
        let cut = prepare(&world.cloud, &world.request(), &inspection, &all, &mut |_| {}).and_then(|prepared| {
            revert(&world.cloud, &world.request(), prepared, true, &mut Journal::none(), &mut |_| {})
        });
        world.cloud.answer(None);
        let done = world.revert(&all, true);
        assert!(done.left.is_empty(), "cut after {answers} answers: {done:?}");
        assert!(!world.look().drifts.iter().any(ResourceDrift::drifted), "cut after {answers} answers");
        if cut.is_ok_and(|cut| cut.left.is_empty() && cut.failed.is_empty()) {
            assert!(answers > 8, "the connection was never cut");
            return;
        }
    }
}

#[test]
fn nothing_to_take_back_is_nothing_to_do() {
    let world = World::new(&rides());
    assert!(world.prepare(&all).decision.steps.is_empty());
    assert!(world.revert(&all, true).left.is_empty());
}
