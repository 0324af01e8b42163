//! A place in a bucket, as other kinds refer to it.

use serde_json::{Value as Json, json};

use crate::desired::{Origin, Value};
use crate::model::{Statement, Verb, logical_id};
use crate::spec::{Decoder, Definitions, ReferenceUse, Shape};
use crate::syntax::Node;

const SECTIONS: &[&str] = &["buckets"];

/// `buckets.archive/readings`: a folder or an object of a bucket of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// `archive`
    name: String,
    /// `readings`, without slashes around it; empty for the whole bucket.
    pub key: String,
}

impl Location {
    fn bucket_id(&self) -> String {
        logical_id("buckets", &self.name, "")
    }

    /// `buckets.archive`
    pub fn bucket(&self) -> String {
        format!("buckets.{}", self.name)
    }

    /// `buckets.archive/readings`
    pub fn path(&self) -> String {
        format!("buckets.{}{}", self.name, self.below("/"))
    }

    fn below(&self, before: &str) -> String {
        if self.key.is_empty() { String::new() } else { format!("{before}{}", self.key) }
    }

    /// Whether `other` is this place or lies in it.
    pub fn holds(&self, other: &Location) -> bool {
        let inside = other.key.strip_prefix(&self.key);
        self.name == other.name
            && (self.key.is_empty() || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// `s3://…/readings/`, as the text of an `Fn::Sub`.
    pub fn folder(&self) -> String {
        format!("s3://${{{}}}{}/", self.bucket_id(), self.below("/"))
    }

    /// `s3://…/scripts/load.py`
    pub fn object_url(&self, origin: &Origin) -> Value {
        Value::sub(format!("s3://${{{}}}{}", self.bucket_id(), self.below("/")), origin)
    }

    /// The ARN of the one object.
    pub fn object(&self, origin: &Origin) -> Value {
        Value::sub(format!("${{{}.Arn}}{}", self.bucket_id(), self.below("/")), origin)
    }

    /// The ARN of all objects of the folder.
    pub fn objects(&self, origin: &Origin) -> Value {
        Value::sub(format!("${{{}.Arn}}{}/*", self.bucket_id(), self.below("/")), origin)
    }

    /// What a reader or writer of the folder needs. Who writes may also replace files, as Spark does with those that
    /// it wrote for the time being.
    pub fn statements(&self, verb: Verb, origin: &Origin) -> Vec<Statement> {
        let actions: &[&str] = match verb {
            Verb::Writes => &["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            Verb::Reads | Verb::Calls | Verb::On => &["s3:GetObject"],
        };
        vec![
            Statement::new(actions, vec![self.objects(origin)], origin),
            Statement::new(&["s3:GetBucketLocation", "s3:ListBucket"], vec![self.bucket_arn(origin)], origin),
        ]
    }

    pub fn bucket_arn(&self, origin: &Origin) -> Value {
        Value::get_att(self.bucket_id(), "Arn", origin)
    }
}

/// What may stand between two slashes of a key.
fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.=-".contains(&byte))
}

impl Shape for Location {
    fn schema(_: &mut Definitions) -> Json {
        json!({
            "type": "string",
            "pattern": "^buckets\\.[a-z0-9-]+(/[A-Za-z0-9_.=-]+)*/?$",
            "examples": ["buckets.archive/readings"],
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: a place in a bucket such as `buckets.archive/readings`")?;
        let place = text.strip_suffix('/').unwrap_or(text);
        let (bucket, key) = match place.split_once('/') {
            Some((bucket, key)) => (bucket, Some(key)),
            None => (place, None),
        };
        let name = bucket.strip_prefix("buckets.").filter(|name| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
        let Some(name) = name.filter(|_| key.is_none_or(|key| key.split('/').all(is_word))) else {
            decoder.bad_value(
                node,
                format!("`{text}` is not a place in a bucket"),
                "write a bucket of this file and a folder in it, for example `buckets.archive/readings`",
            );
            return None;
        };
        let start = node.span.text().find(bucket).unwrap_or(0);
        let span = node.span.within(start, start + bucket.len());
        decoder.references.push(ReferenceUse { text: bucket.to_owned(), span, accepts: SECTIONS });
        Some(Self { name: name.to_owned(), key: key.unwrap_or_default().to_owned() })
    }
}
