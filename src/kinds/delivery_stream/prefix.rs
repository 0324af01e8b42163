//! The names of objects in S3, with expressions that Firehose evaluates when it writes: `!{timestamp:yyyy/MM/dd}/`.

use super::destination::ToS3;
use crate::source::Located;
use crate::spec::{Part, Text};

/// Stands for what is known only at deployment.
const HOLE: char = '\u{fffc}';

/// `!{namespace:value}`, or what stands after a `!{` that is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expression<'a> {
    Whole { namespace: &'a str, value: &'a str },
    Broken(&'a str),
}

/// A prefix as far as it is known when it is compiled.
pub(super) fn known(text: &Text) -> String {
    let parts = text.parts.iter().map(|part| match part {
        Part::Literal(text) => text.clone(),
        Part::Expression(_) => HOLE.to_string(),
    });
    parts.collect()
}

pub(super) fn expressions(prefix: &str) -> Vec<Expression<'_>> {
    let after = prefix.split("!{").skip(1);
    let read = after.map(|rest| match rest.split_once('}').and_then(|(inner, _)| inner.split_once(':')) {
        Some((namespace, value)) if !namespace.is_empty() && !value.is_empty() => {
            Expression::Whole { namespace, value }
        }
        _ => Expression::Broken(rest.split_once('}').map_or(rest, |(inner, _)| inner)),
    });
    read.collect()
}

/// The values of all expressions of one namespace.
pub(super) fn values<'a>(prefix: &'a str, wanted: &str) -> Vec<&'a str> {
    let expressions = expressions(prefix).into_iter();
    let found = expressions.filter_map(|expression| match expression {
        Expression::Whole { namespace, value } if namespace == wanted => Some(value),
        _ => None,
    });
    found.collect()
}

pub(super) const BY_QUERY: &str = "partitionKeyFromQuery";
pub(super) const BY_FUNCTION: &str = "partitionKeyFromLambda";

impl ToS3 {
    /// Whether the objects are partitioned by what is in the records.
    pub(super) fn is_partitioned(&self) -> bool {
        let prefix = self.prefix.as_ref().map(|prefix| known(prefix)).unwrap_or_default();
        self.partition_by.is_some() || !values(&prefix, BY_FUNCTION).is_empty()
    }

    /// The partition keys and the expressions that find them.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&Located<String>, &str)> {
        let keys = self.partition_by.iter().flat_map(|keys| &keys.entries);
        keys.map(|(key, query)| (key, query.value.0.as_str()))
    }

    /// The query of jq that gives all keys of a record.
    pub(super) fn query(&self) -> String {
        // A path needs no parentheses, and is what people write most.
        let is_path =
            |query: &str| query.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
        let entries = self.keys().map(|(key, query)| match is_path(query) {
            true => format!("{}:{query}", key.value),
            false => format!("{}:({query})", key.value),
        });
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_firehose_reads_them() {
        let prefix = "trips/!{timestamp:yyyy/MM}/!{partitionKeyFromQuery:city}/!{broken/";
        assert_eq!(
            expressions(prefix),
            [
                Expression::Whole { namespace: "timestamp", value: "yyyy/MM" },
                Expression::Whole { namespace: "partitionKeyFromQuery", value: "city" },
                Expression::Broken("broken/"),
            ]
        );
        assert_eq!(values(prefix, BY_QUERY), ["city"]);
        assert_eq!(expressions("trips/"), []);
    }
}
