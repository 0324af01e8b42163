//! `tidegate permissions`

use clap::{Args, ValueEnum};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::{Arguments, Exit, Failure, Outcome, compile_or_fail, read_project};
use crate::compile::Build;
use crate::desired::{Deployment, Stack};
use crate::facts::{self, Permission, calls};
use crate::host;
use crate::model::{Contract, Model};
use crate::release::Shown;

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
    /// Releases builds by hand: `release`, `rollback`, `status`, `start`, `stop` and `snapshots`.
    Release,
    /// Shows approvals and answers them: `approve` and `reject`.
    Approve,
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
        let is_wanted = |environment: &str| self.stack.as_ref().is_none_or(|name| name == environment);
        match self.command {
            What::Release => policy.add_releases(&build, is_wanted, Policy::add_contract),
            What::Approve => {
                policy.add_approvals(&build, &places);
                policy.add_releases(&build, is_wanted, Policy::add_approved);
            }
            What::Drift | What::Plan | What::Deploy => {
                for (stack, deployment) in places {
                    policy.add(self.command, &build, stack, deployment);
                }
            }
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
        let mut of_stacks = owned(&calls::OF_STACKS);
        if command >= What::Plan {
            of_stacks.extend(owned(&calls::OF_PLANS));
        }
        if command >= What::Deploy {
            of_stacks.push(calls::OF_EXECUTION.to_owned());
            of_stacks.extend(owned(&calls::OF_DEPLOYMENTS));
            let lock = place.parameter(&calls::lock(&deployment.stack_name));
            self.allow(&place, (owned(&calls::OF_LOCKS), vec![lock], None));
        }
        self.allow(&place, (of_stacks, vec![own], None));
        self.allow(&place, (owned(&calls::OF_NO_STACK), vec!["*".to_owned()], None));
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

    /// What the commands about approvals call of the pipelines, and of the change sets that they execute.
    fn add_approvals(&mut self, build: &Build, places: &[(&Stack, &Deployment)]) {
        let Some(model) = &build.model else { return };
        let owned = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect::<Vec<_>>();
        for (stack, deployment) in places {
            let place = Place { deployment };
            if deployment.stack_name != model.delivery_stack_name() {
                let own = place.stack(&deployment.stack_name);
                self.allow(&place, (owned(&calls::OF_APPROVED_DEPLOYMENTS), vec![own], None));
                continue;
            }
            let pipelines = stack.resources.values().filter(|it| it.resource_type == "AWS::CodePipeline::Pipeline");
            for name in pipelines.filter_map(|pipeline| pipeline.properties.get("Name")?.as_text()) {
                let arn = format!("arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
                // The answer is one to an action of it.
                self.allow(&place, (owned(&calls::OF_APPROVALS), vec![arn.clone(), format!("{arn}/*")], None));
            }
        }
    }

    /// What showing an approval looks at of one thing that would be released.
    fn add_approved(&mut self, place: &Place<'_>, contract: &Contract) {
        let asked = |name: &str| contract.asked[name].as_str().unwrap_or_default();
        let owned = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect::<Vec<_>>();
        let application = format!(
            "arn:${{AWS::Partition}}:kinesisanalytics:${{AWS::Region}}:${{AWS::AccountId}}:application/{}",
            asked("application")
        );
        self.allow(place, (owned(&calls::OF_APPROVED_RELEASES), vec![application], None));
        let pointer = asked("pointer");
        let parameters = vec![place.parameter(pointer), place.parameter(&format!("{pointer}-record"))];
        self.allow(place, (owned(&["ssm:GetParameter"]), parameters, None));
        let bucket = format!("arn:${{AWS::Partition}}:s3:::{}", asked("bucket"));
        self.allow(place, (owned(&["s3:GetObject"]), vec![format!("{bucket}/builds/*")], None));
        self.allow(place, (owned(&["s3:ListBucket"]), vec![bucket], None));
    }

    /// What the commands about releases call of each thing that is released.
    fn add_releases(
        &mut self,
        build: &Build,
        is_wanted: impl Fn(&str) -> bool,
        add: impl Fn(&mut Self, &Place<'_>, &Contract),
    ) {
        let Some(model) = &build.model else { return };
        for entry in &model.entries {
            let Some(thing) = &entry.thing else { continue };
            for (environment, _) in model.environments.iter().filter(|(environment, _)| is_wanted(&environment.value)) {
                let contract = thing.contract(entry, model, &environment.value);
                let deployments = build.desired.stacks.iter().flat_map(|stack| &stack.deployments);
                let deployment = deployments.into_iter().find(|known| known.environment == environment.value);
                if let (Some(contract), Some(deployment)) = (contract, deployment) {
                    add(self, &Place { deployment }, &contract);
                }
                let shown = thing.shown(entry, model, &environment.value);
                if let (Some(shown), Some(deployment)) = (shown, deployment) {
                    self.add_shown(&Place { deployment }, &shown);
                }
            }
        }
    }

    fn add_contract(&mut self, place: &Place<'_>, contract: &Contract) {
        let asked = |name: &str| contract.asked[name].as_str().unwrap_or_default();
        let (application, pointer) = (asked("application"), asked("pointer"));
        let arn = |service: &str, rest: String| {
            format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")
        };
        let mut allow = |actions: Vec<&str>, resources: Vec<String>| {
            self.allow(place, (actions.into_iter().map(str::to_owned).collect(), resources, None));
        };
        let (of_parameters, of_application): (Vec<_>, Vec<_>) =
            calls::OF_RELEASES.into_iter().partition(|action| action.starts_with("ssm:"));
        allow(of_application, vec![arn("kinesisanalytics", format!("application/{application}"))]);
        allow(of_parameters, vec![place.parameter(pointer), place.parameter(&format!("{pointer}-record"))]);
        allow(calls::OF_LOCKS.to_vec(), vec![place.parameter(&calls::lock(application))]);
        allow(calls::OF_STACKS_IN_RELEASES.to_vec(), vec![place.stack(asked("stack"))]);
        allow(calls::OF_HEALTH.to_vec(), vec!["*".to_owned()]);
        for bucket in [asked("bucket"), asked("from")].into_iter().filter(|bucket| !bucket.is_empty()) {
            allow(vec!["s3:GetObject"], vec![format!("arn:${{AWS::Partition}}:s3:::{bucket}/builds/*")]);
            allow(vec!["s3:ListBucket"], vec![format!("arn:${{AWS::Partition}}:s3:::{bucket}")]);
        }
    }

    /// What `status` asks of a thing that only a pipeline releases.
    fn add_shown(&mut self, place: &Place<'_>, shown: &Shown) {
        let mut allow = |action: &str, resource: String| {
            self.allow(place, (vec![action.to_owned()], vec![resource], None));
        };
        for ask in &shown.asks {
            allow(ask.action, ask.resource.clone());
        }
        allow("ssm:GetParameter", place.parameter(&shown.record));
        let Some(bucket) = &shown.bucket else { return };
        allow("s3:GetObject", format!("arn:${{AWS::Partition}}:s3:::{bucket}/builds/*"));
        // Without it S3 answers that a build that is gone is forbidden.
        allow("s3:ListBucket", format!("arn:${{AWS::Partition}}:s3:::{bucket}"));
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

    /// Of SSM, by its path.
    fn parameter(&self, path: &str) -> String {
        format!("arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{path}")
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
        let parameters = self.parameter(&format!("/{}/*", model.name.value));
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
