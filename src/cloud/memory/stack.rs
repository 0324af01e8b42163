//! One stack of the twin: change sets, and operations that go forward step by step.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::template::Names;
use crate::cloud::{
    Cause, Change, ChangeAction, ChangeDetail, ChangeSet, ChangeSetRequest, ChangeSetState, CloudError, Event,
    Recreation, Replacement, StackParameter, StackState,
};
use crate::facts::resources;

#[derive(Debug)]
pub(super) struct MemoryStack {
    pub(super) name: String,
    pub(super) state: StackState,
    pub(super) template: String,
    pub(super) resources: IndexMap<String, MemoryResource>,
    pub(super) events: Vec<Event>,
    pub(super) change_sets: IndexMap<String, MadeChangeSet>,
    names: Names,
    steps: VecDeque<Step>,
    /// What a rollback brings back.
    before: Option<Before>,
    tokens: Vec<String>,
    /// How many change sets were made.
    made: usize,
}

#[derive(Clone, Debug)]
pub(super) struct MemoryResource {
    pub(super) resource_type: String,
    pub(super) physical_id: String,
    /// As the template had it when it was deployed.
    pub(super) expected: Json,
    /// Null when it was deleted behind CloudFormation's back.
    pub(super) live: Json,
}

#[derive(Clone, Debug)]
pub(super) struct MadeChangeSet {
    pub(super) change_set: ChangeSet,
    request: ChangeSetRequest,
    target: IndexMap<String, MemoryResource>,
}

#[derive(Debug)]
struct Before {
    resources: IndexMap<String, MemoryResource>,
    state: StackState,
    template: String,
}

