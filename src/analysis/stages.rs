//! The stages and actions of a pipeline, as far as they are known before a deployment.

use std::borrow::Cow;

use super::System;
use crate::analysis::value::{Look, alternatives, integer, is_intrinsic, items, look, text};
use crate::desired::{Value, ValueKind};
use crate::facts::actions::{self, ActionType};

/// An action of a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    pub value: &'a Value,
    pub stage: &'a Value,
    /// Where its stage stands among the stages that are known, from 0.
    pub index: usize,
}

/// The stages of a pipeline, from its properties; those of both branches of a condition.
pub fn stages(pipeline: &Value) -> Vec<&Value> {
    below(pipeline, "/Stages")
}

/// The actions of all stages.
pub fn actions(pipeline: &Value) -> Vec<Action<'_>> {
    let stages = stages(pipeline).into_iter().enumerate();
    let actions = stages.flat_map(|(index, stage)| {
        below(stage, "/Actions").into_iter().map(move |value| Action { value, stage, index })
    });
    actions.collect()
}

/// Whether every stage and every action is written out, with nothing that a condition or macro decides.
pub fn is_whole(pipeline: &Value) -> bool {
    let plain = |value: &Value, pointer: &str| match look(value, pointer) {
        Look::Found(Value { kind: ValueKind::List(items), .. }) => !items.iter().any(is_intrinsic),
        Look::Found(_) | Look::Unknown => false,
        Look::Absent => true,
    };
    plain(pipeline, "/Stages") && stages(pipeline).into_iter().all(|stage| plain(stage, "/Actions"))
}

/// The role that an action runs with: its own, or that of the pipeline.
pub fn acting_role<'a>(pipeline: &'a Value, action: &Action<'a>) -> Option<&'a Value> {
    match look(action.value, "/RoleArn") {
        Look::Absent => look(pipeline, "/RoleArn").found(),
        other => other.found(),
    }
}

impl<'a> System<'a> {
    /// The properties and the actions of the pipelines in which nothing is decided at deployment about what stages and
    /// actions there are.
    pub fn whole_pipelines(&self) -> impl Iterator<Item = (&'a Value, Vec<Action<'a>>)> {
        let closed = self.of_type("AWS::CodePipeline::Pipeline").filter(|site| !site.stack.open);
        let pipelines = closed.map(|site| &site.resource.properties).filter(|pipeline| is_whole(pipeline));
        pipelines.map(|pipeline| (pipeline, actions(pipeline)))
    }
}

/// When a condition of a stage is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    BeforeEntry,
    OnSuccess,
    OnFailure,
}

impl Moment {
    /// As the property of the stage is called.
    pub fn key(self) -> &'static str {
        match self {
            Moment::BeforeEntry => "BeforeEntry",
            Moment::OnSuccess => "OnSuccess",
            Moment::OnFailure => "OnFailure",
        }
    }
}

/// The conditions of a stage.
pub fn conditions(stage: &Value) -> Vec<(Moment, &Value)> {
    let moments = [Moment::BeforeEntry, Moment::OnSuccess, Moment::OnFailure].into_iter();
    let conditions = moments.flat_map(|moment| {
        let conditions = below(stage, &format!("/{}/Conditions", moment.key()));
        conditions.into_iter().map(move |condition| (moment, condition))
    });
    conditions.collect()
}

/// The rules of all conditions of all stages.
pub fn rules(pipeline: &Value) -> Vec<&Value> {
    let conditions = stages(pipeline).into_iter().flat_map(conditions);
    conditions.flat_map(|(_, condition)| below(condition, "/Rules")).collect()
}

/// The items of the list at a pointer; none when there is no such list.
pub fn below<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    look(value, pointer).found().map(items).unwrap_or_default()
}

/// The items of the list at a pointer that are there whatever a condition or macro decides.
pub fn certain<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    match look(value, pointer) {
        Look::Found(Value { kind: ValueKind::List(items), .. }) => {
            items.iter().filter(|item| !is_intrinsic(item)).collect()
        }
        _ => Vec::new(),
    }
}

/// The items of the list at a pointer, when no condition or macro decides how many there are.
pub fn counted<'a>(value: &'a Value, pointer: &str) -> Option<&'a [Value]> {
    match look(value, pointer) {
        Look::Found(Value { kind: ValueKind::List(items), .. }) if !items.iter().any(is_intrinsic) => Some(items),
        _ => None,
    }
}

/// The known text at a pointer.
pub fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<Cow<'a, str>> {
    look(value, pointer).found().and_then(text)
}

