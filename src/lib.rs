//! Tidegate.

pub mod source;
pub mod diagnostic;
pub mod syntax;
pub mod spec;
pub mod model;
pub mod kinds;
pub mod facts;
pub mod desired;
pub mod template;
pub mod artifact;
pub mod backends;
pub mod compile;
