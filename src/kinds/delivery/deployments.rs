//! The actions that deploy a stack, and the role under which CloudFormation does it.

use serde_json::{Value as Json, json};

use super::access;
use super::action::Action;
use super::pipelines::Step;
use super::stages::Composer;
use super::{repos, shared};
use crate::desired::{Origin, Value};
use crate::facts::deploy_permissions;
use crate::model::hatches::names_roles;
use crate::model::{Apart, Home, Model, Role, Statement, UPLOADS, pack, pascal, policy_document};

/// The stack of an environment that an action is about, where there are several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What is kept.
    Data,
    /// What changes with the code, or all of it.
    Application,
}

impl Composer<'_, '_> {
    /// The actions that make an environment's change set and wait for its approval.
    ///
    /// With stacks by life cycle that is the change set of what is kept: that of the rest cannot be made before, because
    /// it reads what the first stack writes down when it is deployed.
    pub(super) fn plan(&mut self, environment: &str, step: &Step, origin: &Origin) -> Vec<Action> {
        let first = if self.lowering.model.is_split() { Part::Data } else { Part::Application };
        self.change_set(environment, first, true, step, origin).into_iter().collect()
    }

    /// The actions that deploy an environment; its first change set is there already when it was `planned`, and then
    /// `step` is the one that planned it, whose params hold for all of them.
    pub(super) fn deploy(&mut self, environment: &str, step: &Step, planned: bool, origin: &Origin) -> Vec<Action> {
        let parts: &[Part] =
            if self.lowering.model.is_split() { &[Part::Data, Part::Application] } else { &[Part::Application] };
        let mut actions: Vec<Action> = self.upload(environment, origin).into_iter().collect();
        for part in parts {
            for replace in [true, false] {
                if replace && planned && parts.first() == Some(part) {
                    continue;
                }
                let order = actions.last().map_or(0, |last: &Action| last.run_order) + 1;
                actions.extend(self.change_set(environment, *part, replace, step, origin).map(|mut action| {
                    action.run_order = order;
                    action
                }));
            }
        }
        actions
    }

    /// Makes (`replace`) or executes the change set of an environment's stack.
    fn change_set(
        &mut self,
        environment: &str,
        part: Part,
        replace: bool,
        step: &Step,
        origin: &Origin,
    ) -> Option<Action> {
        let model = self.lowering.model;
        let (stack, template, configuration, suffix) = match part {
            Part::Application => (model.stack_name(environment), "application", environment.to_owned(), ""),
            Part::Data => (model.data_stack_name(environment)?, "data", format!("{environment}.data"), "-data"),
        };
        let repo = self.verified_repo()?.to_owned();
        let (role, pass) = self.deploy_role(environment, origin);
        let (verb, mode) = if replace { ("plan", "CHANGE_SET_REPLACE") } else { ("deploy", "CHANGE_SET_EXECUTE") };
        let text = |text: String| Value::text(text, origin);
        let mut action = Action::new(format!("{verb}-{environment}{suffix}"), "Deploy", "CloudFormation", origin)
            .configure("ActionMode", text(mode.to_owned()))
            .configure("StackName", text(stack.clone()))
            .configure("ChangeSetName", text(format!("pipeline-{}", self.this.name.value)));
        if replace {
            let artifact = repos::artifact(&repo);
            let folder = format!("{artifact}::{}", model.folder());
            action = action
                .configure("TemplatePath", text(format!("{folder}/{template}.template.yaml")))
                .configure("TemplateConfiguration", text(format!("{folder}/environments/{configuration}.json")))
                .configure("Capabilities", text(capability(model).to_owned()))
                .configure("RoleArn", role);
            action.configuration.extend(self.overrides(part, step));
            action.inputs = vec![artifact];
        }
        let arn =
            format!("arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/{stack}/*");
        let actions = [
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:ExecuteChangeSet",
        ];
        let statements = vec![pass, Statement::new(&actions, vec![Value::sub(arn, origin)], origin)];
        self.allow(environment, statements, &mut action, origin);
        Some(action)
    }

