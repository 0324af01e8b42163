//! The scheduled look: a build that runs `tidegate drift` over all environments, takes back what it may, tells who is to
//! be told, and fails while something differs.

mod failures;
mod rights;
mod schedule;
mod script;

use serde_json::json;

use super::access;
use super::builds::{IMAGE, OwnSource, own_source};
use super::pipelines::Step;
use super::repos::{Host, Repo};
use super::rules;
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Home, Lowering, Model, Role, Statement, pack, pascal, policy_document};
use crate::source::Span;
use crate::spec::{Drift, OnDrift};
use rights::{reading, reading_environment};

const THING: &str = "drift";
const PROJECT: &str = "DriftProject";
const LOGS: &str = "DriftLogs";
const ROLE: &str = "DriftRole";
const TOPIC: &str = "DriftTopic";
const MINUTES: i64 = 60;

/// What the scheduled look needs of the document.
struct Watch<'a> {
    drift: &'a Drift,
    schedule: Value,
    own: OwnSource,
    install: Vec<&'a str>,
    /// The rules by which it takes back what differs, from where the build begins; `None`: it only tells.
    policy: Option<String>,
    origin: Origin,
}

pub(in crate::kinds) fn add(lowering: &mut Lowering<'_>) {
    let model = lowering.model;
    let Some(drift) = &model.drift else { return };
    let Some(watch) = Watch::read(model, &drift.value, &mut lowering.report) else { return };
    let role = watch.add_role(lowering);
    watch.add_topic(lowering);
    watch.add_failures(lowering);
    watch.add_project(role, lowering);
    watch.add_schedule(lowering);
}

impl<'a> Watch<'a> {
    /// Reports what is missing, and what means nothing without a schedule.
    fn read(model: &'a Model, drift: &'a Drift, report: &mut Vec<Diagnostic>) -> Option<Self> {
        let Some(schedule) = &drift.schedule else {
            let of_schedule: [(&str, Option<&Span>); 7] = [
                ("time-zone", drift.time_zone.as_ref().map(|it| &it.span)),
                ("repo", drift.repo.as_ref().map(|it| &it.span)),
                ("install", drift.install.as_ref().map(|it| &it.span)),
                ("notify", drift.notify.as_ref().map(|it| &it.span)),
                ("environments", drift.environments.as_ref().map(|it| &it.span)),
                ("on-drift", drift.on_drift.as_ref().map(|it| &it.span)),
                ("policy", drift.policy.as_ref().map(|it| &it.span)),
            ];
            report.extend(of_schedule.into_iter().filter_map(|(key, span)| {
                let message = format!("`{key}` is for the scheduled look, and there is no `schedule`");
                let found = Diagnostic::new(&rules::WATCH, span?, message).label("means nothing here");
                Some(found.help(format!("add `schedule:`, for example `schedule: rate(6 hours)`, or remove `{key}`")))
            }));
            return None;
        };
        let needed = [
            ("repo", drift.repo.is_some(), "the repository that holds this document, for example `repo: repos.infra`"),
            ("install", drift.install.is_some(), "the commands that install tidegate there"),
            ("notify", drift.notify.is_some(), "who is told what differs"),
        ];
        let missing: Vec<_> = needed.iter().filter(|(_, is_given, _)| !is_given).collect();
        report.extend(missing.iter().map(|(key, _, what)| {
            Diagnostic::new(&rules::WATCH, &schedule.span, format!("the scheduled look has no `{key}`"))
                .label("cannot run so")
                .help(format!("add `{key}:`, {what}"))
        }));
        let (repo, install) = (drift.repo.as_ref()?, drift.install.as_ref()?);
        let Some((entry, found)) = model.thing::<Repo>(&repo.path()) else {
            if model.entry(&repo.path()).is_some() {
                let message = format!("`{}` is no repository", repo.path());
                let found = Diagnostic::new(&rules::WATCH, &repo.span, message).label("holds no document");
                report.push(found.help("name one of `repos`: that with this document in it"));
            }
            return None;
        };
        drift.notify.as_ref()?;
        let policy = policy(model, drift, report)?;
        Some(Self {
            drift,
            schedule: Value::text(&*schedule.text, &Origin::authored(&schedule.span)),
            own: connected(found, &Origin::authored(&repo.span)).or_else(|| own_source(entry, found, model))?,
            install: install.value.iter().map(|command| command.value.0.as_str()).collect(),
            policy,
            origin: Origin::derived(&schedule.span, "the account is looked at by a build of its own"),
        })
    }

