//! What a role of the template may do, and who may take it on.
//!
//! Policies may be attached to a role from other templates and by hand, so that something is missing is never sure.

pub mod arn;
mod documents;
mod keys;
mod statement;
#[cfg(test)]
mod tests;

use crate::analysis::Site;
use crate::analysis::value::{Look, look, target, text};
use crate::desired::{Resource, Stack, Value, ValueKind};

pub use documents::{Document, Holder, documents, places};
pub use keys::cannot_decrypt;
pub use statement::{Scope, Statement, covers_action, parts, statements};

/// The answer to whether something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    Yes,
    No,
    /// Decided at deployment, or by what does not stand in the file.
    Unknown,
}

impl Allowed {
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Allowed::No, _) | (_, Allowed::No) => Allowed::No,
            (Allowed::Yes, Allowed::Yes) => Allowed::Yes,
            _ => Allowed::Unknown,
        }
    }

    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Allowed::Yes, _) | (_, Allowed::Yes) => Allowed::Yes,
            (Allowed::No, Allowed::No) => Allowed::No,
            _ => Allowed::Unknown,
        }
    }
}

/// An action on a resource.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// `kinesis:GetRecords`
    pub action: &'a str,
    /// A text of [`arn::of_resource`]; `None` asks whether the action is allowed on anything.
    pub resource: Option<&'a str>,
}

/// A role of the template and the statements that are attached to it there.
#[derive(Clone)]
pub struct Role<'a> {
    pub site: Site<'a>,
    pub statements: Vec<Statement<'a>>,
    /// It has rights that cannot be read here, e.g. those of a managed policy.
    pub open: bool,
}

/// What AWS's managed policies allow on every resource; others are of unknown extent.
///
/// Source: AWS Managed Policy Reference (2026-04).
const MANAGED: &[(&str, &[&str])] = &[
    ("AdministratorAccess", &["*"]),
    ("AmazonKinesisFullAccess", &["kinesis:*"]),
    ("service-role/AWSLambdaBasicExecutionRole", &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
];

/// The role that a value of the stack names by `Ref`, `Fn::GetAtt` or `Fn::Sub`, if it is in the template.
pub fn named<'a>(stack: &'a Stack, value: &Value) -> Option<Role<'a>> {
    let (id, resource) = stack.resources.get_key_value(target(value)?)?;
    (resource.resource_type == "AWS::IAM::Role").then(|| of(Site { stack, id, resource }))
}

/// What stands in the template of a role.
pub fn of(site: Site<'_>) -> Role<'_> {
    let mut role = Role { site, statements: Vec::new(), open: site.stack.open || site.stack.has_own_macro() };
    let properties = &site.resource.properties;
    for policy in role.listed(look(properties, "/Policies")) {
        role.take(look(policy, "/PolicyDocument"), true);
    }
    let managed = role.listed(look(properties, "/ManagedPolicyArns"));
    for policy in &managed {
        role.open |= target(policy).and_then(|id| site.stack.resources.get(id)).is_none()
            && !text(policy).is_some_and(|arn| MANAGED.iter().any(|(name, _)| is_aws_managed(&arn, name)));
    }
    for (id, resource) in &site.stack.resources {
        match resource.resource_type.as_str() {
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
                let listed = managed.iter().any(|policy| target(policy) == Some(id));
                let named = role.listed(look(&resource.properties, "/Roles")).into_iter().any(|it| role.is(it));
                if listed || named {
                    role.take(look(&resource.properties, "/PolicyDocument"), resource.condition.is_none());
                }
            }
            "AWS::IAM::RolePolicy" => {
                if look(&resource.properties, "/RoleName").found().is_some_and(|name| role.is(name)) {
                    role.take(look(&resource.properties, "/PolicyDocument"), resource.condition.is_none());
                }
            }
            _ => role.open |= role.is_handed_to(resource),
        }
    }
    role
}

impl<'a> Role<'a> {
    /// Whether the role may do something, by everything that stands here.
    pub fn may(&self, asked: &Asked<'_>) -> Allowed {
        let stack = self.site.stack;
        let mut allowed = if self.open { Allowed::Unknown } else { Allowed::No };
        for pattern in self.managed_actions() {
            if covers_action(pattern, asked.action) {
                allowed = Allowed::Yes;
            }
        }
        for statement in &self.statements {
            allowed = match (statement.allows, statement.covers(stack, asked)) {
                (Some(true), covers) => allowed.or(covers),
                (None, Allowed::Yes | Allowed::Unknown) => allowed.or(Allowed::Unknown),
                _ => allowed,
            };
        }
        for statement in self.statements.iter().filter(|statement| statement.allows == Some(false)) {
            allowed = match statement.covers(stack, asked) {
                Allowed::Yes if asked.resource.is_some() => return Allowed::No,
                Allowed::No => allowed,
                _ => allowed.and(Allowed::Unknown),
            };
        }
        allowed
    }

