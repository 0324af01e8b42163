//! The rules of this room.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $rule:ident = $name:literal;)*) => {
        $(
            $(#[doc = $doc])*
            pub static $rule: Rule = Rule {
                name: concat!("yaml/", $name),
                level: Level::Error,
                page: include_str!(concat!("rules/", $name, ".md")),
            };
        )*

        /// All rules of this room, by name.
        pub static RULES: &[&Rule] = &[$(&$rule),*];
    };
}

rules! {
    /// A key that is a list or mapping.
    COMPLEX_KEY = "complex-key";
    /// A key that stands twice in one mapping.
    DUPLICATE_KEY = "duplicate-key";
    /// `<<` with something that has no entries.
    MERGE_OF_NON_MAPPING = "merge-of-non-mapping";
    /// A key that is nothing.
    NULL_KEY = "null-key";
    /// An alias inside the value it stands for.
    RECURSIVE_ALIAS = "recursive-alias";
    /// A second document in one file.
    SEVERAL_DOCUMENTS = "several-documents";
    /// Text that is not YAML, where no other rule says more.
    SYNTAX = "syntax";
    /// A tab before the first character of a line.
    TAB_INDENTATION = "tab-indentation";
    /// A value that its `!!` tag does not fit.
    TAG_MISMATCH = "tag-mismatch";
    /// More bytes, values or nesting than is read.
    TOO_LARGE = "too-large";
    /// `[` or `{` without its closing half.
    UNCLOSED_BRACKET = "unclosed-bracket";
    /// A quote without its closing half.
    UNCLOSED_QUOTE = "unclosed-quote";
    /// An alias whose anchor does not stand above it.
    UNKNOWN_ALIAS = "unknown-alias";
}
