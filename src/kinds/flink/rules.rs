//! The rules of Flink applications.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($constant:ident = $level:ident $name:literal;)*) => {
        $(pub(super) static $constant: Rule = Rule {
            name: concat!("flink/", $name),
            level: Level::$level,
            page: include_str!(concat!("rules/", $name, ".md")),
        };)*
        pub(super) static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    JAVA_LEVEL = Error "java-level";
    PYTHON_VERSION = Warning "python-version";
    NO_OUTPUT = Error "no-output";
    ROLE_NAME = Error "role-name";
    SNAPSHOTS_OFF = Error "snapshots-off";
    PARALLELISM_ABOVE_MAXIMUM = Error "parallelism-above-maximum";
    KPU_QUOTA = Warning "kpu-quota";
    CHECKPOINT_INTERVAL = Warning "checkpoint-interval";
    PROPERTIES = Error "properties";
    RELEASE_DEADLINE = Error "release-deadline";
    RELEASE_WINDOW = Error "release-window";
    QUIET_TIMES = Error "quiet-times";
    QUIET_DEADLINE = Warning "quiet-deadline";
    ONCE_NOTHING = Error "once-nothing";
    RELEASE_ALARMS = Error "release-alarms";
    RELEASE_PARAMETERS = Error "release-parameters";
}
