//! The account through AWS's SDK; no other room names the SDK's crates.
//!
//! Calls block: the asynchronous SDK runs on a runtime of one thread inside [`Account`], where readers of many
//! resources run at the same time.

mod call;
mod control;
mod detect;
mod failure;
mod locks;
mod meter;
mod objects;
mod pipelines;
mod progress;
mod protocol;
mod rate;
mod readers;
#[cfg(test)]
mod recorded;
mod revert;
mod services;
mod stacks;
mod upload;
mod wire;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::SharedCredentialsProvider;
use serde_json::Value as Json;
use tokio::runtime::{Builder, Runtime};

use self::meter::Meter;
use self::progress::Progress;
pub use self::progress::Tell;
use super::{
    Caller, ChangeSet, ChangeSetId, ChangeSetRequest, Cloud, CloudError, Detected, Event, Lock, Look, Observation,
    Propose, ServiceCall, StackResource, StackState, StageRun, WaitingChangeSet, Wanted,
};

const ATTEMPTS: u32 = 5;
/// The SDK's own number of attempts when neither environment nor profile names one.
const SDK_ATTEMPTS: u32 = 3;
/// By what CloudTrail knows whoever took on a role here.
const SESSION: &str = "tidegate";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// How to reach an account. What is `None` comes from where all AWS tools look: environment, profile, SSO.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub profile: Option<String>,
    /// The environment's region. There is no default region: without one anywhere, connecting is an error.
    pub region: Option<String>,
    /// How many calls may be under way at the same time.
    pub at_once: Option<usize>,
    /// The ARN of a role to take on with these credentials.
    pub role: Option<String>,
}

/// How closely resources are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// By the readers here and by Cloud Control, which tell settings that no template asks for.
    #[default]
    Whole,
    /// By the readers here and CloudFormation's detection, with the fewest calls.
    Quick,
}

/// One account in one region, through AWS's API.
pub struct Account {
    runtime: Runtime,
    config: SdkConfig,
    meter: Meter,
    depth: Depth,
    /// Is told how many of how many resources were read.
    tell: Option<Tell>,
    /// Does not change while a command runs.
    caller: OnceLock<Caller>,
    cloudformation: aws_sdk_cloudformation::Client,
}

impl Account {
    /// Reads the AWS settings; speaks to AWS only to take on a role, or if credentials are to be found by doing so later.
    ///
    /// # Errors
    /// When no region is set, or the role cannot be taken on.
    pub fn connect(settings: &Settings) -> Result<Self, CloudError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CloudError::refused("start", "the runtime for calls to AWS", error.to_string()))?;
        let meter = Meter::new(settings.at_once.unwrap_or(meter::AT_ONCE));
        let config = runtime.block_on(load(settings, &meter));
        if config.region().is_none() {
            let profile = settings.profile.as_deref().unwrap_or("default");
            return Err(CloudError::refused("connect to AWS with the profile", profile, "no region is set")
                .hint("name the `region` of the environment in the spec, or set `AWS_REGION`"));
        }
        let Some(role) = &settings.role else { return Ok(Self::of(runtime, config, meter)) };
        let config = runtime.block_on(take_on(role, config));
        let account = Self::of(runtime, config, meter);
        // Only the first call with its credentials takes on the role.
        account.caller().map_err(|error| refused_role(role, &error))?;
        Ok(account)
    }

    fn of(runtime: Runtime, config: SdkConfig, meter: Meter) -> Self {
        let cloudformation = aws_sdk_cloudformation::Client::new(&config);
        Self { runtime, config, meter, depth: Depth::default(), tell: None, caller: OnceLock::new(), cloudformation }
    }

    /// Looks at resources so closely from now on.
    pub fn look(&mut self, depth: Depth) {
        self.depth = depth;
    }

    /// Tells from now on how many of how many resources were read.
    pub fn tell_progress(&mut self, tell: Tell) {
        self.tell = Some(tell);
    }

    /// How many calls each service got so far, by the name that calls are signed for; repetitions count.
    pub fn calls(&self) -> BTreeMap<String, usize> {
        self.meter.calls()
    }

    /// Puts a text into a bucket, unless there is something under its key already.
    ///
    /// # Errors
    /// When the bucket does not take it.
    pub fn upload(&self, bucket: &str, key: &str, text: &str) -> Result<(), CloudError> {
        self.wait(upload::text(&self.config, bucket, key, text))
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

async fn load(settings: &Settings, meter: &Meter) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(ATTEMPT_TIMEOUT);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts.build())
        .http_client(meter.connection());
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    let asked = config.retry_config().is_some_and(|retry| retry.max_attempts() != SDK_ATTEMPTS);
    if asked {
        return config;
    }
    config.into_builder().retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS)).build()
}

