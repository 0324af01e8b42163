//! Differences between account and document that somebody decided to live with.

use crate::desired::{self, Resource};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::facts::schema;
use crate::model::{Lowering, Model, rules, split};
use crate::source::Located;
use crate::spec::Acceptance;

impl Model {
    /// The accepted differences, as authored.
    pub fn acceptances(&self) -> impl Iterator<Item = &Located<Acceptance>> {
        self.drift.iter().flat_map(|drift| &drift.accept).flat_map(|accept| &accept.value)
    }

    /// The accepted differences for those who look at an account.
    pub(super) fn lowered_acceptances(&self) -> Vec<desired::Acceptance> {
        let lowered = self.acceptances().map(|located| {
            let acceptance = &located.value;
            desired::Acceptance {
                thing: acceptance.thing.as_ref().map(|thing| thing.value.text.clone()),
                resource: acceptance.resource.as_ref().map(|resource| resource.value.text.clone()),
                property: acceptance.property.as_ref().map(|property| property.value.0.clone()),
                value: acceptance.value.as_ref().map(|value| value.value.0.clone()),
                places: acceptance
                    .environment
                    .iter()
                    .flat_map(|environment| self.places_of(&environment.name))
                    .collect(),
                owner: acceptance.owner.value.0.clone(),
                reason: acceptance.reason.value.0.clone(),
                until: Located::new(acceptance.until.value.text.clone(), acceptance.until.span.clone()),
                span: located.span.clone(),
            }
        });
        lowered.collect()
    }

    /// What the stacks of an environment are called on the command line.
    fn places_of(&self, environment: &str) -> Vec<String> {
        vec![environment.to_owned(), format!("{environment}-{}", split::DATA), self.access_name(environment)]
    }

    /// The environment that a stack belongs to, by what the stack is called on the command line.
    pub fn environment_of(&self, place: &str) -> Option<&str> {
        let names = || self.environments.iter().map(|(name, _)| name.value.as_str());
        let itself = names().find(|name| *name == place);
        itself.or_else(|| names().find(|name| self.places_of(name).iter().any(|known| known == place)))
    }
}

impl Lowering<'_> {
    /// Reports accepted differences of what no template has: a misspelt name would accept nothing.
    pub(super) fn check_acceptances(&mut self) {
        let model = self.model;
        for acceptance in model.acceptances() {
            let all: Vec<(&String, &Resource)> = self.all_resources().collect();
            let found = match (&acceptance.thing, &acceptance.resource) {
                (_, Some(id)) if all.iter().all(|(known, _)| **known != id.value.text) => {
                    let message = format!("no stack of this document has a resource `{}`", id.value.text);
                    let found = Diagnostic::new(&rules::UNKNOWN_PROPERTY, &id.span, message).label("accepts nothing");
                    Some(match nearest(&id.value.text, all.iter().map(|(known, _)| known.as_str())) {
                        Some(near) => found.help(format!("did you mean `{near}`?")),
                        None => found.help("write a logical id as `tidegate drift` shows it, or the `thing`"),
                    })
                }
                _ => unknown_property(acceptance, &all),
            };
            self.report.extend(found);
        }
    }
}

/// What is wrong with the property of an acceptance: none of the resources that are meant can have it.
fn unknown_property(acceptance: &Acceptance, all: &[(&String, &Resource)]) -> Option<Diagnostic> {
    let property = acceptance.property.as_ref()?;
    let thing = acceptance.thing.as_ref().map(|thing| thing.value.text.as_str());
    let id = acceptance.resource.as_ref().map(|id| id.value.text.as_str());
    let meant = all.iter().filter(|(known, resource)| {
        thing.is_some_and(|thing| resource.thing == thing) || id.is_some_and(|id| known.as_str() == id)
    });
    let types: Vec<&str> = meant.map(|(_, resource)| resource.resource_type.as_str()).collect();
    let schemas: Vec<_> = types.iter().map(|name| schema::get(name)).collect::<Option<_>>()?;
    let first = property.value.0.split(['.', '[']).next().unwrap_or_default();
    let names: Vec<&str> = schemas.iter().flat_map(|schema| schema.root().names()).collect();
    if schemas.is_empty() || names.contains(&first) || schemas.iter().any(|schema| !schema.root().is_closed()) {
        return None;
    }
    let who = thing.or(id).unwrap_or_default();
    let message = format!("no resource of `{who}` has a property `{first}`");
    let found = Diagnostic::new(&rules::UNKNOWN_PROPERTY, &property.span, message).label("accepts nothing");
    Some(match nearest(first, names.iter().copied()) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => {
            let mut known: Vec<&str> = types;
            known.dedup();
            found.help(format!("write a property of {} as `tidegate drift` names it", list(known)))
        }
    })
}

/// The accepted differences whose time is over on a day such as `2026-11-21`.
pub fn expired(model: &Model, today: &str) -> Vec<Diagnostic> {
    model.lowered_acceptances().iter().filter(|acceptance| acceptance.expired(today)).map(rules::expired).collect()
}
