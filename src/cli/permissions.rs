//! `tidegate permissions`

use clap::{Args, ValueEnum};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::{Arguments, Exit, Failure, Outcome, compile_or_fail, read_project};
use crate::cloud::aws::actions;
use crate::compile::Build;
use crate::desired::{Deployment, Stack};
use crate::facts::{self, Permission};
use crate::host;
use crate::model::Model;

/// Print the IAM policy that a command needs for this document
///
/// It allows what the command calls for the resource types of this document, on resources of these stacks where IAM can
/// tell them apart, and nothing else. Worked out without an account.
#[derive(Args)]
pub(super) struct Permissions {
    /// The command.
    #[arg(value_enum)]
    command: What,
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
    /// The document.
    #[arg(long, value_name = "FILE", default_value = "pipeline.yaml")]
    file: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum What {
    /// Reads only.
    Drift,
    /// Reads, and makes change sets, which by themselves change nothing.
    Plan,
    /// Makes and executes change sets.
    Deploy,
}

impl Arguments for Permissions {
    fn run(self) -> Outcome {
        let project = read_project(&self.file)?;
        let build = compile_or_fail(&project)?;
        let stacks = build.desired.stacks.iter();
        let all = stacks.flat_map(|stack| stack.deployments.iter().map(move |deployment| (stack, deployment)));
        let wanted = |deployment: &Deployment| self.stack.as_ref().is_none_or(|name| deployment.environment == *name);
        let places: Vec<_> = all.clone().filter(|(_, deployment)| wanted(deployment)).collect();
        if places.is_empty() {
            let known = crate::diagnostic::list(all.map(|(_, deployment)| deployment.environment.as_str()));
            let name = self.stack.unwrap_or_default();
            return Err(Failure::usage(format!("there is no stack `{name}` in this document; there are {known}")));
        }
        let mut policy = Policy::default();
        for (stack, deployment) in places {
            policy.add(self.command, &build, stack, deployment);
        }
        host::print(&format!("{:#}\n", policy.document()));
        Ok(Exit::Clean)
    }
}

/// Resources by the actions on them and their condition.
#[derive(Default)]
struct Policy(IndexMap<(Vec<String>, Option<String>), Vec<String>>);

impl Policy {
    fn add(&mut self, command: What, build: &Build, stack: &Stack, deployment: &Deployment) {
        let place = Place { deployment };
        let owned = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect::<Vec<_>>();
        let system = build.model.as_ref().map(|model| model.name.value.clone()).unwrap_or_default();
        let own = place.stack(&deployment.stack_name);
        let mut of_stacks = owned(&actions::OF_STACKS);
        if command >= What::Plan {
            of_stacks.extend(owned(&actions::OF_PLANS));
        }
        if command >= What::Deploy {
            of_stacks.extend(owned(&actions::OF_DEPLOYMENTS));
        }
        self.allow(&place, (of_stacks, vec![own], None));
        self.allow(&place, (owned(&actions::OF_NO_STACK), vec!["*".to_owned()], None));
        let types = || stack.resources.values().map(|resource| resource.resource_type.as_str());
        for permission in facts::read_permissions(types(), &facts::readers::actions, &deployment.stack_name, &system) {
            self.allow(&place, permission);
        }
        let Some(model) = build.model.as_ref().filter(|_| command >= What::Plan) else { return };
        for permission in place.lent(model) {
            self.allow(&place, permission);
        }
        let delivery = model.delivery_stack_name() == deployment.stack_name;
        if delivery && command >= What::Deploy {
            // Nobody lends it a role: it is what makes the roles of the others.
            for permission in facts::deploy_permissions(types(), &deployment.stack_name, &system) {
                self.allow(&place, permission);
            }
        }
    }

    fn allow(&mut self, place: &Place<'_>, (actions, resources, condition): Permission) {
        let known = self.0.entry((actions, condition.map(|condition| condition.to_string()))).or_default();
        for resource in resources {
            let resource = place.filled(&resource);
            if !known.contains(&resource) {
                known.push(resource);
            }
        }
    }

    fn document(self) -> Json {
        let statements = self.0.into_iter().map(|((actions, condition), resources)| {
            let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
            if let Some(condition) = condition.and_then(|condition| serde_json::from_str::<Json>(&condition).ok()) {
                statement["Condition"] = condition;
            }
            statement
        });
        json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
    }
}

/// Where a stack is deployed.
struct Place<'a> {
    deployment: &'a Deployment,
}

impl Place<'_> {
    /// A text for `Fn::Sub` with what it stands for here.
    fn filled(&self, text: &str) -> String {
        let Deployment { account, region, .. } = self.deployment;
        let text = text.replace("${AWS::Partition}", facts::partition(region));
        text.replace("${AWS::Region}", region).replace("${AWS::AccountId}", account)
    }

    fn stack(&self, name: &str) -> String {
        format!("arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/{name}/*")
    }

    /// What the delivery stack lends, and looking for it: a bucket for long templates, the role of deployments, and the
    /// parameters that stacks hand to each other.
    fn lent(&self, model: &Model) -> Vec<Permission> {
        let Deployment { account, region, environment, stack_name, .. } = self.deployment;
        let allowed = |actions: &[&str], resource: String| -> Permission {
            (actions.iter().map(|action| (*action).to_owned()).collect(), vec![resource], None)
        };
        let lender = match model.apart(environment) {
            Some(_) => model.access_stack_name(environment),
            None => model.delivery_stack_name(),
        };
        let bucket = model.files_bucket(account, region);
        let parameters = format!(
            "arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/{}/*",
            model.name.value
        );
        let mut permissions = vec![
            allowed(&["cloudformation:DescribeStacks", "cloudformation:ListStackResources"], self.stack(&lender)),
            allowed(&["s3:GetObject", "s3:PutObject"], format!("arn:${{AWS::Partition}}:s3:::{bucket}/*")),
            allowed(&["s3:ListBucket"], format!("arn:${{AWS::Partition}}:s3:::{bucket}")),
            allowed(&["ssm:GetParameters"], parameters),
        ];
        if model.delivery_stack_name() != *stack_name {
            let role = model.deploy_role_name(environment);
            let condition = json!({ "StringEquals": { "iam:PassedToService": "cloudformation.amazonaws.com" } });
            let role = format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{role}");
            permissions.push((vec!["iam:PassRole".to_owned()], vec![role], Some(condition)));
        }
        permissions
    }
}
