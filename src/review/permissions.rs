//! Whether a change lets somebody do more than before.
//!
//! Policies are compared grant by grant: an allowed action of a principal on a resource under conditions. A grant is
//! covered by an earlier one that allows at least as much. What is denied no more counts as more, too.

use indexmap::IndexMap as Map;
use serde_json::Value as Json;

use super::{Effect, EffectKind};

/// How many are told one by one.
const TOLD: usize = 6;

/// Types that are nothing but a grant to something else.
const GRANTS: &[&str] = &[
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::MSK::ClusterPolicy",
    "AWS::Kinesis::ResourcePolicy",
    "AWS::Events::EventBusPolicy",
];

/// Whether a new resource of this type and with these properties may widen what others are allowed. A managed policy
/// that names nobody is allowed to nobody until somebody attaches it.
pub(super) fn is_grant(resource_type: &str, properties: &Json) -> bool {
    let names = |members: &[&str]| members.iter().any(|member| properties.get(member).is_some());
    GRANTS.contains(&resource_type)
        && (resource_type != "AWS::IAM::ManagedPolicy" || names(&["Groups", "Roles", "Users"]))
}

/// What is allowed more by the new properties than by the old; without old ones, all that is allowed.
pub(super) fn widened(resource_type: &str, before: &Json, after: &Json) -> Vec<Effect> {
    let mut found = Vec::new();
    let (old, new) = (documents(before), documents(after));
    let names: Vec<&String> = new.keys().chain(old.keys().filter(|name| !new.contains_key(*name))).collect();
    for name in names {
        let empty = Vec::new();
        let (old, new) = (old.get(name).unwrap_or(&empty), new.get(name).unwrap_or(&empty));
        let (old, new): (Vec<_>, Vec<_>) =
            (old.iter().flat_map(grants).collect(), new.iter().flat_map(grants).collect());
        found.extend(grown(&old, &new).into_iter().map(|text| effect(text, name)));
    }
    let arns = |properties: &Json| list(&properties["ManagedPolicyArns"]);
    let attached = arns(after).into_iter().filter(|arn| !arns(before).contains(arn));
    found.extend(attached.map(|arn| effect(format!("the policy {arn} is attached"), "ManagedPolicyArns")));
    if before.get("PermissionsBoundary").is_some() && after.get("PermissionsBoundary").is_none() {
        found.push(effect("its permissions boundary goes".to_owned(), "PermissionsBoundary"));
    }
    match resource_type {
        "AWS::EC2::SecurityGroup" => {
            found.extend(opened(&before["SecurityGroupIngress"], &after["SecurityGroupIngress"]))
        }
        "AWS::EC2::SecurityGroupIngress" if before != after => found.extend(opened(before, after)),
        "AWS::Lambda::Permission" if before != after => {
            let source = ["SourceArn", "SourceAccount"].iter().filter_map(|name| after[*name].as_str());
            let source = source.map(|source| format!(" for {source}")).collect::<String>();
            let text = format!("{} may `{}`{source}", principal(&after["Principal"]), plain(&after["Action"]));
            found.push(effect(text, "Principal"));
        }
        _ => {}
    }
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if more > 0 {
        found.push(effect(format!("and {more} more"), ""));
    }
    found
}

fn effect(text: String, property: &str) -> Effect {
    let pointer = if property.is_empty() { String::new() } else { format!("/{property}") };
    Effect { kind: EffectKind::Permission, text, pointer, source: None }
}

/// The policy documents in the properties, by the property that they are below.
fn documents(properties: &Json) -> Map<String, Vec<Json>> {
    let mut found = Map::new();
    for (name, value) in properties.as_object().into_iter().flatten() {
        let mut below = Vec::new();
        collect(value, &mut below);
        if !below.is_empty() {
            found.insert(name.clone(), below);
        }
    }
    found
}

