//! `queues`: SQS queues.

mod check;
mod lower;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::{Diagnostic, Rule};
use crate::kinds::function::Function;
use crate::kinds::key::{self, Keys};
use crate::model::{
    Admission, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Lowering, Model, Sender, Statement, Thing, Verb,
    logical_id, section,
};
use crate::source::Located;
use crate::spec::{Count, Reference, Seconds, Target};
use crate::{choice, record};

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
        /// How long a message that is being worked on is hidden from others, at most `12h`. `30s` unless told otherwise, and six times what a call of the function may take that the queue starts.
        optional hidden: Seconds = "hidden",
        /// The key that encrypts the messages; one that SQS manages unless told otherwise.
        optional key: Reference<Keys> = "key",
        /// Where messages go that fail again and again.
        optional dead_letters: DeadLetters = "dead-letters",
        /// Whether messages keep their order and come exactly once; `false` unless told otherwise. A queue cannot be changed from one to the other.
        optional fifo: bool = "fifo",
        /// What makes two messages of a FIFO queue the same, of which one comes within 5 minutes; an id that the sender gives unless told otherwise.
        optional same: Sameness = "same",
    }
}

record! {
    /// Where messages go that fail again and again.
    pub struct DeadLetters {
        /// The queue for them; FIFO if this one is.
        required to: Reference<Queues> = "to",
        /// After how many times that a message was received.
        required after: Count<1, 1000> = "after",
    }
}

choice! {
    /// What makes two messages the same.
    pub enum Sameness {
        /// An id that the sender gives.
        Id = "id",
        /// Their content.
        Content = "content",
    }
}

/// Only what is FIFO takes two messages for one.
pub(in crate::kinds) fn check_sameness(
    fifo: Option<&Located<bool>>,
    same: Option<&Located<Sameness>>,
    noun: &str,
    rule: &'static Rule,
    report: &mut Vec<Diagnostic>,
) {
    let Some(same) = same.filter(|_| fifo.is_none_or(|fifo| !fifo.value)) else { return };
    let message =
        format!("a standard {noun} does not look whether two messages are the same, and AWS refuses to be told");
    let help = "write `fifo: true` as well, or remove `same`";
    report.push(Diagnostic::new(rule, &same.span, message).label("only for FIFO").help(help));
}

#[derive(Debug)]
pub struct Queues;

impl Target for Queues {
    const SECTIONS: &'static [&'static str] = &["queues"];
}

impl Queue {
    pub(in crate::kinds) fn is_fifo(&self) -> bool {
        self.fifo.as_ref().is_some_and(|fifo| fifo.value)
    }
}

/// The longest time in seconds that a call may take of the functions which the queue starts.
fn longest_call(this: &Entry, model: &Model) -> Option<u64> {
    let path = this.path();
    let functions = model.entries.iter().filter_map(|entry| model.thing::<Function>(&entry.path()));
    let started = functions.filter(|(_, function)| {
        let links = function.links();
        links.iter().any(|link| link.verb == Verb::On && link.target == path)
    });
    started.map(|(_, function)| function.timeout()).max()
}

impl Thing for Queue {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let actions: &[&str] = match verb {
            Verb::Writes => &["sqs:GetQueueAttributes", "sqs:SendMessage"],
            Verb::Reads => {
                &["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
            }
            Verb::On => &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            Verb::Calls => return None,
        };
        let arn = Value::get_att(&*id, "Arn", origin);
        let of_key: &[&str] =
            if verb == Verb::Writes { &["kms:Decrypt", "kms:GenerateDataKey"] } else { &["kms:Decrypt"] };
        let mut statements = vec![Statement::new(actions, vec![arn.clone()], origin)];
        statements.extend(key::use_of(&self.key, of_key, origin));
        Some(Grant {
            statements,
            environment: if verb == Verb::On { Vec::new() } else { vec![("url", Value::reference(id, origin))] },
            event_source: (verb == Verb::On).then_some(arn),
        })
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

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = Value::get_att(logical_id(this.section, &this.name.value, ""), "QueueName", &this.shown());
        let name = [("QueueName", name)];
        let chart = |title, metrics| Chart::new(title, "AWS/SQS", &name, metrics);
        vec![
            chart("Messages in and out", [("NumberOfMessagesSent", "Sum"), ("NumberOfMessagesDeleted", "Sum")]),
            chart(
                "Waiting",
                [
                    ("ApproximateNumberOfMessagesVisible", "Maximum"),
                    ("ApproximateNumberOfMessagesNotVisible", "Maximum"),
                ],
            ),
            Chart::new("Age of the oldest message", "AWS/SQS", &name, [("ApproximateAgeOfOldestMessage", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}
