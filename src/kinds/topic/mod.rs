//! `topics`: SNS topics.

mod rules;

use serde_json::{Value as Json, json};

use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::kinds::key::{self, Keys};
use crate::kinds::queue::{Queue, Sameness, check_sameness};
use crate::model::{
    Admission, Alarm, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Lowering, Model, Sender, Statement, Thing,
    Verb, logical_id, section,
};
use crate::record;
use crate::source::Span;
use crate::spec::{Decoder, Definitions, OneOrMany, Reference, Shape, Target};
use crate::syntax::Node;

pub const KIND: Kind = Kind {
    section: section::<Topic>("topics", "SNS topics."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "name",
            known: Home::Application,
            gives: Gives::GetAtt("TopicName"),
            doc: "The topic's name.",
        },
        Attribute { name: "arn", known: Home::Application, gives: Gives::Ref, doc: "The topic's ARN." },
    ],
    longest_name: 256,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// An SNS topic.
    pub struct Topic {
        /// What gets its messages: queues, functions, and e-mail addresses, each of which must confirm its subscription once.
        optional subscribe: OneOrMany<Subscriber> = "subscribe",
        /// Whether messages keep their order and come exactly once; `false` unless told otherwise. Only queues can be subscribed then, and a topic cannot be changed from one to the other.
        optional fifo: bool = "fifo",
        /// What makes two messages of a FIFO topic the same; an id that the sender gives unless told otherwise.
        optional same: Sameness = "same",
        /// The key that encrypts the messages while SNS holds them.
        optional key: Reference<Keys> = "key",
    }
}

impl Topic {
    fn is_fifo(&self) -> bool {
        self.fifo.as_ref().is_some_and(|fifo| fifo.value)
    }

    /// The names of FIFO topics end with `.fifo`.
    fn topic_name(&self, this: &Entry) -> Value {
        match self.fifo.as_ref().filter(|fifo| fifo.value) {
            Some(fifo) => {
                Value::sub(format!("${{AWS::StackName}}-{}.fifo", this.name.value), &Origin::authored(&fifo.span))
            }
            None => this.physical_name(),
        }
    }
}

/// Who gets the messages of a topic.
#[derive(Clone, Debug)]
pub enum Subscriber {
    Address(String),
    Thing(Reference<Receivers>),
}

#[derive(Debug)]
pub struct Receivers;

impl Target for Receivers {
    const SECTIONS: &'static [&'static str] = &["queues", "functions"];
}

