//! The resources of a catalog: database, tables, crawler with its role, rulesets, workgroup.

use serde_json::json;

use super::{Catalog, CatalogCrawler, CatalogWorkgroup, TableName, grant, lake_formation, table, table_id};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Entry, Home, Lowering, Role, Statement, Verb, logical_id, pascal};
use crate::source::Located;
use crate::spec::{Matching, OneOrMany, PlainText};

pub(super) fn lower(catalog: &Catalog, this: &Entry, lowering: &mut Lowering<'_>) {
    add_database(catalog, this, lowering);
    for (name, table) in catalog.tables() {
        table::lower(this, name, table, lowering);
    }
    if let Some(crawler) = &catalog.crawler {
        add_crawler(catalog, crawler, this, lowering);
    }
    for (name, rules) in catalog.quality.iter().flat_map(|quality| &quality.entries) {
        add_ruleset(name, rules, this, lowering);
    }
    if let Some(workgroup) = &catalog.workgroup {
        add_workgroup(workgroup, this, lowering);
    }
    lake_formation::lower(catalog, this, lowering);
}

/// Athena reads names with underscores without quotes, but stacks are named with hyphens.
fn database_name(this: &Entry) -> Value {
    let origin = Origin::derived(&this.name.span, "databases are named after their stack, as Athena wants it");
    let name = format!("${{AWS::StackName}}-{}", this.name.value);
    Value::from_json(json!({ "Fn::Join": ["_", { "Fn::Split": ["-", { "Fn::Sub": name }] }] }), &origin)
}

fn account(this: &Entry) -> Value {
    Value::reference("AWS::AccountId", &this.derived("the Data Catalog is that of the account"))
}

fn add_database(catalog: &Catalog, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&this.name.span);
    let description =
        catalog.description.as_ref().map(|text| Value::text(&*text.value.0, &Origin::authored(&text.span)));
    let input = Value::map(&origin).with("Name", database_name(this)).with_some("Description", description);
    let properties = Value::map(&origin).with("CatalogId", account(this)).with("DatabaseInput", input);
    let database = lowering.add(Home::Application, this, "", "AWS::Glue::Database", properties);
    database.retain();
}

fn add_crawler(catalog: &Catalog, crawler: &Located<CatalogCrawler>, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&crawler.span);
    let role_origin = Origin::derived(&crawler.span, "a crawler runs under a role of its own");
    let statements = crawler_statements(catalog, crawler, this, &role_origin);
    let role = lowering.add_role(Home::Application, this, &Role::new("glue.amazonaws.com", statements), &role_origin);
    let schedule = crawler.schedule.as_ref().map(|cron| {
        let origin = Origin::authored(&cron.span);
        Value::map(&origin).with("ScheduleExpression", Value::text(&*cron.text, &origin))
    });
    let mut properties = Value::map(&origin)
        .with("Name", lowering.physical_name(this))
        .with("Role", role)
        .with("DatabaseName", Value::reference(logical_id(this.section, &this.name.value, ""), &origin))
        .with_some("Schedule", schedule);
    let mut after = Vec::new();
    match (&crawler.tables, &crawler.paths) {
        (Some(tables), _) => {
            let kept = Origin::derived(&tables.span, "this file says the columns of its tables, a crawler does not");
            properties.set("Targets", catalog_targets(tables, this));
            after = tables.value.0.iter().map(|table| table_id(this, &table.text)).collect();
            properties.set(
                "SchemaChangePolicy",
                Value::from_json(json!({ "UpdateBehavior": "LOG", "DeleteBehavior": "LOG" }), &kept),
            );
            // Partitions, too, have columns: those of their table.
            let configuration = json!({
                "Version": 1.0,
                "CrawlerOutput": { "Partitions": { "AddOrUpdateBehavior": "InheritFromTable" } },
            });
            properties.set("Configuration", Value::text(configuration.to_string(), &kept));
        }
        (None, paths) => {
            let paths = paths.iter().flat_map(|paths| &paths.value.0).map(|path| {
                let origin = Origin::authored(&path.span);
                Value::map(&origin).with("Path", Value::sub(path.folder(), &origin))
            });
            properties.set("Targets", Value::map(&origin).with("S3Targets", Value::list(paths.collect(), &origin)));
            let policy = json!({ "UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE" });
            let follows = Origin::derived(&crawler.span, "tables that a crawler made follow what it finds");
            properties.set("SchemaChangePolicy", Value::from_json(policy, &follows));
        }
    }
    lowering.add(Home::Application, this, "Crawler", "AWS::Glue::Crawler", properties).depends_on = after;
}

