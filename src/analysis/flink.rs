//! An application of Managed Service for Apache Flink as it stands in a template.

use std::borrow::Cow;

use super::project::Setting;
use super::value::{Look, boolean, integer, items, look, text};
use super::{Site, System};
use crate::desired::Value;
use crate::facts::flink::{Kind, Runtime};

const APPLICATION: &str = "AWS::KinesisAnalyticsV2::Application";

/// What the API and the command line of the service are called, and nothing else is: in principals and ARNs it is
/// `kinesisanalytics`.
pub const API_NAME: &str = "kinesisanalyticsv2";

/// What is made for `flink` in a `pipeline.yaml` belongs to a thing of this section.
const SECTION: &str = "flink.";

/// An `AWS::KinesisAnalyticsV2::Application`.
#[derive(Clone, Copy)]
pub struct Application<'a> {
    pub site: Site<'a>,
}

impl<'a> System<'a> {
    /// The applications of templates. Those of a `pipeline.yaml` are checked where they are written, and here as well
    /// when something of them is overridden.
    pub fn flink_applications(&self) -> impl Iterator<Item = Application<'a>> {
        self.of_type(APPLICATION)
            .filter(|site| !site.resource.thing.starts_with(SECTION) || site.resource.overridden)
            .map(|site| Application { site })
    }
}

impl<'a> Application<'a> {
    /// What stands at a JSON pointer below the properties. Where a macro may add to the template, what is not there is
    /// unknown.
    pub fn look(&self, pointer: &str) -> Look<'a> {
        match look(&self.site.resource.properties, pointer) {
            Look::Absent if self.site.stack.open || self.site.stack.has_own_macro() => Look::Unknown,
            other => other,
        }
    }

    /// What stands at a JSON pointer below `ApplicationConfiguration`.
    pub fn configuration(&self, pointer: &str) -> Look<'a> {
        self.look(&format!("/ApplicationConfiguration{pointer}"))
    }

    /// A text below the properties.
    pub fn text(&self, pointer: &str) -> Setting<'a, Cow<'a, str>> {
        setting(self.look(pointer), text)
    }

    /// A runtime that AWS knows; a name that it does not is unknown.
    pub fn runtime(&self) -> Setting<'a, Runtime> {
        setting(self.look("/RuntimeEnvironment"), |value| Runtime::get(&text(value)?))
    }

    /// Whether the runtime is surely of a kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.runtime().known().is_some_and(|(runtime, _)| runtime.kind() == kind)
    }

    /// Whether updates take and restore snapshots. Where nothing is said, they do.
    pub fn snapshots(&self) -> Setting<'a, bool> {
        setting(self.configuration("/ApplicationSnapshotConfiguration/SnapshotsEnabled"), boolean)
    }

    /// Whether AWS takes back an update that fails.
    pub fn rollback(&self) -> Setting<'a, bool> {
        setting(self.configuration("/ApplicationSystemRollbackConfiguration/RollbackEnabled"), boolean)
    }

    /// A number of `ParallelismConfiguration`, e.g. `ParallelismPerKPU`.
    pub fn parallelism(&self, name: &str) -> Setting<'a, i64> {
        setting(self.flink(&format!("/ParallelismConfiguration/{name}")), integer)
    }

    /// A number of `CheckpointConfiguration`, in milliseconds.
    pub fn checkpoints(&self, name: &str) -> Setting<'a, i64> {
        setting(self.flink(&format!("/CheckpointConfiguration/{name}")), integer)
    }

    /// Whether checkpoints are made.
    pub fn checkpointing(&self) -> Setting<'a, bool> {
        setting(self.flink("/CheckpointConfiguration/CheckpointingEnabled"), boolean)
    }

    /// Whether a block such as `CheckpointConfiguration` surely is AWS's own, whatever stands beside it.
    pub fn is_default(&self, block: &str) -> bool {
        setting(self.flink(&format!("/{block}/ConfigurationType")), text)
            .known()
            .is_some_and(|(word, _)| word == "DEFAULT")
    }

    /// Where the code lies in S3.
    pub fn code_location(&self) -> Option<&'a Value> {
        self.configuration("/ApplicationCodeConfiguration/CodeContent/S3ContentLocation").found()
    }

    /// The property groups, those of both branches of a condition.
    pub fn property_groups(&self) -> Vec<&'a Value> {
        self.configuration("/EnvironmentProperties/PropertyGroups").found().map(items).unwrap_or_default()
    }

    /// From which snapshot the job starts again after an update, e.g. `RESTORE_FROM_LATEST_SNAPSHOT`.
    pub fn restore(&self) -> Setting<'a, Cow<'a, str>> {
        self.text("/RunConfiguration/ApplicationRestoreConfiguration/ApplicationRestoreType")
    }

    /// What stands at a JSON pointer below `FlinkApplicationConfiguration`.
    pub fn flink(&self, pointer: &str) -> Look<'a> {
        self.configuration(&format!("/FlinkApplicationConfiguration{pointer}"))
    }
}

fn setting<'a, T>(look: Look<'a>, read: impl Fn(&'a Value) -> Option<T>) -> Setting<'a, T> {
    match look {
        Look::Absent => Setting::Absent,
        Look::Unknown => Setting::Unknown,
        Look::Found(value) => read(value).map_or(Setting::Unknown, |known| Setting::Known(known, value)),
    }
}
