//! What several lints on builds ask.

use crate::analysis::buildspec::{Buildspec, entry, items, list_texts};
use crate::analysis::shell::Call;
use crate::source::Span;
use crate::syntax::Node;

/// Whether a variable of this name, with this text as its value, holds a secret itself and not the name of one.
pub(in crate::lints) fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY"];
    let is_named = words.iter().any(|word| name == *word || name.ends_with(&format!("_{word}")));
    is_access_key(value) || is_named && is_literal(value)
}

/// `AKIA` and sixteen letters and digits: the identifier of a key that lasts.
fn is_access_key(value: &str) -> bool {
    value.len() == 20
        && value.starts_with("AKIA")
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Neither empty, nor a switch, nor a reference to what is elsewhere, nor a place to fill in.
fn is_literal(value: &str) -> bool {
    let value = value.trim();
    let is_switch = ["true", "false", "yes", "no", "none", "null", "0", "1"].contains(&value.to_lowercase().as_str());
    let is_elsewhere = value.contains(['$', '<', '{', '/', ' ']) || value.contains("::") || value.starts_with("arn:");
    let is_blank = value.is_empty() || value.chars().all(|c| c == '*' || c == 'x' || c == 'X' || c == '.');
    !is_switch && !is_elsewhere && !is_blank
}

/// Whether a command changes something outside the build.
pub(super) fn deploys(call: &Call) -> bool {
    let words: Vec<&str> = call.words().collect();
    let begins = |start: &[&str]| words.starts_with(start);
    let has_any = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let name = call.name.as_deref().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
    match name {
        "aws" if begins(&["s3"]) => uploads(call),
        "aws" => AWS_DEPLOYMENTS.iter().any(|(service, actions)| words.first() == Some(service) && has_any(actions)),
        "docker" | "podman" => begins(&["push"]),
        "kubectl" => has_any(&["apply", "set", "rollout", "create", "replace"]),
        "helm" => has_any(&["upgrade", "install"]),
        "terraform" | "tofu" => has_any(&["apply"]),
        "cdk" | "sam" | "serverless" | "sls" | "copilot" => has_any(&["deploy"]),
        "npm" | "yarn" | "pnpm" => begins(&["publish"]),
        "twine" => begins(&["upload"]),
        "mvn" | "mvnw" => has_any(&["deploy"]),
        "gradle" | "gradlew" => has_any(&["publish"]),
        _ => false,
    }
}

/// `aws s3 cp`, `mv` or `sync` to a bucket; a copy from a bucket changes nothing outside.
fn uploads(call: &Call) -> bool {
    let mut arguments = call.arguments.iter().skip_while(|argument| argument.as_deref() != Some("s3")).skip(1);
    let copies = arguments.next().is_some_and(|verb| matches!(verb.as_deref(), Some("cp" | "mv" | "sync")));
    let source = arguments.find(|argument| argument.as_deref().is_none_or(|word| !word.starts_with('-')));
    copies && source.is_some_and(|source| source.as_deref().is_some_and(|word| !word.starts_with("s3://")))
}

const AWS_DEPLOYMENTS: &[(&str, &[&str])] = &[
    ("cloudformation", &["deploy", "create-stack", "update-stack", "execute-change-set"]),
    ("lambda", &["update-function-code", "publish-version", "update-alias", "publish-layer-version"]),
    ("ecs", &["update-service", "deploy"]),
    ("kinesisanalyticsv2", &["update-application", "start-application"]),
    ("deploy", &["create-deployment"]),
    ("elasticbeanstalk", &["update-environment", "create-application-version"]),
    ("glue", &["update-job"]),
    ("stepfunctions", &["update-state-machine"]),
];

/// Whether a failure of the command is worth stopping for: what builds, tests, fetches or deploys.
pub(super) fn matters(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    const TOOLS: &[&str] = &[
        "ant",
        "aws",
        "bazel",
        "cargo",
        "cdk",
        "curl",
        "docker",
        "docker-compose",
        "dotnet",
        "go",
        "gradle",
        "gradlew",
        "helm",
        "kubectl",
        "make",
        "mvn",
        "mvnw",
        "npm",
        "npx",
        "pip",
        "pip3",
        "pnpm",
        "poetry",
        "pytest",
        "python",
        "python3",
        "sam",
        "sbt",
        "terraform",
        "tofu",
        "tox",
        "twine",
        "unzip",
        "uv",
        "wget",
        "yarn",
        "zip",
    ];
    TOOLS.contains(&name) || name.ends_with(".sh")
}

/// One build of a list or graph.
pub(super) struct BatchBuild<'n> {
    pub(super) identifier: &'n str,
    pub(super) span: Span,
    pub(super) depends_on: Vec<(&'n str, &'n Node)>,
}

/// The builds of `build-list` or `build-graph` that have an identifier.
pub(super) fn batch_builds<'n>(buildspec: &'n Buildspec<'_>, kind: &str) -> Vec<BatchBuild<'n>> {
    let builds = buildspec.get(&["batch", kind]).map(items).unwrap_or_default().into_iter();
    builds
        .filter_map(|build| {
            let identifier = &entry(build, "identifier")?.value;
            let depends_on = entry(build, "depend-on").map(|entry| list_texts(&entry.value)).unwrap_or_default();
            Some(BatchBuild { identifier: buildspec.text(identifier)?, span: identifier.span.clone(), depends_on })
        })
        .collect()
}
