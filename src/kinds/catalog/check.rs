//! What Glue and Athena refuse of a catalog, and what makes a table that nobody can read.

use super::column_type::{is_nested, is_understood};
use super::lake_formation::{CatalogGrant, CatalogPermission};
use super::table::{CatalogTable, ProjectedDates, TableFormat};
use super::{Catalog, CatalogCrawler, rules};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::kinds::job::schedule;
use crate::model::{Entry, pascal, rules as names};
use crate::source::{Located, Span};

/// Athena API reference, BytesScannedCutoffPerQuery: at least 10,000,000. Read 2026-11-21.
const LEAST_LIMIT: u64 = 10_000_000;

pub(super) fn check(catalog: &Catalog, this: &Entry, report: &mut Vec<Diagnostic>) {
    for (name, table) in catalog.tables() {
        check_types(table, report);
        check_partitions(name, table, report);
        check_projection(table, report);
        check_stream(name, table, report);
    }
    check_names(catalog, this, report);
    if let Some(crawler) = &catalog.crawler {
        check_crawler(catalog, crawler, report);
    }
    for (name, _) in catalog.quality.iter().flat_map(|quality| &quality.entries) {
        find_table(catalog, &name.value, &name.span, report);
    }
    for (_, grant) in catalog.grants.iter().flat_map(|grants| &grants.entries) {
        check_grant(catalog, grant, report);
    }
    check_results(catalog, report);
    if let Some(limit) = catalog.workgroup.as_ref().and_then(|workgroup| workgroup.limit.as_ref())
        && limit.0 < LEAST_LIMIT
    {
        report.push(
            Diagnostic::new(
                &rules::SCAN_LIMIT,
                &limit.span,
                format!("Athena limits what a query reads to 10 MB or more, not to `{}`", limit.span.text()),
            )
            .label("AWS refuses this")
            .help("write at least `10MiB`"),
        );
    }
}

fn check_types(table: &CatalogTable, report: &mut Vec<Diagnostic>) {
    let partitions = table.partitions.iter().flat_map(|partitions| &partitions.entries);
    for (name, kind) in table.columns.entries.iter().chain(partitions) {
        let is_column = table.columns.get(&name.value).is_some_and(|column| column.span == kind.span);
        if !is_understood(&kind.text) {
            report.push(
                Diagnostic::new(
                    &rules::COLUMN_TYPE,
                    &kind.span,
                    format!("Athena does not read the type `{}` of `{}`, and every query of the table fails", kind.text, name.value),
                )
                .label("is no type throughout")
                .help("write for example `array<string>`, `map<string,int>`, `struct<at:timestamp,price:decimal(10,2)>`; a decimal has at most 38 digits, `char` 255 and `varchar` 65535 characters"),
            );
        } else if is_column && table.format.value == TableFormat::Csv && is_nested(&kind.text) {
            report.push(
                Diagnostic::new(
                    &rules::COLUMN_TYPE,
                    &kind.span,
                    format!("a value of a CSV file is no list or structure, so `{}` cannot be read", name.value),
                )
                .label("nested")
                .related(&table.format.span, "the format")
                .help("write `string`, or `format: json`"),
            );
        }
    }
}

fn check_partitions(table_name: &Located<String>, table: &CatalogTable, report: &mut Vec<Diagnostic>) {
    let Some(partitions) = &table.partitions else {
        if let Some(folders) = &table.folders {
            report.push(
                Diagnostic::new(
                    &rules::PARTITION,
                    &folders.span,
                    format!("`{}` has no partitions, so its folders mean nothing", table_name.value),
                )
                .label("without effect")
                .help("add `partitions` and `projection`, or remove the line"),
            );
        }
        return;
    };
    for (name, kind) in &partitions.entries {
        if let Some((column, _)) = table.columns.entries.iter().find(|(column, _)| column.value == name.value) {
            report.push(
                Diagnostic::new(
                    &rules::PARTITION,
                    &column.span,
                    format!("`{}` is a partition and a column too, and queries of the table fail", name.value),
                )
                .label("a column of the same name")
                .related(&name.span, "the partition")
                .help("remove it from `columns`: the value of a partition is read from the name of its folder"),
            );
        }
        if is_nested(&kind.text) {
            report.push(
                Diagnostic::new(
                    &rules::PARTITION,
                    &kind.span,
                    format!("`{}` is the name of a folder, which is no list or structure", name.value),
                )
                .label("nested")
                .help("write `string`, `int` or `date`"),
            );
        }
    }
}

