//! From steps to stages and actions.

use std::collections::BTreeSet;

use serde_json::json;

use super::action::Action;
use super::approvals;
use super::builds::{self, Build, Project};
use super::pipelines::{Mode, OnFailure, Owner, Pipeline, Step, Verify};
use super::repos::{self, Repo};
use super::{access, notices, shared, triggers};
use crate::desired::{Origin, Value};
use crate::model::{
    BuildStep, CHECKSUMS, Entry, Home, Lowering, Model, Role, Statement, StepRequest, logical_id, pascal,
};
use crate::source::{Located, Span};
use crate::spec::{Either, Reference, Text};

/// Stages that hold each other's place: steps up to and including the one that `plan` and `approve` lead to.
pub(super) fn groups(steps: &[Located<Step>]) -> Vec<&[Located<Step>]> {
    steps.split_inclusive(|step| !step.leads_on()).collect()
}

/// The environment that a step acts in: the authored one, or the only one.
pub(super) fn environment_of(step: &Step, model: &Model) -> Option<String> {
    let authored = step.deploy.as_ref().or(step.plan.as_ref()).or(step.to.as_ref());
    match (authored, model.environments.as_slice()) {
        (Some(environment), _) => Some(environment.name.clone()),
        (None, [(only, _)]) => Some(only.value.clone()),
        (None, _) => None,
    }
}

/// The repositories that a pipeline reads, in the order of first use.
pub(super) fn sources<'a>(pipeline: &Pipeline, model: &'a Model) -> Vec<(&'a Entry, &'a Repo)> {
    let mut found: Vec<(&Entry, &Repo)> = Vec::new();
    for (path, _) in pipeline.steps.iter().flat_map(|step| step.sources()) {
        let repo = match model.thing::<Build>(&path) {
            Some((_, build)) => builds::repo_of(build, model),
            None => model.thing::<Repo>(&path),
        };
        if let Some((entry, repo)) = repo
            && !found.iter().any(|(other, _)| std::ptr::eq(*other, entry))
        {
            found.push((entry, repo));
        }
    }
    found
}

/// Makes one pipeline.
pub(super) struct Composer<'a, 'm> {
    pipeline: &'a Pipeline,
    pub(super) this: &'a Entry,
    pub(super) lowering: &'a mut Lowering<'m>,
    pub(super) statements: Vec<Statement>,
    pub(super) builds: Vec<BuildStep>,
    /// The repository that holds `generated/`: the last verified one.
    verified: Option<String>,
    /// Environments whose change set waits.
    planned: Vec<(String, &'a Step)>,
    /// The Regions beside that of the pipeline in which its actions are.
    pub(super) regions: BTreeSet<String>,
    stages: Vec<Value>,
    stage_names: Vec<String>,
}

impl<'a, 'm> Composer<'a, 'm> {
    pub(super) fn new(pipeline: &'a Pipeline, this: &'a Entry, lowering: &'a mut Lowering<'m>) -> Self {
        Self {
            pipeline,
            this,
            lowering,
            statements: Vec::new(),
            builds: Vec::new(),
            verified: None,
            planned: Vec::new(),
            regions: BTreeSet::new(),
            stages: Vec::new(),
            stage_names: Vec::new(),
        }
    }

    /// The repository that holds `generated/`.
    pub(super) fn verified_repo(&self) -> Option<&str> {
        self.verified.as_deref()
    }

    pub(super) fn compose(mut self) {
        let origin = self.this.derived("a pipeline passes artifacts on through a bucket");
        shared::add(self.lowering, &origin);
        self.add_source_stage();
        for group in groups(&self.pipeline.steps) {
            self.add_stage(group);
        }
        self.add_pipeline();
    }

    fn add_source_stage(&mut self) {
        let origin = self.this.derived("the steps of the pipeline use these repositories");
        let sources = sources(self.pipeline, self.lowering.model);
        let actions: Vec<Value> = sources
            .iter()
            .map(|(entry, repo)| triggers::source_action(self.pipeline, entry, repo, self.lowering.model).to_value())
            .collect();
        for (entry, repo) in &sources {
            let origin = Origin::derived(&entry.name.span, "the pipeline reads this repository");
            self.statements.extend(repo.statements(self.lowering.model, &origin));
        }
        self.push_stage("Source".to_owned(), actions, &origin);
    }

