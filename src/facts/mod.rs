//! What AWS's resource types are: data with provenance and date, and look-ups on it.

pub mod resources;