/// The same settings with the credentials of a role, renewed as long as they are used.
async fn take_on(role: &str, config: SdkConfig) -> SdkConfig {
    let provider = AssumeRoleProvider::builder(role).session_name(SESSION).configure(&config).build().await;
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

fn refused_role(role: &str, error: &CloudError) -> CloudError {
    // The provider of credentials tells STS's answer only in the words of a debugger.
    let told = error.message.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
    let message = told.map_or(error.message.as_str(), |(message, _)| message);
    CloudError::refused("take on the role", role, message).hint(
        "allow `sts:AssumeRole` on it for these credentials, and name them in its trust policy; a role that is not there \
         is refused in the same words",
    )
}

impl Look for Account {
    fn caller(&self) -> Result<Caller, CloudError> {
        if let Some(caller) = self.caller.get() {
            return Ok(caller.clone());
        }
        let request = aws_sdk_sts::Client::new(&self.config).get_caller_identity();
        let answer = self
            .wait(request.send())
            .map_err(|error| failure::failed("find out who the credentials belong to", "", error))?;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let caller = Caller { account: text(answer.account()), arn: text(answer.arn()) };
        Ok(self.caller.get_or_init(|| caller).clone())
    }

    fn stack(&self, stack: &str) -> Result<Option<StackState>, CloudError> {
        self.wait(stacks::stack(&self.cloudformation, stack))
    }

    fn template(&self, stack: &str) -> Result<String, CloudError> {
        self.wait(stacks::template(&self.cloudformation, stack))
    }

    fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        self.wait(stacks::resources(&self.cloudformation, stack))
    }

    fn change_set(&self, id: &ChangeSetId) -> Result<Option<ChangeSet>, CloudError> {
        self.wait(stacks::change_set(&self.cloudformation, id))
    }

    fn change_sets(&self, stack: &str) -> Result<Vec<WaitingChangeSet>, CloudError> {
        self.wait(stacks::change_sets(&self.cloudformation, stack))
    }

    fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<Event>, CloudError> {
        self.wait(stacks::events(&self.cloudformation, stack, after))
    }

    fn detect_drift(&self, stack: &str) -> Result<Vec<Detected>, CloudError> {
        self.wait(detect::detect_drift(&self.cloudformation, stack))
    }

    fn observe(&self, wanted: &[Wanted]) -> Vec<Observation> {
        let progress = Progress::new(wanted.len(), self.tell.clone());
        let seen = self.wait(readers::observe(&self.config, wanted, &progress));
        if self.depth == Depth::Quick {
            return seen;
        }
        let account = self.caller().ok().map(|caller| caller.account);
        self.wait(control::complete(&self.config, account.as_deref(), wanted, seen, &progress))
    }

    fn stages(&self, pipeline: &str) -> Result<Vec<StageRun>, CloudError> {
        self.wait(pipelines::stages(&self.config, pipeline))
    }

    fn lock(&self, stack: &str) -> Result<Option<Lock>, CloudError> {
        self.wait(locks::lock(&self.config, stack))
    }

    fn pause(&self, duration: Duration) {
        self.wait(async { tokio::time::sleep(duration).await });
    }
}

impl Propose for Account {
    fn create_change_set(&self, request: &ChangeSetRequest) -> Result<(), CloudError> {
        self.wait(stacks::create_change_set(&self.config, &self.cloudformation, request))
    }

    fn delete_change_set(&self, id: &ChangeSetId) -> Result<(), CloudError> {
        self.wait(stacks::delete_change_set(&self.cloudformation, id))
    }
}

impl Cloud for Account {
    fn update_resource(
        &self,
        resource_type: &str,
        identifier: &str,
        patch: &Json,
        role: Option<&str>,
    ) -> Result<(), CloudError> {
        self.wait(revert::update_resource(&self.config, resource_type, identifier, patch, role))
    }

    fn call(&self, call: &ServiceCall) -> Result<Json, CloudError> {
        self.wait(revert::call(&self.config, call))
    }

    fn execute_change_set(&self, id: &ChangeSetId, token: &str) -> Result<(), CloudError> {
        self.wait(stacks::execute_change_set(&self.cloudformation, id, token))
    }

    fn set_termination_protection(&self, stack: &str, protected: bool) -> Result<(), CloudError> {
        self.wait(stacks::set_termination_protection(&self.cloudformation, stack, protected))
    }

    fn take_lock(&self, lock: &Lock) -> Result<bool, CloudError> {
        self.wait(locks::take(&self.config, lock))
    }

    fn release_lock(&self, stack: &str) -> Result<(), CloudError> {
        self.wait(locks::release(&self.config, stack))
    }

    fn delete_stack(&self, stack: &str, retain: &[String], token: &str) -> Result<(), CloudError> {
        self.wait(stacks::delete_stack(&self.cloudformation, stack, retain, token))
    }

    fn continue_rollback(&self, stack: &str, skip: &[String], token: &str) -> Result<(), CloudError> {
        self.wait(stacks::continue_rollback(&self.cloudformation, stack, skip, token))
    }
}
