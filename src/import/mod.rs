//! A document made from templates: the thing and the keys are sought whose templates come nearest to those given.
//!
//! No kind says how it is turned round. Its keys are known from the schema; each is tried, what it changes is
//! remembered, and it stays when the templates come nearer. So a kind that learns a new key is imported with it.

mod examples;
mod grow;
mod hatch;
mod learn;
mod leaves;
mod place;
mod print;
mod report;
mod seed;
mod shape;
mod spell;
mod trial;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::check::{self, FileKind};
use crate::desired::{Origin, Parameter, Resource, Stack, Value};
use crate::model::pascal;
use crate::source::{Files, SourceFile, Span};
use crate::{definition, template};

use grow::Grower;
use leaves::Leaves;
use trial::{Bench, Habits, Target, own_id};

pub use report::{Beside, Change, Hidden, Imported, Left, Share, Values};

/// Where the system runs.
#[derive(Clone, Debug)]
pub struct Environment {
    pub name: String,
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// Values of the templates' parameters here.
    pub params: Map<String, Json>,
    pub protected: bool,
}

/// What is to be imported.
pub struct Request<'a> {
    pub name: &'a str,
    /// The path of the document from the root of its repository.
    pub path: &'a str,
    pub environments: &'a [Environment],
    pub stacks: &'a [Stack],
    /// Those beside the document.
    pub files: Arc<dyn Files>,
}

/// A name of the document made of any other.
pub fn thing_name(name: &str) -> String {
    spell::kebab(name)
}

/// Reads a file that can be imported; `Err` says what it is instead.
pub fn lift(file: &Arc<SourceFile>) -> Result<Stack, &'static str> {
    match check::kind_of(file) {
        Some(FileKind::Template) => Ok(template::lift(file).stack),
        Some(FileKind::Definition) => Ok(definition::lift(file).stack),
        Some(FileKind::Document) => Err("a document already, so there is nothing to import"),
        Some(FileKind::Module) => Err("a module, which is part of documents already"),
        _ => Err("neither a CloudFormation template nor a pipeline definition, and nothing else can be imported"),
    }
}

/// A resource as it is in the account, in a stack of its own.
pub fn alone(resource_type: &str, name: &str, live: Json) -> Stack {
    let file = SourceFile::new(format!("{resource_type} {name}"), "");
    let origin = Origin::authored(&Span::start_of(&file));
    let one = resource_type.rsplit("::").next().unwrap_or(resource_type);
    let id = format!("{}{one}", pascal(&spell::kebab(name)));
    let resource = Resource::new(resource_type, id.clone(), Value::from_json(live, &origin), origin);
    let mut stack = Stack { role: definition::ROLE.into(), ..Stack::default() };
    stack.resources.insert(id, resource);
    stack
}

const TOPIC: &str = "AWS::SNS::Topic";

/// The parameter that every template of this program has.
const ENVIRONMENT: &str = "Environment";

/// So many things are given up after all else was tried.
const MOST_GIVEN_UP: usize = 12;

/// Rounds over all things: what one of them is decides what another may name.
const ROUNDS: usize = 2;

