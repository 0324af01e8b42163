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

/// Who may take on a role.
#[derive(Clone, Debug)]
pub enum Trust {
    /// `kinesisanalytics.amazonaws.com`
    Service(&'static str),
    /// These roles of an account, by their ARNs.
    Roles { account: String, arns: Vec<Value> },
}

/// A role, and who may take it on.
pub struct Role {
    pub trust: Trust,
    /// Given only where another stack must know it.
    pub name: Option<Value>,
    pub statements: Vec<Statement>,
}

impl Role {
    pub fn new(service: &'static str, statements: Vec<Statement>) -> Self {
        Self { trust: Trust::Service(service), name: None, statements }
    }

    /// A role that other roles take on, perhaps of another account.
    pub fn for_roles(account: &str, arns: Vec<Value>, name: Value, statements: Vec<Statement>) -> Self {
        Self { trust: Trust::Roles { account: account.to_owned(), arns }, name: Some(name), statements }
    }

    /// Makes this role do what the other does as well.
    pub fn merge(&mut self, other: Self) {
        self.statements.extend(other.statements);
        self.name = self.name.take().or(other.name);
        if let (Trust::Roles { arns, .. }, Trust::Roles { arns: more, .. }) = (&mut self.trust, other.trust) {
            for arn in more {
                if !arns.contains(&arn) {
                    arns.push(arn);
                }
            }
        }
    }

    /// The properties of an `AWS::IAM::Role`.
    pub fn to_value(&self, origin: &Origin) -> Value {
        let trust = match &self.trust {
            Trust::Service(service) => trust_of_service(service, origin),
            Trust::Roles { account, arns } => Value::from_json(json!({ "Version": "2012-10-17" }), origin).with(
                "Statement",
                Value::list(
                    vec![
                        Value::from_json(json!({ "Effect": "Allow" }), origin)
                            .with("Principal", account_principal(account, origin))
                            .with("Action", Value::text("sts:AssumeRole", origin))
                            .with("Condition", only_roles(arns.clone(), origin)),
                    ],
                    origin,
                ),
            ),
        };
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

fn trust_of_service(service: &str, origin: &Origin) -> Value {
    let key = if sends_external_id(service) {
        Some("sts:ExternalId")
    } else {
        sends_source_account(service).then_some("aws:SourceAccount")
    };
    Value::from_json(
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": service },
                "Action": "sts:AssumeRole",
                "Condition": key.map(|key| json!({
                    "StringEquals": { key: { "Ref": "AWS::AccountId" } },
                })),
            }],
        }),
        origin,
    )
}

fn account_principal(account: &str, origin: &Origin) -> Value {
    let root = format!("arn:${{AWS::Partition}}:iam::{account}:root");
    Value::map(origin).with("AWS", Value::sub(root, origin))
}

/// The condition that one of these roles asks.
///
/// AWS refuses a policy whose principal is a role that does not exist yet, and turns one that is deleted into an id that
/// a new role of the same name does not have. So the principal is the account, and this condition names the roles: the
/// policy says the same, but may be there before them.
pub fn only_roles(arns: Vec<Value>, origin: &Origin) -> Value {
    let arns = Value::list(arns, origin);
    Value::map(origin).with("ArnEquals", Value::map(origin).with("aws:PrincipalArn", arns))
}

/// A statement of a resource's policy that lets roles of another account in, and nobody else there.
pub fn admit_roles(account: &str, arns: Vec<Value>, actions: &[&str], resource: Value, origin: &Origin) -> Value {
    let actions = actions.iter().map(|action| Value::text(*action, origin)).collect();
    Value::from_json(json!({ "Effect": "Allow" }), origin)
        .with("Principal", account_principal(account, origin))
        .with("Action", Value::list(actions, origin))
        .with("Resource", resource)
        .with("Condition", only_roles(arns, origin))
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