    fn push_stage(&mut self, name: String, actions: Vec<Value>, origin: &Origin) {
        let taken = self
            .stage_names
            .iter()
            .filter(|other| **other == name || other.starts_with(&format!("{name}-again")))
            .count();
        let name = if taken == 0 {
            name
        } else {
            format!("{name}-again{}", if taken == 1 { String::new() } else { taken.to_string() })
        };
        self.stage_names.push(name.clone());
        // A source stage can neither be rolled back nor does it need to be: nothing was changed yet.
        let on_failure = self.pipeline.on_failure.as_ref().filter(|_| !self.stages.is_empty());
        let stage = Value::map(origin)
            .with("Name", Value::text(name, origin))
            .with("Actions", Value::list(actions, origin))
            .with_some("OnFailure", on_failure.map(outcome));
        self.stages.push(stage);
    }

    fn add_stage(&mut self, group: &'a [Located<Step>]) {
        let Some(last) = group.last() else { return };
        let name = group
            .iter()
            .rev()
            .find_map(|step| step.name.as_ref())
            .map_or_else(|| stage_name(last), |name| name.text.clone());
        let mut actions = Vec::new();
        let mut run_order = 1;
        for (at, step) in group.iter().enumerate() {
            let made = self.actions(step, &group[at + 1..]);
            let longest = made.iter().map(|action| action.run_order).max().unwrap_or(0);
            actions.extend(made.into_iter().map(|mut action| {
                action.run_order += run_order - 1;
                action.to_value()
            }));
            run_order += longest;
        }
        self.push_stage(name, actions, &Origin::authored(&last.span));
    }

    /// The actions of one step; `later` are the steps after it in its stage.
    fn actions(&mut self, step: &'a Located<Step>, later: &'a [Located<Step>]) -> Vec<Action> {
        if let Some(builds) = &step.build {
            return self.builds(&builds.value.0);
        }
        if let Some(gate) = &step.approve {
            let (action, statements) = approvals::action(&gate.path(), &gate.span, later, self);
            self.statements.extend(statements);
            return action.into_iter().collect();
        }
        if let Some(verify) = &step.verify {
            return vec![self.verify(verify)];
        }
        let environment = environment_of(step, self.lowering.model).unwrap_or_default();
        if let Some(plan) = &step.plan {
            self.planned.push((environment.clone(), step));
            return self.plan(&environment, step, &Origin::authored(&plan.span));
        }
        if let Some(deploy) = &step.deploy {
            let origin = Origin::authored(&deploy.span);
            let planned = self
                .planned
                .iter()
                .position(|(planned, _)| *planned == environment)
                .map(|at| self.planned.remove(at).1);
            return self.deploy(&environment, planned.unwrap_or(step), planned.is_some(), &origin);
        }
        if let Some(run) = &step.run {
            return vec![self.run(&run.repo.name, &run.commands.value, &Origin::authored(&run.span))];
        }
        if let Some(action) = &step.action {
            return vec![self.raw(action)];
        }
        step.targets().into_iter().filter_map(|(target, span)| self.asked(step, &target, span, &environment)).collect()
    }

    /// The builds of one step: at once, but for those that use what others of them make.
    fn builds(&mut self, builds: &[Located<Reference<super::Builds>>]) -> Vec<Action> {
        let model = self.lowering.model;
        let order = |path: &str| builds::depth(path, builds, model);
        let made = builds.iter().filter_map(|build| {
            let mut action = self.build(&build.path(), &build.span)?;
            action.run_order += order(&build.path());
            Some(action)
        });
        let mut made: Vec<Action> = made.collect();
        made.sort_by_key(|action| action.run_order);
        made
    }

