//! The SQL that must be there, and the pipeline step that runs it.

use std::sync::Arc;

use serde_json::json;

use super::statements::{Unended, split};
use super::{Warehouse, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::step_function::{self, DEFAULT_DEADLINE_SECONDS, OwnStepFunction, call_own, python, python_text};
use crate::model::{Entry, Lowering, Model, Statement, Step, StepRequest, Thing, Verb, logical_id};
use crate::source::{SourceFile, Span};

/// After the warehouse's name.
const FUNCTION: &str = "release";
/// Redshift management guide, "Considerations when calling the Amazon Redshift Data API". Read 2026-11-21.
const LONGEST_STATEMENT: usize = 100_000;
/// A template has at most 1 MB, and the statements stand in it.
const MOST_BYTES: usize = 400_000;
/// Each statement has a session of its own, in which a transaction of several cannot live.
const TRANSACTION: &[&str] = &["abort", "begin", "commit", "end", "rollback", "start"];

pub(super) fn check(warehouse: &Warehouse, model: &Model, report: &mut Vec<Diagnostic>) {
    let mut bytes = 0;
    for path in warehouse.sql.iter().flat_map(|sql| &sql.value.0) {
        let Some(text) = model.files.read(&path.value.0) else {
            report.push(
                Diagnostic::new(&rules::SQL, &path.span, format!("the SQL file `{}` cannot be read", path.value.0))
                    .label("no such file")
                    .help("write the path of a file of SQL statements, relative to this file"),
            );
            continue;
        };
        bytes += text.len();
        let folder = model.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        check_file(&path.value.0, &path.span, &SourceFile::new(format!("{folder}{}", path.value.0), text), report);
    }
    if let Some(sql) = warehouse.sql.as_ref().filter(|_| bytes > MOST_BYTES) {
        let message = format!("the SQL has {bytes} bytes, and the template that carries it has room for {MOST_BYTES}");
        report.push(
            Diagnostic::new(&rules::SQL, &sql.span, message)
                .label("too long")
                .help("load data by `COPY` from a bucket, and keep definitions here"),
        );
    }
}

fn check_file(path: &str, named: &Span, file: &Arc<SourceFile>, report: &mut Vec<Diagnostic>) {
    let refuse = |start: usize, end: usize, message: String| {
        Diagnostic::new(&rules::SQL, &Span::new(file, start, end), message).related(named, "the file is named here")
    };
    let statements = match split(file.text()) {
        Ok(statements) => statements,
        Err(Unended { start, what, end }) => {
            let message = format!("a {what} begins here in `{path}` and does not end");
            report.push(refuse(start, start + 1, message).label("begins here").help(format!("end it by {end}")));
            return;
        }
    };
    if statements.is_empty() {
        report.push(
            Diagnostic::new(&rules::SQL, named, format!("the SQL file `{path}` has no statements"))
                .label("nothing to run")
                .help("write statements into it, or leave it out"),
        );
    }
    for statement in statements {
        let end = statement.start + statement.text.len();
        if TRANSACTION.contains(&statement.verb().as_str()) {
            let message = format!(
                "`{}` divides a transaction, but the Data API runs each statement in a session of its own",
                statement.text.lines().next().unwrap_or_default()
            );
            report.push(
                refuse(statement.start, end, message)
                    .label("without effect")
                    .help("remove it; put statements that belong together into a stored procedure, and call that"),
            );
        } else if statement.text.len() > LONGEST_STATEMENT {
            let message = format!(
                "a statement of the Data API has at most {LONGEST_STATEMENT} bytes, not {}",
                statement.text.len()
            );
            report.push(
                refuse(statement.start, statement.start + statement.verb().len().max(1), message)
                    .label("AWS refuses this")
                    .help("load data by `COPY` from a bucket instead of writing it into the statement"),
            );
        }
    }
}

/// Adds the function that runs the statements. They stand in its code, where a reviewer reads them.
pub(super) fn add(warehouse: &Warehouse, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(sql) = &warehouse.sql else { return };
    let origin = Origin::derived(&sql.span, "a pipeline runs the SQL by a function");
    let mut list = String::from("[\n");
    for path in &sql.value.0 {
        let text = lowering.model.files.read(&path.value.0).unwrap_or_default();
        for (at, statement) in split(&text).unwrap_or_default().into_iter().enumerate() {
            let line = text[..statement.start].matches('\n').count() + 1;
            let literal = python_text(statement.text);
            list.push_str(&format!("({:?}, {}, {line}, {literal}),\n", path.value.0, at + 1));
        }
    }
    list.push(']');
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let target = match &warehouse.serverless {
        Some(_) => ("WORKGROUP", Value::reference(id("Workgroup"), &origin)),
        None => ("CLUSTER", Value::reference(id(""), &origin)),
    };
    let text = |attribute| warehouse.attribute(this, attribute, lowering.model, &origin);
    let (Some(database), Some(secret)) = (text("database"), text("secret")) else { return };
    let function = OwnStepFunction {
        name: FUNCTION,
        description: format!("Runs the SQL of {} and waits for it", this.path()),
        code: python(&[("STATEMENTS", list)], include_str!("sql.py")),
        statements: permissions(warehouse, this, &secret, lowering.model, &origin),
        variables: vec![
            (target.0.to_owned(), target.1),
            ("DATABASE".to_owned(), database),
            ("SECRET".to_owned(), secret),
        ],
        place: None,
        origin,
    };
    step_function::add_own(this, lowering, function);
}

/// Running statements as the administrator: who a role becomes by temporary credentials could make no table.
fn permissions(warehouse: &Warehouse, this: &Entry, secret: &Value, model: &Model, origin: &Origin) -> Vec<Statement> {
    let granted = warehouse.grant(this, Verb::Writes, model, origin).map(|grant| grant.statements).unwrap_or_default();
    let used = ["redshift-data:DescribeStatement", "redshift-data:ExecuteStatement"];
    let mut statements: Vec<Statement> = granted.into_iter().filter_map(|statement| statement.only(&used)).collect();
    statements.push(Statement::new(&["secretsmanager:GetSecretValue"], vec![secret.clone()], origin));
    statements
}

pub(super) fn step(this: &Entry, request: &StepRequest<'_>, lowering: &Lowering<'_>) -> Step {
    let parameters = json!({ "deadline-minutes": DEFAULT_DEADLINE_SECONDS / 60 }).to_string();
    call_own(this, FUNCTION, request, Value::text(parameters, &request.origin), lowering)
}
