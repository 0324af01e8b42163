//! Lake Formation: the locations that it knows, and who gets which permissions.

use std::collections::BTreeSet;

use super::table::ColumnName;
use super::{Catalog, TableName, table_id};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Entry, Home, Lowering, Role, Statement, Verb, logical_id, pascal};
use crate::source::{Located, Span};
use crate::spec::{Decoder, Definitions, Matching, OneOrMany, Pattern, Reference, Shape, Target, Text};
use crate::syntax::Node;
use crate::{choice, record};

record! {
    /// What somebody may do with tables of a catalog, by Lake Formation.
    pub struct CatalogGrant {
        /// Who: ARNs of IAM roles or users, and things of this file, which means the roles that they run under. `${{ env.account }}` may stand for the account in an ARN.
        required to: OneOrMany<Principal> = "to",
        /// What they may do.
        required may: OneOrMany<CatalogPermission> = "may",
        /// The tables; all of the catalog unless told otherwise.
        optional tables: OneOrMany<Matching<TableName>> = "tables",
        /// The columns that may be read, of one table; all unless told otherwise.
        optional columns: OneOrMany<Matching<ColumnName>> = "columns",
    }
}

choice! {
    /// What may be done with a table.
    pub enum CatalogPermission {
        /// Read its rows.
        Select = "select",
        /// Add rows.
        Insert = "insert",
        /// Delete rows.
        Delete = "delete",
        /// See that it is there, and its columns.
        Describe = "describe",
        /// Change its columns and settings.
        Alter = "alter",
    }
}

/// Who is granted something.
#[derive(Clone, Debug)]
pub enum Principal {
    Arn(Text),
    Thing(Reference<Runners>),
}

/// Things that run under a role of their own.
#[derive(Debug)]
pub struct Runners;

impl Target for Runners {
    const SECTIONS: &'static [&'static str] = &["functions", "flink", "jobs", "workflows", "clusters", "warehouses"];
}

/// The account of the environment, in an ARN.
const OWN_ACCOUNT: &str = "${{ env.account }}";

/// The ARN of somebody in IAM.
struct IamArn;

impl Pattern for IamArn {
    const REGEX: &'static str =
        r"^arn:aws(-[a-z]+)*:iam::([0-9]{12}|\$\{\{ env\.account \}\}):(role|user)/[A-Za-z0-9+=,.@_/-]+$";
    const EXPECTED: &'static str = "the ARN of an IAM role or user";
    const EXAMPLE: &'static str = "arn:aws:iam::111122223333:role/analyst";

    fn matches(text: &str) -> bool {
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, name] = parts.as_slice() else { return false };
        let lower = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let rest = name.strip_prefix("role/").or_else(|| name.strip_prefix("user/")).unwrap_or_default();
        partition.strip_prefix("aws").is_some_and(|rest| rest.is_empty() || rest.split('-').skip(1).all(lower))
            && (*partition == "aws" || partition.starts_with("aws-"))
            && (*account == OWN_ACCOUNT || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&byte))
    }
}

