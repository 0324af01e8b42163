//! An apply with its journal and its lock, stopped after every single call and run again.

use std::cell::RefCell;
use std::time::Duration;

use serde_json::Value as Json;

use super::samples::{ACCOUNT, REGION, rides, rides_later, stack};
use super::*;
use crate::cloud::memory::Memory;
use crate::cloud::{Cloud, Lock, Look, Propose};

const NAME: &str = "rides-prod";

/// A machine, whose files outlive a run, and whose runs have numbers.
#[derive(Default)]
struct Machine {
    file: RefCell<String>,
    runs: RefCell<usize>,
}

impl Machine {
    /// What `deploy` does to one stack.
    fn deploy(&self, cloud: &Memory, template: &Json) -> Result<Applied, DeployError> {
        let earlier = self.file.borrow().clone();
        if summarize(&earlier).is_none_or(|summary| summary.finished) {
            self.file.borrow_mut().clear();
        }
        *self.runs.borrow_mut() += 1;
        let keep = |line: Json| {
            self.file.borrow_mut().push_str(&format!("{line}\n"));
            Ok(())
        };
        let mut journal = Journal::open(&earlier, &format!("run-{}", self.runs.borrow()), "deploy prod", keep)
            .map_err(DeployError::Journal)?;
        let run = journal.run().to_owned();
        lock(cloud, &Lock { stack: NAME.to_owned(), run, ..Lock::default() }, &mut journal)?;
        let stack = stack(template, &[]);
        let text = template.to_string();
        let request = Request {
            stack: &stack,
            deployment: &stack.deployments[0],
            template: &text,
            revert_drift: false,
            bucket: None,
            role: None,
        };
        let mut silent = |_: Progress| {};
        resume(cloud, &Plan::begun(&request), &mut journal, &mut silent)?;
        let plan = plan(cloud, &request, &mut silent)?;
        let applied = apply(cloud, &plan, &mut journal, &mut silent)?;
        unlock(cloud, NAME, &mut journal)?;
        journal.finish().map_err(DeployError::Journal)?;
        Ok(applied)
    }
}

fn account() -> Memory {
    Memory::new(ACCOUNT, REGION)
}

fn executions(cloud: &Memory) -> usize {
    let events = cloud.events(NAME, Some("")).unwrap();
    events.iter().filter(|event| event.reason.as_deref() == Some("User Initiated")).count()
}

/// Whatever goes on in the account comes to its end while nobody looks.
fn let_time_pass(cloud: &Memory) {
    (0..60).for_each(|_| cloud.pause(Duration::ZERO));
}

#[test]
fn stopped_after_every_call_and_run_again_it_converges() {
    for waits in [false, true] {
        for answers in 1.. {
            let (cloud, machine) = (account(), Machine::default());
            machine.deploy(&cloud, &rides()).unwrap();
            cloud.answer(Some(answers));
            let whole = machine.deploy(&cloud, &rides_later()).is_ok();
            cloud.answer(None);
            if waits {
                let_time_pass(&cloud);
            }
            let what = format!("stopped after {answers} answers");
            machine.deploy(&cloud, &rides_later()).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(executions(&cloud), 2, "{what}");
            assert_eq!(cloud.lock(NAME).unwrap(), None, "{what}");
            assert!(!machine.deploy(&cloud, &rides_later()).unwrap().executed, "{what}");
            if whole {
                assert!(answers > 15, "the cuts have not reached the end");
                break;
            }
        }
    }
}

#[test]
fn stopped_twice_it_still_converges() {
    for first in (1..24).step_by(3) {
        for second in (1..24).step_by(2) {
            let (cloud, machine) = (account(), Machine::default());
            for answers in [first, second] {
                cloud.answer(Some(answers));
                let _ = machine.deploy(&cloud, &rides());
                cloud.answer(None);
            }
            machine.deploy(&cloud, &rides()).unwrap_or_else(|error| panic!("{first} {second}: {error}"));
            assert_eq!(executions(&cloud), 1, "{first} {second}");
            assert_eq!(cloud.lock(NAME).unwrap(), None, "{first} {second}");
        }
    }
}

