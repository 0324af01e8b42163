//! Which calls tell what of a resource type: `rows.json`.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

/// How resources of one type are read.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: String,
    /// The first tells whether the resource exists; each later one may fail without spoiling the rest.
    pub(super) reads: Vec<Read>,
    /// Answers the first read for several resources at once.
    pub(super) batch: Option<Batch>,
    pub(super) renames: Vec<(String, String)>,
    /// Properties that name the resource in the calls; what the answers are about has them.
    pub(super) asked_by: Vec<String>,
}

/// A call, and which properties it tells.
#[derive(Debug)]
pub(super) struct Read {
    /// `None` where the row's batch does it, if need be for one resource.
    pub(super) call: Option<Call>,
    /// In texts, `{id}` is the physical id, `{id|-1}` the last of its parts between `|`, `{/A/B}` a property of the
    /// template, `{answer/a/b}` a value of the first answer, and `{item}` one of `each`. A member whose text begins with
    /// `{?` is left out where there is no such value.
    pub(super) send: Json,
    /// The property of the template whose items are asked about one by one; all have the same properties.
    pub(super) each: Option<String>,
    /// Where in the answer the properties begin.
    pub(super) at: String,
    /// `None` of these in the answer: they are known to be absent.
    pub(super) covers: Vec<String>,
    /// Asked only where the template sets this property.
    pub(super) only_if: Option<String>,
    /// Asked only where the first answer has this text at this place.
    pub(super) only_answer: Option<(String, String)>,
    /// Error codes that mean "nothing of this is configured".
    pub(super) absent: Vec<String>,
    pub(super) pages: Option<Pages>,
}

/// An operation of a service, both as botocore calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) service: String,
    pub(super) operation: String,
    /// Of REST services: the method and the path, in which `{name}` is a member of the request.
    pub(super) http: Option<(String, String)>,
    /// For messages: what the call does.
    pub(super) attempted: String,
}

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) call: Call,
    pub(super) send: Json,
    /// The member of the request that takes the ids.
    pub(super) ids: String,
    /// How many ids AWS takes at once.
    pub(super) most: usize,
    /// Where the list of resources is in the answer.
    pub(super) at: String,
    /// The member by which an item is known as the resource, which has to equal the physical id.
    pub(super) by: String,
    pub(super) pages: Option<Pages>,
}

#[derive(Debug)]
pub(super) struct Pages {
    /// The member of the answer that names the next page.
    pub(super) next: String,
    /// The member of the request that asks for it.
    pub(super) send: String,
    /// Where the list is that goes on there.
    pub(super) at: String,
}

static ROWS: LazyLock<IndexMap<String, Row>> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(include_str!("rows.json")).unwrap_or_default();
    let rows = json["types"].as_object().into_iter().flatten();
    rows.map(|(kind, row)| (kind.clone(), Row::read(kind, row))).collect()
});

pub(super) fn row(resource_type: &str) -> Option<&'static Row> {
    ROWS.get(resource_type)
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    ROWS.values()
}

impl Row {
    fn read(kind: &str, json: &Json) -> Self {
        let renames = json["renames"].as_object().into_iter().flatten();
        Self {
            kind: kind.to_owned(),
            reads: json["reads"].as_array().into_iter().flatten().map(Read::from_json).collect(),
            batch: json.get("batch").map(|batch| Batch {
                call: Call::read(batch),
                send: batch.get("send").cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new())),
                ids: text(batch, "ids"),
                most: batch["most"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(1),
                at: text(batch, "at"),
                by: text(batch, "by"),
                pages: Pages::read(batch),
            }),
            renames: renames.map(|(from, to)| (from.clone(), to.as_str().unwrap_or_default().to_owned())).collect(),
            asked_by: texts(&json["asked_by"]),
        }
    }

    /// All calls that may be made for a resource of the type.
    #[cfg(test)]
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.reads.iter().filter_map(|read| read.call.as_ref()).chain(self.batch.iter().map(|batch| &batch.call))
    }
}

impl Read {
    fn from_json(json: &Json) -> Self {
        Self {
            call: json.get("call").map(|_| Call::read(json)),
            send: json.get("send").cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new())),
            each: json["each"].as_str().map(str::to_owned),
            at: text(json, "at"),
            covers: texts(&json["covers"]),
            only_if: json["only_if"].as_str().map(str::to_owned),
            only_answer: <[String; 2]>::try_from(texts(&json["only_answer"])).ok().map(|[at, text]| (at, text)),
            absent: texts(&json["absent"]),
            pages: Pages::read(json),
        }
    }
}

impl Call {
    /// `"call": "kafka:DescribeTopic"`, with `"http": "GET /v1/…"` where the service speaks REST.
    fn read(json: &Json) -> Self {
        let http = json["http"].as_str().and_then(|http| http.split_once(' '));
        let http = http.map(|(method, path)| (method.to_owned(), path.to_owned()));
        Self { http, ..Self::named(json["call"].as_str().unwrap_or_default()) }
    }

    /// `kafka:DescribeTopic`
    pub(super) fn named(call: &str) -> Self {
        let (service, operation) = call.split_once(':').unwrap_or((call, ""));
        Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
            http: None,
            attempted: format!("ask `{call}` about"),
        }
    }
}

impl Pages {
    /// `"pages": ["NextToken of the answer", "NextToken of the request", "/List"]`
    fn read(json: &Json) -> Option<Self> {
        let [next, send, at] = texts(&json["pages"]).try_into().ok()?;
        Some(Self { next, send, at })
    }
}

fn text(json: &Json, key: &str) -> String {
    json[key].as_str().unwrap_or_default().to_owned()
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::schema;

    #[test]
    fn every_row_speaks_of_what_there_is() {
        assert!(all().count() > 20);
        for row in all() {
            let schema = schema::get(&row.kind).unwrap_or_else(|| panic!("no type {}", row.kind));
            assert!(!row.reads.is_empty(), "{}", row.kind);
            let called = row.reads.iter().skip(1).all(|read| read.call.is_some());
            assert!(called && (row.reads[0].call.is_some() || row.batch.is_some()), "{}", row.kind);
            for covered in row.reads.iter().flat_map(|read| &read.covers).chain(&row.asked_by) {
                assert!(schema.root().property(covered).is_some(), "{} has no {covered}", row.kind);
            }
            for property in row.reads.iter().filter_map(|read| read.only_if.as_deref()) {
                assert!(schema.root().property(property).is_some(), "{} has no {property}", row.kind);
            }
            for (from, _) in row.renames.iter().filter(|(from, _)| from.starts_with('/')) {
                assert!(schema.at(from).is_some(), "{} has no {from}", row.kind);
            }
            for call in row.calls() {
                assert!(!call.service.is_empty() && !call.operation.is_empty(), "{} {call:?}", row.kind);
            }
            if let Some(batch) = &row.batch {
                assert!(batch.most > 1 && !batch.ids.is_empty() && batch.at.starts_with('/'), "{}", row.kind);
            }
        }
    }

    #[test]
    fn what_has_no_row_is_not_read() {
        assert!(row("AWS::No::Such").is_none());
    }
}
