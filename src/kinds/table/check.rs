//! What DynamoDB refuses of a table, or never does.

use super::{AttributePath, AttributeType, Table, TableKey, rules};
use crate::diagnostic::Diagnostic;
use crate::model::{Entry, Model, Verb};
use crate::source::Located;
use crate::spec::Either;

/// DynamoDB developer guide, quotas: 20 global and 5 local secondary indexes for a table, and 100 attributes projected into them
/// by name. API reference, Projection: at most 20 of them in one index. Read 2026-11-21.
const MOST_INDEXES: usize = 20;
const MOST_LOCAL_INDEXES: usize = 5;
const MOST_INCLUDED: usize = 20;
const MOST_INCLUDED_TOGETHER: usize = 100;

pub(super) fn check(table: &Table, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    for key in table.keys() {
        check_key(table, key, report);
    }
    for sort in table.local_sorts() {
        check_local(table, this, sort, report);
    }
    for (name, kind) in &table.attributes.entries {
        let sorts = table.local_sorts().any(|sort| sort.text == name.value);
        if !sorts && !table.keys().any(|key| key.attributes().any(|attribute| attribute.text == name.value)) {
            let message = format!(
                "`{}` is a key of neither `{}` nor an index, and DynamoDB refuses types of other attributes",
                name.value,
                this.path()
            );
            report.push(
                Diagnostic::new(&rules::KEYS, &name.span, message)
                    .label("no key")
                    .related(&kind.span, "only keys have a type")
                    .help(format!("remove `{}`, or make it a key: items may have any further attributes", name.value)),
            );
        }
    }
    check_indexes(table, report);
    check_ttl(table, report);
    check_readers(table, this, model, report);
}

fn check_type(table: &Table, attribute: &Located<AttributePath>, report: &mut Vec<Diagnostic>) {
    if table.attributes.get(&attribute.text).is_some() {
        return;
    }
    report.push(
        Diagnostic::new(
            &rules::KEYS,
            &attribute.span,
            format!("the key `{}` has no type, and DynamoDB refuses a key without one", attribute.text),
        )
        .label("of no type")
        .help(format!("add `{}: string` (or `number`, `binary`) to `attributes`", attribute.text)),
    );
}

/// A local index orders the items of a partition in another way, so there has to be a first one.
fn check_local(table: &Table, this: &Entry, sort: &Located<AttributePath>, report: &mut Vec<Diagnostic>) {
    check_type(table, sort, report);
    let key = &table.key;
    let (message, help) = match &key.sort {
        None => (
            format!("`{}` has no sort key, and DynamoDB makes a local index only of a table that has one", this.path()),
            format!("write `key: {{hash: {}, sort: {}}}` to make a global index", key.hash.text, sort.text),
        ),
        Some(_) if key.attributes().any(|attribute| attribute.text == sort.text) => (
            format!("`{}` is a key of the table already, so the index would order nothing anew", sort.text),
            "name another attribute, or remove the index".to_owned(),
        ),
        Some(_) => return,
    };
    report.push(
        Diagnostic::new(&rules::KEYS, &sort.span, message)
            .label("AWS refuses this")
            .related(&key.span, "the key of the table")
            .help(help),
    );
}

fn check_key(table: &Table, key: &TableKey, report: &mut Vec<Diagnostic>) {
    for attribute in key.attributes() {
        check_type(table, attribute, report);
    }
    if let Some(sort) = key.sort.as_ref().filter(|sort| sort.text == key.hash.text) {
        report.push(
            Diagnostic::new(
                &rules::KEYS,
                &sort.span,
                format!("`{}` is both partition key and sort key, which DynamoDB refuses", sort.text),
            )
            .label("also the partition key")
            .related(&key.hash.span, "here")
            .help("name another attribute, or remove `sort`"),
        );
    }
}

fn check_indexes(table: &Table, report: &mut Vec<Diagnostic>) {
    let Some(indexes) = &table.indexes else { return };
    for (most, global, kind) in [(MOST_INDEXES, true, "global"), (MOST_LOCAL_INDEXES, false, "local")] {
        let of_kind: Vec<_> = indexes.entries.iter().filter(|(_, it)| it.key.is_some() == global).collect();
        let Some((surplus, _)) = of_kind.get(most) else { continue };
        let message = format!("DynamoDB makes at most {most} {kind} indexes of a table, not {}", of_kind.len());
        report.push(
            Diagnostic::new(&rules::INDEXES, &surplus.span, message)
                .label("one too many")
                .help("remove indexes, or put items that are found in other ways into a table of their own"),
        );
    }
    let mut together = 0;
    for (name, index) in &indexes.entries {
        let Some(Either::Long(included)) = index.projection.as_ref().map(|projection| &projection.value) else {
            continue;
        };
        let list = &included.include;
        if list.len() > MOST_INCLUDED {
            let message = format!(
                "an index includes at most {MOST_INCLUDED} attributes by name, but `{}` includes {}",
                name.value,
                list.len()
            );
            report.push(
                Diagnostic::new(&rules::INDEXES, &list.span, message)
                    .label("AWS refuses this")
                    .help("write `projection: all`, or include fewer"),
            );
        }
        let before = together;
        together += list.len();
        if before <= MOST_INCLUDED_TOGETHER && together > MOST_INCLUDED_TOGETHER {
            let message =
                format!("the indexes of a table include at most {MOST_INCLUDED_TOGETHER} attributes by name together");
            report.push(
                Diagnostic::new(&rules::INDEXES, &list.span, message)
                    .label("AWS refuses this")
                    .help("write `projection: all` for some of the indexes"),
            );
        }
    }
}

/// DynamoDB passes over an expiry that is no number, and says nothing.
fn check_ttl(table: &Table, report: &mut Vec<Diagnostic>) {
    let Some(ttl) = &table.ttl else { return };
    let Some(kind) = table.attributes.get(&ttl.text).filter(|kind| kind.value != AttributeType::Number) else { return };
    report.push(
        Diagnostic::new(
            &rules::TTL,
            &ttl.span,
            format!("`{}` is no number, so no item ever expires: DynamoDB passes over such a time", ttl.text),
        )
        .label("expires nothing")
        .related(&kind.span, "its type")
        .help("name an attribute that holds seconds since 1970, or make this one a `number`"),
    );
}

fn check_readers(table: &Table, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    if table.stream.is_some() {
        return;
    }
    let links = model.entries.iter().filter_map(|entry| entry.thing.as_ref()).flat_map(|thing| thing.links());
    for link in links.filter(|link| link.verb == Verb::On && link.target == this.path()) {
        report.push(
            Diagnostic::new(
                &rules::NO_STREAM,
                &link.span,
                format!("`{}` has no stream, so its changes start nothing", this.path()),
            )
            .label("waits for its stream")
            .related(&this.name.span, "the table")
            .help(format!("add `stream: new-and-old-images` to `{}`", this.path())),
        );
    }
}
