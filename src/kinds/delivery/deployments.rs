//! The actions that deploy a stack, and the role under which CloudFormation does it.

use serde_json::json;

use super::access;
use super::action::Action;
use super::stages::Composer;
use super::{repos, shared};
use crate::desired::{Origin, Value};
use crate::facts::deploy_permissions;
use crate::model::{Apart, Home, Model, Role, Statement, pascal};

impl Composer<'_, '_> {
    /// Makes (`replace`) or executes the change set of an environment's stack.
    pub(super) fn change_set(&mut self, environment: &str, replace: bool, origin: &Origin) -> Option<Action> {
        let model = self.lowering.model;
        let stack = model.stack_name(environment);
        let repo = self.verified_repo()?.to_owned();
        let (role, pass) = self.deploy_role(environment, origin);
        let (verb, mode) = if replace { ("plan", "CHANGE_SET_REPLACE") } else { ("deploy", "CHANGE_SET_EXECUTE") };
        let text = |text: String| Value::text(text, origin);
        let mut action = Action::new(format!("{verb}-{environment}"), "Deploy", "CloudFormation", origin)
            .configure("ActionMode", text(mode.to_owned()))
            .configure("StackName", text(stack.clone()))
            .configure("ChangeSetName", text(format!("pipeline-{}", self.this.name.value)));
        if replace {
            let artifact = repos::artifact(&repo);
            let folder = format!("{artifact}::{}", model.folder());
            action = action
                .configure("TemplatePath", text(format!("{folder}/application.template.yaml")))
                .configure("TemplateConfiguration", text(format!("{folder}/environments/{environment}.json")))
                .configure("Capabilities", text(capability(model).to_owned()))
                .configure("RoleArn", role);
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
            let types =
                self.lowering.resources(Home::Application).values().map(|resource| resource.resource_type.as_str());
            let stack = model.stack_name(environment);
            let statements = deploy_permissions(types, &stack, &model.name.value)
                .into_iter()
                .map(|(actions, resources, condition)| {
                    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
                    let resources = resources.iter().map(|resource| Value::sub(&**resource, origin)).collect();
                    let statement = Statement::new(&actions, resources, origin);
                    match condition {
                        Some(condition) => statement.when(Value::from_json(condition, origin)),
                        None => statement,
                    }
                })
                .chain(self.code_access(apart, origin))
                .chain(self.lowering.deploy_statements.iter().cloned())
                .collect();
            let role = Role::new("cloudformation.amazonaws.com", statements);
            let mut properties = role.to_value(origin);
            properties.set("RoleName", Value::text(model.deploy_role_name(environment), origin));
            self.lowering.add_shared(home, &id, "AWS::IAM::Role", "environments", properties);
        }
        let arn = match apart {
            Some(place) => Value::sub(place.role_arn(&model.deploy_role_name(environment)), origin),
            None => arn,
        };
        (arn, pass)
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
    if model.names_loading_roles() { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" }
}
