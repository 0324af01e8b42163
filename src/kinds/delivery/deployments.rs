//! The actions that deploy a stack, and the role under which CloudFormation does it.

use serde_json::json;

use super::action::Action;
use super::stages::Composer;
use super::{repos, shared};
use crate::desired::{Origin, Value};
use crate::facts::deploy_permissions;
use crate::model::{Home, Role, Statement, UPLOADS, pascal};

impl Composer<'_, '_> {
    /// Makes (`replace`) or executes the change set of an environment's stack.
    pub(super) fn change_set(&mut self, environment: &str, replace: bool, origin: &Origin) -> Option<Action> {
        let model = self.lowering.model;
        let stack = model.stack_name(environment);
        let repo = self.verified_repo()?.to_owned();
        let role = self.deploy_role(environment, origin);
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
                .configure("Capabilities", text("CAPABILITY_IAM".to_owned()))
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
        self.statements.push(Statement::new(&actions, vec![Value::sub(arn, origin)], origin));
        Some(action)
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
        let (bucket, list) = (model.published_bucket(), format!("{}/{UPLOADS}", model.folder()));
        let copy = format!(
            "while read -r key path; do aws s3 cp --no-progress \"$path\" \"s3://{bucket}/$key\" || exit 1; done < {list}"
        );
        let objects = Value::sub(format!("${{{}.Arn}}/scripts/*", shared::PUBLISHED), origin);
        self.statements.push(Statement::new(&["s3:PutObject"], vec![objects], origin));
        Some(self.commands(format!("upload-{environment}"), &repo, vec![Value::text(copy, origin)], origin))
    }

    /// The role under which CloudFormation makes an environment's resources; gives its ARN.
    fn deploy_role(&mut self, environment: &str, origin: &Origin) -> Value {
        let model = self.lowering.model;
        let id = format!("{}DeployRole", pascal(environment));
        let origin =
            &Origin::derived(&origin.span, "CloudFormation may make what the template holds, and nothing else");
        let arn = Value::get_att(&*id, "Arn", origin);
        let pass = json!({ "StringEquals": { "iam:PassedToService": "cloudformation.amazonaws.com" } });
        self.statements
            .push(Statement::new(&["iam:PassRole"], vec![arn.clone()], origin).when(Value::from_json(pass, origin)));
        if !self.lowering.resources(Home::Delivery).contains_key(&id) {
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
                .chain(self.code_access(origin))
                .chain(self.lowering.deploy_statements.iter().cloned())
                .collect();
            let role = Role::new("cloudformation.amazonaws.com", statements);
            let mut properties = role.to_value(origin);
            properties.set("RoleName", Value::text(model.deploy_role_name(environment), origin));
            self.lowering.add_shared(Home::Delivery, &id, "AWS::IAM::Role", "environments", properties);
        }
        arn
    }

    /// CloudFormation reads released builds on behalf of what runs them.
    fn code_access(&self, origin: &Origin) -> Vec<Statement> {
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
