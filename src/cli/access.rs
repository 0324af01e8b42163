//! `tidegate why access`: by which statements a role may use something, or which one is missing.
//!
//! Worked out from what is generated, without an account: what somebody added there by hand is not seen.

use serde_json::Value as Json;

use super::why::excerpt;
use crate::backends::cloudformation::template_path;
use crate::compile::Build;
use crate::desired::{Deployment, Desired, Intrinsic, Resource, Stack, Value, ValueKind};
use crate::facts::{partition, service_of};
use crate::model::Model;

/// What there is to say of one role and one thing.
pub(super) struct Explained {
    pub(super) text: String,
    /// Every link of the chain is there.
    pub(super) whole: bool,
}

/// Explains how the roles `who` may use `what`; an error names what was not found.
pub(super) fn explain(build: &Build, who: &str, what: &str) -> Result<Vec<Explained>, String> {
    let Some(model) = &build.model else { return Ok(Vec::new()) };
    let roles = roles(&build.desired, who);
    if roles.is_empty() {
        return Err(format!(
            "`{who}` has no role here; name a role's logical id or name, or a thing such as `flink.trips`"
        ));
    }
    let targets = targets(&build.desired, model, what);
    if targets.is_empty() {
        return Err(format!(
            "`{what}` is nothing that can be used; name a logical id such as `StoreBucket`, or a thing such as `builds.app`"
        ));
    }
    let allowed: Vec<_> = roles
        .iter()
        .flat_map(|role| targets.iter().map(move |target| (role, target)))
        .filter(|(role, target)| !identity(role, target).is_empty())
        .collect();
    if !allowed.is_empty() {
        // Parts of a thing may have its name, and the same statements.
        let mut explained: Vec<Explained> = allowed.into_iter().map(|(role, target)| chain(role, target)).collect();
        explained.dedup_by(|a, b| a.text == b.text);
        return Ok(explained);
    }
    // Without any statement, what is in the same Region is what was meant.
    let meant = roles.iter().filter_map(|role| {
        let near = targets.iter().find(|target| target.site.place.region == role.place.region);
        Some(chain(role, near.or(targets.first())?))
    });
    Ok(meant.collect())
}

/// A resource in one of the places of its stack.
#[derive(Clone, Copy)]
struct Site<'a> {
    stack: &'a Stack,
    place: &'a Deployment,
    id: &'a str,
    resource: &'a Resource,
}

/// What a role uses: a resource, and of a bucket perhaps only some objects.
struct Target<'a> {
    site: Site<'a>,
    /// How the keys of the objects begin.
    objects: Option<String>,
}

fn sites(desired: &Desired) -> impl Iterator<Item = Site<'_>> {
    desired.stacks.iter().flat_map(|stack| {
        let places = stack.deployments.iter();
        places.flat_map(move |place| {
            stack.resources.iter().map(move |(id, resource)| Site { stack, place, id, resource })
        })
    })
}

fn roles<'a>(desired: &'a Desired, who: &str) -> Vec<Site<'a>> {
    let roles = sites(desired).filter(|site| site.resource.resource_type == "AWS::IAM::Role");
    roles.filter(|site| site.id == who || site.resource.thing == who || site.name() == who).collect()
}

fn targets<'a>(desired: &'a Desired, model: &Model, what: &str) -> Vec<Target<'a>> {
    let within = |id: &str, objects: Option<String>| -> Vec<Target<'a>> {
        let sites = sites(desired).filter(|site| site.id == id);
        sites.map(|site| Target { site, objects: objects.clone() }).collect()
    };
    match what.split_once('.') {
        Some(("builds", name)) if model.entry(what).is_some() => {
            within("PublishedBucket", Some(format!("builds/{name}/")))
        }
        Some(("repos", _)) if model.entry(what).is_some() => within("StoreBucket", None),
        _ => {
            let own = |site: &Site<'_>| site.resource.thing == what && site.resource.resource_type != "AWS::IAM::Role";
            let found = sites(desired).filter(|site| site.id == what || own(site));
            found.map(|site| Target { site, objects: None }).collect()
        }
    }
}

