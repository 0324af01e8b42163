//! One folder per output: pure functions from what should exist to artifacts.

pub mod cloudformation;
