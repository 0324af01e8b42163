//! Shapes that the pages do not show.

mod changes;
mod conditions;
mod running;
