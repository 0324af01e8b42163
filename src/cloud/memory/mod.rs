//! An account in memory, for tests: stacks whose operations take time, fail, roll back and drift like real ones.
//!
//! It knows the rules that deployments depend on and nothing of any service. Each call, and each pause, lets the
//! operation in progress go one step further, also while nobody looks.

mod stack;
mod template;

use std::cell::RefCell;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::{
    Caller, ChangeSet, ChangeSetId, ChangeSetRequest, ChangeSetState, Cloud, CloudError, Detected, DetectedDifference,
    DetectedStatus, Event, Live, Lock, Look, Observation, Propose, ServiceCall, StackKind, StackResource, StackState,
    StageRun, WaitingChangeSet, Wanted,
};
use stack::MemoryStack;

/// See the module.
#[derive(Debug)]
pub struct Memory {
    account: String,
    region: String,
    world: RefCell<World>,
}

#[derive(Debug, Default)]
struct World {
    stacks: IndexMap<String, MemoryStack>,
    /// How many more calls are answered.
    answers: Option<usize>,
    calls: usize,
    /// Logical id of the resource that cannot be created or updated.
    failing: Option<String>,
    unreadable: Vec<String>,
    /// Type and property.
    uncovered: Vec<(String, String)>,
    stacks_made: usize,
    /// The calls to services so far.
    services: Vec<ServiceCall>,
    /// What an operation of a service does: logical id, property, and its value from then on.
    effects: Vec<(String, String, String, Json)>,
    pipelines: IndexMap<String, Vec<StageRun>>,
    locks: IndexMap<String, Lock>,
    /// The events of stacks that are no more, by the id of the stack.
    gone: IndexMap<String, Vec<Event>>,
    /// Logical id of the resource that cannot be deleted.
    undeletable: Option<String>,
}

impl Memory {
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: account.into(), region: region.into(), world: RefCell::default() }
    }

    /// After so many more answers the connection is lost: the next call still has its effect, and those after it have
    /// none. `None`: the connection holds.
    pub fn answer(&self, answers: Option<usize>) {
        self.world.borrow_mut().answers = answers;
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> usize {
        self.world.borrow().calls
    }

    /// From now on the resource with this logical id cannot be created or updated.
    pub fn fail(&self, logical_id: Option<&str>) {
        self.world.borrow_mut().failing = logical_id.map(str::to_owned);
    }

    /// From now on resources of this type have no reader.
    pub fn forget_reader(&self, resource_type: &str) {
        self.world.borrow_mut().unreadable.push(resource_type.to_owned());
    }

    /// From now on the reader of this type does not know this top-level property.
    pub fn forget_property(&self, resource_type: &str, property: &str) {
        self.world.borrow_mut().uncovered.push((resource_type.to_owned(), property.to_owned()));
    }

    /// From now on an operation of a service gives a resource's property this value.
    pub fn teach(&self, operation: &str, logical_id: &str, property: &str, value: Json) {
        let effect = (operation.to_owned(), logical_id.to_owned(), property.to_owned(), value);
        self.world.borrow_mut().effects.push(effect);
    }

    /// The calls to services so far.
    pub fn service_calls(&self) -> Vec<ServiceCall> {
        self.world.borrow().services.clone()
    }

    /// From now on this is under way in the pipeline.
    pub fn run_pipeline(&self, pipeline: &str, stages: Vec<StageRun>) {
        self.world.borrow_mut().pipelines.insert(pipeline.to_owned(), stages);
    }

    /// How many change sets a stack has.
    pub fn change_sets(&self, stack: &str) -> usize {
        self.world.borrow().stacks.get(stack).map_or(0, |stack| stack.change_sets.len())
    }

    /// From now on the resource with this logical id cannot be deleted with its stack.
    pub fn hold(&self, logical_id: Option<&str>) {
        self.world.borrow_mut().undeletable = logical_id.map(str::to_owned);
    }

    /// Somebody begins to delete a stack, if it is there.
    pub fn begin_deletion(&self, stack: &str) {
        if let Some(stack) = self.world.borrow_mut().stacks.get_mut(stack) {
            stack.delete(&[], None);
        }
    }

    /// Leaves a stack in this state, as if its last operation had ended so.
    pub fn leave(&self, stack: &str, status: &str) {
        if let Some(stack) = self.world.borrow_mut().stacks.get_mut(stack) {
            stack.leave(status);
        }
    }

    /// Changes the live properties of a resource behind CloudFormation's back; null deletes the resource. Nothing
    /// happens when there is no such resource.
    pub fn tamper(&self, stack: &str, logical_id: &str, change: impl FnOnce(&mut Json)) {
        let mut world = self.world.borrow_mut();
        if let Some(resource) = world.stacks.get_mut(stack).and_then(|stack| stack.resources.get_mut(logical_id)) {
            change(&mut resource.live);
        }
    }

    /// Lets time pass, then does the call, then perhaps loses the answer.
    fn call<T>(
        &self,
        attempted: &'static str,
        subject: &str,
        effect: impl FnOnce(&mut World) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let mut world = self.world.borrow_mut();
        world.step();
        world.calls += 1;
        let lost = || CloudError::refused(attempted, subject, "the connection was lost");
        match world.answers {
            None => effect(&mut world),
            Some(0) => Err(lost()),
            Some(answers) => {
                world.answers = Some(answers - 1);
                let answer = effect(&mut world);
                if answers == 1 { Err(lost()) } else { answer }
            }
        }
    }
}

