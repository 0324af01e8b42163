//! How a pipeline learns that a source changed: by polling, by its connection, or by a rule of EventBridge.

use crate::analysis::stages::{Action, text_at};
use crate::analysis::value::{Look, boolean, items, look, target, text};
use crate::analysis::{Site, System};
use crate::desired::{Intrinsic, Value, ValueKind};

/// What the source action itself does about changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// It polls, or its connection tells it.
    Itself,
    /// Only a rule of EventBridge can start the pipeline for it.
    Rule,
    Unknown,
}

/// What a source action does about changes; by default all poll or listen, save ECR, which has no such setting.
pub fn detection(source: &Action<'_>) -> Detection {
    let key = match source.provider().as_deref() {
        Some("CodeStarSourceConnection") => "DetectChanges",
        Some("S3" | "CodeCommit" | "GitHub") => "PollForSourceChanges",
        Some("ECR") => return Detection::Rule,
        _ => return Detection::Unknown,
    };
    match source.configuration(key) {
        Look::Absent => Detection::Itself,
        Look::Unknown => Detection::Unknown,
        Look::Found(value) => match boolean(value) {
            Some(true) => Detection::Itself,
            Some(false) => Detection::Rule,
            None => Detection::Unknown,
        },
    }
}

/// The rules of EventBridge in this file that surely start the pipeline at `site`.
pub fn rules_for<'a>(system: &System<'a>, site: Site<'_>) -> Vec<Site<'a>> {
    let rules = system.of_type("AWS::Events::Rule");
    let rules = rules.filter(|rule| text_at(&rule.resource.properties, "/State").as_deref() != Some("DISABLED"));
    rules.filter(|rule| targets(&rule.resource.properties).iter().any(|arn| names(arn, site))).collect()
}

/// The `Arn`s of the targets of a rule.
pub fn targets(rule: &Value) -> Vec<&Value> {
    let targets = look(rule, "/Targets").found().map(items).unwrap_or_default();
    targets.into_iter().filter_map(|target| look(target, "/Arn").found()).collect()
}

/// Whether an ARN is that of a pipeline: by a reference to it, or by its name.
fn names(arn: &Value, site: Site<'_>) -> bool {
    let mut refers = false;
    arn.references(&mut |name| refers |= name == site.id);
    let Some(name) = look(&site.resource.properties, "/Name").found() else { return refers };
    let mut named = false;
    arn.each(&mut |part| named |= ends_with(part, name));
    if let ValueKind::Intrinsic(Intrinsic::Call(_, argument)) = &arn.kind {
        argument.each(&mut |part| named |= ends_with(part, name));
    }
    refers || named
}

/// Whether the last part of an ARN, or of the text it is made of, is `name`.
fn ends_with(part: &Value, name: &Value) -> bool {
    let last = |text: &str| text.rsplit(':').next().unwrap_or(text).to_owned();
    match (&part.kind, &name.kind) {
        (ValueKind::Text(part) | ValueKind::Intrinsic(Intrinsic::Sub(part, _)), ValueKind::Text(name)) => {
            last(part) == *name
        }
        (ValueKind::Intrinsic(Intrinsic::Sub(part, _)), ValueKind::Intrinsic(Intrinsic::Ref(name))) => {
            last(part) == format!("${{{name}}}")
        }
        (ValueKind::Intrinsic(Intrinsic::Sub(part, _)), ValueKind::Intrinsic(Intrinsic::Sub(name, _))) => {
            last(part) == *name
        }
        (ValueKind::Intrinsic(Intrinsic::Ref(part)), ValueKind::Intrinsic(Intrinsic::Ref(name))) => part == name,
        _ => false,
    }
}

/// Whether a rule listens to this service, e.g. `aws.s3`.
pub fn listens_to(rule: &Value, service: &str) -> bool {
    let sources = look(rule, "/EventPattern/source").found().map(items).unwrap_or_default();
    sources.into_iter().filter_map(text).any(|source| source == service)
}

/// The resource of this type in the same stack that a value names: by a reference, or by the text of its name.
pub fn named<'a>(
    system: &System<'a>,
    site: Site<'_>,
    resource_type: &str,
    property: &str,
    value: &Value,
) -> Option<Site<'a>> {
    let known = text(value);
    system.of_type(resource_type).filter(|other| std::ptr::eq(other.stack, site.stack)).find(|other| {
        let name = text_at(&other.resource.properties, property);
        target(value) == Some(other.id) || (known.is_some() && name == known)
    })
}
