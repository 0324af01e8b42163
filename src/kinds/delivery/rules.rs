//! The rules of repositories, builds, gates and pipelines.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($list:ident { $($constant:ident = $level:ident $area:literal $name:literal;)* })*) => {
        $(
            $(pub(super) static $constant: Rule = Rule {
                name: concat!($area, "/", $name),
                level: Level::$level,
                page: include_str!(concat!("rules/", $area, "-", $name, ".md")),
            };)*
            pub(super) static $list: &[&Rule] = &[$(&$constant),*];
        )*
    };
}

rules! {
    REPOS {
        REPO_KEYS = Error "repos" "keys";
    }
    BUILDS {
        WAY = Error "builds" "way";
        BUILD_TIMEOUT = Error "builds" "timeout";
        BUILD_NETWORK = Error "builds" "network";
    }
    GATES {
        TIMEOUT = Error "gates" "timeout";
        MESSAGE = Error "gates" "message";
    }
    PIPELINES {
        NAME_LENGTH = Error "pipelines" "name-length";
        NO_TRIGGER = Error "pipelines" "no-trigger";
        APPROVAL_AFTER_DEPLOY = Error "pipelines" "approval-after-deploy";
        ENVIRONMENT = Error "pipelines" "environment";
        PROMOTION_ORDER = Warning "pipelines" "promotion-order";
        UNVERIFIED = Error "pipelines" "unverified";
        UNFIT_STEP = Error "pipelines" "unfit-step";
        RELEASE_WITHOUT_BUILD = Error "pipelines" "release-without-build";
        PARALLEL_DEPLOY = Error "pipelines" "parallel-deploy";
        UNKNOWN_REVISION = Error "pipelines" "unknown-revision";
        PULL_REQUESTS = Error "pipelines" "pull-requests";
        PARAMS = Error "pipelines" "params";
        COMMANDS = Error "pipelines" "commands";
        WATCH = Error "drift" "schedule";
        ON_DRIFT = Error "drift" "on-drift";
    }
}
