//! Intrinsics of a template as far as their values are known.
//!
//! What CloudFormation alone knows stays unknown, with the reason: a comparison must not guess.

use std::cell::Cell;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::attributes;
use super::functions;
use super::resolved::{Resolved, ResolvedKind, ResolvedResource, first_reason, known};
use super::substitute;
use crate::cloud::{StackResource, StackState};
use crate::desired::{Deployment, Intrinsic, Resource, Stack, Value, ValueKind};

/// What is known about a deployment besides its template.
#[derive(Debug)]
pub struct Context<'a> {
    stack: &'a Stack,
    deployment: &'a Deployment,
    /// As CloudFormation used them.
    parameters: IndexMap<String, Json>,
    physical: IndexMap<&'a str, &'a str>,
    stack_id: Option<&'a str>,
    /// The live properties of resources, by logical id, which hold attributes.
    live: IndexMap<String, Json>,
    /// How many attributes and conditions are being resolved inside each other.
    depth: Cell<usize>,
}

/// Deeper than any template that does not refer to itself in a circle.
const DEEPEST: usize = 100;

/// The outcome of resolving: `Err` says why it is not known, `Ok(None)` is `AWS::NoValue`.
type Outcome = Result<Option<Json>, String>;

impl<'a> Context<'a> {
    /// `state` and `resources` are those of the deployed stack.
    pub fn new(
        stack: &'a Stack,
        deployment: &'a Deployment,
        state: Option<&'a StackState>,
        resources: &'a [StackResource],
    ) -> Self {
        let gone = |resource: &&StackResource| resource.status == "DELETE_COMPLETE" || resource.physical_id.is_empty();
        let alive = resources.iter().filter(|resource| !gone(resource));
        let mut context = Self {
            stack,
            deployment,
            parameters: IndexMap::new(),
            physical: alive.map(|resource| (&*resource.logical_id, &*resource.physical_id)).collect(),
            stack_id: state.map(|state| state.id.as_str()),
            live: IndexMap::new(),
            depth: Cell::new(0),
        };
        context.parameters = stack.parameters.keys().filter_map(|name| context.parameter(name, state)).collect();
        context
    }

    /// What was seen of resources tells attributes that no format does.
    pub(super) fn learn(&mut self, live: IndexMap<String, Json>) {
        self.live = live;
    }

