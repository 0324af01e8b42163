//! The filters of event sources.

use serde_json::{Map, Value as Json};

use crate::analysis::System;
use crate::analysis::event_source::{EventSource, event_sources};
use crate::analysis::value::{items, look, text};
use crate::desired::Value;

/// A filter whose text is known.
pub(super) struct Filter<'a> {
    pub(super) source: EventSource<'a>,
    pub(super) value: &'a Value,
    pub(super) text: String,
}

pub(super) fn filters<'a>(system: &System<'a>) -> Vec<Filter<'a>> {
    let mut found = Vec::new();
    for source in event_sources(system) {
        let filters = look(source.properties, "/FilterCriteria/Filters").found().map(items).unwrap_or_default();
        for value in filters.into_iter().filter_map(|filter| look(filter, "/Pattern").found()) {
            if let Some(text) = text(value) {
                found.push(Filter { source, value, text: text.into_owned() });
            }
        }
    }
    found
}

/// The fields that a pattern asks for, also those in the branches of an `$or`.
pub(super) fn fields(pattern: &Map<String, Json>) -> Vec<(&str, &Json)> {
    let mut found = Vec::new();
    for (name, value) in pattern {
        match value {
            Json::Array(branches) if name == "$or" => {
                found.extend(branches.iter().filter_map(Json::as_object).flat_map(fields));
            }
            _ => found.push((name.as_str(), value)),
        }
    }
    found
}
