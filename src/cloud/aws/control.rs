//! Cloud Control: whole models of resources through the read handlers of their types, undeclared settings included.
//!
//! It is asked for what no reader of a service knows. It reads with the rights of the caller, so a refusal names the
//! service's own action. Write-only properties are never in its answers.

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::call::{Call, call};
use super::progress::Progress;
use crate::cloud::{CloudError, Live, Observation, Wanted};
use crate::facts::resources::{self, ResourceType};
use crate::facts::schema;

/// How many resources are read at the same time; their rate is that of the service.
const CONCURRENT: usize = 16;

/// Where the identifier of a type is an ARN of which the physical id is only the end.
///
/// AWS::Events::Rule: template reference, return values: Ref gives the rule's name, with its bus before it as
/// `bus|name`; the registry's identifier is the ARN. Read 2026-11-21.
const ARNS: [(&str, &str); 1] = [("AWS::Events::Rule", "arn:{partition}:events:{region}:{account}:rule/{id}")];

/// Adds to what the readers saw what Cloud Control can say beyond it; in the same order.
pub(super) async fn complete(
    config: &SdkConfig,
    account: Option<&str>,
    wanted: &[Wanted],
    mut seen: Vec<Observation>,
    progress: &Progress,
) -> Vec<Observation> {
    let mut queue =
        (0..wanted.len()).filter(|index| says_more(&wanted[*index], &seen[*index])).rev().collect::<Vec<_>>();
    let mut running = JoinSet::new();
    loop {
        while running.len() < CONCURRENT
            && let Some(index) = queue.pop()
        {
            let (config, wanted) = (config.clone(), wanted[index].clone());
            let account = account.map(str::to_owned);
            running.spawn(async move { (index, observe(&config, account.as_deref(), &wanted).await) });
        }
        match running.join_next().await {
            Some(Ok((index, observation))) => {
                let before = std::mem::replace(&mut seen[index], Observation::NoReader);
                if before == Observation::NoReader {
                    progress.step();
                }
                seen[index] = both(before, observation);
            }
            Some(Err(_)) => {}
            None => return seen,
        }
    }
}

/// Whether Cloud Control could say more: nothing was seen, or not all that the template asks for.
fn says_more(wanted: &Wanted, seen: &Observation) -> bool {
    let readable = resources::get(&wanted.resource_type).is_some_and(|facts| facts.readable);
    readable
        && match seen {
            Observation::NoReader => true,
            Observation::Live(live) => vouched(wanted).iter().any(|name| {
                let told = live.covers.contains(name) || live.unread.iter().any(|(unread, _)| unread[1..] == **name);
                !told && wanted.properties.get(name).is_some()
            }),
            Observation::Missing | Observation::Unread(_) => false,
        }
}

/// The readers' word goes first; what they do not cover is Cloud Control's.
fn both(reader: Observation, control: Observation) -> Observation {
    let (mut live, more) = match (reader, control) {
        (Observation::Live(live), Observation::Live(more)) => (live, more),
        (live @ Observation::Live(_), _) => return live,
        (_, control) => return control,
    };
    let known = |name: &str, live: &Live| {
        live.covers.iter().any(|covered| covered == name) || live.unread.iter().any(|(unread, _)| unread[1..] == *name)
    };
    let names: Vec<String> = more.covers.into_iter().filter(|name| !known(name, &live)).collect();
    let inside = |pattern: &str, name: &String| pattern[1..].split('/').next() == Some(name);
    let unread = more.unread.into_iter().filter(|(pattern, _)| names.iter().any(|name| inside(pattern, name)));
    live.unread.extend(unread);
    for name in names {
        if let (Some(properties), Some(value)) = (live.properties.as_object_mut(), more.properties.get(&name)) {
            properties.insert(name.clone(), value.clone());
        }
        live.covers.push(name);
    }
    Observation::Live(live)
}

async fn observe(config: &SdkConfig, account: Option<&str>, wanted: &Wanted) -> Observation {
    let identifier = match identifier(config, account, wanted) {
        Ok(identifier) => identifier,
        Err(reason) => return Observation::Unread(reason),
    };
    match read(config, wanted, &identifier).await {
        Ok(Some(properties)) => {
            Observation::Live(Live { properties, covers: vouched(wanted), unread: never_returned(wanted) })
        }
        Ok(None) => Observation::NoReader,
        Err(error) => Observation::Unread(error.with_hint()),
    }
}

