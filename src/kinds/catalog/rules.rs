//! What AWS refuses of a catalog, and what would make its tables unreadable.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident = $level:ident $name:literal;)*) => {
        $(pub(super) static $constant: Rule = Rule {
            name: concat!("catalogs/", $name),
            level: Level::$level,
            page: include_str!(concat!("rules/", $name, ".md")),
        };)*
        pub(super) static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    COLUMN_TYPE = Error "column-type";
    PARTITION = Error "partition";
    PROJECTION = Error "projection";
    STREAM_TABLE = Error "stream-table";
    CRAWLED_TABLE = Error "crawled-table";
    UNKNOWN_TABLE = Error "unknown-table";
    RESULTS_AMONG_DATA = Error "results-among-data";
    GRANT = Error "grant";
    SCHEDULE = Error "schedule";
    SCAN_LIMIT = Error "scan-limit";
}