/// A text with any value for each `#{…}` in it, which an execution puts in.
pub fn filled(text: &str) -> String {
    let mut parts = text.split("#{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled.push('0');
        filled.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    filled
}

/// Why a text is no JSON, with any value for each `#{…}` in it.
pub fn json_fault(text: &str) -> Option<String> {
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(&filled(text));
    // Columns would be those of the filled text.
    let said = parsed.err()?.to_string();
    Some(said.split(" at line").next().unwrap_or(&said).to_owned())
}

impl<'a> Action<'a> {
    pub fn name(&self) -> Option<Cow<'a, str>> {
        text_at(self.value, "/Name")
    }

    /// Whether it surely is an action of this category and provider, e.g. `Invoke` and `Lambda`.
    pub fn is(&self, category: &str, provider: &str) -> bool {
        self.category().as_deref() == Some(category) && self.provider().as_deref() == Some(provider)
    }

    pub fn category(&self) -> Option<Cow<'a, str>> {
        text_at(self.value, "/ActionTypeId/Category")
    }

    pub fn provider(&self) -> Option<Cow<'a, str>> {
        text_at(self.value, "/ActionTypeId/Provider")
    }

    pub fn owner(&self) -> Option<Cow<'a, str>> {
        text_at(self.value, "/ActionTypeId/Owner")
    }

    /// What AWS says of actions of its category and provider, also when another owner of AWS's stands there.
    pub fn facts(&self) -> Option<&'static ActionType> {
        let owner = self.owner().filter(|owner| owner != "Custom");
        let (category, provider) = owner.and_then(|_| self.category().zip(self.provider()))?;
        actions::all().find(|known| known.category() == category && known.provider() == provider)
    }

    /// What stands under a key of the configuration.
    pub fn configuration(&self, key: &str) -> Look<'a> {
        look(self.value, &format!("/Configuration/{key}"))
    }

    /// The known text under a key of the configuration.
    pub fn setting(&self, key: &str) -> Option<Cow<'a, str>> {
        self.configuration(key).found().and_then(text)
    }

    /// From 1 to 999; `None` when it is decided at deployment.
    pub fn run_order(&self) -> Option<i64> {
        match look(self.value, "/RunOrder") {
            Look::Absent => Some(1),
            Look::Found(value) => integer(value),
            Look::Unknown => None,
        }
    }

    /// Whether it surely runs when `other` is done: in a later stage, or later in the same one.
    pub fn is_after(&self, other: &Action<'_>) -> bool {
        match self.index == other.index {
            true => self.run_order().zip(other.run_order()).is_some_and(|(one, other)| one > other),
            false => self.index > other.index,
        }
    }

    /// The names of the artifacts that it reads.
    pub fn inputs(&self) -> Vec<&'a Value> {
        names(self.value, "/InputArtifacts")
    }

    /// Whether it surely is not done when `other` starts: it is the same, or runs at the same time or later.
    pub fn is_not_before(&self, other: &Action<'_>) -> bool {
        match self.index == other.index {
            true => {
                std::ptr::eq(self.value, other.value)
                    || self.run_order().zip(other.run_order()).is_some_and(|(one, other)| one >= other)
            }
            false => self.index > other.index,
        }
    }

    /// The names of the artifacts that it reads, in both branches of a condition; `None` when one is not known.
    pub fn known_inputs(&self) -> Option<Vec<(Cow<'a, str>, &'a Value)>> {
        known_names(self.value, "/InputArtifacts")
    }

    /// The names of the artifacts that it makes, in both branches of a condition; `None` when one is not known.
    pub fn known_outputs(&self) -> Option<Vec<(Cow<'a, str>, &'a Value)>> {
        known_names(self.value, "/OutputArtifacts")
    }

    /// The names of the artifacts that it makes.
    pub fn outputs(&self) -> Vec<&'a Value> {
        names(self.value, "/OutputArtifacts")
    }
}

fn known_names<'a>(action: &'a Value, pointer: &str) -> Option<Vec<(Cow<'a, str>, &'a Value)>> {
    let lists = match look(action, pointer) {
        Look::Absent => return Some(Vec::new()),
        Look::Unknown => return None,
        Look::Found(value) => alternatives(value),
    };
    if lists.iter().any(|list| !matches!(list.kind, ValueKind::List(_))) {
        return None;
    }
    let named = lists.into_iter().flat_map(items).map(|artifact| {
        let name = look(artifact, "/Name").found()?;
        Some((text(name)?, name))
    });
    named.collect()
}

fn names<'a>(action: &'a Value, pointer: &str) -> Vec<&'a Value> {
    below(action, pointer).into_iter().filter_map(|artifact| look(artifact, "/Name").found()).collect()
}