    /// The value that the deployment gives, else the default; of an SSM parameter what CloudFormation read from it.
    fn parameter(&self, name: &str, state: Option<&StackState>) -> Option<(String, Json)> {
        let parameter = self.stack.parameters.get(name)?;
        let value = if parameter.parameter_type.starts_with("AWS::SSM::Parameter::Value") {
            let deployed = state?.parameters.iter().find(|deployed| deployed.name == name)?;
            Json::String(deployed.resolved.clone()?)
        } else {
            let given = self.deployment.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value);
            let value = given.or(parameter.default.as_ref())?.to_json();
            // What `NoEcho` hides.
            if value == "****" {
                return None;
            }
            value
        };
        let list = parameter.parameter_type.contains("List<") || parameter.parameter_type == "CommaDelimitedList";
        let value = match value.as_str().filter(|_| list) {
            Some(text) => text.split(',').map(|item| Json::from(item.trim())).collect(),
            None => value,
        };
        Some((name.to_owned(), value))
    }

    /// All resources of the template whose condition holds or is not known, as they are written.
    pub(super) fn present(&self) -> impl Iterator<Item = (&str, &Resource)> {
        let present = self.stack.resources.iter().filter(|(_, resource)| {
            resource.condition.as_ref().is_none_or(|condition| self.condition(condition) != Ok(false))
        });
        present.map(|(logical_id, resource)| (logical_id.as_str(), resource))
    }

    /// All resources of the template whose condition holds or is not known.
    pub fn resources(&self) -> Vec<ResolvedResource> {
        self.present()
            .map(|(logical_id, resource)| ResolvedResource {
                logical_id: logical_id.to_owned(),
                resource_type: resource.resource_type.clone(),
                thing: resource.thing.clone(),
                physical_id: self.physical.get(logical_id).map(|id| (*id).to_owned()),
                properties: self.value(&resource.properties).unwrap_or_else(|| Resolved {
                    kind: ResolvedKind::Map(Vec::new()),
                    origin: resource.origin.clone(),
                }),
                origin: resource.origin.clone(),
            })
            .collect()
    }

    /// `None` for `AWS::NoValue`.
    pub fn value(&self, value: &Value) -> Option<Resolved> {
        let kind = match &value.kind {
            ValueKind::List(items) => match items.iter().find_map(|item| self.may_be_absent(item)) {
                Some(reason) => ResolvedKind::Unknown(reason),
                None => ResolvedKind::List(items.iter().filter_map(|item| self.value(item)).collect()),
            },
            ValueKind::Map(entries) => {
                let entries = entries.iter().filter_map(|(key, value)| Some((key.clone(), self.value(value)?)));
                ResolvedKind::Map(entries.collect())
            }
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::If" => match self.branch(argument) {
                Ok(branch) => return self.value(branch),
                Err(reason) => ResolvedKind::Unknown(reason),
            },
            ValueKind::Intrinsic(intrinsic) => match self.intrinsic(intrinsic) {
                Ok(Some(json)) => return Some(known(&json, &value.origin)),
                Ok(None) => return None,
                Err(reason) => ResolvedKind::Unknown(reason),
            },
            _ => return Some(known(&value.to_json(), &value.origin)),
        };
        Some(Resolved { kind, origin: value.origin.clone() })
    }

    fn json(&self, value: &Value) -> Result<Json, String> {
        match self.value(value) {
            None => Ok(Json::Null),
            Some(resolved) => resolved.to_json().ok_or_else(|| first_reason(&resolved)),
        }
    }

    fn text(&self, value: &Value) -> Result<String, String> {
        Ok(substitute::text(&self.json(value)?))
    }

    fn intrinsic(&self, intrinsic: &Intrinsic) -> Outcome {
        match intrinsic {
            Intrinsic::Ref(name) => self.reference(name),
            Intrinsic::GetAtt(logical_id, attribute) => self.attribute(logical_id, attribute).map(Some),
            Intrinsic::Sub(template, names) => self.sub(template, names).map(|text| Some(Json::String(text))),
            Intrinsic::Call(name, argument) => self.call(name, argument).map(Some),
        }
    }

    fn reference(&self, name: &str) -> Outcome {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return self.pseudo(pseudo);
        }
        if self.stack.parameters.contains_key(name) {
            let value = self.parameters.get(name).cloned();
            return value.map(Some).ok_or_else(|| format!("only CloudFormation knows the value of `{name}`"));
        }
        match self.physical.get(name) {
            Some(id) => Ok(Some(Json::from(*id))),
            None => Err(format!("`{name}` is not deployed")),
        }
    }

    fn pseudo(&self, name: &str) -> Outcome {
        let region = self.deployment.region.as_str();
        let text = match name {
            "NoValue" => return Ok(None),
            "AccountId" => &self.deployment.account,
            "Region" => region,
            "StackName" => &self.deployment.stack_name,
            "StackId" => self.stack_id.ok_or("the stack is not deployed")?,
            "Partition" => crate::facts::partition(region),
            "URLSuffix" => crate::facts::url_suffix(region),
            _ => return Err(format!("only CloudFormation knows `AWS::{name}`")),
        };
        Ok(Some(Json::from(text)))
    }

    /// Follows a name, but not for ever.
    fn follow<T>(&self, name: &str, resolve: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        if self.depth.get() >= DEEPEST {
            return Err(format!("`{name}` refers to itself"));
        }
        self.depth.set(self.depth.get() + 1);
        let outcome = resolve();
        self.depth.set(self.depth.get() - 1);
        outcome
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Json, String> {
        self.follow(logical_id, || self.known_attribute(logical_id, attribute))
    }

    fn known_attribute(&self, logical_id: &str, attribute: &str) -> Result<Json, String> {
        let unknown = || format!("only CloudFormation knows `{logical_id}.{attribute}`");
        let resource = self.stack.resources.get(logical_id).ok_or_else(unknown)?;
        let Some(format) = attributes::format(&resource.resource_type, attribute) else {
            let live = self.live.get(logical_id);
            let seen = live.and_then(|live| live.pointer(&format!("/{}", attribute.replace('.', "/"))));
            return match (seen.filter(|seen| !seen.is_null()), resource.properties.get(attribute)) {
                (Some(seen), _) => Ok(seen.clone()),
                (None, Some(property)) => self.json(property),
                (None, None) => Err(unknown()),
            };
        };
        let part = |name: &str| -> Result<String, String> {
            if let Some(property) = name.strip_prefix('/') {
                let (property, default) = property.split_once('|').map_or((property, None), |(p, d)| (p, Some(d)));
                return match resource.properties.get(property) {
                    Some(value) => self.text(value),
                    None => default.map(str::to_owned).ok_or_else(unknown),
                };
            }
            let value = match name {
                "Id" => self.reference(logical_id)?,
                "Account" => self.pseudo("AccountId")?,
                "UrlSuffix" => self.pseudo("URLSuffix")?,
                pseudo => self.pseudo(pseudo)?,
            };
            Ok(substitute::text(&value.unwrap_or_default()))
        };
        substitute::replace(format, part).map(Json::String)
    }

    fn sub(&self, template: &str, names: &[(String, Value)]) -> Result<String, String> {
        substitute::replace(template, |name| {
            if let Some((_, value)) = names.iter().find(|(given, _)| given == name) {
                return self.text(value);
            }
            let value = match name.split_once('.') {
                Some((logical_id, attribute)) => Some(self.attribute(logical_id, attribute)?),
                None => self.reference(name)?,
            };
            Ok(substitute::text(&value.unwrap_or_default()))
        })
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Json, String> {
        let unknown = || format!("only CloudFormation evaluates `{name}`");
        if matches!(name, "Condition" | "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or") {
            return self.test(name, argument).map(Json::from);
        }
        match name {
            "Fn::Join" => {
                let [separator, items] = arguments(argument).ok_or_else(unknown)?;
                let items = self.json(items)?;
                let items: Vec<String> = items.as_array().ok_or_else(unknown)?.iter().map(substitute::text).collect();
                Ok(Json::from(items.join(&self.text(separator)?)))
            }
            "Fn::Split" => {
                let [separator, text] = arguments(argument).ok_or_else(unknown)?;
                let (separator, text) = (self.text(separator)?, self.text(text)?);
                Ok(text.split(separator.as_str()).map(Json::from).collect())
            }
            "Fn::Select" => {
                let [index, items] = arguments(argument).ok_or_else(unknown)?;
                let index: usize = self.text(index)?.parse().map_err(|_| unknown())?;
                self.json(items)?.get(index).cloned().ok_or_else(unknown)
            }
            "Fn::Base64" => Ok(Json::from(functions::base64(&self.text(argument)?))),
            "Fn::Cidr" => {
                let [block, count, bits] = arguments(argument).ok_or_else(unknown)?;
                let number = |value: &Value| self.text(value)?.parse().map_err(|_| unknown());
                let blocks = functions::cidr(&self.text(block)?, number(count)?, number(bits)?);
                blocks.map(Json::from).ok_or_else(unknown)
            }
            "Fn::FindInMap" => {
                let [map, top, second] = arguments(argument).ok_or_else(unknown)?;
                let mapping = self.stack.mappings.get(&self.text(map)?).ok_or_else(unknown)?.to_json();
                let (top, second) = (self.text(top)?, self.text(second)?);
                mapping.get(top).and_then(|row| row.get(second)).cloned().ok_or_else(unknown)
            }
            "Fn::ToJsonString" => Ok(Json::from(self.json(argument)?.to_string())),
            _ => Err(unknown()),
        }
    }

    /// Why it is not known whether an item is in its list at all: then nobody knows the place of those after it.
    fn may_be_absent(&self, item: &Value) -> Option<String> {
        let ValueKind::Intrinsic(Intrinsic::Call(name, argument)) = &item.kind else { return None };
        let absent =
            |value: &Value| matches!(&value.kind, ValueKind::Intrinsic(Intrinsic::Ref(name)) if name == "AWS::NoValue");
        let [_, yes, no] = arguments(argument).filter(|_| name == "Fn::If")?;
        self.branch(argument).err().filter(|_| absent(yes) || absent(no))
    }

    /// The value that `Fn::If` chooses.
    pub fn branch<'v>(&self, argument: &'v Value) -> Result<&'v Value, String> {
        let malformed = || "`Fn::If` needs a condition and two values".to_owned();
        let [condition, yes, no] = arguments(argument).ok_or_else(malformed)?;
        let holds = self.condition(condition.as_text().ok_or_else(malformed)?)?;
        Ok(if holds { yes } else { no })
    }

    fn condition(&self, name: &str) -> Result<bool, String> {
        let unknown = || format!("only CloudFormation knows whether `{name}` holds");
        match self.stack.conditions.get(name).map(|value| &value.kind) {
            Some(ValueKind::Intrinsic(Intrinsic::Call(function, argument))) => {
                self.follow(name, || self.test(function, argument))
            }
            _ => Err(unknown()),
        }
    }

    fn test(&self, name: &str, argument: &Value) -> Result<bool, String> {
        let operands = || -> Result<Vec<bool>, String> {
            match &argument.kind {
                ValueKind::List(items) => items.iter().map(|item| Ok(self.json(item)? == Json::Bool(true))).collect(),
                _ => Err(format!("`{name}` needs a list")),
            }
        };
        match name {
            "Condition" => self.condition(argument.as_text().unwrap_or_default()),
            "Fn::Equals" => match arguments(argument) {
                Some([left, right]) => Ok(self.text(left)? == self.text(right)?),
                None => Err("`Fn::Equals` needs two values".to_owned()),
            },
            "Fn::And" => Ok(operands()?.into_iter().all(|holds| holds)),
            "Fn::Or" => Ok(operands()?.into_iter().any(|holds| holds)),
            _ => Ok(!operands()?.into_iter().any(|holds| holds)),
        }
    }
}

fn arguments<const N: usize>(argument: &Value) -> Option<&[Value; N]> {
    match &argument.kind {
        ValueKind::List(items) => items.as_slice().try_into().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
