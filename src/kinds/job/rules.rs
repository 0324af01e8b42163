//! What Glue refuses of a job, and what would end or expose it.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident = $level:ident $name:literal;)*) => {
        $(pub(super) static $constant: Rule = Rule {
            name: concat!("jobs/", $name),
            level: Level::$level,
            page: include_str!(concat!("rules/", $name, ".md")),
        };)*
        pub(super) static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    SCRIPT = Error "script";
    WORKERS = Error "workers";
    TIMEOUT = Error "timeout";
    ARGUMENT = Error "argument";
    CONNECTION = Error "connection";
    PASSWORD_IN_URL = Error "password-in-url";
    SCHEDULE = Error "schedule";
    RELEASE = Error "release";
}