#[test]
fn a_failure_that_nobody_saw_is_told_once_and_then_tried_again() {
    let mut told_later = 0;
    for answers in 1..40 {
        let (cloud, machine) = (account(), Machine::default());
        machine.deploy(&cloud, &rides()).unwrap();
        cloud.fail(Some("Alerts"));
        cloud.answer(Some(answers));
        let first = machine.deploy(&cloud, &rides_later()).unwrap_err();
        cloud.answer(None);
        let_time_pass(&cloud);
        cloud.fail(None);
        let executed = executions(&cloud) == 2;
        let second = machine.deploy(&cloud, &rides_later());
        let seen = matches!(first, DeployError::Failed(_));
        match second {
            Err(error) => {
                assert!(executed && !seen && error.to_string().contains("`Alerts`"), "{answers}: {error}");
                told_later += 1;
                machine.deploy(&cloud, &rides_later()).unwrap_or_else(|error| panic!("{answers}: {error}"));
            }
            Ok(applied) => assert!(applied.executed && (seen || !executed), "{answers}"),
        }
        assert_eq!(cloud.lock(NAME).unwrap(), None, "{answers}");
    }
    assert!(told_later > 5, "{told_later}");
}

#[test]
fn of_two_at_once_the_second_is_told_who_is_first() {
    let cloud = account();
    let held = Lock { stack: NAME.to_owned(), run: "other".to_owned(), holder: "Anna".to_owned(), ..Lock::default() };
    assert!(cloud.take_lock(&held).unwrap());
    let machine = Machine::default();
    let error = machine.deploy(&cloud, &rides()).unwrap_err();
    assert!(matches!(&error, DeployError::Locked(lock) if lock.holder == "Anna"), "{error}");
    assert!(error.to_string().contains("`rides-prod` is locked by Anna"), "{error}");
    assert_eq!(cloud.stack(NAME).unwrap(), None, "nothing was begun");
    unlock(&cloud, NAME, &mut Journal::none()).unwrap();
    assert_eq!(cloud.lock(NAME).unwrap(), Some(held), "the lock of another is left alone");
    cloud.release_lock(NAME).unwrap();
    machine.deploy(&cloud, &rides()).unwrap();
}

#[test]
fn what_cannot_be_written_down_is_not_done() {
    let cloud = account();
    let mut lines = 0;
    let keep = |_: Json| {
        lines += 1;
        if lines > 1 { Err("the disk is full".to_owned()) } else { Ok(()) }
    };
    let mut journal = Journal::open("", "r", "deploy prod", keep).unwrap();
    let wanted = Lock { stack: NAME.to_owned(), run: "r".to_owned(), ..Lock::default() };
    let error = lock(&cloud, &wanted, &mut journal).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
    assert_eq!(cloud.calls(), 0);
}

#[test]
fn a_stack_that_was_made_anew_is_not_taken_for_the_one_that_was_begun() {
    let (cloud, machine) = (account(), Machine::default());
    machine.deploy(&cloud, &rides()).unwrap();
    for answers in 10..30 {
        cloud.answer(Some(answers));
        if machine.deploy(&cloud, &rides_later()).is_ok() {
            break;
        }
        cloud.answer(None);
        let_time_pass(&cloud);
        cloud.begin_deletion(NAME);
        let_time_pass(&cloud);
        machine.deploy(&cloud, &rides()).unwrap_or_else(|error| panic!("{answers}: {error}"));
    }
}

#[test]
fn a_change_set_that_was_made_anew_is_not_executed() {
    let cloud = account();
    let (stack, text) = (stack(&rides(), &[]), rides().to_string());
    let request = Request {
        stack: &stack,
        deployment: &stack.deployments[0],
        template: &text,
        revert_drift: false,
        bucket: None,
        role: None,
    };
    let shown = plan(&cloud, &request, &mut |_| {}).unwrap();
    cloud.delete_change_set(shown.change_set.as_ref().unwrap()).unwrap();
    let anew = plan(&cloud, &request, &mut |_| {}).unwrap();
    assert_eq!(shown.change_set, anew.change_set);
    let error = apply(&cloud, &shown, &mut Journal::none(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("has made its change set anew"), "{error}");
    assert_eq!(executions(&cloud), 0);
    apply(&cloud, &anew, &mut Journal::none(), &mut |_| {}).unwrap();
}
