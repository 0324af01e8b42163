//! What AWS's resource types are: data with provenance and date, and look-ups on it.

mod deploy;

pub use deploy::deploy_permissions;