impl World {
    fn step(&mut self) {
        let failing = self.failing.as_deref();
        for stack in self.stacks.values_mut() {
            stack.step(failing);
        }
        let gone = self.stacks.values().filter(|stack| stack.state.status == "DELETE_COMPLETE");
        self.gone.extend(gone.map(|stack| (stack.state.id.clone(), stack.events.clone())));
        self.stacks.retain(|_, stack| stack.state.status != "DELETE_COMPLETE");
    }

    fn find(&self, stack: &str) -> Option<&MemoryStack> {
        self.stacks.values().find(|known| known.state.id == stack).or_else(|| self.stacks.get(stack))
    }

    fn find_mut(&mut self, attempted: &'static str, stack: &str) -> Result<&mut MemoryStack, CloudError> {
        let name = self.find(stack).map(|stack| stack.name.clone()).unwrap_or_default();
        self.stacks.get_mut(&name).ok_or_else(|| missing(attempted, stack))
    }
}

fn missing(attempted: &'static str, stack: &str) -> CloudError {
    let message = format!("Stack with id {stack} does not exist");
    CloudError { code: Some("ValidationError".to_owned()), ..CloudError::refused(attempted, stack, message) }
}

impl Look for Memory {
    fn caller(&self) -> Result<Caller, CloudError> {
        let arn = format!("arn:aws:iam::{}:user/twin", self.account);
        let caller = Caller { account: self.account.clone(), arn };
        self.call("find out who the credentials belong to", "", |_| Ok(caller))
    }

    fn stack(&self, stack: &str) -> Result<Option<StackState>, CloudError> {
        self.call("read the stack", stack, |world| Ok(world.find(stack).map(|stack| stack.state.clone())))
    }

    fn template(&self, stack: &str) -> Result<String, CloudError> {
        let attempted = "read the template of";
        self.call(attempted, stack, |world| {
            let found = world.find(stack).ok_or_else(|| missing(attempted, stack))?;
            Ok(found.template.clone())
        })
    }

    fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        let attempted = "list the resources of";
        self.call(attempted, stack, |world| {
            let found = world.find(stack).ok_or_else(|| missing(attempted, stack))?;
            let resources = found.resources.iter().map(|(logical_id, resource)| StackResource {
                logical_id: logical_id.clone(),
                physical_id: resource.physical_id.clone(),
                resource_type: resource.resource_type.clone(),
                status: "CREATE_COMPLETE".to_owned(),
            });
            Ok(resources.collect())
        })
    }

    fn change_set(&self, id: &ChangeSetId) -> Result<Option<ChangeSet>, CloudError> {
        self.call("read the change set of", &id.stack, |world| {
            let found = world.find(&id.stack).and_then(|stack| stack.change_sets.get(&id.name));
            Ok(found.map(|made| made.change_set.clone()))
        })
    }

    fn change_sets(&self, stack: &str) -> Result<Vec<WaitingChangeSet>, CloudError> {
        self.call("list the change sets of", stack, |world| {
            let made = world.find(stack).into_iter().flat_map(|stack| &stack.change_sets);
            let waiting = made.map(|(name, made)| WaitingChangeSet {
                id: ChangeSetId { stack: stack.to_owned(), name: name.clone() },
                state: made.change_set.state.clone(),
                made: String::new(),
            });
            Ok(waiting.collect())
        })
    }

    fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<Event>, CloudError> {
        let attempted = "read the events of";
        self.call(attempted, stack, |world| {
            let events = world.find(stack).map(|stack| &stack.events).or_else(|| world.gone.get(stack));
            let events = events.ok_or_else(|| missing(attempted, stack))?;
            let first = match after {
                None => events.len().saturating_sub(1),
                Some(after) => events.iter().position(|event| event.id == after).map_or(0, |index| index + 1),
            };
            Ok(events[first..].to_vec())
        })
    }

    fn detect_drift(&self, stack: &str) -> Result<Vec<Detected>, CloudError> {
        let attempted = "detect drift of the stack";
        self.call(attempted, stack, |world| {
            let found = world.find(stack).ok_or_else(|| missing(attempted, stack))?;
            Ok(found.resources.iter().map(|(id, resource)| detect(id, &resource.expected, &resource.live)).collect())
        })
    }

    fn observe(&self, wanted: &[Wanted]) -> Vec<Observation> {
        let world = self.world.borrow();
        wanted.iter().map(|wanted| observe(&world, wanted)).collect()
    }

    fn stages(&self, pipeline: &str) -> Result<Vec<StageRun>, CloudError> {
        self.call("read the state of the pipeline", pipeline, |world| {
            Ok(world.pipelines.get(pipeline).cloned().unwrap_or_default())
        })
    }

    fn lock(&self, stack: &str) -> Result<Option<Lock>, CloudError> {
        self.call("read the lock of", stack, |world| Ok(world.locks.get(stack).cloned()))
    }

    fn pause(&self, _duration: Duration) {
        self.world.borrow_mut().step();
    }
}

impl Propose for Memory {
    fn create_change_set(&self, request: &ChangeSetRequest) -> Result<(), CloudError> {
        let (attempted, name) = ("make a change set of", request.id.stack.as_str());
        self.call(attempted, name, |world| {
            let exists = world.stacks.get(name).is_some_and(|stack| !stack.state.only_reviewed());
            if exists != (request.kind == StackKind::Update) {
                return Err(CloudError::refused(attempted, name, "the stack is not in the state for this"));
            }
            if !world.stacks.contains_key(name) {
                world.stacks_made += 1;
                let stack = MemoryStack::new(name, &self.account, &self.region, world.stacks_made);
                world.stacks.insert(name.to_owned(), stack);
            }
            world.find_mut(attempted, name)?.make_change_set(request)
        })
    }

    fn delete_change_set(&self, id: &ChangeSetId) -> Result<(), CloudError> {
        self.call("delete the change set of", &id.stack, |world| {
            if let Some(stack) = world.stacks.get_mut(&id.stack) {
                stack.change_sets.shift_remove(&id.name);
            }
            Ok(())
        })
    }
}

impl Cloud for Memory {
    fn update_resource(
        &self,
        resource_type: &str,
        identifier: &str,
        patch: &Json,
        _: Option<&str>,
    ) -> Result<(), CloudError> {
        let attempted = "update by Cloud Control";
        self.call(attempted, identifier, |world| {
            let mut resources = world.stacks.values_mut().flat_map(|stack| stack.resources.values_mut());
            let found = resources.find(|it| it.resource_type == resource_type && it.physical_id == identifier);
            let there = found.filter(|resource| !resource.live.is_null());
            let missing = || {
                let refusal = CloudError::refused(attempted, identifier, "there is no such resource");
                CloudError { code: Some("ResourceNotFoundException".to_owned()), ..refusal }
            };
            patched(&mut there.ok_or_else(missing)?.live, patch);
            Ok(())
        })
    }

    fn call(&self, call: &ServiceCall) -> Result<Json, CloudError> {
        self.call("call the operation", call.operation, |world| {
            world.services.push(call.clone());
            let effect = world.effects.iter().find(|(operation, ..)| *operation == call.operation).cloned();
            let Some((_, logical_id, property, value)) = effect else { return Ok(Json::Null) };
            let resources = world.stacks.values_mut().flat_map(|stack| stack.resources.get_mut(&logical_id));
            for resource in resources {
                resource.live[&property] = value.clone();
            }
            Ok(Json::Null)
        })
    }

    fn execute_change_set(&self, id: &ChangeSetId, token: &str) -> Result<(), CloudError> {
        let attempted = "execute the change set of";
        self.call(attempted, &id.stack, |world| {
            let stack = world.find_mut(attempted, &id.stack)?;
            let ready =
                stack.change_sets.get(&id.name).is_some_and(|made| made.change_set.state == ChangeSetState::Ready);
            if !ready {
                let refusal = CloudError::refused(attempted, &id.stack, "the change set is not ready");
                return Err(CloudError { code: Some("InvalidChangeSetStatus".to_owned()), ..refusal });
            }
            stack.execute(&id.name, token);
            Ok(())
        })
    }

