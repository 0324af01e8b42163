use serde_json::json;

use super::super::samples::{ACCOUNT, REGION, rides, rides_later, stack};
use super::super::{Journal, apply, plan as make_plan};
use super::*;
use crate::cloud::Propose;
use crate::cloud::memory::Memory;
use crate::desired::Stack;

const NAME: &str = "rides-prod";

struct Case {
    stack: Stack,
    text: String,
}

impl Case {
    fn of(template: &Json) -> Self {
        Self { stack: stack(template, &[]), text: template.to_string() }
    }

    fn request(&self) -> Request<'_> {
        Request {
            stack: &self.stack,
            deployment: &self.stack.deployments[0],
            template: &self.text,
            revert_drift: false,
            bucket: None,
            role: None,
        }
    }

    fn plan(&self, cloud: &Memory) -> Plan {
        make_plan(cloud, &self.request(), &mut |_| {}).unwrap()
    }

    fn save(&self, cloud: &Memory) -> SavedStack {
        SavedStack::of(cloud, &self.plan(cloud), REGION).unwrap()
    }

    fn deploy(&self, cloud: &Memory) {
        apply(cloud, &self.plan(cloud), &mut Journal::none(), &mut |_| {}).unwrap();
    }

    fn restored(&self, cloud: &Memory, saved: &SavedStack) -> Result<Plan, String> {
        restore(cloud, &self.request(), saved).map_err(|error| error.to_string())
    }
}

fn account() -> Memory {
    Memory::new(ACCOUNT, REGION)
}

fn file(stacks: Vec<SavedStack>) -> SavedPlan {
    SavedPlan {
        environment: "prod".to_owned(),
        at: "2026-11-21T10:00:00Z".to_owned(),
        by: "arn:aws:iam::111122223333:user/花子".to_owned(),
        document: "pipeline.yaml".to_owned(),
        document_digest: "d".to_owned(),
        stacks,
    }
}

#[test]
fn a_plan_that_still_holds_is_applied_as_it_was_saved() {
    let (cloud, first, later) = (account(), Case::of(&rides()), Case::of(&rides_later()));
    for case in [&first, &later] {
        let saved = case.save(&cloud);
        let plan = case.restored(&cloud, &saved).unwrap();
        assert_eq!(plan.change_set.as_ref().map(|id| id.name.clone()), saved.change_set);
        assert_eq!(changes(&plan), saved.changes);
        assert!(apply(&cloud, &plan, &mut Journal::none(), &mut |_| {}).unwrap().executed);
        let again = case.restored(&cloud, &saved).unwrap_err();
        assert!(again.contains("the stack was changed since"), "{again}");
    }
    let nothing = later.save(&cloud);
    assert_eq!(nothing.change_set, None);
    assert!(later.restored(&cloud, &nothing).unwrap().is_empty());
}

#[test]
fn it_is_said_why_a_plan_no_longer_holds() {
    let (cloud, first, later) = (account(), Case::of(&rides()), Case::of(&rides_later()));
    first.deploy(&cloud);
    let saved = later.save(&cloud);
    let refused = |case: &Case, saved: &SavedStack| case.restored(&cloud, saved).unwrap_err();
    assert!(refused(&first, &saved).contains("the document asks for something else"));
    let other = SavedStack { account: "999988887777".to_owned(), ..saved.clone() };
    assert!(refused(&later, &other).contains("account 999988887777"));
    let other = SavedStack { region: "us-east-1".to_owned(), ..saved.clone() };
    assert!(refused(&later, &other).contains("us-east-1"));
    let other = SavedStack { parameters: json!({ "Retention": "1" }), ..saved.clone() };
    assert!(refused(&later, &other).contains("other values"));
    let other = SavedStack { changes: json!([]), ..saved.clone() };
    assert!(refused(&later, &other).contains("holds other changes"));
    let other = SavedStack { stack_id: Some("arn:before".to_owned()), ..saved.clone() };
    assert!(refused(&later, &other).contains("made anew"));
    let other = SavedStack { stack_id: None, ..saved.clone() };
    assert!(refused(&later, &other).contains("the stack was made since"));
    let id = ChangeSetId { stack: NAME.to_owned(), name: saved.change_set.clone().unwrap() };
    let other = SavedStack { change_set_id: Some("arn:other".to_owned()), ..saved.clone() };
    assert!(refused(&later, &other).contains("made anew"));
    cloud.delete_change_set(&id).unwrap();
    assert!(refused(&later, &saved).contains("is gone"));
    later.deploy(&cloud);
    assert!(refused(&later, &saved).contains("the stack was changed since"));
    let nobody = Memory::new("999988887777", REGION);
    let error = later.restored(&nobody, &saved).unwrap_err();
    assert!(error.contains("999988887777"), "{error}");
    assert!(later.restored(&account(), &saved).unwrap_err().contains("deleted since"));
}

#[test]
fn a_file_that_was_edited_is_refused() {
    let cloud = account();
    let saved = file(vec![Case::of(&rides()).save(&cloud)]);
    let text = format!("{:#}\n", saved.to_json());
    assert_eq!(SavedPlan::read(&text).unwrap(), saved);
    assert_eq!(SavedPlan::read(&text.replace('\n', "\r\n")).unwrap(), saved);
    for (from, to) in [("111122223333", "111122223334"), ("花子", "太郎"), ("\"add\"", "\"modify\"")] {
        assert!(text.contains(from));
        let error = SavedPlan::read(&text.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains("was changed after it was made"), "{error}");
    }
    assert!(SavedPlan::read("{}").unwrap_err().contains("no plan"));
    assert!(SavedPlan::read("[]").unwrap_err().contains("no plan"));
    assert!(SavedPlan::read("").unwrap_err().contains("not JSON"));
    assert!(SavedPlan::read("{\"version\": 2}").unwrap_err().contains("version 2"));
    let without = text.replace("\"digest\"", "\"was\"");
    assert!(SavedPlan::read(&without).is_err());
    assert_eq!(SavedPlan::read(&file(Vec::new()).to_json().to_string()).unwrap().stacks, []);
}
