//! The document as written: shapes, and decoding against them.
//!
//! A [`Shape`] is said once, in Rust, by the macros [`record!`](crate::record) and [`choice!`](crate::choice). From
//! it come the decoder (all errors at once, each with "did you mean"), the JSON Schema of `schema/`, and the reference
//! pages of the book.

mod decode;
mod document;
mod drift;
mod each;
mod expression;
mod free;
mod hatches;
mod macros;
mod modules;
pub mod rules;
mod scalars;
mod schema;

pub use decode::{Decoder, Fields, ReferenceUse};
pub use document::{
    AccountId, AlarmChange, AlarmChanges, Alarms, Delivery, Document, Environment, LongParam, Param, ParamType, Region,
    Section, Stacks, Written, decode, schema,
};
pub use drift::{Acceptance, Drift, OnDrift};
pub use expression::{Expression, Part, Text, Valued};
pub use free::{Free, FreeMap};
pub use hatches::{Moves, Overrides, Raw, RawResource, RawStack};
pub use modules::{
    COPIES, GitSource, GitUse, Instance, Lock, Output, State, Test, WrittenTest, decode_module, is_module,
    module_schema, print_lock,
};
pub use scalars::{
    Anything, Bytes, Count, Either, Mapping, Matching, Name, Number, Off, OneOrMany, Parts, Pattern, PlainText,
    Reference, Scalar, Seconds, Target,
};
pub use schema::{Definitions, json_schema, object};

use crate::syntax::Node;

/// A type that can be read from a [`Node`], and that can say as JSON Schema what it reads.
///
/// The law: `decode` gives a value without reporting anything exactly for those nodes that `schema` accepts.
pub trait Shape: Sized {
    /// The JSON Schema (draft-07) of this shape.
    fn schema(definitions: &mut Definitions) -> serde_json::Value;

    /// Reads `node`; reports what is wrong with it and gives `None` when there is no usable value.
    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self>;
}
