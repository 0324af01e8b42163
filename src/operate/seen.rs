//! What was read of the account since the last action: read once, and forgotten after it.

use std::cell::OnceCell;

use serde_json::Value as Json;

use super::asked::Asked;
use super::services::{Parameter, Services, Snapshot};
use crate::cloud::{CloudError, StackState};

/// Statuses in which an application takes changes.
const IDLE: [&str; 3] = ["READY", "RUNNING", "ROLLED_BACK"];

#[derive(Default)]
pub(super) struct Seen {
    application: OnceCell<Option<Application>>,
    metadata: OnceCell<Option<Json>>,
    pointer: OnceCell<Option<Parameter>>,
    stack: OnceCell<Option<StackState>>,
    operation: OnceCell<Json>,
    snapshot: OnceCell<Option<Snapshot>>,
    pub(super) health: OnceCell<super::health::Findings>,
}

/// An application as it is.
#[derive(Clone, Debug)]
pub struct Application(Json);

impl Application {
    pub fn new(detail: Json) -> Self {
        Self(detail)
    }

    pub fn status(&self) -> &str {
        self.0["ApplicationStatus"].as_str().unwrap_or_default()
    }

    pub fn is_idle(&self) -> bool {
        IDLE.contains(&self.status())
    }

    pub fn is_running(&self) -> bool {
        self.is_idle() && self.status() != "READY"
    }

    pub fn version(&self) -> u64 {
        self.0["ApplicationVersionId"].as_u64().unwrap_or_default()
    }

    pub fn token(&self) -> &str {
        self.0["ConditionalToken"].as_str().unwrap_or_default()
    }

    /// `FLINK-1_20`
    pub fn runtime(&self) -> &str {
        self.0["RuntimeEnvironment"].as_str().unwrap_or_default()
    }

    /// The ARN of the bucket, and the key, of what it runs.
    pub fn code(&self) -> (&str, &str) {
        let place = &self.part("/ApplicationCodeConfigurationDescription/CodeContentDescription")["S3ApplicationCodeLocationDescription"];
        (place["BucketARN"].as_str().unwrap_or_default(), place["FileKey"].as_str().unwrap_or_default())
    }

    pub fn parallelism(&self) -> Option<u64> {
        self.part("/FlinkApplicationConfigurationDescription/ParallelismConfigurationDescription/Parallelism").as_u64()
    }

    /// With autoscaling it may differ from what was configured.
    pub fn current_parallelism(&self) -> Option<u64> {
        self.part("/FlinkApplicationConfigurationDescription/ParallelismConfigurationDescription/CurrentParallelism")
            .as_u64()
    }

    pub fn keeps_snapshots(&self) -> bool {
        self.part("/ApplicationSnapshotConfigurationDescription/SnapshotsEnabled").as_bool().unwrap_or_default()
    }

    /// `RESTORE_FROM_LATEST_SNAPSHOT`, where it says so.
    pub fn restore_type(&self) -> Option<&str> {
        let run = "/RunConfigurationDescription/ApplicationRestoreConfigurationDescription/ApplicationRestoreType";
        self.part(run).as_str()
    }

    pub fn allows_non_restored_state(&self) -> bool {
        let run = "/RunConfigurationDescription/FlinkRunConfigurationDescription/AllowNonRestoredState";
        self.part(run).as_bool().unwrap_or_default()
    }

    fn part(&self, pointer: &str) -> &Json {
        self.0["ApplicationConfigurationDescription"].pointer(pointer).unwrap_or(&Json::Null)
    }
}

impl Seen {
    pub(super) fn application(
        &self,
        services: Services<'_>,
        asked: &Asked,
    ) -> Result<Option<&Application>, CloudError> {
        let read = || Ok(services.application(&asked.application)?.map(Application::new));
        kept(&self.application, read).map(Option::as_ref)
    }

    /// What is kept beside the build.
    pub(super) fn metadata(&self, services: Services<'_>, asked: &Asked) -> Result<Option<&Json>, CloudError> {
        kept(&self.metadata, || services.metadata(&asked.bucket, &asked.key)).map(Option::as_ref)
    }

    pub(super) fn pointer(&self, services: Services<'_>, asked: &Asked) -> Result<Option<&Parameter>, CloudError> {
        kept(&self.pointer, || services.parameter(&asked.pointer)).map(Option::as_ref)
    }

    /// A stack of which only a change set was made is none yet.
    pub(super) fn stack(&self, services: Services<'_>, asked: &Asked) -> Result<Option<&StackState>, CloudError> {
        let read = || Ok(services.cloud.stack(&asked.stack)?.filter(|stack| !stack.only_reviewed()));
        kept(&self.stack, read).map(Option::as_ref)
    }

    /// What the release asked for: the newest operation, when it was broken off right then; null without it.
    pub(super) fn operation(
        &self,
        services: Services<'_>,
        asked: &Asked,
        id: &str,
        is_newest: bool,
    ) -> Result<&Json, CloudError> {
        let read = || match id {
            "" if is_newest => match services.newest_operation(&asked.application)? {
                Some(id) => services.operation(&asked.application, &id),
                None => Ok(Json::Null),
            },
            "" => Ok(Json::Null),
            id => services.operation(&asked.application, id),
        };
        kept(&self.operation, read)
    }

    pub(super) fn snapshot(
        &self,
        services: Services<'_>,
        asked: &Asked,
        name: &str,
    ) -> Result<Option<&Snapshot>, CloudError> {
        kept(&self.snapshot, || services.snapshot(&asked.application, name)).map(Option::as_ref)
    }
}

pub(super) fn kept<T>(cell: &OnceCell<T>, read: impl FnOnce() -> Result<T, CloudError>) -> Result<&T, CloudError> {
    if let Some(known) = cell.get() {
        return Ok(known);
    }
    let read = read()?;
    Ok(cell.get_or_init(|| read))
}