/// The links between a role and what it uses, in the order in which AWS asks for them.
fn chain(role: &Site<'_>, target: &Target<'_>) -> Explained {
    let mut links = vec![trust(role)];
    links.push(by_identity(role, target));
    links.push(by_resource(role, target));
    if let Some(key) = key_of(target) {
        let key = Target { site: key, objects: None };
        links.push(by_identity(role, &key));
        links.push(by_resource(role, &key));
    }
    let whole = links.iter().all(|link| link.found);
    let verb = if whole { "may use" } else { "may not use" };
    let head = format!(
        "`{}` (account {}) {verb} `{}` (account {}):\n",
        role.name(),
        role.place.account,
        target.site.name(),
        target.site.place.account
    );
    let links: String = links.into_iter().map(|link| link.text).collect();
    Explained { text: format!("{head}{links}"), whole }
}

/// One link of a chain.
struct Link {
    text: String,
    found: bool,
}

impl Link {
    fn found(title: String, statements: &[(Site<'_>, &Value)]) -> Self {
        let shown: String = statements
            .iter()
            .map(|(site, statement)| {
                let path = template_path(site.stack);
                format!("  {path} {}: {}\n{}", site.id, site.spelled(statement), excerpt(&statement.origin))
            })
            .collect();
        Self { text: format!("- {title}\n{shown}"), found: true }
    }

    fn missing(title: String, help: String) -> Self {
        Self { text: format!("- missing: {title}\n  help: {help}\n"), found: false }
    }

    fn needless(title: String) -> Self {
        Self { text: format!("- {title}\n"), found: true }
    }
}

fn trust(role: &Site<'_>) -> Link {
    let document = role.resource.properties.get("AssumeRolePolicyDocument");
    let statements: Vec<_> = document.into_iter().flat_map(statements).map(|statement| (*role, statement)).collect();
    match statements.is_empty() {
        false => Link::found("its trust says who takes it on".to_owned(), &statements),
        true => Link::missing(
            "nobody can take it on".to_owned(),
            "give it an `AssumeRolePolicyDocument` with a statement".to_owned(),
        ),
    }
}

fn by_identity(role: &Site<'_>, target: &Target<'_>) -> Link {
    let statements: Vec<_> = identity(role, target).into_iter().map(|statement| (*role, statement)).collect();
    let name = target.site.name();
    match statements.is_empty() {
        false => Link::found(format!("a statement of the role allows `{name}`"), &statements),
        true => Link::missing(
            format!("no statement of the role allows `{name}`"),
            "wire the two: `reads`, `writes` or `calls` gives the statement".to_owned(),
        ),
    }
}

/// The statements of the role's own policies about the target.
fn identity<'a>(role: &Site<'a>, target: &Target<'_>) -> Vec<&'a Value> {
    let policies = role.resource.properties.get("Policies");
    let documents = policies.into_iter().flat_map(items).filter_map(|policy| policy.get("PolicyDocument"));
    documents.flat_map(statements).filter(|statement| covers(role, statement, target)).collect()
}

/// Whether a statement is about the target: its service, and its ARN or what is in it.
fn covers(site: &Site<'_>, statement: &Value, target: &Target<'_>) -> bool {
    let (arn, name) = (target.site.arn(), target.site.name());
    let inside = match &target.objects {
        Some(objects) => format!("{arn}/{objects}"),
        None => format!("{arn}/"),
    };
    let service = arn.split(':').nth(2).unwrap_or_default();
    let of_service = statement.get("Action").into_iter().flat_map(items).any(|action| {
        let action = action.as_text().unwrap_or_default();
        action.split(':').next() == Some(service) || action == "*"
    });
    let about = statement.get("Resource").into_iter().flat_map(items).any(|resource| {
        let pattern = site.resolved(resource);
        let exact = pattern.trim_end_matches(['*', '/', ':']);
        let by_name = exact.split(':').nth(2) == Some(service) && exact.rsplit([':', '/']).next() == Some(&*name);
        by_name || matches(&pattern, &arn) || pattern.starts_with(&inside) || matches(&pattern, &format!("{inside}x"))
    });
    of_service && about
}

/// The types of policies that say who may use a resource, with the property that names it.
const POLICIES: &[(&str, &str)] =
    &[("AWS::S3::BucketPolicy", "Bucket"), ("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SQS::QueuePolicy", "Queues")];

/// What the target's own policy says of the role. In one account the role's statements are enough; a key always has
/// to agree.
fn by_resource(role: &Site<'_>, target: &Target<'_>) -> Link {
    let site = &target.site;
    let is_key = site.resource.resource_type == "AWS::KMS::Key";
    let documents: Vec<(Site<'_>, &Value)> = match is_key {
        true => site.resource.properties.get("KeyPolicy").map(|policy| (*site, policy)).into_iter().collect(),
        false => site
            .stack
            .resources
            .iter()
            .filter_map(|(id, resource)| {
                let (_, holder) = POLICIES.iter().find(|(name, _)| *name == resource.resource_type)?;
                let holds =
                    resource.properties.get(holder).into_iter().flat_map(items).any(|held| names(held, site.id));
                let document = resource.properties.get("PolicyDocument").filter(|_| holds)?;
                Some((Site { id, resource, ..*site }, document))
            })
            .collect(),
    };
    let admitting: Vec<_> = documents
        .iter()
        .flat_map(|(holder, document)| statements(document).into_iter().map(move |statement| (*holder, statement)))
        .filter(|(holder, statement)| admits(holder, statement, role))
        .filter(|(holder, statement)| {
            let pattern = statement.get("Resource").is_some_and(|resource| resource.as_text() == Some("*"));
            pattern || covers(holder, statement, target)
        })
        .collect();
    let (name, other) = (site.name(), role.place.account != site.place.account);
    let what = if is_key { "the policy of the key" } else { "the policy of" };
    match (admitting.is_empty(), other || is_key) {
        (false, _) => Link::found(format!("{what} `{name}` lets it in"), &admitting),
        (true, true) => Link::missing(
            format!("{what} `{name}` does not let in `{}`", role.name()),
            format!(
                "without it AWS refuses the role of account {}, whatever its own statements say",
                role.place.account
            ),
        ),
        (true, false) => Link::needless("both are in one account: no policy of the other side is needed".to_owned()),
    }
}

/// Whether a statement of a resource's policy lets a role in: itself, or its account if no condition leaves it out.
fn admits(holder: &Site<'_>, statement: &Value, role: &Site<'_>) -> bool {
    let allows = statement.get("Effect").and_then(Value::as_text) == Some("Allow");
    let principals = statement.get("Principal").and_then(|principal| principal.get("AWS"));
    let account = format!("arn:{}:iam::{}:root", partition(&role.place.region), role.place.account);
    let named = principals.into_iter().flat_map(items).any(|principal| {
        let principal = holder.resolved(principal);
        principal == account || principal == role.arn() || principal == "*"
    });
    let only = statement.get("Condition").and_then(|condition| condition.get("ArnEquals")?.get("aws:PrincipalArn"));
    let fits = only.is_none_or(|roles| items(roles).into_iter().any(|arn| holder.resolved(arn) == role.arn()));
    allows && named && fits
}

/// The key that encrypts a bucket, if it is one of the same stack.
fn key_of<'a>(target: &Target<'a>) -> Option<Site<'a>> {
    let site = target.site;
    let rules = site.resource.properties.get("BucketEncryption")?.get("ServerSideEncryptionConfiguration")?;
    let mut keys = items(rules).into_iter().filter_map(|rule| {
        let key = rule.get("ServerSideEncryptionByDefault")?.get("KMSMasterKeyID")?;
        site.stack.resources.iter().find(|(id, _)| names(key, id))
    });
    keys.next().map(|(id, resource)| Site { id, resource, ..site })
}