fn collect(value: &Json, found: &mut Vec<Json>) {
    match value {
        Json::Object(map) if map.contains_key("Statement") => found.push(value.clone()),
        Json::Object(map) => map.values().for_each(|value| collect(value, found)),
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Grant {
    allows: bool,
    principal: String,
    action: String,
    resource: String,
    conditions: Json,
}

/// One for each principal, action and resource of each statement.
fn grants(document: &Json) -> Vec<Grant> {
    let statements = match &document["Statement"] {
        Json::Array(statements) => statements.clone(),
        Json::Null => Vec::new(),
        statement => vec![statement.clone()],
    };
    let mut grants = Vec::new();
    for statement in statements {
        let of = |name: &str, otherwise: &str| {
            let given = list(&statement[name]);
            let negated = list(&statement[format!("Not{name}")]);
            match (given.is_empty(), negated.is_empty()) {
                (false, _) => given,
                (true, false) => vec![format!("all but {}", negated.join(", "))],
                (true, true) => vec![otherwise.to_owned()],
            }
        };
        for principal in principals(&statement) {
            for action in of("Action", "*") {
                for resource in of("Resource", "") {
                    grants.push(Grant {
                        allows: statement["Effect"] == "Allow",
                        principal: principal.clone(),
                        action: action.clone(),
                        resource,
                        conditions: statement
                            .get("Condition")
                            .cloned()
                            .unwrap_or_else(|| Json::Object(serde_json::Map::new())),
                    });
                }
            }
        }
    }
    grants
}

fn principals(statement: &Json) -> Vec<String> {
    if let Some(other) = statement.get("NotPrincipal") {
        return vec![format!("all but {}", flat(other).join(", "))];
    }
    match statement.get("Principal") {
        None => vec![String::new()],
        Some(principal) => flat(principal),
    }
}

fn flat(principal: &Json) -> Vec<String> {
    match principal {
        Json::Object(map) => map.values().flat_map(list).collect(),
        other => list(other),
    }
}

fn list(value: &Json) -> Vec<String> {
    match value {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().map(plain).collect(),
        other => vec![plain(other)],
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What the new grants allow that the old ones did not.
fn grown(old: &[Grant], new: &[Grant]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let allowed: Vec<&Grant> = old.iter().filter(|grant| grant.allows).collect();
    for grant in new.iter().filter(|grant| grant.allows) {
        if allowed.iter().any(|old| covers(old, grant) && narrower(&old.conditions, &grant.conditions)) {
            continue;
        }
        let text = describe(&allowed, grant);
        if !told.contains(&text) {
            told.push(text);
        }
    }
    let denied = old.iter().filter(|grant| !grant.allows);
    let still = |old: &Grant| {
        new.iter().any(|new| !new.allows && covers(new, old) && narrower(&new.conditions, &old.conditions))
    };
    for grant in denied.filter(|old| !still(old)) {
        told.push(format!("{}`{}`{} is denied no more", who(grant), grant.action, on(grant)));
    }
    told
}

/// Whether the first allows at least as much as the second, without regard to conditions.
fn covers(wide: &Grant, narrow: &Grant) -> bool {
    let principal = wide.principal == "*" || wide.principal == narrow.principal;
    principal
        && matches(&wide.action.to_lowercase(), &narrow.action.to_lowercase())
        && matches(&wide.resource, &narrow.resource)
}

/// Whether a grant under `new` conditions holds only where it held under `old` ones.
fn narrower(old: &Json, new: &Json) -> bool {
    let operators = old.as_object().into_iter().flatten();
    operators
        .flat_map(|(operator, keys)| {
            keys.as_object().into_iter().flatten().map(move |(key, value)| (operator, key, value))
        })
        .all(|(operator, key, value)| {
            let (were, are) = (list(value), list(&new[operator][key]));
            !are.is_empty() && are.iter().all(|value| were.contains(value))
        })
}

/// Whether a pattern with `*` and `?` takes in a text, which may be a pattern itself.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match part {
                '*' => reached[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && reached[at - 1] && text[at - 1] != '*',
                letter => at > 0 && reached[at - 1] && text[at - 1] == letter,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

fn who(grant: &Grant) -> String {
    if grant.principal.is_empty() {
        String::new()
    } else {
        format!("{}: ", principal(&Json::from(grant.principal.clone())))
    }
}

fn principal(value: &Json) -> String {
    match plain(value).as_str() {
        "*" => "everybody".to_owned(),
        other => other.to_owned(),
    }
}

fn on(grant: &Grant) -> String {
    match grant.resource.as_str() {
        "" => String::new(),
        "*" => " on everything".to_owned(),
        resource => format!(" on {resource}"),
    }
}

fn describe(old: &[&Grant], grant: &Grant) -> String {
    let what = format!("{}`{}`{}", who(grant), grant.action, on(grant));
    if old.iter().any(|old| covers(old, grant)) {
        return format!("{what} is allowed under fewer conditions");
    }
    let with = |change: &dyn Fn(&mut Grant, &Grant)| {
        old.iter().any(|old| {
            let mut like = (*old).clone();
            change(&mut like, grant);
            covers(&like, grant)
        })
    };
    let how = if with(&|like, grant| like.resource.clone_from(&grant.resource)) {
        "a wider resource"
    } else if with(&|like, grant| like.principal.clone_from(&grant.principal)) {
        "somebody new"
    } else {
        "a new action"
    };
    format!("{what} is allowed: {how}")
}

/// Ways in through a security group that were not there.
fn opened(before: &Json, after: &Json) -> Vec<Effect> {
    let rules = |value: &Json| match value {
        Json::Array(items) => items.clone(),
        Json::Null => Vec::new(),
        rule => vec![rule.clone()],
    };
    let without_words = |rule: &Json| {
        let mut rule = rule.clone();
        if let Some(map) = rule.as_object_mut() {
            map.shift_remove("Description");
        }
        rule
    };
    let old: Vec<Json> = rules(before).iter().map(without_words).collect();
    let new = rules(after).into_iter().filter(|rule| !old.contains(&without_words(rule)));
    new.map(|rule| {
        let from = ["CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId", "SourceSecurityGroupName"];
        let from = from.iter().find_map(|name| rule[*name].as_str()).unwrap_or("others");
        let from = if from == "0.0.0.0/0" || from == "::/0" { "everybody on the internet" } else { from };
        let ports = match (rule.get("FromPort").map(plain), rule.get("ToPort").map(plain)) {
            (Some(first), Some(last)) if first == last => format!("port {first}"),
            (Some(first), Some(last)) => format!("the ports {first} to {last}"),
            _ => "every port".to_owned(),
        };
        effect(format!("{ports} is opened to {from}"), "SecurityGroupIngress")
    })
    .collect()
}

#[cfg(test)]
mod tests;