fn catalog_targets(tables: &Located<OneOrMany<Matching<TableName>>>, this: &Entry) -> Value {
    let origin = Origin::authored(&tables.span);
    let names = tables.value.0.iter().map(|table| Value::text(&*table.text, &Origin::authored(&table.span)));
    let target = Value::map(&origin)
        .with("DatabaseName", Value::reference(logical_id(this.section, &this.name.value, ""), &origin))
        .with("Tables", Value::list(names.collect(), &origin));
    Value::map(&origin).with("CatalogTargets", Value::list(vec![target], &origin))
}

fn crawler_statements(catalog: &Catalog, crawler: &CatalogCrawler, this: &Entry, origin: &Origin) -> Vec<Statement> {
    let mut actions = vec![
        "glue:BatchCreatePartition",
        "glue:BatchGetPartition",
        "glue:BatchUpdatePartition",
        "glue:CreatePartition",
        "glue:GetDatabase",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:GetTable",
        "glue:GetTables",
        "glue:UpdatePartition",
        "glue:UpdateTable",
    ];
    if crawler.paths.is_some() {
        actions.push("glue:CreateTable");
    }
    let mut statements = vec![Statement::new(&actions, grant::metadata(this, None, origin), origin)];
    let crawled = crawler.tables.iter().flat_map(|tables| &tables.value.0);
    let tables = crawled.filter_map(|name| catalog.table(&name.text)?.location.as_ref());
    let paths = crawler.paths.iter().flat_map(|paths| &paths.value.0);
    for location in tables.chain(paths) {
        statements.extend(location.statements(Verb::Reads, origin));
    }
    let log = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws-glue/crawlers";
    let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    let group = vec![Value::sub(log, origin), Value::sub(format!("{log}:*"), origin)];
    statements.push(Statement::new(&logs, group, origin));
    statements
}

fn add_ruleset(
    name: &Located<String>,
    rules: &Located<OneOrMany<PlainText>>,
    this: &Entry,
    lowering: &mut Lowering<'_>,
) {
    let origin = Origin::authored(&rules.span);
    let lines: Vec<_> = rules.value.0.iter().map(|rule| rule.value.0.as_str()).collect();
    let target = Value::map(&origin)
        .with("DatabaseName", Value::reference(logical_id(this.section, &this.name.value, ""), &origin))
        .with("TableName", Value::text(&*name.value, &origin));
    let ruleset = format!("${{AWS::StackName}}-{}-{}", this.name.value, name.value);
    let properties = Value::map(&origin)
        .with("Name", Value::sub(ruleset, &this.derived("things are named after their stack")))
        .with("Ruleset", Value::text(format!("Rules = [ {} ]", lines.join(", ")), &origin))
        .with("TargetTable", target);
    let suffix = format!("{}Quality", pascal(&name.value));
    let resource = lowering.add(Home::Application, this, &suffix, "AWS::Glue::DataQualityRuleset", properties);
    resource.depends_on = vec![table_id(this, &name.value)];
}

fn add_workgroup(workgroup: &Located<CatalogWorkgroup>, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&workgroup.span);
    let results = Origin::authored(&workgroup.results.span);
    let encrypted = this.derived("results of queries are encrypted, and written to no bucket of another account");
    let result = Value::map(&results)
        .with("OutputLocation", Value::sub(workgroup.results.folder(), &results))
        .with("EncryptionConfiguration", Value::from_json(json!({ "EncryptionOption": "SSE_S3" }), &encrypted))
        .with("ExpectedBucketOwner", Value::reference("AWS::AccountId", &encrypted));
    let limit = workgroup
        .limit
        .as_ref()
        .map(|limit| Value::new(ValueKind::Integer(limit.0 as i64), &Origin::authored(&limit.span)));
    let yes = |reason| Value::new(ValueKind::Boolean(true), &this.derived(reason));
    let configuration = Value::map(&origin)
        .with("EnforceWorkGroupConfiguration", yes("the settings of the workgroup hold for everyone who uses it"))
        .with("PublishCloudWatchMetricsEnabled", yes("what queries read and how long they take can be seen"))
        .with_some("BytesScannedCutoffPerQuery", limit)
        .with("ResultConfiguration", result);
    let properties =
        Value::map(&origin).with("Name", lowering.physical_name(this)).with("WorkGroupConfiguration", configuration);
    lowering.add(Home::Application, this, "Workgroup", "AWS::Athena::WorkGroup", properties);
}
