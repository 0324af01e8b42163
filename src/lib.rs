//! Tidegate turns one `pipeline.yaml` into what a streaming system on AWS is delivered by, and compares it with what
//! is live. This page is the tour of the house; its rooms are declared below in the order in which they read best.
//!
//! Everything is a value until the rim:
//!
//! ```text
//! text ── syntax ──▶ Node ── spec ──▶ Document ── model ──▶ Model ── kinds ──▶ Desired ── backends ──▶ Artifact
//!                                                                                │
//!                             a template, by hand or deployed ── template ──▶────┤
//!                         a pipeline as the API spells it ── definition ──▶────┤
//!                                                                                ▼
//!                                      the account ── cloud ──▶ Observation ── reconcile ──▶ drift, plan, deployment
//! ```
//!
//! - [`syntax::parse`] never fails: it gives the tree it could read, and says what it could not.
//! - [`spec`] reads the tree against shapes that are said once, in Rust; the JSON Schema comes from the same shapes.
//! - [`model`] binds names, and defines the socket that a resource kind fills: [`model::Kind`] and [`model::Thing`].
//! - [`desired::Desired`] is a graph of resources in CloudFormation's vocabulary in which every value remembers the
//!   span that asked for it, its [`desired::Origin`]. Templates, messages about resources and drift are all made from
//!   it, so they cannot disagree, and each can point at a line of the document.
//! - [`analysis`] says what such a graph means, and [`lints`] hold opinions about it, whether a document or a template
//!   written by hand asked for it.
//! - [`compile`] plugs the phases together and is the whole compiler on one page.
//! - [`check`] finds out what a file is, and checks documents, modules, templates, buildspecs and pipeline
//!   definitions alike.
//! - [`import`] goes the other way: it seeks the document whose templates come nearest to those given, by trying what
//!   each key changes.
//! - [`adopt`] finds the edits of a document after which it asks for what is live.
//! - [`cloud::Cloud`] is the account; [`reconcile`] compares and decides, and changing the account is its one effect;
//!   [`policy`] is what somebody wrote about what may differ.
//! - [`review`] says what a change means to a person: what is lost, restarted, opened, or cannot be taken back.
//! - [`release`] is the state machine of a release, which the pipeline's step and the command share; [`operate`] runs it
//!   by hand, and says what runs and how it is.
//! - [`host`] and [`cli`] are the rim: only they touch files, the environment and the terminal.
//!
//! # What one addition costs
//!
//! | addition | by hand |
//! |---|---|
//! | resource kind | a folder under `kinds/` and a line in [`kinds::KINDS`] |
//! | check | a page and a line in the list beside it |
//! | lint | a file and its page under `lints/<area>/`, and its line in the area's list |
//! | output | a folder under `backends/` and a line in [`backends::BACKENDS`] |
//! | message format | a file under `diagnostic/render/` and a line in its table |
//! | command | a file under `cli/` and a line in its table |
//!
//! A phase does not know which kinds there are. Tests hold this: one for which room may use which, one for who names a
//! kind, one for who names a crate of the outside world.

pub mod source;

pub mod diagnostic;

pub mod syntax;

pub mod spec;

pub mod desired;

pub mod template;

pub mod definition;

pub mod facts;

pub mod model;

pub mod kinds;

pub mod analysis;

pub mod lints;

pub mod settings;

pub mod policy;

pub mod artifact;

pub mod release;

pub mod backends;

pub mod compile;

pub mod check;

pub mod import;

pub mod cloud;

pub mod reconcile;

pub mod operate;

pub mod adopt;

pub mod review;

pub mod host;

pub mod cli;