    fn set_termination_protection(&self, stack: &str, protected: bool) -> Result<(), CloudError> {
        let attempted = "set the termination protection of";
        self.call(attempted, stack, |world| {
            world.find_mut(attempted, stack)?.state.protected = protected;
            Ok(())
        })
    }

    fn take_lock(&self, lock: &Lock) -> Result<bool, CloudError> {
        self.call("take the lock of", &lock.stack, |world| {
            let free = !world.locks.contains_key(&lock.stack);
            world.locks.entry(lock.stack.clone()).or_insert_with(|| lock.clone());
            Ok(free)
        })
    }

    fn release_lock(&self, stack: &str) -> Result<(), CloudError> {
        self.call("release the lock of", stack, |world| {
            world.locks.shift_remove(stack);
            Ok(())
        })
    }

    fn delete_stack(&self, stack: &str, retain: &[String], _token: &str) -> Result<(), CloudError> {
        let attempted = "delete the stack";
        self.call(attempted, stack, |world| {
            let undeletable = world.undeletable.clone();
            let Some(found) = world.stacks.get_mut(stack) else { return Ok(()) };
            let refuse = |message: &str| Err(CloudError::refused(attempted, stack, message));
            if found.state.protected {
                return refuse("its termination protection is on");
            }
            if !retain.is_empty() && found.state.status != "DELETE_FAILED" {
                return refuse("resources are retained only of a stack that could not be deleted");
            }
            found.delete(retain, undeletable.as_deref());
            Ok(())
        })
    }

    fn continue_rollback(&self, stack: &str, _skip: &[String], _token: &str) -> Result<(), CloudError> {
        let attempted = "go on with the rollback of";
        self.call(attempted, stack, |world| {
            let found = world.find_mut(attempted, stack)?;
            if found.state.status != "UPDATE_ROLLBACK_FAILED" {
                return Err(CloudError::refused(attempted, stack, "its rollback has not failed"));
            }
            found.go_on_rolling_back();
            Ok(())
        })
    }
}

/// The operations on whole properties.
fn patched(live: &mut Json, patch: &Json) {
    for operation in patch.as_array().into_iter().flatten() {
        let name = operation["path"].as_str().unwrap_or_default().trim_start_matches('/');
        match (operation["op"].as_str(), live.as_object_mut()) {
            (Some("remove"), Some(properties)) => drop(properties.shift_remove(name)),
            (_, Some(properties)) => drop(properties.insert(name.to_owned(), operation["value"].clone())),
            (_, None) => {}
        }
    }
}

fn detect(logical_id: &str, expected: &Json, live: &Json) -> Detected {
    let keys = expected.as_object().into_iter().flatten();
    let differences: Vec<DetectedDifference> = keys
        .filter(|(key, value)| live.get(*key) != Some(*value))
        .map(|(key, value)| DetectedDifference {
            pointer: format!("/{key}"),
            expected: Some(value.clone()),
            live: live.get(key).cloned(),
        })
        .collect();
    let status = match (live, differences.is_empty()) {
        (Json::Null, _) => DetectedStatus::Deleted,
        (_, true) => DetectedStatus::InSync,
        (_, false) => DetectedStatus::Modified,
    };
    Detected { logical_id: logical_id.to_owned(), status, differences }
}

fn observe(world: &World, wanted: &Wanted) -> Observation {
    if world.unreadable.contains(&wanted.resource_type) {
        return Observation::NoReader;
    }
    let resources = world.stacks.values().flat_map(|stack| stack.resources.values());
    let found = resources
        .filter(|resource| resource.physical_id == wanted.physical_id && resource.resource_type == wanted.resource_type)
        .map(|resource| resource.live.clone())
        .find(|live| !live.is_null());
    let Some(properties) = found else { return Observation::Missing };
    let names = [&properties, &wanted.properties].into_iter().filter_map(Json::as_object);
    let uncovered =
        |name: &String| world.uncovered.iter().any(|(of, property)| *of == wanted.resource_type && property == name);
    let covers = names.flat_map(|map| map.keys().cloned()).filter(|name| !uncovered(name)).collect();
    Observation::Live(Live { properties, covers, unread: Vec::new() })
}
