//! `queues`: SQS queues.

mod rules;

use serde_json::json;

use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::kinds::key::{self, Keys};
use crate::model::{
    Admission, Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Sender, Statement, Thing, Verb, logical_id,
    section,
};
use crate::record;
use crate::source::Located;
use crate::spec::{Reference, Seconds};

pub const KIND: Kind = Kind {
    section: section::<Queue>("queues", "SQS queues."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "name",
            known: Home::Application,
            gives: Gives::GetAtt("QueueName"),
            doc: "The queue's name.",
        },
        Attribute { name: "url", known: Home::Application, gives: Gives::Ref, doc: "The queue's URL." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The queue's ARN." },
    ],
    longest_name: 80,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// An SQS queue, encrypted, and kept when it is taken out of the file.
    pub struct Queue {
        /// How long messages wait, `1m` to `14d`; `4d` unless told otherwise.
        optional retention: Seconds = "retention",
        /// How long a message that is being worked on is hidden from others, at most `12h`; `30s` unless told otherwise.
        optional hidden: Seconds = "hidden",
        /// The key that encrypts the messages; one that SQS manages unless told otherwise.
        optional key: Reference<Keys> = "key",
    }
}

/// SQS API reference, SetQueueAttributes: MessageRetentionPeriod and VisibilityTimeout, in seconds. Read 2026-11-20.
const RETENTION: std::ops::RangeInclusive<u64> = 60..=1_209_600;
const LONGEST_HIDDEN: u64 = 43_200;

impl Thing for Queue {
    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        if let Some(retention) = self.retention.as_ref().filter(|retention| !RETENTION.contains(&retention.0)) {
            report.push(
                Diagnostic::new(
                    &rules::LIMITS,
                    &retention.span,
                    format!("SQS keeps messages for 1 minute to 14 days, not for `{}`", retention.span.text()),
                )
                .label("AWS refuses this")
                .help("write a time from `1m` to `14d`"),
            );
        }
        if let Some(hidden) = self.hidden.as_ref().filter(|hidden| hidden.0 > LONGEST_HIDDEN) {
            report.push(
                Diagnostic::new(
                    &rules::LIMITS,
                    &hidden.span,
                    format!("SQS hides a message for at most 12 hours, not for `{}`", hidden.span.text()),
                )
                .label("AWS refuses this")
                .help("write at most `12h`"),
            );
        }
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let actions: &[&str] = match verb {
            Verb::Writes => &["sqs:GetQueueAttributes", "sqs:SendMessage"],
            Verb::Reads => {
                &["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
            }
            Verb::Calls | Verb::On => return None,
        };
        let of_key: &[&str] =
            if verb == Verb::Writes { &["kms:Decrypt", "kms:GenerateDataKey"] } else { &["kms:Decrypt"] };
        let mut statements = vec![Statement::new(actions, vec![Value::get_att(&*id, "Arn", origin)], origin)];
        statements.extend(key::use_of(&self.key, of_key, origin));
        Some(Grant { statements, environment: vec![("url", Value::reference(id, origin))], event_source: None })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let id = logical_id(this.section, &this.name.value, "");
        let arn = Value::get_att(&*id, "Arn", &sender.origin);
        if let Some(admission) = sender.by_role("sqs:SendMessage", &arn) {
            return Some(admission);
        }
        let policy = ("AWS::SQS::QueuePolicy", "Queues");
        let queue = (Value::reference(id, &sender.origin), &arn);
        if let Some(key) = &self.key {
            lowering.let_use_key(&key.path(), sender);
        }
        let after = Some(lowering.add_to_policy(this, policy, queue, "sqs:SendMessage", sender));
        Some(Admission { arn, statements: Vec::new(), after })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let seconds = |given: &Option<Located<Seconds>>| {
            let given = given.as_ref()?;
            Some(Value::new(ValueKind::Integer(given.0 as i64), &Origin::authored(&given.span)))
        };
        let encrypted = this.derived("queues are encrypted with a key that SQS manages unless told otherwise");
        let managed = self.key.is_none().then(|| Value::from_json(json!(true), &encrypted));
        let properties = Value::map(&Origin::authored(&this.name.span))
            .with("QueueName", lowering.physical_name(this))
            .with_some("SqsManagedSseEnabled", managed)
            .with_some("KmsMasterKeyId", key::arn(&self.key))
            .with_some("MessageRetentionPeriod", seconds(&self.retention))
            .with_some("VisibilityTimeout", seconds(&self.hidden));
        let queue = lowering.add(Home::Application, this, "", "AWS::SQS::Queue", properties);
        queue.deletion_policy = Some("Retain");
        queue.update_replace_policy = Some("Retain");
    }
}
