//! The resources of a table: the table itself and its alarms.

use serde_json::json;

use super::{AttributeType, Capacity, Index, Projection, Table, TableKey};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Alarm, Entry, Home, Lowering, logical_id};
use crate::source::Located;
use crate::spec::Either;

const RESTORABLE_DAYS: i64 = 35;

pub(super) fn lower(table: &Table, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&this.name.span);
    let safe = this.derived("tables are encrypted, and restorable to any second of the last 35 days");
    let protected = match &table.protected {
        Some(protected) => Value::new(ValueKind::Boolean(protected.value), &Origin::authored(&protected.span)),
        None => Value::new(ValueKind::Boolean(true), &this.derived("tables are protected unless told otherwise")),
    };
    let recovery = json!({ "PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": RESTORABLE_DAYS });
    let (mode, capacity) = billing(table, this);
    let indexes = table.indexes.as_ref().map(|indexes| {
        let origin = Origin::authored(&indexes.span);
        let made = |global: bool| {
            let meant = indexes.entries.iter().filter(|(_, it)| it.key.is_some() == global);
            let made: Vec<_> = meant.map(|(name, it)| index(name, it, table, capacity.as_ref())).collect();
            (!made.is_empty()).then(|| Value::list(made, &origin))
        };
        (made(true), made(false))
    });
    let (global, local) = indexes.unwrap_or_default();
    let stream = table.stream.as_ref().map(|view| {
        let origin = Origin::authored(&view.span);
        Value::map(&origin).with("StreamViewType", Value::text(view.word().replace('-', "_").to_uppercase(), &origin))
    });
    let ttl = table.ttl.as_ref().map(|ttl| {
        let origin = Origin::authored(&ttl.span);
        Value::map(&origin)
            .with("AttributeName", Value::text(&ttl.text, &origin))
            .with("Enabled", Value::new(ValueKind::Boolean(true), &origin))
    });
    let properties = Value::map(&origin)
        .with("TableName", lowering.physical_name(this))
        .with("AttributeDefinitions", attributes(table))
        .with("KeySchema", key_schema(&table.key))
        .with("BillingMode", mode)
        .with_some("ProvisionedThroughput", capacity)
        .with_some("GlobalSecondaryIndexes", global)
        .with_some("LocalSecondaryIndexes", local)
        .with_some("StreamSpecification", stream)
        .with_some("TimeToLiveSpecification", ttl)
        .with("SSESpecification", Value::from_json(json!({ "SSEEnabled": true }), &safe))
        .with("PointInTimeRecoverySpecification", Value::from_json(recovery, &safe))
        .with("DeletionProtectionEnabled", protected);
    let resource = lowering.add(Home::Application, this, "", "AWS::DynamoDB::Table", properties);
    resource.retain();
    add_alarms(this, lowering);
}

fn attributes(table: &Table) -> Value {
    let mut attributes: Vec<_> = table.attributes.entries.iter().collect();
    attributes.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
    let definitions = attributes.into_iter().map(|(name, kind)| {
        let letter = match kind.value {
            AttributeType::String => "S",
            AttributeType::Number => "N",
            AttributeType::Binary => "B",
        };
        let origin = Origin::authored(&name.span);
        Value::map(&origin)
            .with("AttributeName", Value::text(&*name.value, &origin))
            .with("AttributeType", Value::text(letter, &Origin::authored(&kind.span)))
    });
    Value::list(definitions.collect(), &Origin::authored(&table.attributes.span))
}

fn key_schema(key: &Located<TableKey>) -> Value {
    let parts = key.attributes().zip(["HASH", "RANGE"]).map(|(attribute, role)| {
        let origin = Origin::authored(&attribute.span);
        Value::map(&origin)
            .with("AttributeName", Value::text(&attribute.text, &origin))
            .with("KeyType", Value::text(role, &origin))
    });
    Value::list(parts.collect(), &Origin::authored(&key.span))
}

/// The billing mode, and the capacity of a table that has one.
fn billing(table: &Table, this: &Entry) -> (Value, Option<Value>) {
    let Some(billing) = &table.billing else {
        let derived = this.derived("a table is paid by request unless told otherwise");
        return (Value::text("PAY_PER_REQUEST", &derived), None);
    };
    let origin = Origin::authored(&billing.span);
    match &billing.value {
        Either::Short(_) => (Value::text("PAY_PER_REQUEST", &origin), None),
        Either::Long(Capacity { read, write }) => {
            let units = |count: i64, span| Value::new(ValueKind::Integer(count), &Origin::authored(span));
            let capacity = Value::map(&origin)
                .with("ReadCapacityUnits", units(read.0, &read.span))
                .with("WriteCapacityUnits", units(write.0, &write.span));
            (Value::text("PROVISIONED", &origin), Some(capacity))
        }
    }
}

fn index(name: &Located<String>, index: &Located<Index>, table: &Table, capacity: Option<&Value>) -> Value {
    let origin = Origin::authored(&name.span);
    let projection = match &index.projection {
        None => {
            let derived = Origin::derived(&name.span, "an index holds whole items unless told otherwise");
            Value::map(&derived).with("ProjectionType", Value::text("ALL", &derived))
        }
        Some(projection) => {
            let origin = Origin::authored(&projection.span);
            match &projection.value {
                Either::Short(Projection::All) => {
                    Value::map(&origin).with("ProjectionType", Value::text("ALL", &origin))
                }
                Either::Short(Projection::KeysOnly) => {
                    Value::map(&origin).with("ProjectionType", Value::text("KEYS_ONLY", &origin))
                }
                Either::Long(included) => {
                    let names = included.include.iter();
                    let names = names.map(|name| Value::text(&name.text, &Origin::authored(&name.span))).collect();
                    Value::map(&origin)
                        .with("ProjectionType", Value::text("INCLUDE", &origin))
                        .with("NonKeyAttributes", Value::list(names, &Origin::authored(&included.include.span)))
                }
            }
        }
    };
    Value::map(&origin)
        .with("IndexName", Value::text(&*name.value, &origin))
        .with("KeySchema", index_keys(index, table))
        .with("Projection", projection)
        .with_some("ProvisionedThroughput", capacity.filter(|_| index.key.is_some()).cloned())
}

/// A local index shares the partition key of its table, and its capacity.
fn index_keys(index: &Located<Index>, table: &Table) -> Value {
    if let Some(key) = &index.key {
        return key_schema(key);
    }
    let key = TableKey { hash: table.key.hash.clone(), sort: index.sort.clone() };
    key_schema(&Located::new(key, index.span.clone()))
}

fn add_alarms(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a table that throttles loses work in the end");
    let id = logical_id(this.section, &this.name.value, "");
    for (suffix, metric, who) in
        [("ReadThrottled", "ReadThrottleEvents", "Readers"), ("WriteThrottled", "WriteThrottleEvents", "Writers")]
    {
        lowering.add_alarm(
            this,
            Alarm {
                suffix,
                description: format!("{who} of {} are throttled: it has too little capacity", this.path()),
                namespace: "AWS/DynamoDB",
                metric,
                dimensions: vec![("TableName", Value::reference(&*id, &origin))],
                statistic: "Sum",
                period: 60,
                periods: 5,
                comparison: "GreaterThanThreshold",
                threshold: 0.0,
                origin: origin.clone(),
            },
        );
    }
}
