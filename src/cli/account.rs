//! What the commands that speak to an account have in common.

use std::sync::OnceLock;

use clap::Args;

use super::render::folder_of;
use super::{Exit, Failure, compile_or_fail, read_project};
use crate::backends::cloudformation;
use crate::cloud::aws::{Account, Settings};
use crate::cloud::{Caller, CloudError, LONGEST_TEMPLATE, Look, verify_account};
use crate::compile::Build;
use crate::desired::{Deployment, Stack};
use crate::diagnostic::list;
use crate::host::{self, Project};
use crate::reconcile::{self, DeployError, Request};

/// The document and the account of a command.
#[derive(Args)]
pub(super) struct AccountArguments {
    /// The document.
    #[arg(long, value_name = "FILE", default_value = "pipeline.yaml")]
    pub(super) file: String,
    /// The profile of the AWS settings to use, instead of AWS_PROFILE; `{environment}` and `{account}` in it stand for
    /// those of each place.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// The role to take on in every account but that of the credentials: its name or ARN, in which `{environment}`,
    /// `{account}` and `{name}` stand for those of each place and the name of the system.
    #[arg(long, value_name = "ROLE")]
    pub(super) role: Option<String>,
    /// How many calls to AWS may be under way at the same time in an account.
    #[arg(long, value_name = "NUMBER", env = "TIDEGATE_CALLS_AT_ONCE", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) calls_at_once: Option<u16>,
}

/// A compiled document and the way into accounts.
pub(super) struct Session {
    pub(super) project: Project,
    pub(super) build: Build,
    profile: Option<String>,
    role: Option<String>,
    at_once: Option<usize>,
    /// Whose credentials are used where no role is taken on.
    caller: OnceLock<Result<Caller, CloudError>>,
}

/// A stack in a place, and the account it is in.
pub(super) struct Place<'a> {
    pub(super) stack: &'a Stack,
    pub(super) deployment: &'a Deployment,
    pub(super) account: Account,
}

impl AccountArguments {
    pub(super) fn open(&self) -> Result<Session, Failure> {
        self.open_file(&self.file)
    }

    pub(super) fn open_file(&self, file: &str) -> Result<Session, Failure> {
        let project = read_project(file)?;
        let build = compile_or_fail(&project)?;
        Ok(Session {
            project,
            build,
            profile: self.profile.clone(),
            role: self.role.clone(),
            at_once: self.calls_at_once.map(usize::from),
            caller: OnceLock::new(),
        })
    }
}

impl Session {
    /// Every stack in every place, in the order of deployment.
    pub(super) fn deployments(&self) -> Vec<(&Stack, &Deployment)> {
        let stacks = self.build.desired.stacks.iter();
        stacks.flat_map(|stack| stack.deployments.iter().map(move |deployment| (stack, deployment))).collect()
    }

