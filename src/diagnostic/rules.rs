//! The rules about ignoring others.

use super::{Level, Rule};

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $rule:ident = $name:literal;)*) => {
        $(
            $(#[doc = $doc])*
            pub static $rule: Rule = Rule {
                name: concat!("ignore/", $name),
                level: Level::Warning,
                page: include_str!(concat!("rules/", $name, ".md")),
            };
        )*

        /// All rules of this room, by name.
        pub static RULES: &[&Rule] = &[$(&$rule),*];
    };
}

rules! {
    /// A comment that looks as if it ignored something.
    MALFORMED = "malformed";
    /// An ignored finding without a word about why.
    NO_REASON = "no-reason";
    /// A rule that is reported whatever the file says.
    NOT_POSSIBLE = "not-possible";
    /// A name that is no rule's.
    UNKNOWN_RULE = "unknown-rule";
    /// Nothing is there to be ignored.
    UNUSED = "unused";
}
