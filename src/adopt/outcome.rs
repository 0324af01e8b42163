//! What a document comes to: the value of every property, in every environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value as Json, json};

use super::Wish;
use crate::cloud::StackResource;
use crate::desired::{Deployment, Desired, Intrinsic, Resource, Stack, Value, ValueKind};
use crate::facts::{layers, resources};
use crate::model::{SETTINGS_CHANGED, logical_id};
use crate::reconcile::Context;

/// By the stack's name and the logical id; what belongs to a stack as a whole has no logical id.
#[derive(Debug)]
pub struct Outcome {
    parts: BTreeMap<(String, String), Json>,
    /// By the stack's name, and a name or ARN of a resource: how the document says it.
    things: BTreeMap<(String, String), Vec<String>>,
}

/// What is another than before, and was not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surplus {
    pub stack: String,
    /// Empty for what belongs to the stack as a whole.
    pub id: String,
    pub pointer: String,
}

impl fmt::Display for Surplus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, id, pointer } = self;
        match id.as_str() {
            "" => write!(f, "the stack `{stack}`"),
            _ => write!(f, "`{id}{pointer}` in `{stack}`"),
        }
    }
}

/// The value that is wanted.
#[derive(Clone, Debug)]
pub struct Target {
    pub stack: String,
    pub id: String,
    /// Of several values in one list, that of the list.
    pub pointer: String,
    /// The single values, each with where it is.
    pub parts: Vec<(String, Option<Json>)>,
    /// All properties as they are by the document.
    pub before: Json,
    /// All properties as they are to be.
    pub wanted: Json,
}

impl Target {
    /// What some wishes for one resource want, which are in one list if they are several; `None` when the document asks
    /// for no such resource.
    pub fn of(desired: &Desired, outcome: &Outcome, wishes: &[&Wish]) -> Option<Self> {
        let wish = wishes.first()?;
        let stack = desired
            .stacks
            .iter()
            .flat_map(|stack| &stack.deployments)
            .find(|deployment| deployment.stack_name == wish.stack)?;
        let before = outcome.properties(&stack.stack_name, &wish.logical_id)?.clone();
        let pointer = match wishes {
            [only] => only.pointer.clone(),
            _ => outcome.list_around(wish)?,
        };
        let parts: Vec<_> = wishes.iter().map(|wish| (wish.pointer.clone(), wish.live.clone())).collect();
        let mut target = Self {
            stack: wish.stack.clone(),
            id: wish.logical_id.clone(),
            pointer,
            parts,
            wanted: before.clone(),
            before,
        };
        let mut wanted = target.before.clone();
        target.apply(&mut wanted);
        target.wanted = wanted;
        Some(target)
    }

    /// Puts the single values into the properties of the resource.
    pub fn apply(&self, properties: &mut Json) {
        if let [(pointer, live)] = self.parts.as_slice() {
            return put(properties, pointer, live.clone());
        }
        for (pointer, live) in &self.parts {
            let gone = live.is_none() && properties.pointer(pointer).is_none();
            if !gone {
                put(properties, pointer, Some(live.clone().unwrap_or(Json::Null)));
            }
        }
        // Nothing is null in properties, so what is now is to go, and what it leaves empty.
        let Some(list) = properties.pointer_mut(&self.pointer) else { return };
        prune(list);
        if list.as_array().is_some_and(Vec::is_empty) {
            put(properties, &self.pointer, None);
        }
    }

    pub fn is_met(&self) -> bool {
        is_same(&self.before, &self.wanted)
    }

    /// The list that the wanted value is an item of: its pointer, and what it is to be.
    pub fn list(&self) -> Option<(String, Json)> {
        let (parent, _) = self.pointer.rsplit_once('/')?;
        let list = self.wanted.pointer(parent)?;
        list.is_array().then(|| (parent.to_owned(), list.clone()))
    }
}

impl Outcome {
    pub fn of(desired: &Desired) -> Self {
        let mut outcome = Self { parts: BTreeMap::new(), things: BTreeMap::new() };
        for stack in &desired.stacks {
            for deployment in &stack.deployments {
                outcome.add(stack, deployment);
            }
        }
        outcome
    }

    /// The references and expressions that stand for a name or ARN.
    pub fn things(&self, stack: &str, name: &str) -> Vec<String> {
        self.things.get(&(stack.to_owned(), name.to_owned())).cloned().unwrap_or_default()
    }

    /// The outermost list that the wanted value is in.
    pub fn list_around(&self, wish: &Wish) -> Option<String> {
        let properties = self.properties(&wish.stack, &wish.logical_id)?;
        let ends = wish.pointer.match_indices('/').map(|(at, _)| at).skip(1);
        let mut around = ends.map(|end| &wish.pointer[..end]);
        around.find(|part| properties.pointer(part).is_some_and(Json::is_array)).map(str::to_owned)
    }

    pub fn properties(&self, stack: &str, id: &str) -> Option<&Json> {
        self.parts.get(&(stack.to_owned(), id.to_owned())).map(|part| &part["Properties"])
    }

