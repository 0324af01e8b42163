//! Shapes that the pages do not show.

mod running;
