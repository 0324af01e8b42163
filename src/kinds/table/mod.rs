//! `tables`: DynamoDB tables.

mod check;
mod lower;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Attribute, Chart, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::source::Located;
use crate::spec::{Count, Either, Mapping, Matching, Pattern};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<Table>("tables", "DynamoDB tables."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The table's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The table's ARN." },
        Attribute {
            name: "stream-arn",
            known: Home::Application,
            gives: Gives::GetAtt("StreamArn"),
            doc: "The ARN of the table's stream; only for a table with `stream`.",
        },
    ],
    longest_name: 255,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A DynamoDB table: encrypted, restorable to any second of the last 35 days, and kept when it is taken out of the file.
    pub struct Table {
        /// The attributes that find an item. They cannot be changed: another key needs a table of another name.
        required key: TableKey = "key",
        /// The types of the attributes that are keys of the table or of an index; other attributes have none.
        required attributes: Mapping<AttributeName, AttributeType> = "attributes",
        /// Other ways to find items: at most 20 with a key of their own, of which CloudFormation adds or removes one an update, and at most 5 with another sort key, which a table has from its beginning.
        optional indexes: Mapping<IndexName, Index> = "indexes",
        /// Makes changes of items a stream that starts functions, and says what of a changed item is in it.
        optional stream: View = "stream",
        /// The attribute that says when an item expires, as seconds since 1970; without it items stay.
        optional ttl: AttributePath = "ttl",
        /// `on-demand`, the default: each request is paid. Or a fixed capacity, which every index gets as well.
        optional billing: Either<Billing, Capacity> = "billing",
        /// Whether AWS refuses to delete the table; `true` unless told otherwise.
        optional protected: bool = "protected",
    }
}

record! {
    /// The attributes that find an item.
    pub struct TableKey {
        /// The partition key: items are spread by it.
        required hash: AttributePath = "hash",
        /// The sort key: items of one partition are ordered by it.
        optional sort: AttributePath = "sort",
    }
}

record! {
    /// Another way to find items: a global secondary index with `key`, a local one with `sort`.
    pub struct Index {
        /// The attributes that find an item.
        optional key: TableKey = "key",
        /// Another sort key for the items of one partition of the table. It cannot be added or removed: another one needs a table of another name.
        optional sort: AttributePath = "sort",
        /// What of an item is in the index: `all`, the default, `keys-only`, or a list of attributes beside the keys.
        optional projection: Either<Projection, Included> = "projection",
    }
    one_of ["key", "sort"];
}

record! {
    /// Attributes that are in an index beside the keys.
    pub struct Included {
        /// The attributes; at most 20, and 100 in all indexes of a table.
        required include: Vec<Located<AttributePath>> = "include",
    }
}

record! {
    /// A fixed capacity.
    pub struct Capacity {
        /// Reads of up to 4 KB a second.
        required read: Count<1, 1_000_000> = "read",
        /// Writes of up to 1 KB a second.
        required write: Count<1, 1_000_000> = "write",
    }
}

choice! {
    /// The type of a key attribute.
    pub enum AttributeType {
        /// Text.
        String = "string",
        /// A number.
        Number = "number",
        /// Bytes.
        Binary = "binary",
    }
}

choice! {
    /// What of a changed item is in the stream.
    pub enum View {
        /// Its key.
        KeysOnly = "keys-only",
        /// The item after the change.
        NewImage = "new-image",
        /// The item before the change.
        OldImage = "old-image",
        /// The item before and after the change.
        NewAndOldImages = "new-and-old-images",
    }
}

choice! {
    /// What of an item is in an index.
    pub enum Projection {
        /// All of it.
        All = "all",
        /// The keys of the table and the index.
        KeysOnly = "keys-only",
    }
}

choice! {
    /// How a table is paid.
    pub enum Billing {
        /// By request.
        OnDemand = "on-demand",
    }
}

