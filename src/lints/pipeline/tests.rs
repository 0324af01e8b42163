//! Shapes that the pages do not show.

mod actions;
mod changes;
mod conditions;
mod running;
