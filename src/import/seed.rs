//! Which things a template is about: each resource that is the main one of a kind becomes a thing of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::grow::complete;
use super::leaves::Leaves;
use super::place::Place;
use super::shape::NAME;
use super::spell;
use super::trial::{Bench, own_id};

/// A thing to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed {
    /// `streams.trips`
    pub(super) thing: String,
    /// The resource of the template that it was found by.
    pub(super) logical_id: String,
}

/// The types that the main resource of each section's things may have, learned by trying.
pub(super) fn main_types(bench: &Bench, document: &Json) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut found: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for section in bench.sections.iter().copied() {
        let id = own_id(&format!("{section}.{NAME}"));
        for value in beginnings(bench, document, section) {
            let mut tried = document.clone();
            Place::of(&[section, NAME]).set(&mut tried, value);
            for (document, _) in complete(bench, tried).into_iter().take(3) {
                let made = bench.compile(&document);
                let main = made.resources.get(&id).map(|leaves| leaves.resource_type.clone());
                found.entry(section).or_default().extend(main);
            }
        }
    }
    found
}

/// The ways in which a thing may begin.
pub(super) fn beginnings(bench: &Bench, document: &Json, section: &str) -> Vec<Json> {
    let Some(schema) = bench.schema.thing(section) else { return Vec::new() };
    let things = bench.things(document);
    bench.schema.least(schema, &things).into_iter().take(40).collect()
}

/// The things of a template. `known` are the logical ids that the document asks for already.
pub(super) fn seeds(
    main_types: &BTreeMap<&'static str, BTreeSet<String>>,
    resources: &BTreeMap<String, Leaves>,
    known: &BTreeSet<String>,
) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::new();
    let mut taken: BTreeSet<String> = known.clone();
    let is_main = |section: &str, leaves: &Leaves| {
        main_types.get(section).is_some_and(|types| types.contains(&leaves.resource_type))
    };
    // Names that follow the rule of this program come first, the short ones before those that begin with them.
    let mut ids: Vec<&String> = resources.keys().filter(|id| !known.contains(*id)).collect();
    ids.sort_by_key(|id| (id.len(), (*id).clone()));
    for id in &ids {
        let leaves = &resources[*id];
        let own = main_types.keys().filter(|section| is_main(section, leaves)).find_map(|section| {
            let name = name_of(id, section, leaves)?;
            (own_id(&format!("{section}.{name}")) == **id).then(|| format!("{section}.{name}"))
        });
        let is_part = seeds.iter().any(|seed| id.starts_with(&own_id(&seed.thing)));
        if let Some(thing) = own.filter(|_| !is_part) {
            taken.insert((*id).clone());
            seeds.push(Seed { thing, logical_id: (*id).clone() });
        }
    }
    for id in &ids {
        let leaves = &resources[*id];
        let is_part = seeds.iter().any(|seed| id.starts_with(&own_id(&seed.thing)));
        if taken.contains(*id) || is_part {
            continue;
        }
        let Some(section) = main_types.keys().find(|section| is_main(section, leaves)) else { continue };
        let stem = spell::kebab(id);
        let short = shortened(&stem, section);
        let free = |name: &&str| {
            !name.is_empty() && {
                let path = format!("{section}.{name}");
                let own = own_id(&path);
                seeds.iter().all(|seed| seed.thing != path && own_id(&seed.thing) != own)
                    && (!resources.contains_key(&own) || own == **id)
            }
        };
        let numbered = format!("{stem}-2");
        let Some(name) = [short.as_str(), &stem, &numbered].into_iter().find(free) else { continue };
        seeds.push(Seed { thing: format!("{section}.{name}"), logical_id: (*id).clone() });
    }
    seeds
}

/// The name of a thing whose resource has the logical id that this program would give it.
fn name_of(id: &str, section: &str, leaves: &Leaves) -> Option<String> {
    let marker = own_id(&format!("{section}.{NAME}"));
    let suffix = marker.strip_prefix("Probename")?;
    let stem = id.strip_suffix(suffix).filter(|stem| !stem.is_empty())?;
    let fits = |name: &&str| own_id(&format!("{section}.{name}")) == id;
    let physical = leaves.placed.values().filter_map(|text| text.rsplit_once("${AWS::StackName}-"));
    let own = physical.map(|(_, name)| name.split(['.', '/']).next().unwrap_or(name)).find(fits);
    Some(own.map_or_else(|| spell::kebab(stem), str::to_owned))
}

/// A name without the words that its section says already.
fn shortened(name: &str, section: &str) -> String {
    let one = crate::model::singular(section);
    let without = name.strip_suffix(&format!("-{one}")).or_else(|| name.strip_prefix(&format!("{one}-")));
    without.unwrap_or(name).to_owned()
}

/// A document without things.
pub(super) fn root(name: &str, environments: &[super::Environment], params: &Map<String, Json>) -> Json {
    let mut document = json!({ "tidegate": 1, "name": name, "environments": {} });
    for environment in environments {
        let mut value = json!({ "account": environment.account, "region": environment.region });
        if !environment.params.is_empty() {
            value["params"] = Json::Object(environment.params.clone());
        }
        if !environment.protected {
            value["protected"] = json!(false);
        }
        document["environments"][environment.name.as_str()] = value;
    }
    if !params.is_empty() {
        document["params"] = Json::Object(params.clone());
    }
    document
}