/// The name of an attribute of items.
pub type AttributePath = Matching<AttributeName>;

/// What DynamoDB takes as the name of a key attribute.
#[derive(Clone, Copy, Debug)]
pub struct AttributeName;

impl Pattern for AttributeName {
    const REGEX: &'static str = r"^[^\n\r]{1,255}$";
    const EXPECTED: &'static str = "the name of an attribute: 1 to 255 characters";
    const EXAMPLE: &'static str = "vehicle";

    fn matches(text: &str) -> bool {
        (1..=255).contains(&text.chars().count()) && !text.contains(['\n', '\r'])
    }
}

/// What DynamoDB takes as the name of an index.
#[derive(Clone, Copy, Debug)]
pub struct IndexName;

impl Pattern for IndexName {
    const REGEX: &'static str = "^[a-zA-Z0-9_.-]{3,255}$";
    const EXPECTED: &'static str = "the name of an index: 3 to 255 letters, digits, dots, hyphens and underscores";
    const EXAMPLE: &'static str = "by-status";

    fn matches(text: &str) -> bool {
        (3..=255).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    }
}

impl Table {
    /// The table's key and those of its indexes.
    fn keys(&self) -> impl Iterator<Item = &TableKey> {
        let indexes = self.indexes.iter().flat_map(|indexes| &indexes.entries);
        std::iter::once(&self.key.value).chain(indexes.filter_map(|(_, index)| index.key.as_deref()))
    }

    /// The sort keys of local indexes.
    fn local_sorts(&self) -> impl Iterator<Item = &Located<AttributePath>> {
        let indexes = self.indexes.iter().flat_map(|indexes| &indexes.entries);
        indexes.filter_map(|(_, index)| index.sort.as_ref())
    }
}

impl TableKey {
    fn attributes(&self) -> impl Iterator<Item = &Located<AttributePath>> {
        std::iter::once(&self.hash).chain(&self.sort)
    }
}

impl Thing for Table {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let (table, stream) = (Value::get_att(&*id, "Arn", origin), Value::get_att(&*id, "StreamArn", origin));
        let statements = match verb {
            Verb::Reads => {
                let actions = ["dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem"];
                let searched = std::iter::once(table.clone()).chain(self.index_arns(&id, origin)).collect();
                vec![
                    Statement::new(&actions, vec![table], origin),
                    Statement::new(&["dynamodb:Query", "dynamodb:Scan"], searched, origin),
                ]
            }
            Verb::Writes => {
                let actions = [
                    "dynamodb:BatchWriteItem",
                    "dynamodb:ConditionCheckItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:DescribeTable",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                ];
                vec![Statement::new(&actions, vec![table], origin)]
            }
            Verb::On => {
                let actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
                return Some(Grant {
                    statements: vec![
                        Statement::new(&actions, vec![stream.clone()], origin),
                        Statement::new(&["dynamodb:ListStreams"], vec![Value::text("*", origin)], origin),
                    ],
                    environment: Vec::new(),
                    event_source: Some(stream),
                });
            }
            Verb::Calls => return None,
        };
        Some(Grant { statements, environment: vec![("name", Value::reference(id, origin))], event_source: None })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = [("TableName", this.reference(&this.shown()))];
        let chart = |title, metrics| Chart::new(title, "AWS/DynamoDB", &name, metrics);
        vec![
            chart("Capacity used", [("ConsumedReadCapacityUnits", "Sum"), ("ConsumedWriteCapacityUnits", "Sum")]),
            chart("Throttled", [("ReadThrottleEvents", "Sum"), ("WriteThrottleEvents", "Sum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}

impl Table {
    fn index_arns(&self, id: &str, origin: &Origin) -> Vec<Value> {
        let indexes = self.indexes.iter().flat_map(|indexes| &indexes.entries);
        indexes.map(|(name, _)| Value::sub(format!("${{{id}.Arn}}/index/{}", name.value), origin)).collect()
    }
}
