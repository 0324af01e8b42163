//! Tidegate.

pub mod artifact;
pub mod backends;
pub mod cli;
pub mod cloud;
pub mod compile;
pub mod desired;
pub mod diagnostic;
pub mod facts;
pub mod host;
pub mod kinds;
pub mod model;
pub mod reconcile;
pub mod source;
pub mod spec;
pub mod syntax;
pub mod template;