    /// Whether the file shows what the role may do, and it may surely not do this.
    pub fn lacks(&self, action: &str, resource: Option<&str>) -> bool {
        !self.statements.is_empty() && self.may(&Asked { action, resource }) == Allowed::No
    }

    /// Whether a service, e.g. `lambda.amazonaws.com`, may take on the role.
    pub fn trusts(&self, service: &str) -> Allowed {
        let Some(document) = look(&self.site.resource.properties, "/AssumeRolePolicyDocument").found() else {
            return Allowed::Unknown;
        };
        let (statements, complete) = statements(document);
        let mut trusted = if complete && !statements.is_empty() { Allowed::No } else { Allowed::Unknown };
        for statement in statements.iter().filter(|statement| statement.allows != Some(false)) {
            trusted = trusted.or(principal_is(self.site.stack, statement.value, service));
        }
        trusted
    }

    fn managed_actions(&self) -> impl Iterator<Item = &'static str> {
        let listed = look(&self.site.resource.properties, "/ManagedPolicyArns").found();
        let listed = listed.map(|list| parts(list).0).unwrap_or_default();
        MANAGED
            .iter()
            .filter(move |(name, _)| {
                listed.iter().any(|policy| text(policy).is_some_and(|arn| is_aws_managed(&arn, name)))
            })
            .flat_map(|(_, actions)| actions.iter().copied())
    }

    /// The items of a list; that some may be missing makes the role open.
    fn listed(&mut self, list: Look<'a>) -> Vec<&'a Value> {
        match list {
            Look::Absent => Vec::new(),
            Look::Unknown => {
                self.open = true;
                Vec::new()
            }
            Look::Found(list) => {
                let (items, open) = parts(list);
                self.open |= open || !matches!(list.kind, ValueKind::List(_));
                items
            }
        }
    }

    fn take(&mut self, document: Look<'a>, always: bool) {
        let Some(document) = document.found() else {
            self.open = true;
            return;
        };
        let (statements, complete) = statements(document);
        self.open |= !complete;
        self.statements.extend(
            statements.into_iter().map(|statement| Statement { certain: statement.certain && always, ..statement }),
        );
    }

    /// Whether a value is this role's name or ARN.
    fn is(&self, value: &Value) -> bool {
        target(value).is_some_and(|id| id == self.site.id)
            || look(&self.site.resource.properties, "/RoleName")
                .found()
                .is_some_and(|name| text(name).is_some() && text(name) == text(value))
    }

    /// Whether a nested stack or a custom resource gets the role, and so may attach policies to it.
    fn is_handed_to(&self, resource: &Resource) -> bool {
        let name = resource.resource_type.as_str();
        let outside = name.starts_with("Custom::") || name.starts_with("AWS::CloudFormation::") || !name.contains("::");
        let mut handed = false;
        if outside {
            crate::analysis::references::references(&resource.properties, false, &mut |name, _| {
                handed |= name == self.site.id;
            });
        }
        handed
    }
}

fn is_aws_managed(arn: &str, name: &str) -> bool {
    arn.split_once(":iam::aws:policy/").is_some_and(|(_, policy)| policy == name)
}

/// Whether the principal of a statement is a service, e.g. `lambda.amazonaws.com`; a Region or domain behind its name
/// does not matter.
pub fn principal_is(stack: &Stack, statement: &Value, service: &str) -> Allowed {
    let principal = match look(statement, "/Principal") {
        Look::Found(principal) => principal,
        Look::Absent => {
            return if look(statement, "/NotPrincipal").is_absent() { Allowed::No } else { Allowed::Unknown };
        }
        Look::Unknown => return Allowed::Unknown,
    };
    let services = match &principal.kind {
        ValueKind::Text(text) if text == "*" => return Allowed::Yes,
        ValueKind::Map(_) if places(principal, "/AWS/*").into_iter().any(|it| text(it).as_deref() == Some("*")) => {
            return Allowed::Yes;
        }
        ValueKind::Map(_) => match look(principal, "/Service") {
            Look::Found(services) => services,
            Look::Absent => return Allowed::No,
            Look::Unknown => return Allowed::Unknown,
        },
        _ => return Allowed::Unknown,
    };
    let wanted = service.split('.').next();
    let (names, open) = parts(services);
    let found = names.into_iter().map(|name| {
        let name = arn::text_of(stack, name);
        let first = name.split('.').next().unwrap_or(&name);
        match Some(first) == wanted {
            true => Allowed::Yes,
            false if arn::is_partly_unknown(first) => Allowed::Unknown,
            false => Allowed::No,
        }
    });
    match (found.fold(Allowed::No, Allowed::or), open) {
        (Allowed::No, true) => Allowed::Unknown,
        (found, _) => found,
    }
}