    fn build(&mut self, path: &str, span: &Span) -> Option<Action> {
        let (entry, build) = self.lowering.model.thing::<Build>(path)?;
        let origin = Origin::authored(span);
        let name = &entry.name.value;
        let project = logical_id(entry.section, name, "");
        self.allow_build(&project, &origin);
        let mut action = Action::new(name.clone(), "Build", "CodeBuild", &origin)
            .configure("ProjectName", Value::reference(project, &origin));
        action.configuration.extend(self.revision_variables(build));
        action.inputs = vec![repos::artifact(&build.repo.name)];
        if let Some(uses) = &build.uses {
            let primary = Value::text(repos::artifact(&build.repo.name), &Origin::authored(&uses.span));
            action.configuration.push(("PrimarySource".to_owned(), primary));
            action.inputs.extend(build.used().map(|used| builds::artifact(&used.name)));
        }
        if build.tells() {
            action.namespace = Some(builds::namespace(name));
        }
        if build.publishes() {
            action.outputs = vec![builds::artifact(name)];
            self.builds.push(BuildStep {
                build: path.to_owned(),
                namespace: builds::namespace(name),
                artifact: builds::artifact(name),
            });
        }
        Some(action)
    }

    /// The environment variables of a build that hold revisions, as CodePipeline takes them.
    fn revision_variables(&self, build: &Build) -> Option<(String, Value)> {
        let variables: Vec<_> = build
            .revisions()
            .filter_map(|(name, value)| {
                let value = self.lowering.text(&value.value.0, &value.span, Home::Delivery);
                Some(json!({ "name": name.value, "value": value.as_text()?, "type": "PLAINTEXT" }))
            })
            .collect();
        let env = build.env.as_ref().filter(|_| !variables.is_empty())?;
        let text = serde_json::Value::from(variables).to_string();
        Some(("EnvironmentVariables".to_owned(), Value::text(text, &Origin::authored(&env.span))))
    }

    fn allow_build(&mut self, project: &str, origin: &Origin) {
        let arn = Value::get_att(project, "Arn", origin);
        self.statements.push(Statement::new(&["codebuild:BatchGetBuilds", "codebuild:StartBuild"], vec![arn], origin));
    }

    /// A project that tells whether what is generated was made from the document beside it: by their digests, or where
    /// the step says how to install it by tidegate itself.
    fn verify(&mut self, verify: &Located<Either<Reference<super::Repos>, Verify>>) -> Action {
        let origin = Origin::authored(&verify.span);
        let (repo, install) = Verify::split(&verify.value);
        let model = self.lowering.model;
        let path = &model.path;
        let install: Option<Vec<&str>> =
            install.map(|commands| commands.iter().map(|command| command.value.0.as_str()).collect());
        let commands = match install {
            Some(_) => vec![format!("tidegate check {path}"), format!("tidegate render --check {path}")],
            None => vec![format!(
                "sha256sum --check --strict --quiet {}/{CHECKSUMS} || {{ echo \"{0}/ was not made from {path} as it is: run tidegate render, and commit both\"; exit 1; }}",
                model.folder(),
            )],
        };
        let spec = json!({
            "version": "0.2",
            "phases": {
                "install": install.map(|commands| json!({ "commands": commands })),
                "build": { "commands": commands },
            },
        });
        let project = Project {
            own: None,
            vpc: None,
            spec: Value::text(crate::artifact::yaml::print(&Value::from_json(spec, &origin), None).text, &origin),
            image: None,
            compute: None,
            timeout: None,
            variables: Vec::new(),
            statements: Vec::new(),
            cache: None,
        };
        let suffix = format!("Verify{}", pascal(&repo.name));
        let id = logical_id(self.this.section, &self.this.name.value, &suffix);
        if !self.lowering.resources(Home::Delivery).contains_key(&id) {
            let name = format!("{}-verify-{}", self.this.name.value, repo.name);
            project.add(self.this, &suffix, name, self.lowering, &origin);
        }
        self.allow_build(&id, &origin);
        self.verified = Some(repo.name.clone());
        let mut action = Action::new(format!("verify-{}", repo.name), "Test", "CodeBuild", &origin)
            .configure("ProjectName", Value::reference(id, &origin));
        action.inputs = vec![repos::artifact(&repo.name)];
        action
    }

