//! The rules of names and of what the compiler itself must be able to tell apart.

use crate::desired::Acceptance;
use crate::diagnostic::{Diagnostic, Level, Rule};

macro_rules! rules {
    ($($constant:ident = $level:ident $name:literal, $page:literal;)*) => {
        $(pub static $constant: Rule =
            Rule { name: concat!("names/", $name), level: Level::$level, page: include_str!($page) };)*
        pub static RULES: &[&Rule] = &[$(&$constant),*, &EXPIRED_ACCEPTANCE];
    };
}

/// Found before anybody looks at an account too, when the day is known.
pub static EXPIRED_ACCEPTANCE: Rule =
    Rule { name: "drift/expired-acceptance", level: Level::Warning, page: include_str!("rules/expired-acceptance.md") };

/// Tells that the time of an accepted difference is over.
pub fn expired(acceptance: &Acceptance) -> Diagnostic {
    let until = &acceptance.until;
    let message = format!(
        "the difference of {} was accepted until {} and no longer: {} (owner: {})",
        acceptance.subject(),
        until.value,
        acceptance.reason,
        acceptance.owner
    );
    Diagnostic::new(&EXPIRED_ACCEPTANCE, &until.span, message).label("this day is over").help(
        "take the difference back or write what is live into the document, and remove the entry; or ask its owner for another day",
    )
}

rules! {
    DANGLING_REFERENCE = Error "dangling-reference", "rules/dangling-reference.md";
    EXPRESSION_SYNTAX = Error "expression-syntax", "rules/expression-syntax.md";
    UNKNOWN_ATTRIBUTE = Error "unknown-attribute", "rules/unknown-attribute.md";
    KNOWN_ELSEWHERE = Error "known-elsewhere", "rules/known-elsewhere.md";
    UNFIT_VERB = Error "unfit-verb", "rules/unfit-verb.md";
    PARAM_VALUE = Error "param-value", "rules/param-value.md";
    UNUSED_PARAM = Warning "unused-param", "rules/unused-param.md";
    UNUSED = Warning "unused", "rules/unused.md";
    UNKNOWN_PROPERTY = Error "unknown-property", "rules/unknown-property.md";
    UNKNOWN_ALARM = Error "unknown-alarm", "rules/unknown-alarm.md";
    CYCLE = Error "cycle", "rules/cycle.md";
    NAME_LENGTH = Error "name-length", "rules/name-length.md";
    WITHIN_MODULE = Error "within-module", "rules/within-module.md";
    NAME_CLASH = Error "name-clash", "rules/name-clash.md";
    KEPT_NEEDS_CHANGING = Error "kept-needs-changing", "rules/kept-needs-changing.md";
}
