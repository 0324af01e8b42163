//! Tidegate.

pub mod source;
pub mod diagnostic;
pub mod syntax;
pub mod spec;
pub mod desired;
pub mod template;
pub mod facts;
pub mod model;
pub mod kinds;
pub mod artifact;
pub mod backends;
pub mod compile;
pub mod cloud;
pub mod reconcile;
pub mod host;
pub mod cli;
