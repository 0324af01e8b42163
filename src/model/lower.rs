//! From meaning to resources: the stacks under construction, and what kinds need to add to them.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::json;

use crate::desired::{Deployment, Desired, Origin, Output, Parameter, Resource, Stack, Upload, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::model::iam::{Role, Statement};
use crate::model::names::{logical_id, pascal, singular};
use crate::model::{Admission, Entry, Grant, Link, Model, Sender, Verb, param_details, rules, split};
use crate::source::sha256;
use crate::spec::{ParamType, Scalar, Text};

/// The stack that a resource or value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The pipelines and what they need; deployed once.
    Delivery,
    /// The system itself; deployed once per environment.
    Application,
    /// What the pipelines need in another Region, by its place among [`Model::other_regions`].
    Store(usize),
    /// What lets the pipelines into an environment of another account or Region, by the environment's place in the
    /// document.
    Access(usize),
}

/// Why a parameter stands for settings: its value changes with theirs.
pub const SETTINGS_CHANGED: &str = "a new version is published when the settings change";

/// The stacks under construction.
pub struct Lowering<'a> {
    pub model: &'a Model,
    pub report: Vec<Diagnostic>,
    /// What CloudFormation needs to make the resources beside the permissions that follow from their types.
    pub deploy_statements: Vec<Statement>,
    /// Roles that several things add to, by logical id.
    shared_roles: IndexMap<String, (Home, Role, Origin)>,
    /// Policies of queues and topics, to which everything that sends there adds, by logical id.
    policies: IndexMap<String, ResourcePolicy>,
    /// The services that may use each key, by the key's logical id.
    key_users: BTreeMap<String, BTreeMap<&'static str, Origin>>,
    /// The names of the alarms that come with things, by the thing's path.
    pub(super) alarms: BTreeMap<String, Vec<String>>,
    /// Parameters that stand for settings, and those settings.
    pub(super) fingerprints: Vec<(String, Value)>,
    /// What one environment overrides of such settings, by the environment and the parameter.
    pub(super) local_settings: Vec<(String, String, Value)>,
    pub(super) delivery: Stack,
    pub(super) application: Stack,
    pub(super) stores: Vec<Stack>,
    pub(super) access: Vec<Stack>,
}

/// A policy that says who may use a resource.
struct ResourcePolicy {
    home: Home,
    /// `AWS::SQS::QueuePolicy`
    resource_type: &'static str,
    /// The property that names the resources of the policy.
    holder: &'static str,
    /// The thing whose resource it is.
    thing: String,
    resource: Value,
    statements: Vec<Value>,
    origin: Origin,
}

