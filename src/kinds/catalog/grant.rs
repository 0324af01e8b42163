//! What those who read, write or query a catalog may do.

use super::{Catalog, CatalogWorkgroup, lake_formation};
use crate::desired::{Origin, Value};
use crate::model::{Entry, Grant, Model, Statement, Verb, logical_id};
use crate::source::Located;

const READ: &[&str] = &[
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
];

/// Partitions come and go with the data; the columns of tables are said by the file.
const WRITE: &[&str] =
    &["glue:BatchCreatePartition", "glue:CreatePartition", "glue:DeletePartition", "glue:UpdatePartition"];

/// Where no table is declared, those who write make them.
const MAKE_TABLES: &[&str] = &["glue:CreateTable", "glue:UpdateTable"];

const QUERY: &[&str] = &[
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
];

/// Of one table, or of all.
pub(super) fn grant(
    catalog: &Catalog,
    this: &Entry,
    table: Option<&str>,
    verb: Verb,
    model: &Model,
    origin: &Origin,
) -> Option<Grant> {
    let metadata = || metadata(this, table, origin);
    let data = |verb| data(catalog, table, verb, model, origin);
    let database = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
    let mut environment = vec![("database", database)];
    let mut statements = vec![Statement::new(READ, metadata(), origin)];
    statements.extend(lake_formation::access(catalog, origin));
    statements.extend(rulesets(catalog, this, table, origin));
    match verb {
        Verb::Reads => statements.extend(data(Verb::Reads)),
        Verb::Writes => {
            statements.push(Statement::new(WRITE, metadata(), origin));
            if catalog.tables().is_empty() {
                statements.push(Statement::new(MAKE_TABLES, metadata(), origin));
            }
            statements.extend(data(Verb::Writes));
        }
        Verb::Calls => {
            let workgroup = catalog.workgroup.as_ref()?;
            let name = logical_id(this.section, &this.name.value, "Workgroup");
            environment.push(("workgroup", Value::reference(&*name, origin)));
            statements.extend(data(Verb::Reads));
            statements.extend(queries(workgroup, &name, origin));
        }
        Verb::On => return None,
    }
    Some(Grant { statements, environment, event_source: None })
}

/// The rules of quality of a table, or of all, for those that evaluate them.
fn rulesets(catalog: &Catalog, this: &Entry, table: Option<&str>, origin: &Origin) -> Option<Statement> {
    let rules = catalog.quality.as_ref()?;
    if table.is_some_and(|table| rules.entries.iter().all(|(name, _)| name.value != table)) {
        return None;
    }
    let rulesets = format!(
        "arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:dataQualityRuleset/${{AWS::StackName}}-{}-{}",
        this.name.value,
        table.unwrap_or("*")
    );
    Some(Statement::new(&["glue:GetDataQualityRuleset"], vec![Value::sub(rulesets, origin)], origin))
}

/// The ARNs that every look at the database or its tables is checked against.
pub(super) fn metadata(this: &Entry, table: Option<&str>, origin: &Origin) -> Vec<Value> {
    let id = logical_id(this.section, &this.name.value, "");
    let arn = |rest: String| {
        Value::sub(format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"), origin)
    };
    vec![
        arn("catalog".to_owned()),
        arn(format!("database/${{{id}}}")),
        arn(format!("table/${{{id}}}/{}", table.unwrap_or("*"))),
    ]
}

/// The files and streams of the tables, also of those that the crawler finds.
fn data(catalog: &Catalog, table: Option<&str>, verb: Verb, model: &Model, origin: &Origin) -> Vec<Statement> {
    let crawler = catalog.crawler.as_ref().filter(|_| table.is_none());
    let crawled = crawler.into_iter().flat_map(|crawler| &crawler.paths).flat_map(|paths| &paths.value.0);
    let mut statements: Vec<_> = crawled.flat_map(|path| path.statements(verb, origin)).collect();
    let meant = catalog.tables().iter().filter(|(name, _)| table.is_none_or(|table| table == name.value));
    for (_, table) in meant {
        if let Some(location) = &table.location {
            statements.extend(location.statements(verb, origin));
        }
        let stream = table.stream.as_ref().and_then(|stream| model.entry(&stream.path()));
        let granted = stream.and_then(|stream| stream.thing.as_ref()?.grant(stream, verb, model, origin));
        statements.extend(granted.into_iter().flat_map(|grant| grant.statements));
    }
    statements
}

fn queries(workgroup: &Located<CatalogWorkgroup>, id: &str, origin: &Origin) -> Vec<Statement> {
    let arn = format!("arn:${{AWS::Partition}}:athena:${{AWS::Region}}:${{AWS::AccountId}}:workgroup/${{{id}}}");
    let results = &workgroup.results;
    vec![
        Statement::new(QUERY, vec![Value::sub(arn, origin)], origin),
        Statement::new(
            &["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            vec![results.objects(origin)],
            origin,
        ),
        Statement::new(&["s3:GetBucketLocation", "s3:ListBucket"], vec![results.bucket_arn(origin)], origin),
    ]
}
