//! The rules of this room: what CloudFormation refuses before it looks at a single resource.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident $level:ident $name:literal,)*) => {
        $(pub static $constant: Rule = Rule {
            name: concat!("template/", $name),
            level: Level::$level,
            page: include_str!(concat!("rules/", $name, ".md")),
        };)*

        pub static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    NOT_A_TEMPLATE Error "not-a-template",
    UNKNOWN_KEY Error "unknown-key",
    BAD_NAME Error "bad-name",
    BAD_RESOURCE Error "bad-resource",
    BAD_PARAMETER Error "bad-parameter",
    BAD_OUTPUT Error "bad-output",
    BAD_VALUE Error "bad-value",
    BAD_FUNCTION Error "bad-function",
    BAD_PLACEHOLDER Error "bad-placeholder",
    MISSING_TRANSFORM Error "missing-transform",
    DANGLING_REFERENCE Error "dangling-reference",
    DOUBTFUL_REFERENCE Warning "doubtful-reference",
    REFERENCE_IN_CONDITION Error "reference-in-condition",
    OVER_LIMIT Error "over-limit",
    UNREAD_PART Info "unread-part",
    AMBIGUOUS_SCALAR Warning "ambiguous-scalar",
}