fn check_projection(table: &CatalogTable, report: &mut Vec<Diagnostic>) {
    let Some(projection) = &table.projection else {
        if let (Some(folders), Some(_)) = (&table.folders, &table.partitions) {
            report.push(
                Diagnostic::new(
                    &rules::PROJECTION,
                    &folders.span,
                    "without `projection` partitions are found by their folders' names `column=value`, not by these",
                )
                .label("needs `projection`")
                .help("add `projection` with the values of each partition, or remove the line"),
            );
        }
        return;
    };
    let partitions = || table.partitions.iter().flat_map(|partitions| &partitions.entries);
    for (name, values) in &projection.entries {
        if !partitions().any(|(partition, _)| partition.value == name.value) {
            let known = || partitions().map(|(partition, _)| partition.value.as_str());
            let help = match nearest(&name.value, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add it to `partitions`: `{}: string`", name.value),
            };
            report.push(
                Diagnostic::new(
                    &rules::PROJECTION,
                    &name.span,
                    format!("`{}` is no partition, so there is nothing to project", name.value),
                )
                .label("not among `partitions`")
                .help(help),
            );
        }
        if let Some(dates) = &values.dates {
            check_dates(dates, report);
        }
        if let Some(integers) = values.integers.as_ref().filter(|integers| integers.from.0 > integers.to.0) {
            report.push(
                Diagnostic::new(
                    &rules::PROJECTION,
                    &integers.from.span,
                    format!("from {} to {} there is no number", integers.from.0, integers.to.0),
                )
                .label("more than the last")
                .related(&integers.to.span, "the last")
                .help("write the smaller number after `from`"),
            );
        }
    }
    for (name, _) in partitions() {
        if projection.get(&name.value).is_none() {
            report.push(
                Diagnostic::new(
                    &rules::PROJECTION,
                    &projection.span,
                    format!("the partition `{}` is not projected, and Athena wants all of them or none", name.value),
                )
                .label(format!("has no `{}`", name.value))
                .related(&name.span, "the partition")
                .help(format!("add the values of `{}`, or remove `projection`", name.value)),
            );
        }
        if let Some(folders) = &table.folders
            && !folders.value.0.contains(&format!("${{{}}}", name.value))
        {
            report.push(
                Diagnostic::new(
                    &rules::PROJECTION,
                    &folders.span,
                    format!("the folders do not tell one `{}` from another", name.value),
                )
                .label(format!("has no `${{{}}}`", name.value))
                .related(&name.span, "the partition")
                .help(format!("put `${{{}}}` where the folder of its value is", name.value)),
            );
        }
    }
}

/// Athena knows the step only of days and months.
fn check_dates(dates: &ProjectedDates, report: &mut Vec<Diagnostic>) {
    let Some(format) = dates.format.as_ref().filter(|_| dates.step.is_none()) else { return };
    if format.value.0.contains(['H', 'h', 'm', 's']) {
        report.push(
            Diagnostic::new(
                &rules::PROJECTION,
                &format.span,
                "Athena wants to know the step from one time to the next, unless it is a day or a month",
            )
            .label("finer than a day")
            .help("add `step: hour` or `step: minute`"),
        );
    }
}

fn check_stream(name: &Located<String>, table: &CatalogTable, report: &mut Vec<Diagnostic>) {
    let Some(stream) = &table.stream else { return };
    if !table.format.value.is_text() {
        report.push(
            Diagnostic::new(
                &rules::STREAM_TABLE,
                &table.format.span,
                format!("a record of a stream is no {} file", table.format.value.word()),
            )
            .label("a format of files")
            .related(&stream.span, "the stream")
            .help("write `format: json` or `format: csv`"),
        );
    }
    let files = [
        table.partitions.as_ref().map(|given| &given.span),
        table.projection.as_ref().map(|given| &given.span),
        table.header.as_ref().map(|given| &given.span),
    ];
    if let Some(span) = files.into_iter().flatten().next() {
        report.push(
            Diagnostic::new(
                &rules::STREAM_TABLE,
                span,
                format!("`{}` is over a stream, which has no folders and no first line", name.value),
            )
            .label("is about files")
            .related(&stream.span, "the stream")
            .help("remove it, or write `location` instead of `stream`"),
        );
    }
}

/// `a1_2` and `a12` are two tables, but would be one resource.
fn check_names(catalog: &Catalog, this: &Entry, report: &mut Vec<Diagnostic>) {
    for (at, (name, _)) in catalog.tables().iter().enumerate() {
        let same = catalog.tables()[..at].iter().find(|(other, _)| pascal(&other.value) == pascal(&name.value));
        if let Some((other, _)) = same {
            let id = super::table_id(this, &name.value);
            report.push(
                Diagnostic::new(
                    &names::NAME_CLASH,
                    &name.span,
                    format!("the tables `{}` and `{}` would both get the logical id `{id}`", other.value, name.value),
                )
                .label("this name")
                .related(&other.span, "and this one differ too little")
                .help("rename one of them"),
            );
        }
    }
}

