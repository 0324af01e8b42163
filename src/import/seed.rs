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

/// By section: how the logical id of a thing's first resource ends after the thing's own, and its type.
pub(super) type MainTypes = BTreeMap<&'static str, BTreeSet<(String, String)>>;

/// What the first resource of each section's things may be, learned by trying.
pub(super) fn main_types(bench: &mut Bench, document: &Json) -> MainTypes {
    let mut found = MainTypes::new();
    for section in bench.sections.clone() {
        let begin = beginnings(bench, document, section);
        let mut types = first_resources(bench, document, section, &begin);
        if types.is_empty() {
            let longer: Vec<Json> =
                begin.iter().flat_map(|value| bench.with_one_key(document, section, value)).collect();
            types = first_resources(bench, document, section, &longer);
        }
        // A page shows more forms of a kind than the schema asks for.
        let shown = first_resources(bench, document, section, &bench.shown(section));
        if types.is_empty() {
            bench.demanding.insert(section);
        }
        types.extend(shown);
        found.insert(section, types);
    }
    found
}

/// So many forms of what a thing names are tried with it.
const COMPLETED: usize = 12;

fn first_resources(bench: &Bench, document: &Json, section: &str, values: &[Json]) -> BTreeSet<(String, String)> {
    let thing = format!("{section}.{NAME}");
    let id = own_id(&thing);
    let mut found = BTreeSet::new();
    for value in values {
        let mut tried = document.clone();
        Place::of(&[section, NAME]).set(&mut tried, value.clone());
        for (document, _) in complete(bench, tried).into_iter().take(COMPLETED) {
            let made = bench.compile(&document);
            let own = made.resources.iter().filter(|(other, _)| made.things.get(*other) == Some(&thing));
            let first = own.filter_map(|(other, leaves)| Some((other.strip_prefix(&id)?, leaves))).next();
            found.extend(first.map(|(suffix, leaves)| (suffix.to_owned(), leaves.resource_type.clone())));
        }
    }
    found
}

/// The ways in which a thing may begin.
pub(super) fn beginnings(bench: &Bench, document: &Json, section: &str) -> Vec<Json> {
    let Some(schema) = bench.schema.thing(section) else { return Vec::new() };
    if bench.demanding.contains(section) {
        return bench.shown(section);
    }
    let things = bench.things(document);
    bench.schema.least(schema, &things).into_iter().take(40).collect()
}

/// The things of a template. `known` are the logical ids that the document asks for already; `may_be` says of a logical id
/// and a section whether things of it are in that template at all.
pub(super) fn seeds(
    main_types: &MainTypes,
    resources: &BTreeMap<String, Leaves>,
    known: &BTreeSet<String>,
    may_be: &dyn Fn(&str, &str) -> bool,
) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::new();
    let mut taken: BTreeSet<String> = known.clone();
    // Names that follow the rule of this program come first, the short ones before those that begin with them.
    let mut ids: Vec<&String> = resources.keys().filter(|id| !known.contains(*id)).collect();
    ids.sort_by_key(|id| (id.len(), (*id).clone()));
    for id in &ids {
        let leaves = &resources[*id];
        let all = main_types.iter().flat_map(|(section, types)| types.iter().map(move |it| (*section, it)));
        let own = all.filter(|(_, (_, resource_type))| *resource_type == leaves.resource_type);
        let own = own.filter(|(section, _)| may_be(id, section)).filter_map(|(section, (suffix, _))| {
            let name = name_of(id, section, suffix, leaves)?;
            let thing = format!("{section}.{name}");
            (own_id(&thing) + suffix == **id).then_some(thing)
        });
        // `ReleaseGateTopic` is of the gate `release`, and not of a topic `release-gate`.
        let own = own.min_by_key(|thing| thing.split_once('.').map_or(0, |(_, name)| name.len()));
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
        let main = (String::new(), leaves.resource_type.clone());
        let mut own = main_types.iter().filter(|(section, types)| types.contains(&main) && may_be(id, section));
        let Some((section, _)) = own.next() else { continue };
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
fn name_of(id: &str, section: &str, suffix: &str, leaves: &Leaves) -> Option<String> {
    let marker = own_id(&format!("{section}.{NAME}"));
    let ending = marker.strip_prefix("Probename")?;
    let stem = id.strip_suffix(suffix)?.strip_suffix(ending).filter(|stem| !stem.is_empty())?;
    let fits = |name: &&str| own_id(&format!("{section}.{name}")) + suffix == id;
    let physical = leaves.placed.values().filter_map(|(_, text)| text.rsplit_once("${AWS::StackName}-"));
    let own = physical.map(|(_, name)| name.split(['.', '/']).next().unwrap_or(name)).find(fits);
    Some(own.map_or_else(|| spell::kebab(stem), str::to_owned))
}

/// A name without the words that its section says already.
fn shortened(name: &str, section: &str) -> String {
    let one = crate::model::singular(section);
    let without = name.strip_suffix(&format!("-{one}")).or_else(|| name.strip_prefix(&format!("{one}-")));
    without.unwrap_or(name).to_owned()
}

impl Bench {
    /// The values that have one more key than the least.
    fn with_one_key(&self, document: &Json, section: &str, least: &Json) -> Vec<Json> {
        let (Some(schema), Json::Object(map)) = (self.schema.thing(section), least) else { return Vec::new() };
        let Some(record) = self.schema.record(schema, map) else { return Vec::new() };
        let things = self.things(document);
        let keys = record["properties"].as_object().into_iter().flatten().filter(|(key, _)| !map.contains_key(*key));
        let values = keys.flat_map(|(key, schema)| {
            let first = self.schema.least(schema, &things).into_iter().next();
            first.map(|value| {
                let mut longer = map.clone();
                longer.insert(key.clone(), value);
                Json::Object(longer)
            })
        });
        values.collect()
    }
}

/// A document without things.
pub(super) fn root(name: &str, environments: &[super::Environment], params: &Map<String, Json>) -> Json {
    let mut document = json!({ "tidegate": 1, "name": name, "environments": {} });
    for environment in environments {
        let mut value = json!({ "account": environment.account, "region": environment.region });
        // A stack has parameters that a document gives it by itself.
        let is_hidden = |param: &Json| param["default"].as_str().is_some_and(|text| text.starts_with(super::HIDDEN));
        let is_known = |name: &str| params.get(name).is_some_and(|param| !is_hidden(param));
        let known = environment.params.iter().filter(|(name, _)| is_known(name));
        let known: Map<_, _> = known.map(|(name, value)| (name.clone(), value.clone())).collect();
        if !known.is_empty() {
            value["params"] = Json::Object(known);
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
