//! Every integration test, in one program so that it links once.

mod faults;
mod generated;
mod laws;
mod pages;
mod program;
mod rooms;
mod schema;
mod servers;
mod support;
