//! `catalogs`: Glue databases, their tables, crawlers and data quality, and the Athena workgroups that query them.

mod check;
mod column_type;
mod grant;
mod lake_formation;
mod lower;
mod rules;
mod table;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::bucket::location::Location;
use crate::kinds::job::schedule::Cron;
use crate::model::{Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Thing, Verb, logical_id, section};
use crate::record;
use crate::source::Located;
use crate::spec::{Bytes, Mapping, Matching, Name, OneOrMany, Parts, Pattern, PlainText, Target};

pub(in crate::kinds) use table::TableFormat;

use lake_formation::CatalogGrant;
use table::CatalogTable;

pub const KIND: Kind = Kind {
    section: section::<Catalog>("catalogs", "Databases of the Glue Data Catalog."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "database",
            known: Home::Application,
            gives: Gives::Ref,
            doc: "The database's name: that of the stack and the catalog's, with underscores.",
        },
        Attribute {
            name: "workgroup",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The name of the Athena workgroup; `primary`, which every account has, without one of its own.",
        },
    ],
    longest_name: 128,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A database of the Glue Data Catalog. It and its tables are kept when they are taken out of the file.
    pub struct Catalog {
        /// What the database holds, for those who look for data.
        optional description: PlainText = "description",
        /// The tables whose columns this file says.
        optional tables: Mapping<TableName, CatalogTable> = "tables",
        /// A crawler that finds tables, or the partitions of tables.
        optional crawler: CatalogCrawler = "crawler",
        /// Rules of data quality for tables of this catalog, in the Data Quality Definition Language (DQDL), e.g. `IsComplete "vehicle"`.
        optional quality: Mapping<TableName, OneOrMany<PlainText>> = "quality",
        /// Whether Lake Formation knows the folders of the tables, and everything of this file that uses the catalog is granted it there too; `false` unless told otherwise. IAM goes on to decide as well. The role that deploys has to be an administrator of the data lake.
        optional lake_formation: bool = "lake-formation",
        /// What others may do with tables, by Lake Formation.
        optional grants: Mapping<Name, CatalogGrant> = "grants",
        /// The Athena workgroup in which the tables are queried.
        optional workgroup: CatalogWorkgroup = "workgroup",
    }
}

record! {
    /// A Glue crawler with a role of its own.
    pub struct CatalogCrawler {
        /// Folders in which it finds tables. What it finds it writes into the catalog.
        optional paths: OneOrMany<Location> = "paths",
        /// Tables of this catalog whose partitions it adds. Their columns stay as this file says.
        optional tables: OneOrMany<Matching<TableName>> = "tables",
        /// When it runs, in UTC; only when somebody starts it unless told otherwise.
        optional schedule: Matching<Cron> = "schedule",
    }
    one_of ["paths", "tables"];
}

record! {
    /// An Athena workgroup. Its settings hold for everyone who uses it, and results are encrypted.
    pub struct CatalogWorkgroup {
        /// Where results of queries are written.
        required results: Location = "results",
        /// A query is ended after it has read so much, at least `10MiB`; no limit unless told otherwise.
        optional limit: Bytes = "limit",
    }
}

/// What Athena takes as the name of a table without quotes.
#[derive(Clone, Copy, Debug)]
pub struct TableName;

impl Pattern for TableName {
    const REGEX: &'static str = "^[a-z](_?[a-z0-9]){0,99}$";
    const EXPECTED: &'static str =
        "a table's name: lower-case letters, digits and single underscores, at most 100 letters and digits";
    const EXAMPLE: &'static str = "readings";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && !text.contains("__")
            && !text.ends_with('_')
            && text.bytes().filter(|byte| *byte != b'_').count() <= 100
    }
}

/// One table of a catalog: `catalogs.fleet.readings`.
#[derive(Debug)]
pub struct CatalogTables;

impl Target for CatalogTables {
    const SECTIONS: &'static [&'static str] = &["catalogs"];
    const PARTS: Parts = Parts::Required;
}

impl Catalog {
    /// What the files of a table are.
    pub(in crate::kinds) fn format_of(&self, table: &str) -> Option<&Located<TableFormat>> {
        self.table(table).map(|table| &table.format)
    }

    fn tables(&self) -> &[(Located<String>, Located<CatalogTable>)] {
        self.tables.as_ref().map_or(&[], |tables| tables.entries.as_slice())
    }

    fn table(&self, name: &str) -> Option<&Located<CatalogTable>> {
        self.tables.as_ref()?.get(name)
    }
}

/// The logical id of a table.
pub(in crate::kinds) fn table_id(this: &Entry, table: &str) -> String {
    logical_id(this.section, &this.name.value, &table_suffix(table))
}

fn table_suffix(table: &str) -> String {
    format!("{}Table", crate::model::pascal(table))
}

impl Thing for Catalog {
    fn check(&self, this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, report);
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        (attribute == "workgroup").then(|| match &self.workgroup {
            Some(_) => Value::reference(logical_id(this.section, &this.name.value, "Workgroup"), origin),
            None => Value::text("primary", origin),
        })
    }

    fn grant(&self, this: &Entry, verb: Verb, model: &Model, origin: &Origin) -> Option<Grant> {
        grant::grant(self, this, None, verb, model, origin)
    }

    fn parts(&self) -> Option<(&'static str, Vec<&str>)> {
        Some(("table", self.tables().iter().map(|(name, _)| name.value.as_str()).collect()))
    }

    fn grant_part(&self, this: &Entry, part: &str, verb: Verb, model: &Model, origin: &Origin) -> Option<Grant> {
        self.table(part)?;
        grant::grant(self, this, Some(part), verb, model, origin)
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}
