//! `devices`: what devices send to AWS IoT, and where it goes.

mod lower;
mod policy;
mod rules;

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::model::{Attribute, Chart, Entry, Gives, Home, Kind, Link, Lowering, Model, Thing, Verb, section};
use crate::record;
use crate::spec::{OneOrMany, PlainText, Reference, Target, Text};

pub const KIND: Kind = Kind {
    section: section::<Rule>("devices", "Messages of devices, by AWS IoT topic rules."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The rule's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The rule's ARN." },
    ],
    longest_name: 128,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// An AWS IoT topic rule. What it cannot deliver is kept: in a log group, or where `on-failure` says.
    pub struct Rule {
        /// Which messages, and what of them: SQL of AWS IoT, version 2016-03-23.
        required sql: Text = "sql",
        /// Where the messages go, at most ten places.
        required to: OneOrMany<Reference<Receivers>> = "to",
        /// The topic that a device may publish to, in which `${iot:Connection.Thing.ThingName}` is its name as a thing. Makes an IoT policy that lets a thing connect under its name and publish there, and nothing else: attach it to the certificates of the devices.
        optional publish: Text = "publish",
        /// What keeps records of a stream in order, e.g. `${topic(2)}`; `${newuuid()}`, which spreads them evenly, unless told otherwise.
        optional partition_key: Text = "partition-key",
        /// The key of the object that a message becomes in a bucket; `${topic()}/${timestamp()}-${newuuid()}` unless told otherwise.
        optional object_key: Text = "object-key",
        /// Where messages go that could not be delivered; a log group unless told otherwise.
        optional on_failure: Reference<Keepers> = "on-failure",
        /// What the rule is for.
        optional description: PlainText = "description",
        /// Whether the rule works; `true` unless told otherwise.
        optional enabled: bool = "enabled",
    }
}

#[derive(Debug)]
pub struct Receivers;

impl Target for Receivers {
    const SECTIONS: &'static [&'static str] = &["streams", "deliveries", "queues", "topics", "functions", "buckets"];
}

#[derive(Debug)]
pub struct Keepers;

impl Target for Keepers {
    const SECTIONS: &'static [&'static str] = &["queues", "buckets"];
}

/// AWS IoT Core quotas, rules engine: actions of a rule. Read 2026-11-20.
const MOST_ACTIONS: usize = 10;

impl Thing for Rule {
    fn links(&self) -> Vec<Link> {
        let to = self.to.value.0.iter().map(|receiver| (receiver.path(), &receiver.span));
        let kept = self.on_failure.iter().map(|keeper| (keeper.path(), &keeper.span));
        let verb = |path: &str| if path.starts_with("functions.") { Verb::Calls } else { Verb::Writes };
        to.chain(kept).map(|(target, span)| Link::to(verb(&target), target, span)).collect()
    }

    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        self.check_receivers(report);
        policy::check(self, report);
        for (key, given, section, what) in [
            ("partition-key", &self.partition_key, "streams", "streams"),
            ("object-key", &self.object_key, "buckets", "objects of buckets"),
        ] {
            let Some(given) = given else { continue };
            if self.to.value.0.iter().any(|receiver| receiver.section == section) {
                continue;
            }
            let message = format!("`{key}` is for {what}, and the rule sends to none: it would change nothing");
            report.push(
                Diagnostic::new(&rules::IGNORED_KEY, &given.span, message)
                    .label("without effect")
                    .related(&self.to.span, "where the rule sends to")
                    .help(format!("remove `{key}`, or send to one of `{section}`")),
            );
        }
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = [("RuleName", lower::rule_name(this))];
        vec![Chart::new("Messages", "AWS/IoT", &name, [("TopicMatch", "Sum"), ("ParseError", "Sum")])]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}

impl Rule {
    fn check_receivers(&self, report: &mut Vec<Diagnostic>) {
        let receivers = &self.to.value.0;
        if receivers.len() > MOST_ACTIONS {
            let message = format!("a rule of AWS IoT has at most {MOST_ACTIONS} actions, not {}", receivers.len());
            report.push(
                Diagnostic::new(&rules::RECEIVERS, &self.to.span, message)
                    .label("AWS refuses this")
                    .help("send to a topic or stream that the others read, or write a second rule with the same `sql`"),
            );
        }
        let mut seen = BTreeSet::new();
        for receiver in receivers.iter().filter(|receiver| !seen.insert(receiver.path())) {
            let message = format!("`{}` would get every message twice", receiver.path());
            report.push(
                Diagnostic::new(&rules::RECEIVERS, &receiver.span, message)
                    .label("named again")
                    .help("name each receiver once"),
            );
        }
    }
}