    fn add(&mut self, stack: &Stack, deployment: &Deployment) {
        let mut given = deployment.clone();
        // These change with anything that is published, and mean nothing by themselves.
        given
            .parameters
            .iter_mut()
            .filter(|(_, value)| value.origin.reason == Some(SETTINGS_CHANGED))
            .for_each(|(_, value)| value.kind = ValueKind::Text("settings".to_owned()));
        let plain = Context::new(stack, &given, None, &[]);
        let named: Vec<StackResource> =
            stack.resources.iter().filter_map(|(id, resource)| named(&plain, id, resource)).collect();
        let context = Context::new(stack, &given, None, &named);
        let meaning = |value: &Value| meaning(&context, stack, &given, value).unwrap_or(Json::Null);
        for (id, resource) in &stack.resources {
            let attributes: Map<String, Json> =
                resource.attributes.iter().map(|(name, value)| (name.clone(), meaning(value))).collect();
            let part = json!({
                "Type": resource.resource_type,
                "Properties": meaning(&resource.properties),
                "DependsOn": resource.depends_on,
                "Condition": resource.condition,
                "DeletionPolicy": resource.deletion_policy,
                "UpdateReplacePolicy": resource.update_replace_policy,
                "Attributes": attributes,
            });
            self.parts.insert((deployment.stack_name.clone(), id.clone()), part);
            self.name(&context, deployment, id, resource);
        }
        let outputs: Map<String, Json> =
            stack.outputs.iter().map(|(name, output)| (name.clone(), meaning(&output.value))).collect();
        let conditions: Map<String, Json> =
            stack.conditions.iter().map(|(name, value)| (name.clone(), meaning(value))).collect();
        let uploads: Vec<Json> = stack.uploads.iter().map(|it| json!([it.path, it.bucket, it.key])).collect();
        let whole = json!({
            "Account": deployment.account,
            "Region": deployment.region,
            "Tags": deployment.tags,
            "Protected": deployment.protected,
            "Outputs": outputs,
            "Conditions": conditions,
            "Uploads": uploads,
        });
        self.parts.insert((deployment.stack_name.clone(), String::new()), whole);
    }

    /// Remembers how the document says the names of a thing's own resource.
    fn name(&mut self, context: &Context<'_>, deployment: &Deployment, id: &str, resource: &Resource) {
        let own = resource.thing.split_once('.').is_some_and(|(section, name)| logical_id(section, name, "") == id);
        if !own {
            return;
        }
        for (asked, attribute) in [("Ref", "name"), ("Arn", "arn")] {
            let value = match asked {
                "Ref" => Value::reference(id, &resource.origin),
                _ => Value::get_att(id, asked, &resource.origin),
            };
            let value = by_name(context, resource, asked).unwrap_or(value);
            let Some(text) = context.value(&value).and_then(|value| value.to_json()?.as_str().map(str::to_owned))
            else {
                continue;
            };
            let said = [resource.thing.clone(), format!("${{{{ {}.{attribute} }}}}", resource.thing)];
            self.things.insert((deployment.stack_name.clone(), text), said.to_vec());
        }
    }

    /// Whether the wanted value is there.
    pub fn meets(&self, target: &Target) -> bool {
        let Some(now) = self.properties(&target.stack, &target.id) else { return false };
        let list = target.list().map(|(list, _)| list);
        let pointer = list.as_ref().unwrap_or(&target.pointer);
        match (now.pointer(pointer), target.wanted.pointer(pointer)) {
            (Some(now), Some(wanted)) => is_same(now, wanted),
            (None, None) => true,
            _ => false,
        }
    }

    /// Where this is another than `before` with the wanted values. What carries them may be new: conditions, and the
    /// parameters that are asked for nowhere else.
    pub fn surplus(&self, before: &Self, targets: &[&Target]) -> Vec<Surplus> {
        let mut found = Vec::new();
        let names: BTreeSet<&(String, String)> = self.parts.keys().chain(before.parts.keys()).collect();
        for name in names {
            let (stack, id) = name;
            let surplus = |pointer: &str| Surplus {
                stack: stack.clone(),
                id: id.clone(),
                pointer: pointer.strip_prefix("/Properties").unwrap_or(pointer).to_owned(),
            };
            let (Some(now), Some(then)) = (self.parts.get(name), before.parts.get(name)) else {
                found.push(surplus(""));
                continue;
            };
            let (mut now, mut then) = (now.clone(), then.clone());
            if let Some(target) = targets.iter().find(|target| target.stack == *stack && target.id == *id) {
                then["Properties"] = target.wanted.clone();
            }
            if let (Some(Json::Object(now)), Some(Json::Object(then))) =
                (now.get_mut("Conditions"), then.get("Conditions"))
            {
                now.retain(|name, _| then.contains_key(name));
            }
            if let Some(pointer) = difference(&now, &then, "") {
                found.push(surplus(&pointer));
            }
        }
        found
    }
}

