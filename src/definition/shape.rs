//! What a pipeline is made of, in the words of CodePipeline's API.
//!
//! Source: botocore 1.44.5, service model of codepipeline, shape `PipelineDeclaration` (2026-11).

/// What stands at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// What `get-pipeline` gives and other calls ignore.
    Ignored,
    Text,
    Integer,
    Texts,
    /// Texts by names that are not part of the API.
    Configuration,
    Record(&'static Record),
    Records(&'static Record),
    /// Records by Region, for which CloudFormation has a list.
    ByRegion(&'static Record),
}

#[derive(Debug)]
pub(super) struct Record {
    /// As in "an action has no …".
    pub(super) what: &'static str,
    pub(super) fields: &'static [Field],
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
}

use Shape::{ByRegion, Configuration, Ignored, Integer, Record as One, Records as Many, Text, Texts};

const fn must(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, is_required: true }
}

const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, is_required: false }
}

/// The keys around a pipeline.
pub(super) const FILE: &[&str] = &["pipeline", "metadata", "tags", "ResponseMetadata"];

pub(super) static PIPELINE: Record = Record {
    what: "a pipeline",
    fields: &[
        must("name", Text),
        must("roleArn", Text),
        may("artifactStore", One(&STORE)),
        may("artifactStores", ByRegion(&STORE)),
        must("stages", Many(&STAGE)),
        may("version", Ignored),
        may("executionMode", Text),
        may("pipelineType", Text),
        may("variables", Many(&VARIABLE)),
        may("triggers", Many(&TRIGGER)),
    ],
};

pub(super) static TAGS: Shape = Many(&Record { what: "a tag", fields: &[must("key", Text), must("value", Text)] });

static STORE: Record = Record {
    what: "an artifact store",
    fields: &[must("type", Text), must("location", Text), may("encryptionKey", One(&KEY))],
};

static KEY: Record = Record { what: "an encryption key", fields: &[must("id", Text), must("type", Text)] };

static STAGE: Record = Record {
    what: "a stage",
    fields: &[
        must("name", Text),
        may("blockers", Many(&BLOCKER)),
        must("actions", Many(&ACTION)),
        may("beforeEntry", One(&CONDITIONS)),
        may("onSuccess", One(&CONDITIONS)),
        may("onFailure", One(&FAILURE)),
    ],
};

static BLOCKER: Record = Record { what: "a blocker", fields: &[must("name", Text), must("type", Text)] };

static ACTION: Record = Record {
    what: "an action",
    fields: &[
        must("name", Text),
        must("actionTypeId", One(&ACTION_TYPE)),
        may("runOrder", Integer),
        may("configuration", Configuration),
        may("commands", Texts),
        may("inputArtifacts", Many(&INPUT)),
        may("outputArtifacts", Many(&OUTPUT)),
        may("outputVariables", Texts),
        may("environmentVariables", Many(&ENVIRONMENT_VARIABLE)),
        may("namespace", Text),
        may("region", Text),
        may("roleArn", Text),
        may("timeoutInMinutes", Integer),
    ],
};

static ACTION_TYPE: Record = Record {
    what: "an action type",
    fields: &[must("category", Text), must("owner", Text), must("provider", Text), must("version", Text)],
};

static INPUT: Record = Record { what: "an input artifact", fields: &[must("name", Text)] };

static OUTPUT: Record = Record { what: "an output artifact", fields: &[must("name", Text), may("files", Texts)] };

static ENVIRONMENT_VARIABLE: Record =
    Record { what: "an environment variable", fields: &[must("name", Text), must("value", Text), may("type", Text)] };

static CONDITIONS: Record = Record { what: "a check of a stage", fields: &[must("conditions", Many(&CONDITION))] };

static FAILURE: Record = Record {
    what: "what happens on failure",
    fields: &[may("result", Text), may("retryConfiguration", One(&RETRY)), may("conditions", Many(&CONDITION))],
};

static RETRY: Record = Record { what: "a retry", fields: &[may("retryMode", Text)] };

static CONDITION: Record = Record { what: "a condition", fields: &[may("result", Text), may("rules", Many(&RULE))] };

static RULE: Record = Record {
    what: "a rule",
    fields: &[
        must("name", Text),
        must("ruleTypeId", One(&RULE_TYPE)),
        may("configuration", Configuration),
        may("commands", Texts),
        may("inputArtifacts", Many(&INPUT)),
        may("region", Text),
        may("roleArn", Text),
        may("timeoutInMinutes", Integer),
    ],
};

static RULE_TYPE: Record = Record {
    what: "a rule type",
    fields: &[must("category", Text), may("owner", Text), must("provider", Text), may("version", Text)],
};

static VARIABLE: Record =
    Record { what: "a variable", fields: &[must("name", Text), may("defaultValue", Text), may("description", Text)] };

static TRIGGER: Record =
    Record { what: "a trigger", fields: &[must("providerType", Text), must("gitConfiguration", One(&GIT))] };

static GIT: Record = Record {
    what: "a Git configuration",
    fields: &[must("sourceActionName", Text), may("push", Many(&PUSH)), may("pullRequest", Many(&PULL_REQUEST))],
};

static PUSH: Record = Record {
    what: "a push filter",
    fields: &[may("tags", One(&PATTERNS)), may("branches", One(&PATTERNS)), may("filePaths", One(&PATTERNS))],
};

static PULL_REQUEST: Record = Record {
    what: "a pull request filter",
    fields: &[may("events", Texts), may("branches", One(&PATTERNS)), may("filePaths", One(&PATTERNS))],
};

static PATTERNS: Record =
    Record { what: "a list of patterns", fields: &[may("includes", Texts), may("excludes", Texts)] };