/// Seeks the document.
pub fn import(request: &Request<'_>, progress: &dyn Fn(&str)) -> Imported {
    let resources: BTreeMap<&String, &Resource> = request.stacks.iter().flat_map(|stack| &stack.resources).collect();
    let same = |id: &str| id.to_owned();
    let leaves: BTreeMap<String, Leaves> =
        resources.iter().map(|(id, resource)| ((*id).clone(), Leaves::of(resource, &same))).collect();
    let params = params(request);
    let mut document = seed::root(request.name, request.environments, &params);

    progress("learning what each kind makes");
    let mut bench = Bench::new(Target::default(), request.path, Arc::clone(&request.files));
    let main_types = seed::main_types(&mut bench, &document);
    let habits = bench.habits();
    let delivery: Vec<&Stack> = request.stacks.iter().filter(|stack| habits.is_delivery(stack)).collect();
    let in_delivery: BTreeSet<String> = delivery.iter().flat_map(|stack| stack.resources.keys().cloned()).collect();
    bench.target.resources = leaves.clone();
    let phrases = Rc::new(phrases(&bench, &document));
    let mut root = Grower::new(&bench, document.clone(), "", &phrases);
    root.grow_root("alarms");
    // A topic with another name is that of something else.
    let is_there = |(id, made): (&String, &Rc<Leaves>)| {
        leaves.get(id).map_or(made.resource_type != TOPIC, |wanted| wanted.resource_type == made.resource_type)
    };
    if bench.compile(&root.document).resources.iter().all(is_there) {
        document = root.document;
    }
    let known: BTreeSet<String> = bench.compile(&document).resources.keys().cloned().collect();
    let may_be = |id: &str, section: &str| !in_delivery.contains(id) || habits.sections_of_delivery.contains(section);
    let seeds = seed::seeds(&main_types, &leaves, &known, &may_be);

    let mut seeds = seeds;
    let mut names: BTreeMap<String, String> =
        seeds.iter().map(|seed| (seed.logical_id.clone(), new_id(seed))).collect();
    adopt(&seeds, &resources, &habits, &mut names);
    bench.target.resources = renamed(&resources, &names);
    for seed in &seeds {
        let Some((section, name)) = seed.thing.split_once('.') else { continue };
        let first = seed::beginnings(&bench, &document, section).into_iter().next().unwrap_or(json!({}));
        place::Place::of(&[section, name]).set(&mut document, first);
    }
    grow::complete_well(&bench, &mut document);
    for round in 0..=ROUNDS {
        bench.with_others.set(round > 0);
        for (index, seed) in seeds.iter().enumerate() {
            progress(&format!("{}: {} of {}", seed.thing, index + 1, seeds.len()));
            let phrases = Rc::new(self::phrases(&bench, &document));
            let mut grower = Grower::new(&bench, document.clone(), &seed.thing, &phrases);
            // What a thing is decides what keys of others mean.
            if round == 0 {
                let section = seed.thing.split_once('.').map_or("", |(section, _)| section);
                grower.begin(&seed::beginnings(&bench, &document, section));
                let mut other = Grower::new(&bench, document.clone(), &seed.thing, &phrases);
                other.begin(&bench.shown(section));
                if other.score < grower.score && !other.is_of_other_type() {
                    grower = other;
                }
            } else {
                grower.grow();
                grower.grow_changes(&["alarms", "except"]);
            }
            document = grower.document;
        }
        let is_needed = |seed: &seed::Seed| !is_made_by_others(&bench, &document, &seed.thing);
        let (kept, others): (Vec<_>, Vec<_>) = seeds.into_iter().partition(is_needed);
        seeds = kept;
        for seed in others {
            let Some((section, name)) = seed.thing.split_once('.') else { continue };
            place::Place::of(&[section, name]).remove(&mut document, 0);
            place::Place::of(&["alarms", "except", &seed.thing]).remove(&mut document, 1);
        }
        let paired = pair(&bench, &document, &names);
        if paired == names {
            continue;
        }
        names = paired;
        bench.target.resources = renamed(&resources, &names);
    }
    progress("leaving out what nobody asked for");
    write::without_alarms(&bench, &mut document);
    write::known_only(&bench, &mut document);
    progress("giving up what is refused");
    write::mend(&bench, &mut document);
    write::same_types(&bench, &mut document);
    progress("taking out what nothing uses");
    write::spare(&bench, &mut document);
    write::tidy(&bench, &mut document);
    let (mut keys, mut kept) = (bench.compile(&document), BTreeSet::new());
    let own_names = names.clone();
    for round in 0..=MOST_GIVEN_UP {
        progress("writing overrides");
        keys = bench.compile(&document);
        names.clone_from(&own_names);
        // What nothing makes keeps its own name.
        names.retain(|_, name| keys.resources.contains_key(name));
        bench.target.resources = renamed(&resources, &names);
        let mut whole = document.clone();
        kept = hatch::write(&bench, &mut whole, request.stacks, &names, &in_delivery);
        write::mend_overrides(&bench, &mut whole);
        progress("checking");
        let known = bench.things(&document);
        let mut refused: Vec<String> = write::refused(&bench, &whole).into_iter().collect();
        if refused.is_empty() {
            refused = write::otherwise(&bench, &whole, &names);
        }
        refused.retain(|thing| known.contains(thing));
        if refused.is_empty() || round == MOST_GIVEN_UP {
            document = whole;
            break;
        }
        // Their resources stay as they are then.
        for thing in refused {
            progress(&format!("giving up {thing}"));
            document = write::without(&bench, &document, &thing);
        }
        write::tidy(&bench, &mut document);
    }
    progress("comparing");
    write::tidy_params(&mut document);
    let made = bench.compile(&document);
    let outcome = report::Outcome { keys: &keys, made: &made, kept: &kept, names: &names };
    report::report(request, &bench, &document, &outcome)
}

/// Gives resources that have names of their own to the thing that they are tied to most: they are looked for among what
/// that thing makes.
fn adopt(
    seeds: &[seed::Seed],
    resources: &BTreeMap<&String, &Resource>,
    habits: &Habits,
    names: &mut BTreeMap<String, String>,
) {
    for (id, resource) in resources.iter().filter(|(_, resource)| !habits.is_shared(&resource.resource_type)) {
        let is_known = names.contains_key(*id) || seeds.iter().any(|seed| id.starts_with(&own_id(&seed.thing)));
        if is_known {
            continue;
        }
        let ties = seeds.iter().filter_map(|seed| {
            let main = resources.get(&seed.logical_id)?;
            let tied = refers(Some(resource), &seed.logical_id) || refers(Some(main), id);
            let whole = wholly(resource, &seed.logical_id) + 2 * wholly(main, id);
            let same = id.bytes().zip(seed.logical_id.bytes()).take_while(|(a, b)| a == b).count();
            tied.then_some((10 * whole + same, seed))
        });
        if let Some((_, seed)) = ties.rev().max_by_key(|(weight, _)| *weight) {
            names.insert((*id).clone(), format!("{}{id}", own_id(&seed.thing)));
        }
    }
}

