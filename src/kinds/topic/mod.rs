//! `topics`: SNS topics.

use crate::desired::{Origin, Value};
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::record;
use crate::spec::{OneOrMany, PlainText};

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
    rules: &[],
    page: include_str!("page.md"),
};

record! {
    /// An SNS topic.
    pub struct Topic {
        /// E-mail addresses that get its messages; each must confirm its subscription once.
        optional subscribe: OneOrMany<PlainText> = "subscribe",
    }
}

impl Thing for Topic {
    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let arn = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
        matches!(verb, Verb::Writes | Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(&["sns:Publish"], vec![arn.clone()], origin)],
            environment: vec![("arn", arn)],
            event_source: None,
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = Origin::authored(&this.name.span);
        let subscriptions = self.subscribe.as_ref().map(|addresses| {
            let origin = Origin::authored(&addresses.span);
            let items = addresses.value.0.iter().map(|address| {
                let origin = Origin::authored(&address.span);
                Value::map(&origin)
                    .with("Protocol", Value::text("email", &origin))
                    .with("Endpoint", Value::text(&*address.value.0, &origin))
            });
            Value::list(items.collect(), &origin)
        });
        let properties = Value::map(&origin)
            .with("TopicName", lowering.physical_name(this))
            .with_some("Subscription", subscriptions);
        lowering.add(Home::Application, this, "", "AWS::SNS::Topic", properties);
    }
}