impl Shape for Subscriber {
    fn schema(definitions: &mut Definitions) -> Json {
        let address = json!({ "type": "string", "pattern": "@" });
        json!({ "anyOf": [address, Reference::<Receivers>::schema(definitions)] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: an e-mail address, or a reference such as `queues.late`")?;
        if text.contains('@') {
            return Some(Self::Address(text.to_owned()));
        }
        Reference::decode(node, decoder).map(Self::Thing)
    }
}

impl Thing for Topic {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check_sameness(self.fifo.as_ref(), self.same.as_ref(), "topic", &rules::FIFO, report);
        let subscribers = self.subscribe.iter().flat_map(|all| &all.value.0);
        for subscriber in subscribers {
            let queue = match &subscriber.value {
                Subscriber::Thing(thing) => model.thing::<Queue>(&thing.path()),
                Subscriber::Address(_) => None,
            };
            let known = match &subscriber.value {
                Subscriber::Thing(thing) => model.entry(&thing.path()).is_some_and(|entry| entry.thing.is_some()),
                Subscriber::Address(_) => true,
            };
            let fifo_queue = queue.is_some_and(|(_, queue)| queue.is_fifo());
            let (message, help) = match (self.is_fifo(), queue.is_some()) {
                (true, false) if known => (
                    format!("the FIFO topic `{}` sends to queues only", this.path()),
                    "subscribe a queue, and let it start the function; or remove `fifo`",
                ),
                (false, true) if fifo_queue => (
                    format!("the standard topic `{}` cannot send to a FIFO queue", this.path()),
                    "write `fifo: true` at the topic, or subscribe a standard queue",
                ),
                _ => continue,
            };
            let found = Diagnostic::new(&rules::FIFO, &subscriber.span, message).label("AWS refuses this").help(help);
            report.push(match &self.fifo {
                Some(fifo) => found.related(&fifo.span, "FIFO by this"),
                None => found,
            });
        }
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let arn = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
        if verb == Verb::On {
            return Some(Grant::default());
        }
        matches!(verb, Verb::Writes | Verb::Calls).then(|| Grant {
            statements: [
                Some(Statement::new(&["sns:Publish"], vec![arn.clone()], origin)),
                key::use_of(&self.key, &["kms:Decrypt", "kms:GenerateDataKey"], origin),
            ]
            .into_iter()
            .flatten()
            .collect(),
            environment: vec![("arn", arn)],
            event_source: None,
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let arn = Value::reference(logical_id(this.section, &this.name.value, ""), &sender.origin);
        if let Some(admission) = sender.by_role("sns:Publish", &arn) {
            return Some(admission);
        }
        let policy = ("AWS::SNS::TopicPolicy", "Topics");
        if let Some(key) = &self.key {
            lowering.let_use_key(&key.path(), sender);
        }
        let after = Some(lowering.add_to_policy(this, policy, (arn.clone(), &arn), "sns:Publish", sender));
        Some(Admission { arn, statements: Vec::new(), after })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = Value::get_att(logical_id(this.section, &this.name.value, ""), "TopicName", &this.shown());
        let metrics = [
            ("NumberOfMessagesPublished", "Sum"),
            ("NumberOfNotificationsDelivered", "Sum"),
            ("NumberOfNotificationsFailed", "Sum"),
        ];
        vec![Chart::new("Messages", "AWS/SNS", &[("TopicName", name)], metrics)]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = Origin::authored(&this.name.span);
        let mut addresses = Vec::new();
        for subscriber in self.subscribe.iter().flat_map(|all| &all.value.0) {
            match &subscriber.value {
                Subscriber::Address(address) => addresses.push((address, Origin::authored(&subscriber.span))),
                Subscriber::Thing(thing) => subscribe(this, thing, &Origin::authored(&subscriber.span), lowering),
            }
        }
        let by_mail = |(address, origin): &(&String, Origin)| {
            Value::map(origin)
                .with("Protocol", Value::text("email", origin))
                .with("Endpoint", Value::text(address.as_str(), origin))
        };
        let subscriptions =
            (!addresses.is_empty()).then(|| Value::list(addresses.iter().map(by_mail).collect(), &addresses[0].1));
        let yes = |span: &Span| Value::new(ValueKind::Boolean(true), &Origin::authored(span));
        let fifo = self.fifo.as_ref().filter(|fifo| fifo.value).map(|fifo| yes(&fifo.span));
        let by_content = self.same.as_ref().filter(|same| same.value == Sameness::Content).map(|same| yes(&same.span));
        let properties = Value::map(&origin)
            .with("TopicName", self.topic_name(this))
            .with_some("FifoTopic", fifo)
            .with_some("ContentBasedDeduplication", by_content)
            .with_some("Subscription", subscriptions)
            .with_some("KmsMasterKeyId", key::arn(&self.key));
        lowering.add(Home::Application, this, "", "AWS::SNS::Topic", properties);
        add_alarm(this, lowering);
    }
}

fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a message that a subscriber does not get is lost");
    let name = Value::get_att(logical_id(this.section, &this.name.value, ""), "TopicName", &origin);
    let alarm = Alarm {
        suffix: "Failing",
        description: format!("Subscribers of {} do not get its messages", this.path()),
        namespace: "AWS/SNS",
        metric: "NumberOfNotificationsFailed",
        dimensions: vec![("TopicName", name)],
        statistic: "Sum",
        period: 300,
        periods: 1,
        comparison: "GreaterThanThreshold",
        threshold: 0.0,
        origin,
    };
    lowering.add_alarm(this, alarm);
}

/// Lets the topic send to a thing, and subscribes it.
fn subscribe(this: &Entry, receiver: &Reference<Receivers>, origin: &Origin, lowering: &mut Lowering<'_>) {
    let topic = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
    let sender =
        Sender { service: "sns.amazonaws.com", entry: this, source: Some(topic.clone()), origin: origin.clone() };
    let Some(admission) = lowering.admit(&receiver.path(), &sender) else { return };
    let protocol = if receiver.section == "queues" { "sqs" } else { "lambda" };
    let properties = Value::map(origin)
        .with("TopicArn", topic)
        .with("Protocol", Value::text(protocol, origin))
        .with("Endpoint", admission.arn);
    let suffix = format!("To{}", logical_id(&receiver.section, &receiver.name, ""));
    lowering.add(Home::Application, this, &suffix, "AWS::SNS::Subscription", properties);
}