    /// The values of params that only the pipeline knows, as CloudFormation takes them. What is kept does not change with
    /// what an execution found out.
    fn overrides(&self, part: Part, step: &Step) -> Option<(String, Value)> {
        let params = step.params.as_ref().filter(|_| part == Part::Application)?;
        let values: serde_json::Map<String, Json> = params
            .entries
            .iter()
            .filter_map(|(name, value)| {
                let value = self.lowering.text(&value.value.0, &value.span, Home::Delivery);
                Some((pascal(&name.value), Json::from(value.as_text()?)))
            })
            .collect();
        let text = Json::from(values).to_string();
        Some(("ParameterOverrides".to_owned(), Value::text(text, &Origin::authored(&params.span))))
    }

    /// Lets an action do this in an environment: the pipeline's own role, or in another account or Region one there.
    pub(super) fn allow(
        &mut self,
        environment: &str,
        statements: Vec<Statement>,
        action: &mut Action,
        origin: &Origin,
    ) {
        let model = self.lowering.model;
        let Some(place) = model.apart(environment) else {
            self.statements.extend(statements);
            return;
        };
        let origin = &Origin::derived(&origin.span, "what happens in another account or Region has a role there");
        let role = Value::sub(place.role_arn(&model.pipeline_role_name(environment)), origin);
        self.statements.push(Statement::new(&["sts:AssumeRole"], vec![role.clone()], origin));
        action.role = Some(role);
        if model.store_home(place.region) != Home::Delivery {
            action.region = Some(Value::text(place.region, origin));
            self.regions.insert(place.region.to_owned());
        }
        access::let_in(self.lowering, &place, self.this, statements, origin);
    }

    /// Brings the files that the stack's resources read into their bucket; those that are there stay as they are.
    pub(super) fn upload(&mut self, environment: &str, origin: &Origin) -> Option<Action> {
        if !self.lowering.has_uploads() {
            return None;
        }
        let repo = self.verified_repo()?.to_owned();
        let origin =
            &Origin::derived(&origin.span, "files of the repository must be in their bucket before the deployment");
        let model = self.lowering.model;
        let (bucket, bucket_arn, region) = match model.apart(environment) {
            Some(place) => {
                let bucket = model.files_bucket(place.account, place.region);
                let bucket_arn = format!("arn:${{AWS::Partition}}:s3:::{bucket}");
                (bucket, bucket_arn, format!(" --region {}", place.region))
            }
            None => (model.published_bucket(), format!("${{{}.Arn}}", shared::PUBLISHED), String::new()),
        };
        let list = format!("{}/{UPLOADS}", model.folder());
        let copy = format!(
            "while read -r key path; do aws s3 cp --no-progress{region} \"$path\" \"s3://{bucket}/$key\" || exit 1; done < {list}"
        );
        let objects = Value::sub(format!("{bucket_arn}/scripts/*"), origin);
        self.statements.push(Statement::new(&["s3:PutObject"], vec![objects], origin));
        Some(self.commands(format!("upload-{environment}"), &repo, vec![Value::text(copy, origin)], origin))
    }

    /// The role under which CloudFormation makes an environment's resources: its ARN for the pipeline, and what lets
    /// CloudFormation have it.
    fn deploy_role(&mut self, environment: &str, origin: &Origin) -> (Value, Statement) {
        let model = self.lowering.model;
        let id = format!("{}DeployRole", pascal(environment));
        let origin =
            &Origin::derived(&origin.span, "CloudFormation may make what the template holds, and nothing else");
        let apart = model.apart(environment);
        let home = apart.map_or(Home::Delivery, |place| place.home);
        let arn = Value::get_att(&*id, "Arn", origin);
        let pass = json!({ "StringEquals": { "iam:PassedToService": "cloudformation.amazonaws.com" } });
        let pass = Statement::new(&["iam:PassRole"], vec![arn.clone()], origin).when(Value::from_json(pass, origin));
        if !self.lowering.resources(home).contains_key(&id) {
            let statements = self.deploy_statements(environment, apart, origin);
            self.add_deploy_role(environment, home, &id, statements, origin);
        }
        let arn = match apart {
            Some(place) => Value::sub(place.role_arn(&model.deploy_role_name(environment)), origin),
            None => arn,
        };
        (arn, pass)
    }

