//! `keys`: KMS keys.

mod rules;

use serde_json::json;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::record;
use crate::source::Located;
use crate::spec::{PlainText, Reference, Seconds, Target};

pub const KIND: Kind = Kind {
    section: section::<Key>("keys", "KMS keys."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The key's ARN." },
        Attribute { name: "id", known: Home::Application, gives: Gives::Ref, doc: "The key's id." },
    ],
    longest_name: 250,
    idle: Some("nothing is encrypted with the key"),
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A KMS key with an alias, which is rotated, and kept when it is taken out of the file.
    pub struct Key {
        /// What it encrypts.
        optional description: PlainText = "description",
        /// How often KMS renews the key material, `90d` to `2560d`; `365d` unless told otherwise.
        optional rotation: Seconds = "rotation",
    }
}

/// Where a key is named that encrypts a thing.
#[derive(Debug)]
pub struct Keys;

impl Target for Keys {
    const SECTIONS: &'static [&'static str] = &["keys"];
}

/// The reference to a key, where a thing says what it is encrypted with.
pub type KeyReference = Option<Located<Reference<Keys>>>;

/// What a user of a thing that is encrypted with `key` needs of the key.
pub fn use_of(key: &KeyReference, actions: &[&str], origin: &Origin) -> Option<Statement> {
    key.as_ref().map(|key| Statement::new(actions, vec![arn_of(key, origin)], origin))
}

/// What a writer of another stack needs of a key, which it knows by its alias.
pub fn use_by_alias(key: &Reference<Keys>, stack: &str, origin: &Origin) -> Statement {
    by_alias(&["kms:Decrypt", "kms:GenerateDataKey"], key, stack, origin)
}

/// What a reader of another stack needs of a key, which it knows by its alias.
pub fn read_by_alias(key: &Reference<Keys>, stack: &str, origin: &Origin) -> Statement {
    by_alias(&["kms:Decrypt"], key, stack, origin)
}

fn by_alias(actions: &[&str], key: &Reference<Keys>, stack: &str, origin: &Origin) -> Statement {
    let keys = Value::sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*", origin);
    let alias = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": format!("alias/{stack}-{}", key.name) } });
    Statement::new(actions, vec![keys], origin).when(Value::from_json(alias, origin))
}

/// The ARN of the key that a thing says it is encrypted with.
pub fn arn(key: &KeyReference) -> Option<Value> {
    key.as_ref().map(|key| arn_of(key, &Origin::authored(&key.span)))
}

fn arn_of(key: &Reference<Keys>, origin: &Origin) -> Value {
    Value::get_att(logical_id(&key.section, &key.name, ""), "Arn", origin)
}

/// The policy with which the policies of IAM decide who uses a key. Without it nobody could administer the key.
fn account_decides(this: &Entry) -> Value {
    Value::from_json(
        json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": { "AWS": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
            "Action": "kms:*",
            "Resource": "*",
        }] }),
        &this.derived("the account decides by IAM who uses a key"),
    )
}

const DAY: u64 = 86_400;
/// KMS API reference, EnableKeyRotation: RotationPeriodInDays. Read 2026-11-20.
const ROTATION_DAYS: std::ops::RangeInclusive<u64> = 90..=2560;
/// KMS API reference, ScheduleKeyDeletion: the longest waiting time. Read 2026-11-20.
const DELETION_DAYS: u64 = 30;

impl Thing for Key {
    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        let Some(rotation) = &self.rotation else { return };
        if rotation.0 % DAY == 0 && ROTATION_DAYS.contains(&(rotation.0 / DAY)) {
            return;
        }
        let message = format!("KMS rotates a key every 90 to 2,560 whole days, not every `{}`", rotation.span.text());
        report.push(
            Diagnostic::new(&rules::ROTATION, &rotation.span, message)
                .label("AWS refuses this")
                .help("write a time from `90d` to `2560d`"),
        );
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let actions: &[&str] = match verb {
            Verb::Reads => &["kms:Decrypt"],
            Verb::Writes => &["kms:Decrypt", "kms:GenerateDataKey"],
            Verb::Calls | Verb::On => return None,
        };
        let arn = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", origin);
        Some(Grant {
            statements: vec![Statement::new(actions, vec![arn.clone()], origin)],
            environment: vec![("arn", arn)],
            event_source: None,
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = Origin::authored(&this.name.span);
        let days = match &self.rotation {
            Some(rotation) => Value::from_json(json!(rotation.0 / DAY), &Origin::authored(&rotation.span)),
            None => Value::from_json(json!(365), &this.derived("a key is rotated every year unless told otherwise")),
        };
        let rotated = Value::from_json(json!(true), &this.derived("keys are rotated"));
        let waiting = this.derived("a deleted key can be restored for as long as KMS allows");
        let properties = Value::map(&origin)
            .with_some(
                "Description",
                self.description.as_ref().map(|text| Value::text(&*text.value.0, &Origin::authored(&text.span))),
            )
            .with("EnableKeyRotation", rotated)
            .with("RotationPeriodInDays", days)
            .with("PendingWindowInDays", Value::from_json(json!(DELETION_DAYS), &waiting))
            .with("KeyPolicy", account_decides(this));
        let key = lowering.add(Home::Application, this, "", "AWS::KMS::Key", properties);
        key.retain();
        let id = logical_id(this.section, &this.name.value, "");
        let alias = this.derived("people find a key by its alias");
        let name = format!("alias/${{AWS::StackName}}-{}", this.name.value);
        let properties = Value::map(&alias)
            .with("AliasName", Value::sub(name, &alias))
            .with("TargetKeyId", Value::reference(id, &alias));
        lowering.add(Home::Application, this, "Alias", "AWS::KMS::Alias", properties);
    }
}