    fn run(&mut self, repo: &str, commands: &[Located<Text>], origin: &Origin) -> Action {
        let name = format!("run-{repo}");
        let commands =
            commands.iter().map(|command| self.lowering.text(&command.value, &command.span, Home::Delivery)).collect();
        self.commands(name, repo, commands, origin)
    }

    /// An action that runs commands under the pipeline's role.
    pub(super) fn commands(&mut self, name: String, repo: &str, commands: Vec<Value>, origin: &Origin) -> Action {
        let mut action = Action::new(name, "Compute", "Commands", origin);
        action.commands = commands;
        action.inputs = vec![repos::artifact(repo)];
        let group = format!(
            "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/codepipeline/{}",
            pipeline_name(self.lowering.model, self.this),
        );
        let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
        let resources = vec![Value::sub(&*group, origin), Value::sub(format!("{group}:*"), origin)];
        self.statements.push(Statement::new(&logs, resources, origin));
        action
    }

    fn raw(&mut self, authored: &Located<super::pipelines::Action>) -> Action {
        let origin = Origin::authored(&authored.span);
        let provider = authored.provider.value.0.clone();
        let name = format!("{}-{}", authored.category.word(), provider).to_lowercase();
        let mut action = Action::new(name, authored.category.word(), &provider, &origin);
        action.owner = authored.owner.as_ref().map_or(Owner::Aws, |owner| owner.value).word();
        if let Some(version) = authored.version.as_ref().and_then(|version| version.value.0.literal()) {
            action.version = version.to_owned();
        }
        for (key, value) in authored.configuration.iter().flat_map(|configuration| &configuration.entries) {
            let value = self.lowering.text(&value.value.0, &value.span, Home::Delivery);
            action.configuration.push((key.value.clone(), value));
        }
        action.inputs = authored
            .inputs
            .iter()
            .flat_map(|inputs| &inputs.value.0)
            .map(|input| artifact_of(&input.section, &input.name))
            .collect();
        action
    }

    /// A step that the target itself offers: `release`, `copy`, `invoke`, `start`.
    fn asked(&mut self, step: &'a Step, target: &str, span: &Span, environment: &str) -> Option<Action> {
        let origin = Origin::authored(span);
        let entry = self.lowering.model.entry(target)?;
        let thing = entry.thing.as_ref()?;
        let verb = step.verb();
        let wanted = thing.released_build();
        let build = self.builds.iter().find(|build| Some(&build.build) == wanted.as_ref());
        let request = StepRequest { verb, environment, build, builds: &self.builds, origin: origin.clone() };
        let offered = thing.step(entry, &request, self.lowering)?;
        let mut action =
            Action::new(format!("{verb}-{}", entry.name.value), offered.category, offered.provider, &origin);
        action.configuration = offered.configuration;
        match self.lowering.model.apart(environment).filter(|_| access::acts_there(step)) {
            Some(place) => {
                // The configuration stands in the template of the pipelines, and speaks of the other place.
                for (_, value) in &mut action.configuration {
                    *value = value.clone().seen_from_elsewhere(place.account, place.region);
                }
                self.allow(environment, offered.statements, &mut action, &origin);
            }
            None => self.statements.extend(offered.statements),
        }
        action.inputs = offered.input.into_iter().collect();
        if let Some(copy) = &step.copy {
            action.inputs.push(artifact_of(&copy.from.section, &copy.from.name));
            action.configuration.push(("Extract".to_owned(), repos::text_flag(true, &origin)));
            let prefix =
                copy.prefix.as_ref().map(|prefix| Value::text(&*prefix.value.0, &Origin::authored(&prefix.span)));
            action.configuration.extend(prefix.map(|prefix| ("ObjectKey".to_owned(), prefix)));
        }
        if let Some(Either::Long(invoke)) = step.invoke.as_ref().map(|invoke| &invoke.value)
            && let Some(input) = &invoke.input
        {
            let input = self.lowering.text(&input.value, &input.span, Home::Delivery);
            action.configuration.push(("UserParameters".to_owned(), input));
        }
        Some(action)
    }