    /// The environments that are looked at.
    fn environments<'m>(&self, model: &'m Model) -> Vec<&'m str> {
        environments(model, self.drift)
    }

    /// The role of the build, with what reads the stacks of its own account; in each other account it takes on another.
    fn add_role(&self, lowering: &mut Lowering<'_>) -> Value {
        let (model, origin) = (lowering.model, &self.origin);
        let mut statements = self.own.statements.clone();
        let log = Value::get_att(LOGS, "Arn", origin);
        statements.push(Statement::new(&["logs:CreateLogStream", "logs:PutLogEvents"], vec![log], origin));
        statements.push(Statement::new(&["sns:Publish"], vec![Value::reference(TOPIC, origin)], origin));
        let all = self.drift.environments.is_none();
        if all {
            let delivery = model.delivery_stack_name();
            statements.extend(reading(lowering, Home::Delivery, &delivery, &model.delivery_region.value, origin));
            for (region, _) in model.other_regions() {
                let stack = format!("{delivery}-{region}");
                statements.extend(reading(lowering, model.store_home(region), &stack, region, origin));
            }
        }
        let mut foreign = Vec::new();
        for name in self.environments(model) {
            match model.apart(name).filter(|place| model.is_foreign(place)) {
                Some(place) => foreign.push(place),
                None => {
                    statements.extend(reading_environment(lowering, name, origin));
                    statements.extend(self.reverting_if_told(lowering, name, origin));
                }
            }
        }
        let roles = foreign.iter().map(|place| Value::sub(place.role_arn(&model.drift_role_name(place.name)), origin));
        let roles: Vec<Value> = roles.collect();
        if !roles.is_empty() {
            statements.push(Statement::new(&["sts:AssumeRole"], roles, origin));
        }
        for place in &foreign {
            let origin = Origin::derived(place.span, "the scheduled look reads in another account under a role there");
            let mut statements = reading_environment(lowering, place.name, &origin);
            statements.extend(self.reverting_if_told(lowering, place.name, &origin));
            let name = Value::text(model.drift_role_name(place.name), &origin);
            let trusted = Value::sub(model.delivery_role_arn(&model.watch_role_name()), &origin);
            let role = Role::for_roles(&model.delivery_account.value, vec![trusted], name, Vec::new());
            let id = format!("{}DriftRole", pascal(place.name));
            add_packed(lowering, place.home, &id, &role, statements, &origin);
        }
        let mut role = Role::new("codebuild.amazonaws.com", Vec::new());
        role.name = (!foreign.is_empty()).then(|| Value::text(model.watch_role_name(), origin));
        add_packed(lowering, Home::Delivery, ROLE, &role, statements, origin);
        Value::get_att(ROLE, "Arn", origin)
    }

    fn reverting_if_told(&self, lowering: &Lowering<'_>, environment: &str, origin: &Origin) -> Vec<Statement> {
        match self.policy {
            Some(_) => self.reverting(lowering, environment, origin),
            None => Vec::new(),
        }
    }

    fn add_topic(&self, lowering: &mut Lowering<'_>) {
        let Some(notify) = &self.drift.notify else { return };
        let origin = Origin::authored(&notify.span);
        let subscriptions = notify.value.0.iter().map(|address| {
            let origin = Origin::authored(&address.span);
            Value::from_json(json!({ "Protocol": "email", "Endpoint": address.value.0 }), &origin)
        });
        let topic = Value::map(&origin).with("Subscription", Value::list(subscriptions.collect(), &origin));
        lowering.add_shared(Home::Delivery, TOPIC, "AWS::SNS::Topic", THING, topic);
    }

    fn add_project(&self, role: Value, lowering: &mut Lowering<'_>) {
        let (model, origin) = (lowering.model, &self.origin);
        let name = project_name(model);
        let group = json!({ "LogGroupName": format!("/aws/codebuild/{name}"), "RetentionInDays": 90 });
        let group = Value::from_json(group, origin);
        let group = lowering.add_shared(Home::Delivery, LOGS, "AWS::Logs::LogGroup", THING, group);
        group.deletion_policy = Some("Delete");
        group.update_replace_policy = Some("Delete");
        let topic = json!([{ "Name": "DRIFT_TOPIC", "Value": { "Ref": TOPIC } }]);
        let environment = Value::from_json(
            json!({ "Type": "LINUX_CONTAINER", "Image": IMAGE, "ComputeType": "BUILD_GENERAL1_SMALL" }),
            origin,
        )
        .with("EnvironmentVariables", Value::from_json(topic, origin));
        let logs = json!({ "CloudWatchLogs": { "Status": "ENABLED", "GroupName": { "Ref": LOGS } } });
        let spec = Value::text(self.buildspec(model), origin);
        let properties = Value::map(origin)
            .with("Name", Value::text(name, origin))
            .with("Description", Value::text("Compares the account with the document, and tells what differs", origin))
            .with("ServiceRole", role)
            .with("Source", self.own.source.clone().with("BuildSpec", spec))
            .with_some("SourceVersion", self.own.version.clone())
            .with("Artifacts", Value::from_json(json!({ "Type": "NO_ARTIFACTS" }), origin))
            .with("Environment", environment)
            .with("LogsConfig", Value::from_json(logs, origin))
            .with("TimeoutInMinutes", Value::from_json(json!(MINUTES), origin));
        lowering.add_shared(Home::Delivery, PROJECT, "AWS::CodeBuild::Project", THING, properties);
    }
}

