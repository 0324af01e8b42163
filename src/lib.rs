//! Tidegate.

pub mod source;
pub mod diagnostic;
pub mod syntax;
pub mod desired;
pub mod artifact;
pub mod facts;
pub mod cloud;

pub mod reconcile;
