//! IAM statements and roles, least privilege by construction.

use serde_json::json;

use crate::desired::{Origin, Value, ValueKind};
use crate::facts::{sends_external_id, sends_source_account};

/// How many characters all policies of a role itself may have together, and how many a managed policy may have; white
/// space does not count. Source: IAM User Guide, "IAM and AWS STS quotas" (read 2026-11).
const INLINE_POLICIES_LENGTH: usize = 10_240;
const MANAGED_POLICY_LENGTH: usize = 6_144;

/// What is filled of each, in percent: what is added later should not push statements from policy to policy.
const FILLED_PERCENT: usize = 75;

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

/// The statements in groups: the first fits into a role itself, and each other into a managed policy. Those of a service
/// stand side by side, so that a small change moves little.
pub fn pack(statements: Vec<Statement>, origin: &Origin) -> Vec<Vec<Statement>> {
    let inline = INLINE_POLICIES_LENGTH * FILLED_PERCENT / 100;
    let managed = MANAGED_POLICY_LENGTH * FILLED_PERCENT / 100;
    if policy_document(&statements, origin).deployed_length() <= inline {
        return vec![statements];
    }
    let mut pieces: Vec<Statement> = statements.into_iter().flat_map(|statement| fitting(statement, managed)).collect();
    pieces.sort_by(|a, b| a.actions.cmp(&b.actions));
    let mut groups: Vec<Vec<Statement>> = Vec::new();
    for piece in pieces {
        let room = if groups.len() < 2 { inline } else { managed };
        if let Some(last) = groups.last_mut() {
            last.push(piece.clone());
            if policy_document(last, origin).deployed_length() <= room {
                continue;
            }
            last.pop();
        }
        groups.push(vec![piece]);
    }
    groups
}

/// A statement in parts that fit in `length` each, as far as it can be parted.
fn fitting(statement: Statement, length: usize) -> Vec<Statement> {
    let alone = policy_document(std::slice::from_ref(&statement), &statement.origin);
    if alone.deployed_length() <= length || (statement.resources.len() < 2 && statement.actions.len() < 2) {
        return vec![statement];
    }
    let (mut first, mut second) = (statement.clone(), statement);
    if first.resources.len() > 1 {
        second.resources = first.resources.split_off(first.resources.len() / 2);
    } else {
        second.actions = first.actions.split_off(first.actions.len() / 2);
    }
    fitting(first, length).into_iter().chain(fitting(second, length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::generate::origin;

    fn statement(service: &str, actions: usize) -> Statement {
        let names: Vec<String> = (0..actions).map(|at| format!("{service}:DescribeSomething{at:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let arn = format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:thing/*");
        Statement::new(&names, vec![Value::sub(arn, &origin())], &origin())
    }

    #[test]
    fn every_group_fits_and_nothing_gets_lost() {
        let statements: Vec<Statement> =
            ["b", "a", "d", "c"].iter().map(|service| statement(service, 90)).chain([statement("e", 400)]).collect();
        let groups = pack(statements.clone(), &origin());
        assert!(groups.len() > 2);
        for (at, group) in groups.iter().enumerate() {
            let most = if at == 0 { INLINE_POLICIES_LENGTH } else { MANAGED_POLICY_LENGTH };
            assert!(policy_document(group, &origin()).deployed_length() <= most);
        }
        let actions = |statements: &[Statement]| {
            let mut all: Vec<String> = statements.iter().flat_map(|statement| statement.actions.clone()).collect();
            all.sort();
            all
        };
        assert_eq!(actions(&groups.concat()), actions(&statements));
    }

    #[test]
    fn few_statements_stay_as_they_are() {
        let groups = pack(vec![statement("b", 9), statement("a", 9)], &origin());
        assert_eq!(groups.len(), 1);
        assert!(groups[0][0].actions[0].starts_with("b:"));
    }

    #[test]
    fn one_more_action_changes_one_group() {
        let of = |last: usize| {
            let statements = ["a", "b", "c", "d"].map(|service| statement(service, 100));
            let groups = pack(statements.into_iter().chain([statement("e", last)]).collect(), &origin());
            groups.iter().map(|group| policy_document(group, &origin()).to_json().to_string()).collect::<Vec<_>>()
        };
        let (before, after) = (of(20), of(21));
        assert!(before.len() > 1 && before.len() == after.len());
        assert_eq!(before.iter().zip(&after).filter(|(before, after)| before != after).count(), 1);
    }
}