/// What follows from the name of a resource: a text of `Fn::Sub`.
fn by_name(context: &Context<'_>, resource: &Resource, attribute: &str) -> Option<Value> {
    let (pointer, made) = layers::by_name(&resource.resource_type, attribute)?;
    let name = context.value(resource.properties.at(pointer)?)?.to_json()?;
    Some(Value::sub(made.replace("{name}", name.as_str()?), &resource.origin))
}

/// What `Ref` gives of a resource that goes by the name which its template gives it.
fn named(context: &Context<'_>, id: &str, resource: &Resource) -> Option<StackResource> {
    let facts = resources::get(&resource.resource_type)?;
    let [identifier] = facts.primary_identifier.as_slice() else { return None };
    let value = resource.properties.at(identifier).filter(|_| !facts.read_only.contains(identifier))?;
    let name = context.value(value)?.to_json()?.as_str()?.to_owned();
    Some(StackResource {
        logical_id: id.to_owned(),
        physical_id: name,
        resource_type: resource.resource_type.clone(),
        status: "CREATE_COMPLETE".to_owned(),
    })
}

/// What a value comes to; of what only AWS knows, how it is asked for. `None` for `AWS::NoValue`.
fn meaning(context: &Context<'_>, stack: &Stack, deployment: &Deployment, value: &Value) -> Option<Json> {
    Some(match &value.kind {
        ValueKind::List(items) => items.iter().filter_map(|item| meaning(context, stack, deployment, item)).collect(),
        ValueKind::Map(entries) => {
            let entry =
                |(key, value): &(String, Value)| Some((key.clone(), meaning(context, stack, deployment, value)?));
            entries.iter().filter_map(entry).collect::<Map<_, _>>().into()
        }
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::If" => match context.branch(argument) {
            Ok(branch) => return meaning(context, stack, deployment, branch),
            Err(_) => asked(stack, deployment, value),
        },
        _ => {
            let resolved = context.value(value)?;
            resolved.to_json().unwrap_or_else(|| asked(stack, deployment, value))
        }
    })
}

/// How something is asked for that only AWS knows.
fn asked(stack: &Stack, deployment: &Deployment, value: &Value) -> Json {
    let mut params = Map::new();
    value.references(&mut |name| {
        let given = deployment.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value);
        let default = || stack.parameters.get(name)?.default.as_ref();
        if let Some(value) = given.or_else(default) {
            params.insert(name.to_owned(), value.to_json());
        }
    });
    json!({ "Asked": value.to_json(), "With": params })
}

/// Puts a value at a pointer, or takes it away; what it stands in is made where it is not there.
pub fn put(json: &mut Json, pointer: &str, value: Option<Json>) {
    let mut parts: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let Some(last) = parts.pop() else {
        if let Some(value) = value {
            *json = value;
        }
        return;
    };
    let mut at = json;
    for part in parts {
        if at.is_null() {
            *at = json!({});
        }
        at = match at {
            Json::Array(items) => match part.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(item) => item,
                None => return,
            },
            Json::Object(map) => map.entry(part).or_insert(Json::Null),
            _ => return,
        };
    }
    if at.is_null() && value.is_some() {
        *at = json!({});
    }
    match (at, value) {
        (Json::Object(map), Some(value)) => {
            map.insert(last, value);
        }
        (Json::Object(map), None) => {
            map.shift_remove(&last);
        }
        (Json::Array(items), value) => match (last.parse::<usize>(), value) {
            (Ok(index), Some(value)) if index < items.len() => items[index] = value,
            (Ok(index), None) if index < items.len() => {
                items.remove(index);
            }
            (_, Some(value)) => items.push(value),
            _ => {}
        },
        _ => {}
    }
}

/// Takes away what is null, and what holds nothing else; `true` when that is all of it.
fn prune(json: &mut Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => {
            let before = items.len();
            items.retain_mut(|item| !prune(item));
            items.is_empty() && before > 0
        }
        Json::Object(entries) => {
            let before = entries.len();
            entries.retain(|_, value| !prune(value));
            entries.is_empty() && before > 0
        }
        _ => false,
    }
}

/// Whether two values are one to CloudFormation, which takes `"24"` for `24`.
pub fn is_same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| is_same(one, other)))
        }
        (Json::Array(_) | Json::Object(_), _) | (_, Json::Array(_) | Json::Object(_)) => false,
        _ => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => one == other,
            _ => text(one) == text(other),
        },
    }
}

/// Where two values differ first.
fn difference(one: &Json, other: &Json, pointer: &str) -> Option<String> {
    if is_same(one, other) {
        return None;
    }
    if let (Json::Object(one), Json::Object(other)) = (one, other) {
        let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        return keys.into_iter().find_map(|key| {
            let pointer = format!("{pointer}/{key}");
            match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => difference(one, other, &pointer),
                _ => Some(pointer),
            }
        });
    }
    Some(pointer.to_owned())
}

/// A scalar as CloudFormation writes it into a text.
pub fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