/// `None` where Cloud Control does not serve the type.
async fn read(config: &SdkConfig, wanted: &Wanted, identifier: &str) -> Result<Option<Json>, CloudError> {
    let attempted = "read through Cloud Control";
    let input = json!({ "TypeName": wanted.resource_type, "Identifier": identifier });
    let answer = match call(config, attempted, identifier, &Call::new("cloudcontrol", "GetResource", input)).await {
        Ok(answer) => answer,
        Err(error) if error.has_code("UnsupportedActionException") || error.has_code("TypeNotFoundException") => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let model = answer["ResourceDescription"]["Properties"].as_str().unwrap_or_default();
    let model = serde_json::from_str(model);
    model
        .map(Some)
        .map_err(|error| CloudError::refused(attempted, identifier, format!("the model is no JSON: {error}")))
}

/// The properties whose live values a model tells: those that a template can set and AWS returns, if not wholly.
fn vouched(wanted: &Wanted) -> Vec<String> {
    let Some(facts) = resources::get(&wanted.resource_type) else { return Vec::new() };
    let Some(schema) = schema::get(&wanted.resource_type) else { return Vec::new() };
    let names = schema.root().names();
    names.filter(|name| returned(facts, name)).map(str::to_owned).collect()
}

fn returned(facts: &ResourceType, name: &str) -> bool {
    let is_it = |pattern: &String| pattern[1..] == *name;
    !facts.read_only.iter().any(is_it) && !facts.write_only.iter().any(is_it)
}

/// What the template sets inside of properties that are returned, and is not itself.
fn never_returned(wanted: &Wanted) -> Vec<(String, String)> {
    let Some(facts) = resources::get(&wanted.resource_type) else { return Vec::new() };
    let inside = facts.write_only.iter().filter(|pattern| pattern[1..].contains('/'));
    let set = inside.filter(|pattern| is_set(&wanted.properties, &mut pattern[1..].split('/')));
    set.map(|pattern| (pattern.clone(), "AWS never returns this property".to_owned())).collect()
}

fn is_set<'a>(value: &Json, parts: &mut (impl Iterator<Item = &'a str> + Clone)) -> bool {
    let Some(part) = parts.next() else { return !value.is_null() };
    match value {
        Json::Array(items) if part == "*" => items.iter().any(|item| is_set(item, &mut parts.clone())),
        Json::Object(map) if part == "*" => map.values().any(|item| is_set(item, &mut parts.clone())),
        value => value.get(part).is_some_and(|value| is_set(value, parts)),
    }
}

/// What Cloud Control calls the resource: the parts of the type's primary identifier, joined by `|`.
fn identifier(config: &SdkConfig, account: Option<&str>, wanted: &Wanted) -> Result<String, String> {
    let physical = wanted.physical_id.as_str();
    if let Some((_, form)) = ARNS.iter().find(|(name, _)| *name == wanted.resource_type)
        && !physical.starts_with("arn:")
    {
        let region = config.region().map(|region| region.as_ref()).unwrap_or_default();
        let account = account.ok_or("the account of the credentials is not known")?;
        let id = physical.replace('|', "/");
        let parts = [
            ("{partition}", crate::facts::partition(region)),
            ("{region}", region),
            ("{account}", account),
            ("{id}", id.as_str()),
        ];
        return Ok(parts.iter().fold((*form).to_owned(), |arn, (part, value)| arn.replace(part, value)));
    }
    let parts = resources::get(&wanted.resource_type).map(|facts| facts.primary_identifier.as_slice());
    let parts = parts.unwrap_or_default();
    if parts.len() < 2 || physical.split('|').count() == parts.len() {
        return Ok(physical.to_owned());
    }
    let given = |part: &String| wanted.properties.pointer(part).and_then(Json::as_str).map(str::to_owned);
    let unknown: Vec<&str> = parts.iter().filter(|part| given(part).is_none()).map(|part| &part[1..]).collect();
    if unknown.len() > 1 {
        let unknown = unknown.join("` and `");
        return Err(format!("Cloud Control wants `{unknown}` of it, which nothing here tells"));
    }
    let parts: Vec<String> = parts.iter().map(|part| given(part).unwrap_or_else(|| physical.to_owned())).collect();
    Ok(parts.join("|"))
}

#[cfg(test)]
mod tests;
