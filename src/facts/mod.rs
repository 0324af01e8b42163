//! What AWS's resource types are: data with provenance and date, and look-ups on it.

pub mod actions;
pub mod calls;
pub mod codebuild;
mod deploy;
pub mod equalities;
pub mod firehose;
pub mod flink;
pub mod glue;
pub mod iam;
pub mod lambda;
pub mod layers;
pub mod lifecycle;
pub mod limits;
pub mod metrics;
mod partition;
mod pattern;
mod read;
pub mod readers;
pub mod resources;
pub mod reverts;
pub mod schema;
pub mod time_zones;

pub use deploy::{Permission, deploy_permissions, sends_by_role, sends_external_id, sends_source_account, service_of};
pub use partition::{partition, url_suffix};
pub use read::{read_permissions, repair_permissions};
