//! Shapes that the pages do not show.

mod conditions;
mod running;