    fn add_pipeline(mut self) {
        let (model, this) = (self.lowering.model, self.this);
        let origin = Origin::authored(&this.name.span);
        let name = pipeline_name(model, this);
        let derived = this.derived("a pipeline runs under a role of its own");
        self.statements.extend(shared::store_statements(&derived));
        let regions = std::mem::take(&mut self.regions);
        for region in &regions {
            self.statements.extend(shared::store_statements_in(model, region, &derived));
        }
        let home_region = &model.delivery_region.value;
        let stores: Vec<Value> = match regions.is_empty() {
            true => Vec::new(),
            false => std::iter::once(home_region)
                .chain(&regions)
                .map(|region| {
                    Value::map(&derived)
                        .with("Region", Value::text(&**region, &derived))
                        .with("ArtifactStore", shared::artifact_store(model, region, &derived))
                })
                .collect(),
        };
        let mut role = Role::new("codepipeline.amazonaws.com", self.statements);
        role.name = Some(Value::text(access::role_name(model, this), &derived));
        let role = self.lowering.add_role(Home::Delivery, this, &role, &derived);
        let mode = match &self.pipeline.mode {
            Some(mode) => Value::text(mode.word().to_uppercase(), &Origin::authored(&mode.span)),
            None => Value::text(
                Mode::Superseded.word().to_uppercase(),
                &this.derived("a newer change takes the place of one that waits"),
            ),
        };
        let triggers = triggers::triggers(self.pipeline, this, model);
        let properties = Value::map(&origin)
            .with("Name", Value::text(&*name, &origin))
            .with("PipelineType", Value::text("V2", &this.derived("triggers and execution modes need version 2")))
            .with("ExecutionMode", mode)
            .with("RoleArn", role)
            .with_some("ArtifactStore", stores.is_empty().then(|| shared::artifact_store(model, home_region, &derived)))
            .with_some("ArtifactStores", (!stores.is_empty()).then(|| Value::list(stores, &derived)))
            .with_some("Triggers", triggers)
            .with("Stages", Value::list(self.stages, &origin));
        self.lowering.add(Home::Delivery, this, "", "AWS::CodePipeline::Pipeline", properties);
        triggers::add_event_rules(self.pipeline, this, &name, self.lowering);
        notices::add(self.pipeline, this, &name, self.lowering);
    }
}

/// What CodePipeline does with a stage that failed.
fn outcome(on_failure: &Located<OnFailure>) -> Value {
    let outcome = match on_failure.value {
        OnFailure::RollBack => json!({ "Result": "ROLLBACK" }),
        OnFailure::Retry => json!({ "Result": "RETRY", "RetryConfiguration": { "RetryMode": "FAILED_ACTIONS" } }),
    };
    Value::from_json(outcome, &Origin::authored(&on_failure.span))
}

fn artifact_of(section: &str, name: &str) -> String {
    if section == "repos" { repos::artifact(name) } else { builds::artifact(name) }
}

/// `<system>-<pipeline>`
pub(super) fn pipeline_name(model: &Model, this: &Entry) -> String {
    format!("{}-{}", model.name.value, this.name.value)
}

fn stage_name(step: &Step) -> String {
    let about = match (&step.build, &step.deploy, step.targets().as_slice()) {
        (Some(builds), ..) => builds.value.0.first().map(|build| build.name.clone()),
        (_, Some(environment), _) => Some(environment.name.clone()),
        (.., [(target, _), ..]) => target.split('.').nth(1).map(str::to_owned),
        _ => step.sources().first().and_then(|(source, _)| source.split('.').nth(1).map(str::to_owned)),
    };
    let verb = pascal(step.verb());
    about.map_or(verb.clone(), |about| format!("{verb}-{about}"))
}