fn check_crawler(catalog: &Catalog, crawler: &CatalogCrawler, report: &mut Vec<Diagnostic>) {
    for table in crawler.tables.iter().flat_map(|tables| &tables.value.0) {
        let Some(found) = find_table(catalog, &table.text, &table.span, report) else { continue };
        if let Some(stream) = &found.stream {
            report.push(
                Diagnostic::new(
                    &rules::CRAWLED_TABLE,
                    &table.span,
                    format!("`{}` is over a stream, in which a crawler finds no folders", table.text),
                )
                .label("nothing to crawl")
                .related(&stream.span, "its stream")
                .help("remove it from the crawler's tables"),
            );
        }
    }
    if let Some(cron) = &crawler.schedule
        && let Some((message, help)) = schedule::fault(&cron.text)
    {
        report.push(Diagnostic::new(&rules::SCHEDULE, &cron.span, message).label("AWS refuses this").help(help));
    }
    for path in crawler.paths.iter().flat_map(|paths| &paths.value.0) {
        let covered = catalog.tables().iter().find_map(|(name, table)| {
            let location = table.location.as_ref()?;
            (path.holds(location) || location.holds(path)).then_some((name, location))
        });
        if let Some((name, location)) = covered {
            report.push(
                Diagnostic::new(
                    &rules::CRAWLED_TABLE,
                    &path.span,
                    format!(
                        "a crawler of `{}` would make a second table beside `{}`, with columns of its own",
                        path.path(),
                        name.value
                    ),
                )
                .label("holds the files of a table of this file")
                .related(&location.span, "its files")
                .help(format!("write `tables: [{}]` instead: then it adds the partitions of that table", name.value)),
            );
        }
    }
}

fn check_grant(catalog: &Catalog, grant: &CatalogGrant, report: &mut Vec<Diagnostic>) {
    let named = grant.tables.iter().flat_map(|tables| &tables.value.0);
    let tables: Vec<_> = named.filter_map(|table| find_table(catalog, &table.text, &table.span, report)).collect();
    let Some(columns) = &grant.columns else { return };
    let refusal = |span: &Span, message: String, help: String| {
        let found = Diagnostic::new(&rules::GRANT, span, message).label("AWS refuses this");
        found.related(&columns.span, "the columns").help(help)
    };
    for permission in grant.may.value.0.iter().filter(|may| may.value != CatalogPermission::Select) {
        report.push(refusal(
            &permission.span,
            format!("Lake Formation lets single columns be read, it does not grant `{}` on them", permission.word()),
            "write `may: select`, or grant the rest by itself, without `columns`".to_owned(),
        ));
    }
    match (grant.tables.as_ref().map(|tables| tables.value.0.len()), tables.as_slice()) {
        (Some(1), [table]) => {
            for column in columns.value.0.iter().filter(|column| !has_column(table, &column.text)) {
                let known = || table.columns.entries.iter().map(|(name, _)| name.value.as_str());
                let help = match nearest(&column.text, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("name one of {}", list(known())),
                };
                let message = format!("the table has no column `{}`", column.text);
                report.push(
                    Diagnostic::new(&rules::GRANT, &column.span, message).label("not among its columns").help(help),
                );
            }
        }
        (Some(1), _) => {}
        _ => report.push(refusal(
            &columns.span,
            "the columns are those of one table, and here stand several".to_owned(),
            "name the table: `tables: …`, and grant the columns of each by themselves".to_owned(),
        )),
    }
}

fn has_column(table: &CatalogTable, name: &str) -> bool {
    let in_folders = table.partitions.as_ref().is_some_and(|partitions| partitions.get(name).is_some());
    in_folders || table.columns.get(name).is_some()
}

/// Athena reads every file below the location of a table, also those that it wrote itself.
fn check_results(catalog: &Catalog, report: &mut Vec<Diagnostic>) {
    let Some(results) = catalog.workgroup.as_ref().map(|workgroup| &workgroup.results) else { return };
    let covering = catalog.tables().iter().find_map(|(name, table)| {
        let location = table.location.as_ref()?;
        location.holds(results).then_some((name, location))
    });
    if let Some((name, location)) = covering {
        report.push(
            Diagnostic::new(
                &rules::RESULTS_AMONG_DATA,
                &results.span,
                format!("the results of every query would be rows of `{}` from then on", name.value),
            )
            .label("lies in the folder of the table")
            .related(&location.span, "the table's files")
            .help("write a folder of its own, for example `buckets.archive/athena`"),
        );
    }
}

/// The table of this name; reports that there is none.
fn find_table<'a>(
    catalog: &'a Catalog,
    name: &str,
    span: &Span,
    report: &mut Vec<Diagnostic>,
) -> Option<&'a Located<CatalogTable>> {
    let found = catalog.table(name);
    if found.is_none() {
        let known = || catalog.tables().iter().map(|(name, _)| name.value.as_str());
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if catalog.tables().is_empty() => format!("add `{name}:` under `tables:` of this catalog"),
            None => format!("add `{name}:` under `tables:`, or name one of {}", list(known())),
        };
        report.push(
            Diagnostic::new(&rules::UNKNOWN_TABLE, span, format!("the catalog declares no table `{name}`"))
                .label("is not among `tables`")
                .help(help),
        );
    }
    found
}
