use super::super::samples::{ACCOUNT, REGION, rides, stack};
use super::super::{Journal, Request, apply, plan as make_plan};
use super::*;
use crate::cloud::Look;
use crate::cloud::memory::Memory;

const NAME: &str = "rides-prod";

fn state(status: &str) -> StackState {
    StackState { id: "arn:s".to_owned(), status: status.to_owned(), ..StackState::default() }
}

fn resource(logical_id: &str, resource_type: &str, status: &str) -> StackResource {
    StackResource {
        logical_id: logical_id.to_owned(),
        physical_id: format!("{logical_id}-1"),
        resource_type: resource_type.to_owned(),
        status: status.to_owned(),
    }
}

/// Of all states that there are: API reference, Stack, StackStatus.
#[test]
fn every_state_is_either_left_by_itself_or_has_a_next_step() {
    let deployable = [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "DELETE_COMPLETE",
    ];
    let stuck_in = [
        "CREATE_FAILED",
        "ROLLBACK_FAILED",
        "ROLLBACK_COMPLETE",
        "DELETE_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
        "IMPORT_ROLLBACK_FAILED",
        "REVIEW_IN_PROGRESS",
    ];
    let moving = [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "IMPORT_ROLLBACK_IN_PROGRESS",
    ];
    for status in deployable {
        assert_eq!(stuck(&state(status), &[], LONG), None, "{status}");
    }
    for status in stuck_in {
        let found = stuck(&state(status), &[], 0).unwrap_or_else(|| panic!("{status}"));
        assert!(found.next.len() > 20 && !found.means.is_empty(), "{status}");
    }
    for status in moving {
        assert_eq!(stuck(&state(status), &[], LONG - 1), None, "{status}");
        assert!(stuck(&state(status), &[], LONG).unwrap().means.contains("60 minutes"), "{status}");
    }
}

#[test]
fn what_goes_and_what_stays_is_named() {
    let resources = [
        resource("Trips", "AWS::Kinesis::Stream", "CREATE_COMPLETE"),
        resource("Bucket", "AWS::S3::Bucket", "DELETE_FAILED"),
        resource("Role", "AWS::IAM::Role", "CREATE_COMPLETE"),
        resource("Gone", "AWS::DynamoDB::Table", "DELETE_COMPLETE"),
    ];
    let found = stuck(&state("DELETE_FAILED"), &resources, 0).unwrap();
    assert_eq!(found.remedy, Some(Remedy::Delete { retain: vec!["Bucket".to_owned()] }));
    assert_eq!(found.loses.len(), 2);
    assert!(found.loses[0].starts_with("Trips") && found.loses[0].contains("the records"), "{found:?}");
    assert!(found.loses[1].contains("Bucket-1) stays"), "{found:?}");
    let rolled = stuck(&state("UPDATE_ROLLBACK_FAILED"), &[resource("Job", "AWS::Glue::Job", "UPDATE_FAILED")], 0);
    assert!(rolled.unwrap().means.ends_with(": Job (AWS::Glue::Job)"));
}

struct Deployed {
    cloud: Memory,
    plan: Plan,
}

fn deployed() -> Deployed {
    let cloud = Memory::new(ACCOUNT, REGION);
    let (stack, text) = (stack(&rides(), &[]), rides().to_string());
    let request = Request {
        stack: &stack,
        deployment: &stack.deployments[0],
        template: &text,
        revert_drift: false,
        bucket: None,
        role: None,
    };
    let plan = make_plan(&cloud, &request, &mut |_| {}).unwrap();
    apply(&cloud, &plan, &mut Journal::none(), &mut |_| {}).unwrap();
    Deployed { cloud, plan }
}

impl Deployed {
    fn state(&self) -> StackState {
        self.cloud.stack(NAME).unwrap().unwrap()
    }

    fn cure(&self, remedy: &Remedy) -> Result<String, DeployError> {
        cure(&self.cloud, &self.plan, &self.state(), remedy, &mut |_| {})
    }
}

#[test]
fn a_rollback_goes_on() {
    let it = deployed();
    it.cloud.leave(NAME, "UPDATE_ROLLBACK_FAILED");
    let remedy = stuck(&it.state(), &[], 0).unwrap().remedy.unwrap();
    assert_eq!(it.cure(&remedy).unwrap(), "UPDATE_ROLLBACK_COMPLETE");
    assert!(it.cure(&remedy).is_err(), "it is not stuck any more");
}

#[test]
fn what_cannot_be_deleted_is_left_behind() {
    let it = deployed();
    it.cloud.hold(Some("Trips"));
    it.cloud.leave(NAME, "ROLLBACK_FAILED");
    let error = it.cure(&Remedy::Delete { retain: Vec::new() }).unwrap_err();
    assert!(error.to_string().contains("DELETE_FAILED"), "{error}");
    let remedy = Remedy::Delete { retain: vec!["Trips".to_owned()] };
    assert_eq!(it.cure(&remedy).unwrap(), "DELETE_COMPLETE");
    assert_eq!(it.cloud.stack(NAME).unwrap(), None);
}
