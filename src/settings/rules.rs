//! The rules of settings.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident = $level:ident $name:literal, $page:literal;)*) => {
        $(pub static $constant: Rule =
            Rule { name: concat!("settings/", $name), level: Level::$level, page: include_str!($page) };)*
        pub static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    UNKNOWN_RULE = Error "unknown-rule", "rules/unknown-rule.md";
    FIXED_LEVEL = Error "fixed-level", "rules/fixed-level.md";
    BAD_GLOB = Error "bad-glob", "rules/bad-glob.md";
}