#[derive(Debug)]
enum Step {
    /// The stack's status.
    Stack(String),
    Begin(String, &'static str),
    /// `None`: the resource goes.
    Finish(String, &'static str, Option<Box<MemoryResource>>),
    /// All is as it was, except that what is left of the resource that failed could not be deleted.
    Restore(String),
}

impl MemoryStack {
    pub(super) fn new(name: &str, account: &str, region: &str, number: usize) -> Self {
        let id = format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{number}");
        let names = Names {
            account: account.to_owned(),
            region: region.to_owned(),
            stack: name.to_owned(),
            parameters: IndexMap::new(),
            resources: IndexMap::new(),
        };
        let state = StackState { id, status: "REVIEW_IN_PROGRESS".to_owned(), ..StackState::default() };
        let mut stack = Self {
            name: name.to_owned(),
            state,
            template: String::new(),
            resources: IndexMap::new(),
            events: Vec::new(),
            change_sets: IndexMap::new(),
            names,
            steps: VecDeque::new(),
            before: None,
            tokens: Vec::new(),
            made: 0,
        };
        stack.tell_stack("REVIEW_IN_PROGRESS", None);
        stack
    }

    pub(super) fn make_change_set(&mut self, request: &ChangeSetRequest) -> Result<(), CloudError> {
        let attempted = "make a change set of";
        let refuse = |message: String| CloudError::refused(attempted, &self.name, message);
        let template: Json = serde_json::from_str(&request.template).map_err(|error| refuse(error.to_string()))?;
        if self.change_sets.contains_key(&request.id.name) {
            let refusal = refuse("there is a change set of this name".to_owned());
            return Err(CloudError { code: Some("AlreadyExistsException".to_owned()), ..refusal });
        }
        let target = self.target(&template, request);
        let changes = self.changes(&target, request.revert_drift);
        self.made += 1;
        let id = format!("{}/{}", request.id.name, self.made);
        let state = if changes.is_empty() { ChangeSetState::Empty } else { ChangeSetState::Ready };
        let made = MadeChangeSet { change_set: ChangeSet { id, state, changes }, request: request.clone(), target };
        self.change_sets.insert(request.id.name.clone(), made);
        Ok(())
    }

    /// The resources as the template wants them.
    fn target(&self, template: &Json, request: &ChangeSetRequest) -> IndexMap<String, MemoryResource> {
        let mut names = self.names.clone();
        let defaults = template["Parameters"].as_object().into_iter().flatten();
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        names.parameters = defaults.map(|(name, parameter)| (name.clone(), text(&parameter["Default"]))).collect();
        names.parameters.extend(request.parameters.iter().cloned());
        let declared = template["Resources"].as_object().into_iter().flatten();
        let declared: Vec<(&String, &Json)> = declared.collect();
        for (logical_id, resource) in &declared {
            let resource_type = resource["Type"].as_str().unwrap_or_default().to_owned();
            let physical_id = self.physical_id(logical_id, &resource_type, &names.evaluate(&resource["Properties"]));
            names.resources.insert((*logical_id).clone(), (resource_type, physical_id));
        }
        let resource = |(logical_id, resource): &(&String, &Json)| {
            let (resource_type, physical_id) = names.resources[*logical_id].clone();
            let expected = names.evaluate(&resource["Properties"]);
            let live = expected.clone();
            ((*logical_id).clone(), MemoryResource { resource_type, physical_id, expected, live })
        };
        declared.iter().map(resource).collect()
    }

    /// A replaced resource has another id, and one with a name has the name as its id.
    fn physical_id(&self, logical_id: &str, resource_type: &str, properties: &Json) -> String {
        let identifier = resources::get(resource_type).and_then(|facts| facts.primary_identifier.first());
        if let Some(name) = identifier.and_then(|pointer| properties.pointer(pointer)).and_then(Json::as_str) {
            return name.to_owned();
        }
        match self.resources.get(logical_id) {
            Some(old) if !replaced(old, properties) => old.physical_id.clone(),
            Some(old) => format!("{}x", old.physical_id),
            None => format!("{}-{logical_id}", self.name),
        }
    }

    fn changes(&self, target: &IndexMap<String, MemoryResource>, revert_drift: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        for (logical_id, wanted) in target {
            let old = self.resources.get(logical_id);
            let is = old.map(|old| if revert_drift { &old.live } else { &old.expected });
            if is == Some(&wanted.expected) {
                continue;
            }
            let replacement = match old {
                Some(old) if replaced(old, &wanted.expected) => Replacement::Always,
                _ => Replacement::Never,
            };
            let action = if old.is_some() { ChangeAction::Modify } else { ChangeAction::Add };
            let details = is.map(|is| details(is, &wanted.expected)).unwrap_or_default();
            changes.push(change(action, logical_id, wanted, replacement, details));
        }
        let removed = self.resources.iter().filter(|(logical_id, _)| !target.contains_key(*logical_id));
        changes
            .extend(removed.map(|(logical_id, old)| {
                change(ChangeAction::Remove, logical_id, old, Replacement::Never, Vec::new())
            }));
        changes
    }

    pub(super) fn execute(&mut self, name: &str, token: &str) {
        if self.tokens.iter().any(|known| known == token) {
            return;
        }
        self.tokens.push(token.to_owned());
        let Some(made) = self.change_sets.get(name).cloned() else { return };
        self.change_sets.clear();
        let creates = self.state.only_reviewed();
        let (verb, end) = if creates { ("CREATE", "CREATE_COMPLETE") } else { ("UPDATE", "UPDATE_COMPLETE") };
        let template = std::mem::replace(&mut self.template, made.request.template.clone());
        self.before = Some(Before { resources: self.resources.clone(), state: self.state.clone(), template });
        for change in &made.change_set.changes {
            let verb = match change.action {
                ChangeAction::Add => "CREATE",
                ChangeAction::Remove => "DELETE",
                _ => "UPDATE",
            };
            let resource = made.target.get(&change.logical_id).cloned().map(Box::new);
            self.steps.push_back(Step::Begin(change.logical_id.clone(), verb));
            self.steps.push_back(Step::Finish(change.logical_id.clone(), verb, resource));
        }
        self.steps.push_back(Step::Stack(end.to_owned()));
        self.state.tags.clone_from(&made.request.tags);
        let parameter = |(name, value): &(String, String)| StackParameter {
            name: name.clone(),
            value: value.clone(),
            resolved: None,
        };
        self.state.parameters = made.request.parameters.iter().map(parameter).collect();
        self.tell_stack(&format!("{verb}_IN_PROGRESS"), Some("User Initiated"));
    }

    /// Deletes it but for the resources in `retain`; if the resource `held` is not among them, that fails.
    pub(super) fn delete(&mut self, retain: &[String], held: Option<&str>) {
        let held = held.filter(|held| self.resources.contains_key(*held) && !retain.iter().any(|kept| kept == held));
        for logical_id in self.resources.keys().filter(|logical_id| held != Some(logical_id.as_str())) {
            self.steps.push_back(Step::Begin(logical_id.clone(), "DELETE"));
            self.steps.push_back(Step::Finish(logical_id.clone(), "DELETE", None));
        }
        let end = if held.is_some() { "DELETE_FAILED" } else { "DELETE_COMPLETE" };
        self.steps.push_back(Step::Stack(end.to_owned()));
        if let Some(held) = held.map(str::to_owned) {
            self.tell(&held, "DELETE_FAILED", Some("the twin was told so"));
        }
        self.tell_stack("DELETE_IN_PROGRESS", Some("User Initiated"));
    }

    pub(super) fn leave(&mut self, status: &str) {
        self.steps.clear();
        self.tell_stack(status, None);
    }

    pub(super) fn go_on_rolling_back(&mut self) {
        self.steps.push_back(Step::Stack("UPDATE_ROLLBACK_COMPLETE".to_owned()));
        self.tell_stack("UPDATE_ROLLBACK_IN_PROGRESS", Some("User Initiated"));
    }

    /// Goes one step further; the resource `failing` cannot be made.
    pub(super) fn step(&mut self, failing: Option<&str>) {
        match self.steps.pop_front() {
            None => {}
            Some(Step::Stack(status)) => self.tell_stack(&status, None),
            Some(Step::Begin(logical_id, verb)) => self.tell(&logical_id, &format!("{verb}_IN_PROGRESS"), None),
            Some(Step::Finish(logical_id, verb, resource)) => {
                if failing == Some(logical_id.as_str()) && resource.is_some() {
                    return self.roll_back(logical_id, verb);
                }
                match resource {
                    Some(resource) => {
                        self.resources.insert(logical_id.clone(), *resource);
                        self.tell(&logical_id, &format!("{verb}_COMPLETE"), None);
                    }
                    None => {
                        self.tell(&logical_id, "DELETE_COMPLETE", None);
                        self.resources.shift_remove(&logical_id);
                    }
                }
            }
            Some(Step::Restore(failed)) => {
                if let Some(before) = self.before.take() {
                    let status = std::mem::take(&mut self.state.status);
                    (self.resources, self.template) = (before.resources, before.template);
                    self.state = StackState { status, ..before.state };
                }
                self.tell(&failed, "DELETE_FAILED", Some("what is left of it could not be deleted"));
            }
        }
    }

    /// What is cancelled may be told before what failed: both happen in one moment.
    fn roll_back(&mut self, failed: String, verb: &str) {
        let prefix = if self.state.status.starts_with("CREATE") { "" } else { "UPDATE_" };
        let waiting = std::mem::take(&mut self.steps);
        for step in waiting {
            if let Step::Begin(logical_id, verb) = step {
                self.tell(&logical_id, &format!("{verb}_FAILED"), Some("Resource operation cancelled"));
            }
        }
        self.tell(&failed, &format!("{verb}_FAILED"), Some("the twin was told so"));
        self.tell_stack(&format!("{prefix}ROLLBACK_IN_PROGRESS"), Some("a resource failed"));
        self.steps.push_back(Step::Restore(failed));
        self.steps.push_back(Step::Stack(format!("{prefix}ROLLBACK_COMPLETE")));
    }

    fn tell_stack(&mut self, status: &str, reason: Option<&str>) {
        self.state.status = status.to_owned();
        let (name, id) = (self.name.clone(), self.state.id.clone());
        self.push(&name, &id, "AWS::CloudFormation::Stack", status, reason);
    }

    fn tell(&mut self, logical_id: &str, status: &str, reason: Option<&str>) {
        let known = self.resources.get(logical_id);
        let (physical_id, resource_type) =
            known.map(|known| (known.physical_id.clone(), known.resource_type.clone())).unwrap_or_default();
        self.push(logical_id, &physical_id, &resource_type, status, reason);
    }

    fn push(&mut self, logical_id: &str, physical_id: &str, resource_type: &str, status: &str, reason: Option<&str>) {
        let number = self.events.len();
        self.events.push(Event {
            id: format!("{}-event-{number}", self.state.id),
            time: format!("2026-01-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60),
            logical_id: logical_id.to_owned(),
            physical_id: physical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
        });
    }
}

fn replaced(old: &MemoryResource, wanted: &Json) -> bool {
    let create_only = resources::get(&old.resource_type).map(|facts| facts.create_only.as_slice()).unwrap_or_default();
    create_only.iter().any(|pointer| old.expected.pointer(pointer) != wanted.pointer(pointer))
}

fn change(
    action: ChangeAction,
    logical_id: &str,
    resource: &MemoryResource,
    replacement: Replacement,
    details: Vec<ChangeDetail>,
) -> Change {
    Change {
        action,
        logical_id: logical_id.to_owned(),
        physical_id: (action != ChangeAction::Add).then(|| resource.physical_id.clone()),
        resource_type: resource.resource_type.clone(),
        replacement,
        scope: if action == ChangeAction::Modify { vec!["Properties".to_owned()] } else { Vec::new() },
        policy_action: None,
        details,
    }
}

/// One detail for each top-level property that differs.
fn details(is: &Json, wanted: &Json) -> Vec<ChangeDetail> {
    let keys = [is, wanted].into_iter().filter_map(Json::as_object).flat_map(|map| map.keys());
    let mut keys: Vec<&String> = keys.filter(|key| is.get(*key) != wanted.get(*key)).collect();
    keys.sort();
    keys.dedup();
    let text = |value: Option<&Json>| value.map(Json::to_string);
    let detail = |key: &String| ChangeDetail {
        attribute: "Properties".to_owned(),
        pointer: format!("/{key}"),
        recreation: Recreation::Never,
        before: text(is.get(key)),
        after: text(wanted.get(key)),
        cause: Cause::Direct,
    };
    keys.into_iter().map(detail).collect()
}
