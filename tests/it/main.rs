//! Every integration test, in one program so that it links once.
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "tests look at the machine")]

mod account;
mod book;
mod corpus;
mod faults;
mod generated;
mod laws;
mod pages;
mod program;
mod rooms;
mod schema;
mod servers;
mod support;
mod terminal;
