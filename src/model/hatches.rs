//! The escape hatches: properties that are overridden, and resources as in a template.

mod local;
mod merge;
pub mod rules;

pub use local::LocalOverride;

use std::collections::BTreeSet;

use crate::desired::{Intrinsic, Resource, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::facts::{self, schema};
use crate::model::{Entry, Home, Lowering, Model, logical_id, pascal, resolve};
use crate::source::{Located, Span};
use crate::spec::{Expression, Part, Raw, RawResource, RawStack, Text};
use crate::template::{self, Change};

/// What the things of raw resources are called: `resources.OrdersTopic`.
const SECTION: &str = "resources";

/// Changes of properties, as they are written.
#[derive(Clone, Debug)]
pub struct Override {
    /// Each with where its key is written.
    changes: Vec<(String, Span, Change)>,
    expressions: Vec<Expression>,
    span: Span,
}

/// A raw resource.
#[derive(Clone, Debug)]
pub struct RawEntry {
    pub id: Located<String>,
    pub home: Home,
    pub expressions: Vec<Expression>,
    pub resource: Resource,
}

impl Override {
    /// Reads what is written; what CloudFormation would not take is reported.
    pub fn read(raw: &Located<Raw>, report: &mut Vec<Diagnostic>) -> Self {
        let (change, found) = template::lift_change(&raw.value.node);
        report.extend(found);
        let changes = match change {
            Change::Merge(changes) => changes,
            Change::Remove | Change::Replace(_) => {
                let message = "`overrides` is a mapping from property names to values, and here stands a function";
                let found = Diagnostic::new(&rules::NO_RESOURCE, &raw.span, message).label("no names");
                report.push(found.help("write `Name: value` for each property"));
                Vec::new()
            }
        };
        Self { changes, expressions: raw.value.expressions.clone(), span: raw.span.clone() }
    }

    /// Whether an expression stands in it.
    pub fn holds(&self, span: &Span) -> bool {
        span.path() == self.span.path() && self.span.start <= span.start && span.end <= self.span.end
    }
}

impl RawEntry {
    pub fn read(id: &Located<String>, raw: &Located<RawResource>, report: &mut Vec<Diagnostic>) -> Option<Self> {
        let (resource, found) = template::lift_resource(&id.value, &id.span, &raw.value.node);
        report.extend(found);
        let mut resource = resource?;
        resource.thing = format!("{SECTION}.{}", id.value);
        let home = match raw.value.stack {
            RawStack::Application => Home::Application,
            RawStack::Delivery => Home::Delivery,
        };
        Some(Self { id: id.clone(), home, expressions: raw.value.expressions.clone(), resource })
    }
}

/// The expressions of raw resources, each with the stack that it stands in.
pub fn expressions(model: &Model) -> impl Iterator<Item = (&Expression, Home)> {
    model.resources.iter().flat_map(|raw| raw.expressions.iter().map(|expression| (expression, raw.home)))
}

/// Whether a hatch gives something of IAM a name, which CloudFormation wants to be told apart.
pub fn names_roles(model: &Model) -> bool {
    const NAMES: &[&str] = &["RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"];
    fn gives(changes: &[(String, Span, Change)]) -> bool {
        changes.iter().any(|(key, _, change)| match change {
            Change::Merge(inside) => gives(inside),
            _ => NAMES.contains(&key.as_str()),
        })
    }
    let own = model.entries.iter().filter_map(|entry| entry.overrides.as_ref());
    let overrides = own.chain(model.overrides.iter().map(|(_, own)| own)).chain(LocalOverride::changes_of(model));
    let raw = model.resources.iter().filter(|raw| raw.resource.resource_type.starts_with("AWS::IAM::"));
    overrides.into_iter().any(|own| gives(&own.changes))
        || raw.into_iter().any(|raw| NAMES.iter().any(|name| raw.resource.properties.get(name).is_some()))
}

/// The expressions of overrides by logical id.
pub fn overriding(model: &Model) -> impl Iterator<Item = &Expression> {
    let everywhere = model.overrides.iter().map(|(_, one)| one);
    everywhere.chain(LocalOverride::changes_of(model)).flat_map(|one| &one.expressions)
}

impl Lowering<'_> {
    /// Adds the raw resources, before things ask what there is.
    pub(super) fn add_raw_resources(&mut self) {
        for raw in &self.model.resources {
            let mut resource = raw.resource.clone();
            self.fill(&mut resource.properties, raw.home);
            for (_, value) in &mut resource.attributes {
                self.fill(value, raw.home);
            }
            self.stack(raw.home).resources.insert(raw.id.value.clone(), resource);
        }
    }

    /// Changes properties as the document says.
    pub(super) fn override_properties(&mut self) {
        let model = self.model;
        for entry in &model.entries {
            let Some(own) = &entry.overrides else { continue };
            for (key, span, change) in &own.changes {
                self.override_thing(entry, key, span, change);
            }
            self.touch_fingerprint(entry);
        }
        for (id, own) in &model.overrides {
            let homes: Vec<Home> = self.homes().filter(|home| self.resources(*home).contains_key(&id.value)).collect();
            match homes.first() {
                None => self.report.push(self.unknown_id(id)),
                Some(home) => resolve::in_hatch(model, &own.expressions, *home, &mut self.report),
            }
            for home in homes {
                for (key, span, change) in &own.changes {
                    self.override_property(home, &id.value, key, span, change, None);
                }
            }
            for entry in &model.entries {
                if logical_id(entry.section, &entry.name.value, "") == id.value {
                    self.touch_fingerprint(entry);
                }
            }
        }
        self.override_in_environments();
    }

    /// All stacks under construction.
    fn homes(&self) -> impl Iterator<Item = Home> + use<> {
        let stores = (0..self.stores.len()).map(Home::Store);
        let access = (0..self.access.len()).map(Home::Access);
        [Home::Application, Home::Delivery].into_iter().chain(stores).chain(access)
    }

    /// One key under the `overrides` of a thing: a resource that it makes, or a property of its own one.
    fn override_thing(&mut self, entry: &Entry, key: &str, span: &Span, change: &Change) {
        let path = entry.path();
        let made: Vec<(Home, String, String)> = self
            .homes()
            .flat_map(|home| {
                let own = self.resources(home).iter().filter(|(_, resource)| resource.thing == path);
                own.map(move |(id, resource)| (home, id.clone(), resource.resource_type.clone())).collect::<Vec<_>>()
            })
            .collect();
        let named: Vec<_> = made.iter().filter(|(_, id, of_type)| id == key || of_type == key).collect();
        let ids: BTreeSet<&String> = named.iter().map(|(_, id, _)| id).collect();
        let own = logical_id(entry.section, &entry.name.value, "");
        match (ids.len(), change) {
            (1, Change::Merge(changes)) => {
                for (home, id, _) in named {
                    for (key, span, change) in changes {
                        self.override_property(*home, id, key, span, change, None);
                    }
                }
            }
            (1, _) => {
                let message =
                    format!("`{key}` is a resource of `{path}`, and here stands no mapping of its properties");
                let found = Diagnostic::new(&rules::NO_RESOURCE, span, message).label("a resource");
                self.report.push(found.help(format!("write `{key}: {{Property: value}}`")));
            }
            (0, _) => {
                let single = made.len() == 1;
                let main = made.iter().find(|(_, id, _)| *id == own || single);
                match main.filter(|(_, _, of_type)| !self.means_resource(key, &own, of_type, &made)) {
                    Some((home, id, _)) => self.override_property(*home, id, key, span, change, None),
                    None => self.report.push(no_resource(&path, key, span, &made)),
                }
            }
            _ => {
                let message = format!("`{path}` makes several resources of the type `{key}`");
                let found = Diagnostic::new(&rules::NO_RESOURCE, span, message).label("which one is meant?");
                self.report
                    .push(found.help(format!("write one of {} instead", list(ids.iter().map(|id| id.as_str())))));
            }
        }
    }

    /// Whether a key that is no resource of a thing was meant for one.
    fn means_resource(&self, key: &str, own: &str, own_type: &str, made: &[(Home, String, String)]) -> bool {
        let is_property = schema::get(own_type).is_some_and(|schema| schema.root().property(key).is_some());
        let near = || nearest(key, made.iter().map(|(_, id, _)| id.as_str())).is_some();
        key.contains("::") || (!is_property && (key.starts_with(own) || near()))
    }

    /// `condition`: only where it holds.
    fn override_property(
        &mut self,
        home: Home,
        id: &str,
        key: &str,
        span: &Span,
        change: &Change,
        condition: Option<&str>,
    ) {
        let mut change = change.clone();
        merge::fill(&mut change, &mut |value| self.fill(value, home));
        let Some(resource) = self.stack(home).resources.get_mut(id) else { return };
        let mut idle = Vec::new();
        resource.overridden = true;
        merge::apply(&mut resource.properties, (key, span), change, condition, &mut idle);
        let resource_type = resource.resource_type.clone();
        for idle in idle {
            let place = &idle.place;
            let message = match idle.value {
                Some(value) => format!("`{place}` of this `{resource_type}` is `{value}` without this override"),
                None => format!("this `{resource_type}` has no `{place}` without this override"),
            };
            let found = Diagnostic::new(&rules::WITHOUT_EFFECT, &idle.span, message).label("changes nothing");
            self.report.push(found.help("remove the override"));
        }
    }

    /// A new version of what is published comes with what an override changes.
    fn touch_fingerprint(&mut self, entry: &Entry) {
        let name = logical_id(entry.section, &entry.name.value, "Settings");
        let id = logical_id(entry.section, &entry.name.value, "");
        let Some(resource) = self.application.resources.get(&id) else { return };
        let properties = resource.properties.clone();
        for (_, settings) in self.fingerprints.iter_mut().filter(|(parameter, _)| *parameter == name) {
            let origin = settings.origin.clone();
            *settings = Value::list(vec![settings.clone(), properties.clone()], &origin);
        }
    }

    fn unknown_id(&self, id: &Located<String>) -> Diagnostic {
        let known: BTreeSet<String> =
            self.homes().flat_map(|home| self.resources(home).keys().cloned().collect::<Vec<_>>()).collect();
        let message = format!("no template of this document has a resource `{}`", id.value);
        let found = Diagnostic::new(&rules::NO_RESOURCE, &id.span, message).label("no logical id");
        match nearest(&id.value, known.iter().map(String::as_str)) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help("write a logical id that stands in a template under `generated/`"),
        }
    }

    /// Puts what gives their values in the place of expressions.
    fn fill(&self, value: &mut Value, home: Home) {
        let span = value.origin.span.clone();
        match &mut value.kind {
            ValueKind::List(items) => items.iter_mut().for_each(|item| self.fill(item, home)),
            ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| self.fill(value, home)),
            ValueKind::Intrinsic(Intrinsic::Call(_, argument)) => self.fill(argument, home),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
                names.iter_mut().for_each(|(_, value)| self.fill(value, home));
                if text.contains("${{") {
                    *text = self.fill_sub(text, names, &span, home);
                }
            }
            ValueKind::Text(text) if text.contains("${{") => {
                let filled = self.text(&Text::of(text, &span), &span, home);
                value.kind = filled.kind;
            }
            _ => {}
        }
    }

    /// The text of a function `Fn::Sub`, in which `${Name}` goes on to mean what it means to CloudFormation.
    fn fill_sub(&self, text: &str, names: &mut Vec<(String, Value)>, span: &Span, home: Home) -> String {
        let mut out = String::new();
        for part in Text::of(text, span).parts {
            match part {
                Part::Literal(literal) => out.push_str(&literal),
                Part::Expression(expression) => {
                    let one = Text { parts: vec![Part::Expression(expression)] };
                    let value = self.text(&one, span, home);
                    match &value.kind {
                        ValueKind::Text(text) => out.push_str(&text.replace("${", "${!")),
                        ValueKind::Intrinsic(Intrinsic::Ref(name)) => out.push_str(&format!("${{{name}}}")),
                        ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => {
                            out.push_str(&format!("${{{id}.{attribute}}}"));
                        }
                        ValueKind::Intrinsic(Intrinsic::Sub(inner, own)) if own.is_empty() => out.push_str(inner),
                        _ => {
                            let name = format!("Expression{}", names.len() + 1);
                            out.push_str(&format!("${{{name}}}"));
                            names.push((name, value));
                        }
                    }
                }
            }
        }
        out
    }

    /// Names in hatches are CloudFormation's own, so nothing has looked them up yet.
    pub(super) fn check_hatches(&mut self) {
        let mut found = Vec::new();
        for home in [Home::Application, Home::Delivery] {
            let stack = if home == Home::Delivery { &self.delivery } else { &self.application };
            for raw in self.model.resources.iter().filter(|raw| raw.home == home) {
                let Some(resource) = stack.resources.get(&raw.id.value) else { continue };
                check_names(stack, resource, &raw.id, &mut found);
                found.extend(self.without_rights(raw));
            }
            for (_, resource) in &stack.resources {
                self.check_overridden(stack, resource, &mut found);
            }
        }
        self.report.extend(found);
    }

    /// The references in values that an override wrote.
    fn check_overridden(&self, stack: &Stack, resource: &Resource, found: &mut Vec<Diagnostic>) {
        let hatches: Vec<&Override> = self
            .model
            .entries
            .iter()
            .filter(|entry| entry.path() == resource.thing)
            .filter_map(|entry| entry.overrides.as_ref())
            .chain(self.model.overrides.iter().map(|(_, own)| own))
            .chain(LocalOverride::changes_of(self.model))
            .collect();
        if hatches.is_empty() {
            return;
        }
        resource.properties.each(&mut |value| {
            if value.origin.reason.is_none() && hatches.iter().any(|hatch| hatch.holds(&value.origin.span)) {
                check_value(stack, value, found);
            }
        });
    }

    /// The role that deploys has the rights that follow from the types of resources; of some types none are known.
    fn without_rights(&self, raw: &RawEntry) -> Option<Diagnostic> {
        let resource_type = &raw.resource.resource_type;
        let is_foreign = !resource_type.starts_with("AWS::");
        if raw.home != Home::Application || is_foreign || facts::service_of(resource_type).is_some() {
            return None;
        }
        let mut roles = self.model.environments.iter().map(|(name, _)| format!("{}DeployRole", pascal(&name.value)));
        let role = roles.find(|id| self.delivery.resources.contains_key(id))?;
        let known = facts::resources::get(resource_type).map(|facts| facts.deploy_actions()).unwrap_or_default();
        let needs = match known.is_empty() {
            true => String::new(),
            false => format!(
                "; it takes {}",
                known.iter().take(8).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        let message =
            format!("the role of the pipelines may not make a `{resource_type}`: tidegate does not grant it{needs}");
        let help = format!("attach a policy that allows it: `overrides: {{{role}: {{ManagedPolicyArns: [arn]}}}}`");
        let found = Diagnostic::new(&rules::NO_PERMISSION, &raw.id.span, message);
        Some(found.label("deployed by hand only").help(help))
    }
}

fn no_resource(path: &str, key: &str, span: &Span, made: &[(Home, String, String)]) -> Diagnostic {
    let there: BTreeSet<(&str, &str)> = made.iter().map(|(_, id, of_type)| (id.as_str(), of_type.as_str())).collect();
    let named: Vec<String> = there.iter().map(|(id, of_type)| format!("`{id}` ({of_type})")).collect();
    let message = match named.as_slice() {
        [] => format!("`{path}` makes no resource of its own, so `{key}` overrides nothing"),
        _ => format!("`{path}` makes no resource `{key}`"),
    };
    let found = Diagnostic::new(&rules::NO_RESOURCE, span, message).label("not made");
    match named.as_slice() {
        [] => found.help("put the override under `overrides` of the top level, by the logical id of the resource"),
        _ => found.help(format!("write one of those it makes: {}", named.join(", "))),
    }
}

/// Reports what a resource refers to, and what is not in its stack.
fn check_names(stack: &Stack, resource: &Resource, id: &Located<String>, found: &mut Vec<Diagnostic>) {
    resource.properties.each(&mut |value| check_value(stack, value, found));
    for (_, value) in &resource.attributes {
        value.each(&mut |value| check_value(stack, value, found));
    }
    for other in resource.depends_on.iter().filter(|other| !stack.resources.contains_key(*other)) {
        found.push(dangling(stack, other, &id.span));
    }
    if let Some(condition) = resource.condition.as_ref().filter(|name| !stack.conditions.contains_key(*name)) {
        let message = format!("`{condition}` is no condition of the stack, so CloudFormation refuses the template");
        let found_here =
            Diagnostic::new(&super::rules::DANGLING_REFERENCE, &id.span, message).label("of this resource");
        let known = list(stack.conditions.keys().map(String::as_str));
        found.push(found_here.help(format!("remove `Condition`; the conditions that there are: {known}")));
    }
}

fn check_value(stack: &Stack, value: &Value, found: &mut Vec<Diagnostic>) {
    if !matches!(value.kind, ValueKind::Intrinsic(_)) {
        return;
    }
    value.references(&mut |name| {
        let is_known =
            name.starts_with("AWS::") || stack.resources.contains_key(name) || stack.parameters.contains_key(name);
        if !is_known {
            found.push(dangling(stack, name, &value.origin.span));
        }
    });
}

fn dangling(stack: &Stack, name: &str, span: &Span) -> Diagnostic {
    let known = stack.resources.keys().chain(stack.parameters.keys()).map(String::as_str);
    let message = format!(
        "`{name}` is neither a resource nor a parameter of the stack `{}`, so CloudFormation refuses the template",
        stack.role
    );
    let found = Diagnostic::new(&super::rules::DANGLING_REFERENCE, span, message).label("refers to nothing");
    match nearest(name, known) {
        Some(near) => found.help(format!("write `{near}`")),
        None => {
            found.help("refer to a thing by an expression such as `${{ streams.trips.arn }}`, or by its logical id")
        }
    }
}
