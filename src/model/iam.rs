//! IAM statements and roles, least privilege by construction.

use serde_json::json;

use crate::desired::{Origin, Value, ValueKind};
use crate::facts::{sends_external_id, sends_source_account};

/// One `Allow` statement.
#[derive(Clone, Debug)]
pub struct Statement {
    pub actions: Vec<String>,
    pub resources: Vec<Value>,
    /// CloudFormation's JSON of the `Condition` element.
    pub condition: Option<Value>,
    pub origin: Origin,
}

impl Statement {
    pub fn new(actions: &[&str], resources: Vec<Value>, origin: &Origin) -> Self {
        Self {
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            resources,
            condition: None,
            origin: origin.clone(),
        }
    }

    pub fn when(mut self, condition: Value) -> Self {
        self.condition = Some(condition);
        self
    }

    /// The statement with those of its actions that are among `used`; `None` when none is.
    pub fn only(mut self, used: &[&str]) -> Option<Self> {
        self.actions.retain(|action| used.contains(&action.as_str()));
        (!self.actions.is_empty()).then_some(self)
    }

    pub fn to_value(&self) -> Value {
        let origin = &self.origin;
        let actions = self.actions.iter().map(|action| Value::text(action, origin)).collect();
        let resource = match self.resources.as_slice() {
            [one] => one.clone(),
            many => Value::list(many.to_vec(), origin),
        };
        Value::map(origin)
            .with("Effect", Value::text("Allow", origin))
            .with("Action", Value::list(actions, origin))
            .with("Resource", resource)
            .with_some("Condition", self.condition.clone())
    }
}

/// A role for one AWS service.
pub struct Role {
    /// `kinesisanalytics.amazonaws.com`
    pub service: &'static str,
    /// Given only where another stack must know it.
    pub name: Option<Value>,
    pub statements: Vec<Statement>,
}

impl Role {
    pub fn new(service: &'static str, statements: Vec<Statement>) -> Self {
        Self { service, name: None, statements }
    }

    /// The properties of an `AWS::IAM::Role`.
    pub fn to_value(&self, origin: &Origin) -> Value {
        let key = if sends_external_id(self.service) {
            Some("sts:ExternalId")
        } else {
            sends_source_account(self.service).then_some("aws:SourceAccount")
        };
        let trust = Value::from_json(
            json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": self.service },
                    "Action": "sts:AssumeRole",
                    "Condition": key.map(|key| json!({
                        "StringEquals": { key: { "Ref": "AWS::AccountId" } },
                    })),
                }],
            }),
            origin,
        );
        let mut role =
            Value::map(origin).with_some("RoleName", self.name.clone()).with("AssumeRolePolicyDocument", trust);
        if !self.statements.is_empty() {
            let policy = policy_document(&self.statements, origin);
            let inline =
                Value::map(origin).with("PolicyName", Value::text("access", origin)).with("PolicyDocument", policy);
            role.set("Policies", Value::list(vec![inline], origin));
        }
        role
    }
}

/// A policy document of these statements, equal ones merged.
pub fn policy_document(statements: &[Statement], origin: &Origin) -> Value {
    let mut merged: Vec<Statement> = Vec::new();
    for statement in statements {
        let same = merged
            .iter_mut()
            .find(|other| other.actions == statement.actions && other.condition == statement.condition);
        match same {
            Some(other) => {
                for resource in &statement.resources {
                    if !other.resources.contains(resource) {
                        other.resources.push(resource.clone());
                    }
                }
            }
            None => merged.push(statement.clone()),
        }
    }
    Value::new(
        ValueKind::Map(vec![
            ("Version".to_owned(), Value::text("2012-10-17", origin)),
            ("Statement".to_owned(), Value::list(merged.iter().map(Statement::to_value).collect(), origin)),
        ]),
        origin,
    )
}
