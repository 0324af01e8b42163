//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

mod application;
mod code;
mod wiring;