/// Lowers every thing of the model.
/// `after` adds what stands beside all things, once they are there.
pub fn lower(model: &Model, after: &[fn(&mut Lowering<'_>)]) -> (Desired, Vec<Diagnostic>) {
    let mut lowering = Lowering::new(model);
    for home in [Home::Application, Home::Delivery] {
        for entry in &model.entries {
            if let Some(thing) = &entry.thing
                && model.kind(entry.section).is_some_and(|kind| kind.home == home)
            {
                thing.lower(entry, &mut lowering);
            }
        }
    }
    after.iter().for_each(|add| add(&mut lowering));
    lowering.finish()
}

impl<'a> Lowering<'a> {
    fn new(model: &'a Model) -> Self {
        let description =
            model.description.as_ref().map_or_else(|| model.name.value.clone(), |text| text.value.clone());
        let stack = |role: &str, suffix: &str| Stack {
            role: role.to_owned().into(),
            description: format!("{description} - {suffix}"),
            parameters: IndexMap::new(),
            conditions: IndexMap::new(),
            resources: IndexMap::new(),
            outputs: IndexMap::new(),
            ..Stack::default()
        };
        let mut lowering = Self {
            model,
            report: Vec::new(),
            deploy_statements: Vec::new(),
            shared_roles: IndexMap::new(),
            policies: IndexMap::new(),
            key_users: BTreeMap::new(),
            alarms: BTreeMap::new(),
            fingerprints: Vec::new(),
            local_settings: Vec::new(),
            delivery: stack("delivery", "pipelines and builds"),
            application: stack("application", "streams, functions and applications"),
            stores: model
                .other_regions()
                .into_iter()
                .map(|(region, _)| stack(&model.store_name(region), &format!("what pipelines pass on to {region}")))
                .collect(),
            access: model
                .environments
                .iter()
                .map(|(name, _)| {
                    stack(&model.access_name(&name.value), &format!("lets the pipelines into {}", name.value))
                })
                .collect(),
        };
        lowering.add_params();
        lowering.add_raw_resources();
        lowering.add_alarm_topic();
        lowering
    }

    fn finish(mut self) -> (Desired, Vec<Diagnostic>) {
        let model = self.model;
        for (id, (home, role, origin)) in std::mem::take(&mut self.shared_roles) {
            self.insert(home, id, "AWS::IAM::Role", "delivery".to_owned(), role.to_value(&origin), &origin);
        }
        for (id, policy) in std::mem::take(&mut self.policies) {
            let ResourcePolicy { home, resource_type, holder, thing, resource, statements, origin } = policy;
            let document = Value::from_json(json!({ "Version": "2012-10-17" }), &origin)
                .with("Statement", Value::list(statements, &origin));
            let properties =
                Value::map(&origin).with(holder, Value::list(vec![resource], &origin)).with("PolicyDocument", document);
            self.insert(home, id, resource_type, thing, properties, &origin);
        }
        self.write_key_policies();
        self.override_properties();
        self.check_hatches();
        let environment = self.application.parameters.get("Environment").cloned();
        self.check_alarm_changes();
        self.check_acceptances();
        self.drop_unused_parameters();
        let tags: Vec<_> = model.tags.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect();
        self.delivery.deployments.push(Deployment {
            environment: "delivery".to_owned(),
            stack_name: model.delivery_stack_name(),
            account: model.delivery_account.value.clone(),
            region: model.delivery_region.value.clone(),
            parameters: Vec::new(),
            tags: tags.clone(),
            protected: true,
            origin: Origin::derived(&model.name.span, "the pipelines have a stack of their own"),
        });
        self.place_further_stacks(&tags);
        for (name, environment) in &model.environments {
            let deployment = Deployment {
                environment: name.value.clone(),
                stack_name: model.stack_name(&name.value),
                account: environment.account.value.0.clone(),
                region: environment.region.value.text.clone(),
                parameters: self.parameters_of(&name.value),
                tags: tags.clone(),
                protected: environment.protected.as_ref().is_none_or(|protected| protected.value),
                origin: Origin::authored(&name.span),
            };
            self.application.deployments.push(deployment);
        }
        let mut stacks: Vec<Stack> = self.stores.into_iter().chain([self.delivery]).chain(self.access).collect();
        match environment.filter(|_| model.is_split()) {
            Some(environment) => stacks.extend(split::split(model, self.application, environment, &mut self.report)),
            None => stacks.push(self.application),
        }
        stacks.retain(|stack| !stack.resources.is_empty());
        (Desired { stacks, acceptances: model.lowered_acceptances() }, self.report)
    }

    /// The stacks of other accounts and Regions.
    fn place_further_stacks(&mut self, tags: &[(String, String)]) {
        let model = self.model;
        for (stack, (region, span)) in self.stores.iter_mut().zip(model.other_regions()) {
            stack.deployments.push(Deployment {
                environment: model.store_name(region),
                stack_name: format!("{}-{region}", model.delivery_stack_name()),
                account: model.delivery_account.value.clone(),
                region: region.to_owned(),
                parameters: Vec::new(),
                tags: tags.to_vec(),
                protected: true,
                origin: Origin::derived(span, "a pipeline passes artifacts on through a bucket of the same Region"),
            });
        }
        for (stack, (name, environment)) in self.access.iter_mut().zip(&model.environments) {
            stack.deployments.push(Deployment {
                environment: model.access_name(&name.value),
                stack_name: model.access_stack_name(&name.value),
                account: environment.account.value.0.clone(),
                region: environment.region.value.text.clone(),
                parameters: Vec::new(),
                tags: tags.to_vec(),
                protected: true,
                origin: Origin::derived(&name.span, "this environment lets the pipelines in by a stack of its own"),
            });
        }
    }

    /// Every param becomes a template parameter; `Environment` is always one.
    fn add_params(&mut self) {
        let environment = Parameter {
            parameter_type: "String".to_owned(),
            description: "The environment that this stack is".to_owned(),
            default: None,
            constraints: Vec::new(),
            origin: Origin::derived(&self.model.name.span, "one template serves all environments"),
        };
        self.application.parameters.insert("Environment".to_owned(), environment);
        for (name, param) in &self.model.params {
            let origin = Origin::authored(&param.span);
            let (kind, default, description) = param_details(param);
            let parameter = Parameter {
                parameter_type: match kind {
                    ParamType::Integer => "Number".to_owned(),
                    ParamType::Text => "String".to_owned(),
                },
                description: description.unwrap_or("Set per environment").to_owned(),
                default: default.and_then(Text::literal).map(|text| Value::text(text, &origin)),
                constraints: Vec::new(),
                origin,
            };
            self.application.parameters.insert(pascal(&name.value), parameter);
        }
    }

    /// CloudFormation takes a parameter that nothing refers to, but the people who read the template should not have to.
    fn drop_unused_parameters(&mut self) {
        let used = split::used_names(&self.application);
        for (name, _) in &self.model.params {
            if !used.contains(&pascal(&name.value)) {
                let unused =
                    Diagnostic::new(&rules::UNUSED_PARAM, &name.span, format!("nothing uses `params.{}`", name.value))
                        .label("without effect")
                        .help(format!("write `${{{{ params.{} }}}}` where it belongs, or remove it", name.value));
                self.report.push(unused);
            }
        }
        self.application.parameters.retain(|name, _| used.contains(name));
    }

    fn parameters_of(&self, name: &str) -> Vec<(String, Value)> {
        let Some((name, environment)) = self.model.environment(name) else { return Vec::new() };
        let mut values = vec![("Environment".to_owned(), Value::text(&*name.value, &Origin::authored(&name.span)))];
        let params = environment.params.iter().flat_map(|params| &params.entries);
        for (param, Scalar(text)) in params.map(|(param, value)| (param, &value.value)) {
            let value = text.literal().unwrap_or_default();
            values.push((pascal(&param.value), Value::text(value, &Origin::authored(&param.span))));
        }
        for (parameter, properties) in &self.fingerprints {
            let origin = Origin::derived(&properties.origin.span, SETTINGS_CHANGED);
            let properties = self.settings_in(&name.value, parameter, properties);
            let fingerprint = self.fingerprint(&properties, &values);
            values.push((parameter.clone(), Value::text(fingerprint, &origin)));
        }
        for entry in &self.model.entries {
            for released in entry.thing.iter().flat_map(|thing| thing.released_builds()) {
                let origin = entry.derived("the released build is looked up at every deploy");
                let pointer = released.pointer(self.model, entry, &name.value);
                values.push((released.parameter(entry), Value::text(pointer, &origin)));
            }
        }
        values.retain(|(name, _)| self.application.parameters.contains_key(name));
        values
    }

    /// Tells settings apart: their text, and the values of the parameters in it.
    fn fingerprint(&self, properties: &Value, values: &[(String, Value)]) -> String {
        let mut used = BTreeSet::new();
        properties.references(&mut |name| {
            used.insert(name.to_owned());
        });
        let mut text = properties.to_json().to_string();
        for name in used {
            let given = values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
            let default = || self.application.parameters.get(&name)?.default.as_ref();
            if let Some(value) = given.or_else(default) {
                text.push_str(&format!("\n{name}={}", value.to_json()));
            }
        }
        sha256(text)[..16].to_owned()
    }

    /// Adds a parameter of the application stack that changes in an environment when these properties mean something
    /// else there, and gives its name.
    pub fn add_fingerprint(&mut self, this: &Entry, properties: &Value) -> String {
        let name = logical_id(this.section, &this.name.value, "Settings");
        let parameter = Parameter {
            parameter_type: "String".to_owned(),
            description: format!("A digest of the settings of {}", this.path()),
            default: None,
            constraints: Vec::new(),
            origin: properties.origin.clone(),
        };
        self.add_parameter(Home::Application, &name, parameter);
        self.fingerprints.push((name.clone(), properties.clone()));
        name
    }

    /// Adds a file that has to be in a bucket before the application stack is deployed.
    pub fn add_upload(&mut self, upload: Upload) {
        self.application.uploads.push(upload);
    }

    /// Whether files have to be in a bucket before the application stack is deployed.
    pub fn has_uploads(&self) -> bool {
        !self.application.uploads.is_empty()
    }

    /// The topic that alarms notify, when the document says who is told.
    fn add_alarm_topic(&mut self) {
        let Some(alarms) = &self.model.alarms else { return };
        let origin = Origin::derived(&alarms.span, "alarms notify these addresses");
        let subscriptions: Vec<Value> = alarms
            .notify
            .value
            .0
            .iter()
            .map(|address| {
                Value::map(&origin)
                    .with("Protocol", Value::text("email", &origin))
                    .with("Endpoint", Value::text(&*address.value.0, &Origin::authored(&address.span)))
            })
            .collect();
        let properties = Value::map(&origin).with("Subscription", Value::list(subscriptions, &origin));
        self.insert(
            Home::Application,
            "AlarmNotifications".to_owned(),
            "AWS::SNS::Topic",
            "alarms".to_owned(),
            properties,
            &origin,
        );
        let policy = Value::from_json(
            json!({
                "Topics": [{ "Ref": "AlarmNotifications" }],
                "PolicyDocument": { "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudwatch.amazonaws.com" },
                    "Action": "sns:Publish",
                    "Resource": { "Ref": "AlarmNotifications" },
                    "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
                }] },
            }),
            &origin,
        );
        self.insert(
            Home::Application,
            "AlarmNotificationsPolicy".to_owned(),
            "AWS::SNS::TopicPolicy",
            "alarms".to_owned(),
            policy,
            &origin,
        );
    }

    pub(super) fn stack(&mut self, home: Home) -> &mut Stack {
        match home {
            Home::Delivery => &mut self.delivery,
            Home::Application => &mut self.application,
            Home::Store(at) => &mut self.stores[at],
            Home::Access(at) => &mut self.access[at],
        }
    }

    /// Adds a resource of `this` and gives it for further settings. Its logical id is the thing's own with `suffix`.
    pub fn add(
        &mut self,
        home: Home,
        this: &Entry,
        suffix: &str,
        resource_type: &str,
        properties: Value,
    ) -> &mut Resource {
        let id = logical_id(this.section, &this.name.value, suffix);
        let origin = if suffix.is_empty() { Origin::authored(&this.name.span) } else { properties.origin.clone() };
        self.insert(home, id, resource_type, this.path(), properties, &origin)
    }

    /// A resource that `this` has added, for further settings.
    pub fn added(&mut self, home: Home, this: &Entry, suffix: &str) -> Option<&mut Resource> {
        let id = logical_id(this.section, &this.name.value, suffix);
        self.stack(home).resources.get_mut(&id)
    }

    /// Adds a resource that several things share, once.
    pub fn add_shared(
        &mut self,
        home: Home,
        id: &str,
        resource_type: &str,
        thing: &str,
        properties: Value,
    ) -> &mut Resource {
        let origin = properties.origin.clone();
        let model = self.model;
        if self.stack(home).resources.get(id).is_some_and(|there| !model.is_raw(there)) {
            return &mut self.stack(home).resources[id];
        }
        self.insert(home, id.to_owned(), resource_type, thing.to_owned(), properties, &origin)
    }

    fn insert(
        &mut self,
        home: Home,
        id: String,
        resource_type: &str,
        thing: String,
        properties: Value,
        origin: &Origin,
    ) -> &mut Resource {
        let known: Vec<_> = self.report.iter().map(|clash| clash.primary.span.clone()).collect();
        if let Some(other) = self.stack(home).resources.get(&id)
            && other.thing != thing
            && !known.contains(&origin.span)
        {
            let clash = Diagnostic::new(
                &rules::NAME_CLASH,
                &origin.span,
                format!("`{thing}` and `{}` would both get the logical id `{id}`", other.thing),
            )
            .label("this name")
            .related(&other.origin.span, "and this one differ too little")
            .help("rename one of them");
            self.report.push(clash);
        }
        let resource = Resource::new(resource_type, thing, properties, origin.clone());
        self.stack(home).resources.insert(id.clone(), resource);
        &mut self.stack(home).resources[&id]
    }

    /// The resources of all stacks so far.
    pub(super) fn all_resources(&self) -> impl Iterator<Item = (&String, &Resource)> {
        let stacks = self.stores.iter().chain([&self.delivery, &self.application]).chain(&self.access);
        stacks.flat_map(|stack| &stack.resources)
    }

    pub fn add_parameter(&mut self, home: Home, name: &str, parameter: Parameter) {
        self.stack(home).parameters.insert(name.to_owned(), parameter);
    }

    pub fn add_condition(&mut self, home: Home, name: &str, condition: Value) {
        self.stack(home).conditions.insert(name.to_owned(), condition);
    }

    pub fn add_output(&mut self, home: Home, name: &str, description: &str, value: Value, condition: Option<String>) {
        let origin = value.origin.clone();
        let output = Output { description: description.to_owned(), value, condition, export: None, origin };
        self.stack(home).outputs.insert(name.to_owned(), output);
    }

    /// Adds a role of `this` (logical id suffix `Role`) and gives its ARN.
    pub fn add_role(&mut self, home: Home, this: &Entry, role: &Role, origin: &Origin) -> Value {
        self.add(home, this, "Role", "AWS::IAM::Role", role.to_value(origin));
        Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", origin)
    }

    /// Adds statements to a role that several things share, and gives its ARN.
    pub fn add_to_shared_role(
        &mut self,
        home: Home,
        id: &str,
        service: &'static str,
        statements: Vec<Statement>,
        origin: &Origin,
    ) -> Value {
        self.share_role(home, id, Role::new(service, statements), origin)
    }

    /// Adds to a role that several things share, and gives its ARN.
    pub fn share_role(&mut self, home: Home, id: &str, role: Role, origin: &Origin) -> Value {
        match self.shared_roles.get_mut(id) {
            Some((_, shared, _)) => shared.merge(role),
            None => {
                self.shared_roles.insert(id.to_owned(), (home, role, origin.clone()));
            }
        }
        Value::get_att(id, "Arn", origin)
    }

    /// Lets a service use the resource of `this` by the resource's own policy, and gives the policy's logical id.
    /// `resource_type` and `holder` are of the policy: `AWS::SQS::QueuePolicy` and `Queues`. `resource` is what `holder`
    /// lists, `arn` what the statement is about.
    pub fn add_to_policy(
        &mut self,
        this: &Entry,
        (resource_type, holder): (&'static str, &'static str),
        (resource, arn): (Value, &Value),
        action: &str,
        sender: &Sender<'_>,
    ) -> String {
        let id = logical_id(this.section, &this.name.value, "Policy");
        let origin = &sender.origin;
        let condition = match &sender.source {
            Some(source) => {
                Value::map(origin).with("ArnLike", Value::map(origin).with("aws:SourceArn", source.clone()))
            }
            None => Value::from_json(
                json!({ "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } }),
                origin,
            ),
        };
        let statement = Value::from_json(
            json!({ "Effect": "Allow", "Principal": { "Service": sender.service }, "Action": action }),
            origin,
        )
        .with("Resource", arn.clone())
        .with("Condition", condition);
        let policy = self.policies.entry(id.clone()).or_insert_with(|| ResourcePolicy {
            home: Home::Application,
            resource_type,
            holder,
            thing: this.path(),
            resource,
            statements: Vec::new(),
            origin: this.derived("what sends to it is let in by its policy"),
        });
        policy.statements.push(statement);
        id
    }

    /// Lets a service use the key at `key` (`keys.data`) for what it sends. The policy of what it sends to says for whom.
    pub fn let_use_key(&mut self, key: &str, sender: &Sender<'_>) {
        let Some((section, name)) = key.split_once('.') else { return };
        let users = self.key_users.entry(logical_id(section, name, "")).or_default();
        users.entry(sender.service).or_insert_with(|| sender.origin.clone());
    }

    /// The account decides by IAM who uses a key; services of AWS have to be let in by the key itself.
    fn write_key_policies(&mut self) {
        for (id, users) in std::mem::take(&mut self.key_users) {
            let Some(key) = self.application.resources.get_mut(&id) else { continue };
            let Some(mut policy) = key.properties.get("KeyPolicy").cloned() else { continue };
            let Some(ValueKind::List(mut statements)) = policy.get("Statement").map(|list| list.kind.clone()) else {
                continue;
            };
            statements.extend(users.into_iter().map(|(service, origin)| {
                let statement = json!({
                    "Effect": "Allow",
                    "Principal": { "Service": service },
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                    "Resource": "*",
                });
                Value::from_json(statement, &origin)
            }));
            let origin = policy.origin.clone();
            policy.set("Statement", Value::list(statements, &origin));
            key.properties.set("KeyPolicy", policy);
        }
    }

    /// Lets a service send to the thing at `target`; `None` when nothing can be sent to it.
    pub fn admit(&mut self, target: &str, sender: &Sender<'_>) -> Option<Admission> {
        let entry = self.model.entry(target)?;
        entry.thing.as_ref()?.admit(entry, sender, self)
    }

    /// Makes a resource wait for others.
    pub fn wait_for(&mut self, home: Home, id: &str, others: impl IntoIterator<Item = String>) {
        if let Some(resource) = self.stack(home).resources.get_mut(id) {
            resource.depends_on.extend(others);
            resource.depends_on.sort();
            resource.depends_on.dedup();
        }
    }

    /// The resources of a stack so far, by logical id.
    pub fn resources(&self, home: Home) -> &IndexMap<String, Resource> {
        match home {
            Home::Delivery => &self.delivery.resources,
            Home::Application => &self.application.resources,
            Home::Store(at) => &self.stores[at].resources,
            Home::Access(at) => &self.access[at].resources,
        }
    }

    /// The name of a thing's resource in the account: the stack's name and its own.
    pub fn physical_name(&self, this: &Entry) -> Value {
        this.physical_name()
    }

    /// What the thing at `target` grants to a user by this verb.
    pub fn grant(&self, target: &str, verb: Verb, origin: &Origin) -> Option<Grant> {
        let entry = self.model.entry(target)?;
        entry.thing.as_ref()?.grant(entry, verb, self.model, origin)
    }

    /// What `links` give to the thing that holds them: IAM statements, and environment variables such as
    /// `STREAM_TRIPS_NAME`.
    pub fn wire(&mut self, links: &[Link]) -> (Vec<Statement>, Vec<(String, Value)>) {
        let (mut statements, mut variables) = (Vec::new(), Vec::new());
        for link in links {
            let origin = Origin::derived(&link.span, "it is wired to this");
            let Some((target, grant)) = self.model.granted(link, &origin) else { continue };
            statements.extend(grant.statements);
            for (attribute, value) in grant.environment {
                let name = variable_name(target, attribute);
                if !variables.iter().any(|(other, _)| *other == name) {
                    variables.push((name, value));
                }
            }
        }
        (statements, variables)
    }
}

/// What the attribute of a wired thing is called in the environment of its user: `STREAM_TRIPS_NAME`.
pub fn variable_name(target: &Entry, attribute: &str) -> String {
    let kind = singular(target.section);
    [kind.as_str(), &target.name.value, attribute].join("_").replace('-', "_").to_uppercase()
}

/// A number without a fraction is an integer in templates.
pub(super) fn number(value: f64, origin: &Origin) -> Value {
    let kind = if value.fract() == 0.0 { ValueKind::Integer(value as i64) } else { ValueKind::Float(value) };
    Value::new(kind, origin)
}
