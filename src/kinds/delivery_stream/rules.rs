//! The rules of deliveries.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident = $name:literal;)*) => {
        $(pub(super) static $constant: Rule = Rule {
            name: concat!("deliveries/", $name),
            level: Level::Error,
            page: include_str!(concat!("rules/", $name, ".md")),
        };)*
        pub(super) static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    BUFFER = "buffer";
    RETRY = "retry";
    CONVERSION = "conversion";
    PREFIX = "prefix";
    PARTITIONS = "partitions";
    BACKUP = "backup";
    TRANSFORM = "transform";
    ENDPOINT = "endpoint";
    SECRET = "secret";
    KEYS = "keys";
    TOPIC = "topic";
    PRIVATE_WAREHOUSE = "private-warehouse";
}