impl Shape for Principal {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        serde_json::json!({
            "anyOf": [<Matching<IamArn>>::schema(definitions), Reference::<Runners>::schema(definitions)],
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: the ARN of an IAM role, or a reference such as `jobs.load`")?;
        if text.starts_with("arn:") {
            <Matching<IamArn>>::decode(node, decoder)?;
            return Text::decode(node, decoder).map(Self::Arn);
        }
        Reference::decode(node, decoder).map(Self::Thing)
    }
}

impl Principal {
    fn arn(&self, span: &Span, lowering: &Lowering<'_>) -> Value {
        match self {
            Self::Arn(arn) => lowering.text(arn, span, Home::Application),
            Self::Thing(thing) => {
                Value::get_att(logical_id(&thing.section, &thing.name, "Role"), "Arn", &Origin::authored(span))
            }
        }
    }
}

/// Everything that uses the catalog and asks Lake Formation for the data.
const ACCESS: &str = "lakeformation:GetDataAccess";

pub(super) fn lower(catalog: &Catalog, this: &Entry, lowering: &mut Lowering<'_>) {
    if catalog.lake_formation.as_ref().is_some_and(|wanted| wanted.value) {
        add_locations(catalog, this, lowering);
        add_users(catalog, this, lowering);
        add_crawler(catalog, this, lowering);
    }
    for (name, given) in catalog.grants.iter().flat_map(|grants| &grants.entries) {
        add_grant(catalog, this, (name, given), lowering);
    }
}

/// Lake Formation reads and writes the folders of the tables under a role. In hybrid access mode it decides for those who
/// were opted in, which no resource of CloudFormation does, and IAM alone for everybody else (Lake Formation developer
/// guide, Hybrid access mode, read 2026-11-21).
fn add_locations(catalog: &Catalog, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("Lake Formation gives out access to the folders of tables");
    let located = catalog.tables().iter().filter_map(|(name, table)| Some((name, table.location.as_ref()?)));
    let located: Vec<_> = located.collect();
    if located.is_empty() {
        return;
    }
    let statements: Vec<Statement> =
        located.iter().flat_map(|(_, location)| location.statements(Verb::Writes, &origin)).collect();
    let role = Role::new("lakeformation.amazonaws.com", statements);
    lowering.add(Home::Application, this, "LocationRole", "AWS::IAM::Role", role.to_value(&origin));
    let role = Value::get_att(logical_id(this.section, &this.name.value, "LocationRole"), "Arn", &origin);
    let mut known = BTreeSet::new();
    for (name, location) in located {
        if !known.insert(location.path()) {
            continue;
        }
        let properties = Value::map(&origin)
            .with("ResourceArn", location.object(&Origin::authored(&location.span)))
            .with("UseServiceLinkedRole", Value::new(ValueKind::Boolean(false), &origin))
            .with("RoleArn", role.clone())
            .with("HybridAccessEnabled", Value::new(ValueKind::Boolean(true), &origin));
        let suffix = format!("{}Location", pascal(&name.value));
        lowering.add(Home::Application, this, &suffix, "AWS::LakeFormation::Resource", properties);
    }
}

/// What uses the catalog by `reads`, `writes` or `calls` may do the same by Lake Formation.
fn add_users(catalog: &Catalog, this: &Entry, lowering: &mut Lowering<'_>) {
    let path = this.path();
    for entry in &lowering.model.entries {
        let links = entry.thing.as_ref().map(|thing| thing.links()).unwrap_or_default();
        for link in links.into_iter().filter(|link| link.target == path) {
            let permissions: &[CatalogPermission] = match link.verb {
                Verb::Reads | Verb::Calls => &[CatalogPermission::Select, CatalogPermission::Describe],
                Verb::Writes => &[
                    CatalogPermission::Select,
                    CatalogPermission::Describe,
                    CatalogPermission::Insert,
                    CatalogPermission::Delete,
                    CatalogPermission::Alter,
                ],
                Verb::On => continue,
            };
            let origin = Origin::derived(&link.span, "who uses a catalog of Lake Formation is granted it there too");
            let role = Value::get_att(logical_id(entry.section, &entry.name.value, "Role"), "Arn", &origin);
            let verb = pascal(link.verb.word());
            let tables: Vec<&str> = match &link.part {
                Some(part) => vec![part],
                None => catalog.tables().iter().map(|(name, _)| name.value.as_str()).collect(),
            };
            let who = logical_id(entry.section, &entry.name.value, "");
            for table in tables {
                let suffix = format!("{}{verb}By{who}", pascal(table));
                let permissions = permissions.iter().map(|it| permission(*it, &origin)).collect();
                add(this, (&suffix, table), role.clone(), permissions, None, &origin, lowering);
            }
        }
    }
}

/// A crawler adds partitions to declared tables, and reads their files by IAM.
fn add_crawler(catalog: &Catalog, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(crawler) = &catalog.crawler else { return };
    let origin = Origin::derived(&crawler.span, "the crawler adds partitions, also where IAM alone gives nothing away");
    let role = Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", &origin);
    for table in crawler.tables.iter().flat_map(|tables| &tables.value.0) {
        let may = [CatalogPermission::Describe, CatalogPermission::Insert, CatalogPermission::Alter];
        let may = may.iter().map(|it| permission(*it, &origin)).collect();
        let suffix = format!("{}ByCrawler", pascal(&table.text));
        add(this, (&suffix, &table.text), role.clone(), may, None, &origin, lowering);
    }
}

fn add_grant(
    catalog: &Catalog,
    this: &Entry,
    (name, given): (&Located<String>, &Located<CatalogGrant>),
    lowering: &mut Lowering<'_>,
) {
    let origin = Origin::authored(&given.span);
    let tables: Vec<&str> = match &given.tables {
        Some(tables) => tables.value.0.iter().map(|table| table.text.as_str()).collect(),
        None => catalog.tables().iter().map(|(name, _)| name.value.as_str()).collect(),
    };
    let columns = given.columns.as_ref().map(|columns| {
        let names = columns.value.0.iter().map(|name| Value::text(&name.text, &Origin::authored(&name.span)));
        Value::list(names.collect(), &Origin::authored(&columns.span))
    });
    for (number, principal) in given.to.value.0.iter().enumerate() {
        let who = principal.value.arn(&principal.span, lowering);
        for table in &tables {
            let suffix = format!("{}To{}{}", pascal(table), pascal(&name.value), number + 1);
            let may = given.may.value.0.iter().map(|it| permission(it.value, &Origin::authored(&it.span)));
            add(this, (&suffix, table), who.clone(), may.collect(), columns.clone(), &origin, lowering);
        }
    }
}

fn permission(permission: CatalogPermission, origin: &Origin) -> Value {
    Value::text(permission.word().to_uppercase(), origin)
}

fn add(
    this: &Entry,
    (suffix, table): (&str, &str),
    who: Value,
    permissions: Vec<Value>,
    columns: Option<Value>,
    origin: &Origin,
    lowering: &mut Lowering<'_>,
) {
    let account = Value::reference("AWS::AccountId", &this.derived("the Data Catalog is that of the account"));
    let place = Value::map(origin)
        .with("CatalogId", account.clone())
        .with("DatabaseName", Value::reference(logical_id(this.section, &this.name.value, ""), origin))
        .with("Name", Value::text(table, origin));
    let place = match columns {
        Some(columns) => Value::map(origin).with("TableWithColumns", place.with("ColumnNames", columns)),
        None => Value::map(origin).with("Table", place),
    };
    let none = this.derived("who is granted something cannot pass it on");
    let properties = Value::map(origin)
        .with("Catalog", account)
        .with("Principal", Value::map(origin).with("DataLakePrincipalIdentifier", who))
        .with("Resource", place)
        .with("Permissions", Value::list(permissions, origin))
        .with("PermissionsWithGrantOption", Value::list(Vec::new(), &none));
    let resource =
        lowering.add(Home::Application, this, suffix, "AWS::LakeFormation::PrincipalPermissions", properties);
    resource.depends_on = vec![table_id(this, table)];
}

/// The statement that asks Lake Formation for data; it takes no resource.
pub(super) fn access(catalog: &Catalog, origin: &Origin) -> Option<Statement> {
    let wanted = catalog.lake_formation.as_ref().is_some_and(|wanted| wanted.value);
    wanted.then(|| Statement::new(&[ACCESS], vec![Value::text("*", origin)], origin))
}
