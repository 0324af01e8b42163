//! What a bucket tells of its objects, and whom.

use serde_json::json;

use super::{arn_pattern, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Entry, Lowering, Model, Sender, Verb, Watch};
use crate::source::Located;

pub(super) fn starts_something(this: &Entry, model: &Model) -> bool {
    model.watches(&this.path()).next().is_some()
}

/// The bucket's notifications, and the resources that must let S3 in before.
pub(super) fn notifications(this: &Entry, lowering: &mut Lowering<'_>) -> (Option<Value>, Vec<String>) {
    let (mut configurations, mut after) = (Vec::new(), Vec::new());
    let path = this.path();
    for (entry, watch) in lowering.model.watches(&path) {
        let origin = Origin::authored(&watch.span);
        let source = Value::sub(arn_pattern(this), &origin);
        let sender = Sender { service: "s3.amazonaws.com", entry: this, source: Some(source), origin: origin.clone() };
        let Some(admission) = lowering.admit(&entry.path(), &sender) else { continue };
        for event in &watch.events {
            configurations.push(
                Value::map(&origin)
                    .with("Event", Value::text(*event, &origin))
                    .with_some("Filter", filter(&watch, &origin))
                    .with("Function", admission.arn.clone()),
            );
        }
        after.extend(admission.after.filter(|resource| !after.contains(resource)));
    }
    let started = this.derived("its objects start something");
    let mut notifications = Value::map(&started);
    let (calls, tells) = (!configurations.is_empty(), tells_events(this, lowering.model));
    if calls {
        let origin = this.derived("its objects start functions");
        notifications.set("LambdaConfigurations", Value::list(configurations, &origin));
    }
    if let Some(origin) = &tells {
        notifications.set("EventBridgeConfiguration", Value::from_json(json!({ "EventBridgeEnabled": true }), origin));
    }
    ((calls || tells.is_some()).then_some(notifications), after)
}

/// What is started by the objects of this bucket through EventBridge, and not by S3 itself.
fn tells_events(this: &Entry, model: &Model) -> Option<Origin> {
    let path = this.path();
    let by_s3: Vec<String> = model.watches(&path).map(|(entry, _)| entry.path()).collect();
    let others = model.entries.iter().filter(|entry| !by_s3.contains(&entry.path()));
    let links = others.filter_map(|entry| entry.thing.as_ref()).flat_map(|thing| thing.links());
    let on = links.into_iter().find(|link| link.verb == Verb::On && link.target == path)?;
    Some(Origin::derived(&on.span, "the bucket tells EventBridge of its objects, which starts this"))
}

fn filter(watch: &Watch, origin: &Origin) -> Option<Value> {
    let rules: Vec<_> = [("prefix", &watch.prefix), ("suffix", &watch.suffix)]
        .into_iter()
        .filter_map(|(name, text)| {
            let text = text.as_ref()?;
            let origin = Origin::authored(&text.span);
            Some(
                Value::map(&origin)
                    .with("Name", Value::text(name, &origin))
                    .with("Value", Value::text(&*text.value, &origin)),
            )
        })
        .collect();
    (!rules.is_empty())
        .then(|| Value::map(origin).with("S3Key", Value::map(origin).with("Rules", Value::list(rules, origin))))
}

/// S3 tells one receiver of an object, and refuses settings by which two would be told.
pub(super) fn check(this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let path = this.path();
    let watches: Vec<_> = model.watches(&path).map(|(_, watch)| watch).collect();
    for (place, watch) in watches.iter().enumerate() {
        let Some(other) = watches[..place].iter().find(|other| overlap(other, watch)) else { continue };
        let message = format!("some objects of `{path}` fit both of these, and S3 refuses to tell of an object twice");
        report.push(
            Diagnostic::new(&rules::OVERLAP, &watch.span, message)
                .label("the second")
                .related(&other.span, "the first")
                .help("give them a `prefix` or `suffix` that parts them, or let one function call the other"),
        );
    }
}

fn overlap(one: &Watch, other: &Watch) -> bool {
    fn text(given: &Option<Located<String>>) -> &str {
        given.as_ref().map_or("", |given| &given.value)
    }
    let nested = |a: &str, b: &str, is_part: fn(&str, &str) -> bool| is_part(a, b) || is_part(b, a);
    one.events.iter().any(|event| other.events.contains(event))
        && nested(text(&one.prefix), text(&other.prefix), |a, b| a.starts_with(b))
        && nested(text(&one.suffix), text(&other.suffix), |a, b| a.ends_with(b))
}
