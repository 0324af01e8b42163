//! Shapes that the pages do not show.

mod actions;
mod catalogue;
mod changes;
mod conditions;
mod flow;
mod running;
mod stacks;