    /// The stacks in the place `name`, or in all places; of a document with several accounts only those that can be
    /// reached.
    pub(super) fn places(&self, name: Option<&str>) -> Result<Vec<Place<'_>>, Failure> {
        let names: Vec<String> = name.into_iter().map(str::to_owned).collect();
        let connected = self.within_reach(&names)?.into_iter().map(|(stack, deployment)| {
            let account = self.connect(deployment).map_err(|error| failed(&error))?;
            Ok(Place { stack, deployment, account })
        });
        connected.collect()
    }

    /// The place of the stack with this name.
    pub(super) fn place_of_stack(&self, name: &str) -> Result<Place<'_>, Failure> {
        let found = self.deployments().into_iter().find(|(_, deployment)| deployment.stack_name == name);
        let (stack, deployment) =
            found.ok_or_else(|| Failure::usage(format!("there is no stack `{name}` in this document")))?;
        let account = self.connect(deployment).map_err(|error| failed(&error))?;
        Ok(Place { stack, deployment, account })
    }

    /// The stacks in the places `names`, or in all. Without a role or profile for each account, those in other accounts
    /// than that of the credentials are left out, and it is said how to see them.
    pub(super) fn within_reach(&self, names: &[String]) -> Result<Vec<(&Stack, &Deployment)>, Failure> {
        let all = self.deployments();
        let wanted = all.iter().filter(|(_, deployment)| names.is_empty() || names.contains(&deployment.environment));
        let wanted: Vec<_> = wanted.copied().collect();
        if wanted.is_empty() {
            let known = list(all.iter().map(|(_, deployment)| deployment.environment.as_str()));
            let name = names.first().map_or("", String::as_str);
            return Err(Failure::usage(format!("there is no stack `{name}` in this document; there are {known}")));
        }
        if !names.is_empty() || self.role.is_some() || self.has_profile_of_each() || !self.has_several_accounts() {
            return Ok(wanted);
        }
        self.of_these_credentials(wanted)
    }

    fn has_several_accounts(&self) -> bool {
        let all = self.deployments();
        all.windows(2).any(|pair| matches!(pair, [(_, one), (_, other)] if one.account != other.account))
    }

    fn has_profile_of_each(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.contains('{'))
    }

    /// The way into the account of a stack.
    pub(super) fn connect(&self, deployment: &Deployment) -> Result<Account, CloudError> {
        let region = Some(deployment.region.clone());
        let profile = self.profile.as_ref().map(|profile| self.filled(profile, deployment));
        let settings = Settings { profile, region, role: None, at_once: self.at_once };
        let account = Account::connect(&settings)?;
        let role = self
            .role
            .as_ref()
            .filter(|_| self.caller(&account).is_ok_and(|caller| caller.account != deployment.account));
        let Some(role) = role else {
            if self.has_several_accounts() {
                verify_account(&account, &deployment.account)?;
            }
            return Ok(account);
        };
        let role = self.filled(role, deployment);
        let partition = crate::facts::partition(&deployment.region);
        let arn = match role.starts_with("arn:") {
            true => role,
            false => format!("arn:{partition}:iam::{}:role/{role}", deployment.account),
        };
        let account = Account::connect(&Settings { role: Some(arn), ..settings })?;
        verify_account(&account, &deployment.account)?;
        Ok(account)
    }

    /// Whose the credentials are; asked once, unless each place has its own.
    fn caller(&self, account: &Account) -> Result<Caller, CloudError> {
        match self.has_profile_of_each() {
            true => account.caller(),
            false => self.caller.get_or_init(|| account.caller()).clone(),
        }
    }

    /// A name with what stands for parts of a place filled in.
    fn filled(&self, pattern: &str, deployment: &Deployment) -> String {
        let name = self.build.model.as_ref().map_or("", |model| &model.name.value);
        let environment = self.build.model.as_ref().and_then(|model| model.environment_of(&deployment.environment));
        pattern
            .replace("{environment}", environment.unwrap_or(&deployment.environment))
            .replace("{account}", &deployment.account)
            .replace("{name}", name)
    }

    /// Of a document with several accounts, the places in that of the credentials; of the others it is said how to see
    /// them.
    fn of_these_credentials<'a>(
        &self,
        places: Vec<(&'a Stack, &'a Deployment)>,
    ) -> Result<Vec<(&'a Stack, &'a Deployment)>, Failure> {
        let Some((_, first)) = places.first() else { return Ok(places) };
        let settings =
            Settings { profile: self.profile.clone(), region: Some(first.region.clone()), role: None, at_once: None };
        let account = Account::connect(&settings).map_err(|error| failed(&error))?;
        let caller = self.caller(&account).map_err(|error| failed(&error))?;
        let (own, others): (Vec<_>, Vec<_>) =
            places.into_iter().partition(|(_, deployment)| deployment.account == caller.account);
        for (_, deployment) in &others {
            host::tell(&format!(
                "{} is left out: these credentials are of account {}; use a profile of its account, `--profile NAME`, \
                 or a role there, `--role NAME`",
                title(deployment),
                caller.account
            ));
        }
        match own.is_empty() {
            true => Err(Failure {
                message: format!(
                    "nothing of this document is in account {}, which the credentials are of",
                    caller.account
                ),
                exit: Exit::Failed,
            }),
            false => Ok(own),
        }
    }

    /// The text of a stack's template as it is sent: as generated, or without its layout where that is too long.
    pub(super) fn template(&self, stack: &Stack) -> String {
        let path = cloudformation::template_path(stack);
        let printed = self.build.artifacts.iter().find(|artifact| artifact.path == path);
        match printed {
            Some(artifact) if artifact.text.len() <= LONGEST_TEMPLATE => artifact.text.clone(),
            _ => cloudformation::template(stack).to_json().to_string(),
        }
    }

    /// A stack as its committed template says it; `None` when there is none that can be read.
    pub(super) fn committed(&self, stack: &Stack) -> Option<Stack> {
        let folder = folder_of(&self.project, &self.build, None).ok()?;
        let path = cloudformation::template_path(stack);
        let text = host::read_file(&folder.join(&path)).ok()?;
        reconcile::read_template(&path, text)
    }

    /// What the delivery stack lends to deployments, as far as it is there: a bucket for long templates, and the role
    /// under which CloudFormation works.
    pub(super) fn lent(&self, place: &Place<'_>) -> Result<Lent, Failure> {
        let Some(model) = &self.build.model else { return Ok(Lent::default()) };
        let environment = &place.deployment.environment;
        // Elsewhere it is the stack that lets the pipelines in.
        let delivery = match model.apart(environment) {
            Some(_) => model.access_stack_name(environment),
            None => model.delivery_stack_name(),
        };
        let state = place.account.stack(&delivery).map_err(|error| failed(&error))?;
        if state.is_none_or(|state| state.only_reviewed()) {
            return Ok(Lent::default());
        }
        let resources = place.account.resources(&delivery).map_err(|error| failed(&error))?;
        let made = |name: &str| resources.iter().any(|resource| resource.physical_id == name);
        let bucket = model.files_bucket(&place.deployment.account, &place.deployment.region);
        let is_there = match model.apart(environment).map(|apart| model.files_beside(&apart)) {
            // Environments of one account and Region share one, which is beside the first of them.
            Some(first) if first.name != environment => {
                let beside = model.access_stack_name(first.name);
                let found = place.account.stack(&beside).map_err(|error| failed(&error))?;
                let resources = found.map(|_| place.account.resources(&beside)).transpose();
                let resources = resources.map_err(|error| failed(&error))?.unwrap_or_default();
                resources.iter().any(|resource| resource.physical_id == bucket)
            }
            _ => made(&bucket),
        };
        let role = model.deploy_role_name(&place.deployment.environment);
        let partition = crate::facts::partition(&place.deployment.region);
        Ok(Lent {
            bucket: is_there.then_some(bucket),
            role: made(&role).then(|| format!("arn:{partition}:iam::{}:role/{role}", place.deployment.account)),
        })
    }
}

