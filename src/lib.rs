//! Tidegate.

pub mod artifact;
pub mod desired;
pub mod diagnostic;
pub mod source;
pub mod syntax;
