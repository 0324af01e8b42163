//! The rules of names and of what the compiler itself must be able to tell apart.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident = $name:literal, $page:literal;)*) => {
        $(pub static $constant: Rule =
            Rule { name: concat!("names/", $name), level: Level::Error, page: include_str!($page) };)*
        pub static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    DANGLING_REFERENCE = "dangling-reference", "rules/dangling-reference.md";
    EXPRESSION_SYNTAX = "expression-syntax", "rules/expression-syntax.md";
    UNKNOWN_ATTRIBUTE = "unknown-attribute", "rules/unknown-attribute.md";
    KNOWN_ELSEWHERE = "known-elsewhere", "rules/known-elsewhere.md";
    UNFIT_VERB = "unfit-verb", "rules/unfit-verb.md";
    PARAM_VALUE = "param-value", "rules/param-value.md";
    CYCLE = "cycle", "rules/cycle.md";
    NAME_CLASH = "name-clash", "rules/name-clash.md";
}