/// What the delivery stack lends.
#[derive(Default)]
pub(super) struct Lent {
    pub(super) bucket: Option<String>,
    pub(super) role: Option<String>,
}

impl<'a> Place<'a> {
    pub(super) fn request(&self, template: &'a str, lent: &'a Lent) -> Request<'a> {
        Request {
            stack: self.stack,
            deployment: self.deployment,
            template,
            bucket: lent.bucket.as_deref(),
            role: lent.role.as_deref(),
            revert_drift: false,
        }
    }

    /// `taxi-analytics-prod (account 111122223333, us-east-1)`
    pub(super) fn title(&self) -> String {
        title(self.deployment)
    }
}

pub(super) fn title(deployment: &Deployment) -> String {
    let Deployment { stack_name, account, region, .. } = deployment;
    format!("{stack_name} (account {account}, {region})")
}

/// A call to AWS that failed ends the command.
pub(super) fn failed(error: &CloudError) -> Failure {
    let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("\n  help: {hint}"));
    Failure { message: format!("{error}{hint}"), exit: Exit::Failed }
}

/// A deployment that failed ends the command, with the line of the document that asked for what failed.
pub(super) fn deployment_failed(error: &DeployError) -> Failure {
    let mut message = error.to_string();
    match error {
        DeployError::Cloud(error) => return failed(error),
        DeployError::Stuck { hint, .. } => message.push_str(&format!("\n  help: {hint}")),
        DeployError::Rejected { .. } | DeployError::Locked(_) | DeployError::Journal(_) => {}
        DeployError::Outdated { .. } => {
            message.push_str("\n  help: plan again, read what has become of it, and deploy the new plan");
        }
        DeployError::Failed(failure) => {
            if let Some(origin) = &failure.origin {
                let position = origin.span.start_position();
                let line = origin.span.file.line(position.line);
                message.push_str(&format!(
                    "\n  --> {}:{}:{}\n   | {line}",
                    origin.span.path(),
                    position.line,
                    position.column
                ));
            }
        }
    }
    Failure { message, exit: Exit::Failed }
}

/// `pipeline.yaml:22:3`
pub(super) fn place_of(origin: &crate::desired::Origin) -> String {
    let position = origin.span.start_position();
    format!("{}:{}:{}", origin.span.path(), position.line, position.column)
}
