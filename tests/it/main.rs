//! Every integration test, in one program so that it links once.
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "tests look at the machine")]

mod acceptances;
mod account;
mod accounts;
mod adopt;
mod book;
mod corpus;
mod drifts;
mod faults;
mod fetched;
mod fuzz;
mod generated;
mod hatches;
mod hooks;
mod ignores;
mod import;
mod interruptions;
mod laws;
mod modules;
mod observation;
mod pages;
mod places;
mod plans;
mod policies;
mod program;
mod readers;
mod reconcile;
mod rooms;
mod schema;
mod servers;
mod settings;
mod support;
mod systems;
mod terminal;
mod unknowns;
mod watch;