/// How often a resource names another by a whole value.
fn wholly(resource: &Resource, id: &str) -> usize {
    let mut count = 0;
    resource.properties.each(&mut |value| {
        let text = leaves::spelled(value).unwrap_or_default();
        count += usize::from(text == format!("${{{id}}}") || text == format!("${{{id}.Arn}}"));
    });
    count
}

/// What the resource that a thing was found by is called in the document's templates.
fn new_id(seed: &seed::Seed) -> String {
    let own = own_id(&seed.thing);
    if seed.logical_id.starts_with(&own) { seed.logical_id.clone() } else { own }
}

/// Whether the resource that a thing was found by is there without it.
fn is_made_by_others(bench: &Bench, document: &Json, thing: &str) -> bool {
    let Some((section, name)) = thing.split_once('.') else { return false };
    let mut without = document.clone();
    place::Place::of(&[section, name]).remove(&mut without, 0);
    let mut is_named = false;
    trial::each_text(&without, &mut |text| is_named |= bench.named(text).iter().any(|other| other == thing));
    let made = bench.compile(&without);
    let id = own_id(thing);
    !is_named && made.resources.keys().any(|other| *other == id)
}

fn renamed(resources: &BTreeMap<&String, &Resource>, names: &BTreeMap<String, String>) -> BTreeMap<String, Leaves> {
    let rename = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    resources.iter().map(|(id, resource)| (rename(id), Leaves::of(resource, &rename))).collect()
}

/// Whether CloudFormation shows the value of a parameter to nobody.
fn hides(parameter: &Parameter) -> bool {
    let shown = |value: &Value| matches!(value.to_json(), Json::Bool(false)) || value.as_text() == Some("false");
    parameter.constraints.iter().any(|(name, value)| name == "NoEcho" && !shown(value))
}

const HIDDEN: &str = "{{resolve:secretsmanager:";

/// What stands for a value that nobody is shown: it is read from a secret of this name.
fn hidden(system: &str, param: &str) -> String {
    format!("{HIDDEN}{system}/{param}}}}}")
}

/// The parameters of templates as params of a document.
fn params(request: &Request<'_>) -> Map<String, Json> {
    let mut params = Map::new();
    for (id, parameter) in request.stacks.iter().flat_map(|stack| &stack.parameters) {
        let name = spell::kebab(id);
        // AWS looks up what parameters of other types hold.
        let is_plain = ["String", "Number"].contains(&parameter.parameter_type.as_str());
        if id == ENVIRONMENT || !is_plain || pascal(&name) != *id {
            continue;
        }
        let mut param = json!({});
        if parameter.parameter_type == "Number" {
            param["type"] = json!("integer");
        }
        if hides(parameter) {
            param["default"] = json!(hidden(request.name, &name));
        } else if let Some(default) = parameter.default.as_ref().and_then(leaves::spelled).filter(|it| !it.is_empty()) {
            param["default"] = json!(default);
        }
        if !parameter.description.is_empty() && parameter.description != "Set per environment" {
            param["description"] = json!(parameter.description);
        }
        params.insert(name, if param == json!({}) { json!({ "type": "text" }) } else { param });
    }
    params
}

/// What expressions of a document stand for, the longest first.
fn phrases(bench: &Bench, document: &Json) -> Vec<(String, String)> {
    let mut phrases = bench.compile(document).phrases.clone();
    for name in document["params"].as_object().into_iter().flat_map(Map::keys) {
        phrases.push((format!("${{{}}}", pascal(name)), format!("params.{name}")));
    }
    for (id, word) in [(ENVIRONMENT, "name"), ("AWS::Region", "region"), ("AWS::AccountId", "account")] {
        phrases.push((format!("${{{id}}}"), format!("env.{word}")));
    }
    phrases
}

/// Finds which resource of a template is which of those that the document makes beside its main ones: of one type, and
/// given to the same thing.
fn pair(bench: &Bench, document: &Json, names: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let made = bench.compile(document);
    let mut names = names.clone();
    for (original, name) in &mut names {
        let Some(wanted) = bench.target.resources.get(name) else { continue };
        if made.resources.contains_key(name) || !name.ends_with(original.as_str()) {
            continue;
        }
        let owner = &name[..name.len() - original.len()];
        let free = made.resources.iter().filter(|(id, leaves)| {
            id.starts_with(owner)
                && !bench.target.resources.contains_key(*id)
                && leaves.resource_type == wanted.resource_type
        });
        let nearest = free.min_by_key(|(_, leaves)| trial::more(wanted, leaves).len());
        if let Some((id, _)) = nearest {
            name.clone_from(id);
        }
    }
    let mut seen = BTreeSet::new();
    for (original, name) in &mut names {
        if !seen.insert(name.clone()) {
            *name = format!("{name}{original}");
        }
    }
    names
}

fn refers(resource: Option<&Resource>, id: &str) -> bool {
    let mut found = false;
    if let Some(resource) = resource {
        resource.properties.references(&mut |name| found |= name == id);
    }
    found
}
