//! `buses`: event buses of one's own.

use crate::desired::{Origin, Value};
use crate::model::{
    Admission, Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Sender, Statement, Thing, Verb, logical_id,
    section,
};
use crate::record;
use crate::spec::PlainText;

pub const BUSES: Kind = Kind {
    section: section::<Bus>("buses", "EventBridge buses of one's own."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The bus's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The bus's ARN." },
    ],
    longest_name: 256,
    idle: None,
    steps: &[],
    rules: &[],
    page: include_str!("buses.md"),
};

record! {
    /// An event bus of one's own. Only this account sends to it.
    pub struct Bus {
        /// What its events are about.
        optional description: PlainText = "description",
    }
}

impl Thing for Bus {
    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        (verb == Verb::Writes).then(|| Grant {
            statements: vec![Statement::new(&["events:PutEvents"], vec![Value::get_att(&*id, "Arn", origin)], origin)],
            environment: vec![("name", Value::reference(id, origin))],
            event_source: None,
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, _lowering: &mut Lowering<'_>) -> Option<Admission> {
        let arn = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", &sender.origin);
        let put = Statement::new(&["events:PutEvents"], vec![arn.clone()], &sender.origin);
        Some(Admission { arn, statements: vec![put], after: None })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let description = self
            .description
            .as_ref()
            .map(|description| Value::text(&*description.value.0, &Origin::authored(&description.span)));
        let properties = Value::map(&Origin::authored(&this.name.span))
            .with("Name", lowering.physical_name(this))
            .with_some("Description", description);
        lowering.add(Home::Application, this, "", "AWS::Events::EventBus", properties);
    }
}