    /// What CloudFormation needs to make the stacks of an environment.
    fn deploy_statements(&self, environment: &str, apart: Option<Apart<'_>>, origin: &Origin) -> Vec<Statement> {
        let model = self.lowering.model;
        let resources = self.lowering.resources(Home::Application).values();
        let types = resources.map(|resource| resource.resource_type.as_str());
        // What one stack reads of another passes through Systems Manager.
        let passed = model.is_split().then_some("AWS::SSM::Parameter");
        let stack = model.stack_name(environment);
        let of_types = deploy_permissions(types.chain(passed), &stack, &model.name.value).into_iter().map(
            |(actions, resources, condition)| {
                let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
                let resources = resources.iter().map(|resource| Value::sub(&**resource, origin)).collect();
                let statement = Statement::new(&actions, resources, origin);
                match condition {
                    Some(condition) => statement.when(Value::from_json(condition, origin)),
                    None => statement,
                }
            },
        );
        of_types.chain(self.code_access(apart, origin)).chain(self.lowering.deploy_statements.iter().cloned()).collect()
    }

    /// A role takes 10,240 characters of its own policies; what is more goes into managed policies beside it.
    fn add_deploy_role(
        &mut self,
        environment: &str,
        home: Home,
        id: &str,
        statements: Vec<Statement>,
        origin: &Origin,
    ) {
        let mut groups = pack(statements, origin).into_iter();
        let role = Role::new("cloudformation.amazonaws.com", groups.next().unwrap_or_default());
        let mut properties = role.to_value(origin);
        properties.set("RoleName", Value::text(self.lowering.model.deploy_role_name(environment), origin));
        let mut attached = Vec::new();
        for (at, statements) in groups.enumerate() {
            let policy = format!("{}DeployPolicy{}", pascal(environment), at + 1);
            let description = format!("More of what CloudFormation may do to deploy {environment}");
            let properties = Value::map(origin)
                .with("Description", Value::text(description, origin))
                .with("PolicyDocument", policy_document(&statements, origin));
            attached.push(Value::reference(&*policy, origin));
            self.lowering.add_shared(home, &policy, "AWS::IAM::ManagedPolicy", "environments", properties);
        }
        if !attached.is_empty() {
            properties.set("ManagedPolicyArns", Value::list(attached, origin));
        }
        self.lowering.add_shared(home, id, "AWS::IAM::Role", "environments", properties);
    }

    /// CloudFormation reads released builds on behalf of what runs them.
    fn code_access(&self, apart: Option<Apart<'_>>, origin: &Origin) -> Vec<Statement> {
        let model = self.lowering.model;
        if let Some(place) = apart {
            let bucket = model.delivery_bucket_in("published", place.region);
            let objects = Value::sub(format!("arn:${{AWS::Partition}}:s3:::{bucket}/builds/*"), origin);
            return vec![
                Statement::new(&["s3:GetObject", "s3:GetObjectVersion"], vec![objects], origin),
                access::decrypt(model, &place, origin),
            ];
        }
        vec![
            Statement::new(
                &["s3:GetObject", "s3:GetObjectVersion"],
                vec![Value::sub(format!("${{{}.Arn}}/*", shared::PUBLISHED), origin)],
                origin,
            ),
            Statement::new(&["kms:Decrypt"], vec![Value::get_att(shared::KEY, "Arn", origin)], origin),
        ]
    }
}

/// What CloudFormation wants to be told of an environment's template: roles with names need the stronger word.
fn capability(model: &Model) -> &'static str {
    if model.names_loading_roles() || names_roles(model) { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" }
}