/// What the build is called.
fn project_name(model: &Model) -> String {
    format!("{}-drift", model.name.value)
}

/// The environments that are looked at.
fn environments<'m>(model: &'m Model, drift: &Drift) -> Vec<&'m str> {
    let wanted = drift.environments.as_ref().map(|environments| &environments.value);
    let is_meant = |name: &str| wanted.is_none_or(|wanted| wanted.iter().any(|it| it.name == name));
    let names = model.environments.iter().map(|(name, _)| name.value.as_str());
    names.filter(|name| is_meant(name)).collect()
}

/// The file of rules by which something is taken back, if so; `None` when that cannot be done as it is written.
fn policy(model: &Model, drift: &Drift, report: &mut Vec<Diagnostic>) -> Option<Option<String>> {
    let reverts = drift.on_drift.as_ref().filter(|on_drift| on_drift.value == OnDrift::Revert);
    let (on_drift, policy) = match (reverts, &drift.policy) {
        (Some(on_drift), Some(policy)) => (on_drift, policy),
        (None, None) => return Some(None),
        (Some(on_drift), None) => {
            let message = "`on-drift: revert` has no `policy`";
            let help = "add `policy:`, the file of rules that says what is taken back, for example `policy: .tidegate-reconcile.yaml`";
            let found = Diagnostic::new(&rules::ON_DRIFT, &on_drift.span, message);
            report.push(found.label("takes back nothing that no rule names").help(help));
            return None;
        }
        (None, Some(policy)) => {
            let found = Diagnostic::new(&rules::ON_DRIFT, &policy.span, "`policy` is for `on-drift: revert`");
            report.push(found.label("nothing asks it").help("add `on-drift: revert`, or remove `policy`"));
            return None;
        }
    };
    let deploys = |step: &Step| step.plan.is_some() || step.deploy.is_some();
    let all = environments(model, drift);
    let without: Vec<&str> =
        all.into_iter().filter(|name| access::pipelines(model, name, deploys).is_empty()).collect();
    for name in &without {
        let message = format!("nothing deploys `{name}`, so there is no role under which it could be put back");
        let found =
            Diagnostic::new(&rules::ON_DRIFT, &on_drift.span, message).label("works under the roles of deployments");
        report.push(found.help(format!(
            "add `deploy: environments.{name}` to a pipeline, or name the other environments under `environments`"
        )));
    }
    let folder = model.path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
    without.is_empty().then(|| Some(format!("{folder}{}", policy.text)))
}

/// The code behind a connection, which CodeBuild fetches through it.
fn connected(repo: &Repo, origin: &Origin) -> Option<OwnSource> {
    let Host::Connection { provider, path } = repo.host() else { return None };
    let host = match provider {
        "GitHub" => "github.com",
        "GitLab" => "gitlab.com",
        _ => "bitbucket.org",
    };
    let connection = repo.connection_arn()?;
    let auth = Value::from_json(json!({ "Type": "CODECONNECTIONS" }), origin).with("Resource", connection.clone());
    let location = format!("https://{host}/{}.git", path.text);
    let source =
        Value::from_json(json!({ "Type": provider.to_uppercase(), "Location": location, "GitCloneDepth": 1 }), origin);
    let actions = [
        "codeconnections:GetConnection",
        "codeconnections:GetConnectionToken",
        "codestar-connections:GetConnection",
        "codestar-connections:GetConnectionToken",
    ];
    Some(OwnSource {
        source: source.with("Auth", auth),
        version: repo.branch.as_ref().map(|branch| Value::text(&*branch.value.0, &Origin::authored(&branch.span))),
        statements: vec![Statement::new(&actions, vec![connection], origin)],
    })
}

/// Adds a role; what does not fit into it stands in managed policies beside it.
fn add_packed(
    lowering: &mut Lowering<'_>,
    home: Home,
    id: &str,
    role: &Role,
    statements: Vec<Statement>,
    origin: &Origin,
) {
    let mut groups = pack(statements, origin).into_iter();
    let first = groups.next().unwrap_or_default();
    let role = Role { trust: role.trust.clone(), name: role.name.clone(), statements: first };
    let mut properties = role.to_value(origin);
    let mut attached = Vec::new();
    for (at, statements) in groups.enumerate() {
        let policy = format!("{id}Policy{}", at + 1);
        let properties = Value::map(origin)
            .with("Description", Value::text("More of what the scheduled look may read", origin))
            .with("PolicyDocument", policy_document(&statements, origin));
        attached.push(Value::reference(&*policy, origin));
        lowering.add_shared(home, &policy, "AWS::IAM::ManagedPolicy", THING, properties);
    }
    if !attached.is_empty() {
        properties.set("ManagedPolicyArns", Value::list(attached, origin));
    }
    lowering.add_shared(home, id, "AWS::IAM::Role", THING, properties);
}