/// The properties that give a resource its name.
const NAMES: &[&str] = &[
    "RoleName",
    "BucketName",
    "FunctionName",
    "QueueName",
    "TopicName",
    "TableName",
    "StateMachineName",
    "LogGroupName",
    "ApplicationName",
    "Name",
];

impl Site<'_> {
    /// The name of the resource in its account, or its logical id where AWS chooses one.
    fn name(&self) -> String {
        let named = NAMES.iter().find_map(|key| self.resource.properties.get(key));
        named.map_or_else(|| self.id.to_owned(), |name| self.resolved(name))
    }

    /// The ARN, with `${LogicalId}` where AWS chooses a part of it.
    fn arn(&self) -> String {
        let Deployment { account, region, .. } = self.place;
        let partition = partition(region);
        match self.resource.resource_type.as_str() {
            "AWS::S3::Bucket" => format!("arn:{partition}:s3:::{}", self.name()),
            "AWS::IAM::Role" => format!("arn:{partition}:iam::{account}:role/{}", self.name()),
            "AWS::KMS::Key" => format!("arn:{partition}:kms:{region}:{account}:key/${{{}}}", self.id),
            kind => {
                let named = || kind.split("::").nth(1).unwrap_or_default().to_lowercase();
                let service = service_of(kind).map_or_else(named, str::to_owned);
                format!("arn:{partition}:{service}:{region}:{account}:${{{}}}", self.id)
            }
        }
    }

    /// A value as text, as far as it follows from the document.
    fn resolved(&self, value: &Value) -> String {
        match &value.kind {
            ValueKind::Text(text) => text.clone(),
            ValueKind::Intrinsic(Intrinsic::Ref(name)) => self.reference(name),
            ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => self.attribute(id, attribute),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => {
                let mut parts = text.split("${");
                let mut result = parts.next().unwrap_or_default().to_owned();
                for part in parts {
                    let (name, rest) = part.split_once('}').unwrap_or((part, ""));
                    result.push_str(&match name.split_once('.') {
                        Some((id, attribute)) => self.attribute(id, attribute),
                        None => self.reference(name),
                    });
                    result.push_str(rest);
                }
                result
            }
            _ => value.to_json().to_string(),
        }
    }

    fn reference(&self, name: &str) -> String {
        match name {
            "AWS::AccountId" => self.place.account.clone(),
            "AWS::Region" => self.place.region.clone(),
            "AWS::StackName" => self.place.stack_name.clone(),
            "AWS::Partition" => partition(&self.place.region).to_owned(),
            _ => match self.beside(name) {
                // `Ref` of a topic is its ARN.
                Some(site) if site.resource.resource_type == "AWS::SNS::Topic" => site.arn(),
                Some(site) => site.name(),
                None => format!("${{{name}}}"),
            },
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> String {
        match self.beside(id).filter(|_| attribute == "Arn") {
            Some(site) => site.arn(),
            None => format!("${{{id}.{attribute}}}"),
        }
    }

    fn beside(&self, name: &str) -> Option<Site<'_>> {
        let (id, resource) = self.stack.resources.get_key_value(name)?;
        Some(Site { id, resource, ..*self })
    }

    /// A statement in one line: who, what, of what, and when.
    fn spelled(&self, statement: &Value) -> String {
        let part = |key: &str| statement.get(key).map(|value| self.json(value));
        let words = |json: Json| match json {
            Json::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(", "),
            one => word(&one),
        };
        let mut text = format!(
            "{} {}",
            part("Effect").map(words).unwrap_or_default(),
            part("Action").map(words).unwrap_or_default()
        );
        if let Some(principal) = part("Principal") {
            text.push_str(&format!(" to {}", word(&principal)));
        }
        if let Some(resource) = part("Resource") {
            text.push_str(&format!(" on {}", words(resource)));
        }
        if let Some(condition) = part("Condition") {
            text.push_str(&format!(" if {condition}"));
        }
        text
    }

    fn json(&self, value: &Value) -> Json {
        match &value.kind {
            ValueKind::List(items) => items.iter().map(|item| self.json(item)).collect(),
            ValueKind::Map(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.clone(), self.json(value))).collect())
            }
            _ => Json::String(self.resolved(value)),
        }
    }
}

fn word(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn statements(document: &Value) -> Vec<&Value> {
    document.get("Statement").map(items).unwrap_or_default()
}

/// The items of a list; a single value stands for a list of one.
fn items(value: &Value) -> Vec<&Value> {
    match &value.kind {
        ValueKind::List(items) => items.iter().collect(),
        _ => vec![value],
    }
}

/// Whether a value refers to the resource `id`.
fn names(value: &Value, id: &str) -> bool {
    let mut named = false;
    value.references(&mut |name| named |= name == id);
    named
}

/// Whether `*` in the pattern can stand for what makes it the text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("arn:aws:kms:*:1:key/*", "arn:aws:kms:eu-west-1:1:key/k"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(!matches("a*b", "abc"));
        assert!(!matches("a", "ab"));
    }
}
