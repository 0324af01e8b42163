//! What an approval covers: the commit, what would be released or deployed, and what is there now.

use serde_json::{Map, Value as Json, json};

use super::account::Session;
use super::applying::age;
use super::approve::Pending;
use super::releasable::Time;
use crate::cloud::aws::Account;
use crate::cloud::{ChangeAction, ChangeSetId, ChangeSetState, Cloud, CloudError, Look, Replacement, ServiceCall};
use crate::host;
use crate::operate::{Application, Asked, Judged, Releasing, Services, Snapshot, Who, digest_in};

/// What an approval covers, in the words of the very execution that waits.
pub(super) struct Covered {
    /// What each repository gave.
    sources: Vec<String>,
    releases: Vec<Release>,
    deployments: Vec<String>,
    /// What CodePipeline shows the approver.
    asks: Option<String>,
}

/// A build that the next step would release.
struct Release {
    application: String,
    sha256: String,
    /// What is there now, line by line.
    now: Vec<String>,
}

/// What the actions of an execution have given: by namespace and name.
type Variables = Map<String, Json>;

pub(super) fn read(session: &Session, account: &Account, pending: &Pending) -> Result<Covered, CloudError> {
    let done = actions(account, pending)?;
    let mut variables = Variables::new();
    let mut sources = Vec::new();
    let mut asks = None;
    for action in &done {
        let given = &action["output"]["outputVariables"];
        if let Some(namespace) = action["input"]["namespace"].as_str() {
            variables.insert(namespace.to_owned(), given.clone());
        }
        if action["input"]["actionTypeId"]["category"] == "Source" {
            sources.push(source(action));
        }
        if action["stageName"] == *pending.stage && action["actionName"] == *pending.action {
            asks = action["input"]["resolvedConfiguration"]["CustomData"].as_str().map(str::to_owned);
        }
    }
    let version = done.iter().find_map(|action| action["pipelineVersion"].as_u64());
    let mut covered = Covered { sources, releases: Vec::new(), deployments: Vec::new(), asks };
    for action in later(account, pending, version)? {
        let configuration = &action["configuration"];
        if let Some(asked) = released(configuration, &variables) {
            covered.releases.push(Release {
                application: text(&asked["application"]),
                sha256: text(&asked["sha256"]),
                now: now(session, &asked),
            });
        } else if action["actionTypeId"]["provider"] == "CloudFormation" {
            covered.deployments.extend(deployment(session, configuration));
        }
    }
    Ok(covered)
}

/// Every action of the execution so far.
fn actions(account: &Account, pending: &Pending) -> Result<Vec<Json>, CloudError> {
    let mut found = Vec::new();
    let mut input = json!({
        "pipelineName": pending.pipeline,
        "filter": { "pipelineExecutionId": pending.execution },
    });
    loop {
        let call = ServiceCall::new("codepipeline", "ListActionExecutions", input.clone());
        let answer = account.call(&call)?;
        found.extend(answer["actionExecutionDetails"].as_array().into_iter().flatten().cloned());
        match answer["nextToken"].as_str() {
            Some(next) => input["nextToken"] = json!(next),
            None => return Ok(found),
        }
    }
}

/// The actions of the stage after the approval, as the pipeline had them when this execution began.
fn later(account: &Account, pending: &Pending, version: Option<u64>) -> Result<Vec<Json>, CloudError> {
    let mut input = json!({ "name": pending.pipeline });
    if let Some(version) = version {
        input["version"] = json!(version);
    }
    let answer = account.call(&ServiceCall::new("codepipeline", "GetPipeline", input))?;
    let stages = answer["pipeline"]["stages"].as_array().into_iter().flatten();
    let actions: Vec<Json> = stages
        .filter(|stage| stage["name"] == *pending.stage)
        .flat_map(|stage| stage["actions"].as_array().into_iter().flatten().cloned())
        .collect();
    let order = |action: &Json| action["runOrder"].as_u64().unwrap_or(1);
    let at = actions.iter().find(|action| action["name"] == *pending.action).map_or(0, order);
    Ok(actions.into_iter().filter(|action| order(action) > at).collect())
}

/// What a step of this stage is asked to release, with the values of this execution.
fn released(configuration: &Json, variables: &Variables) -> Option<Json> {
    let parameters = configuration["UserParameters"].as_str()?;
    let asked: Json = serde_json::from_str(&filled(parameters, variables)).ok()?;
    (asked["sha256"].is_string() && asked["pointer"].is_string()).then_some(asked)
}

/// A text with the variables of the execution put in.
fn filled(template: &str, variables: &Variables) -> String {
    let mut text = template.to_owned();
    for (namespace, given) in variables {
        for (name, value) in given.as_object().into_iter().flatten() {
            text = text.replace(&format!("#{{{namespace}.{name}}}"), value.as_str().unwrap_or_default());
        }
    }
    text
}

fn source(action: &Json) -> String {
    let given = &action["output"]["outputVariables"];
    let first_line = |value: &Json| text(value).lines().next().unwrap_or_default().to_owned();
    let commit = ["CommitId", "VersionId", "ETag"].into_iter().map(|name| text(&given[name])).find(|it| !it.is_empty());
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    let branch = text(&given["BranchName"]);
    let branch = if branch.is_empty() { branch } else { format!(" on {branch}") };
    let message = first_line(&given["CommitMessage"]);
    let message = if message.is_empty() { message } else { format!(": {message}") };
    format!("{} {commit}{branch}{message}", text(&action["actionName"]))
}

/// What runs now in the place of a release, and the snapshots of its state.
fn now(session: &Session, asked: &Json) -> Vec<String> {
    let stack = text(&asked["stack"]);
    let deployments = session.deployments();
    let Some((_, deployment)) = deployments.iter().find(|(_, deployment)| deployment.stack_name == stack) else {
        return vec![format!("now unknown: the stack {stack} is not one of this document")];
    };
    let account = match session.connect(deployment) {
        Ok(account) => account,
        Err(error) => return vec![format!("now unknown: {}", error.with_hint())],
    };
    let services = Services { cloud: &account };
    let (build, key) = current_build(services, asked);
    let mut lines = vec![build];
    match services.application(&text(&asked["application"])) {
        Ok(Some(found)) => {
            lines.extend(current_state(services, asked, &Application::new(found), &key));
            lines.push(taken_over(&account, asked, &deployment.region));
        }
        Ok(None) => lines.push("state none: the application is not there yet, and begins without".to_owned()),
        Err(error) => lines.push(format!("application unknown: {}", error.with_hint())),
    }
    lines
}

/// Which build the stack has now, by the pointer, and its key.
fn current_build(services: Services<'_>, asked: &Json) -> (String, String) {
    match services.parameter(&text(&asked["pointer"])) {
        Ok(Some(pointer)) if pointer.value != crate::model::UNRELEASED => {
            (format!("now {}", told(services, asked, &pointer.value)), pointer.value)
        }
        Ok(_) => ("now nothing: this is the first release".to_owned(), String::new()),
        Err(error) => (format!("now unknown: {}", error.with_hint()), String::new()),
    }
}

/// A build by its digest, with the commit that was written beside it.
fn told(services: Services<'_>, asked: &Json, key: &str) -> String {
    let build = digest_in(key).unwrap_or(key);
    match services.metadata(&text(&asked["bucket"]), key) {
        Ok(Some(metadata)) => match metadata["commit"].as_str().unwrap_or_default() {
            "" => format!("{build}, of no known commit"),
            commit => format!("{build}, commit {commit:.12}"),
        },
        Ok(None) => format!("{build}, which is not in the bucket any more"),
        Err(error) => format!("{build}, commit unknown: {}", error.with_hint()),
    }
}

fn current_state(services: Services<'_>, asked: &Json, application: &Application, pointed: &str) -> Vec<String> {
    let mut status = format!("application {}, version {}", application.status(), application.version());
    let (_, key) = application.code();
    if !key.is_empty() && key != pointed {
        status.push_str(&format!(", and not what the stack has: it runs {}", told(services, asked, key)));
    }
    let snapshots = match services.snapshots(&text(&asked["application"])) {
        Ok(found) => snapshots(&found, host::seconds()),
        Err(error) => format!("snapshots unknown: {}", error.with_hint()),
    };
    vec![status, snapshots]
}

/// Whether the new build can take over the state, as far as that is known before Flink restores it.
fn taken_over(account: &Account, asked: &Json, region: &str) -> String {
    let asked = match Asked::read(asked) {
        Ok(asked) => asked,
        Err(message) => return format!("state unknown: {message}"),
    };
    let (clock, mut nobody) = (Time::of_machine(), |_: &_| {});
    let judged = Releasing::begin(account, &clock, asked, region, Who::default(), &mut nobody);
    match judged.and_then(Releasing::judged) {
        Ok(Judged::Refused(reason)) => format!("! the release would be refused as it is now: {reason}"),
        Ok(Judged::Fresh) => "! state given up: `once` says so for this release".to_owned(),
        Ok(Judged::TakesOver) => "state can be taken over, as far as is known before Flink restores it".to_owned(),
        Err(error) => format!("state unknown: {}", error.with_hint()),
    }
}

fn snapshots(found: &[Snapshot], now: u64) -> String {
    let ready: Vec<&Snapshot> = found.iter().filter(|snapshot| snapshot.is_ready()).collect();
    match ready.iter().max_by(|one, other| one.made.total_cmp(&other.made)) {
        None => "snapshots none that is ready".to_owned(),
        Some(newest) => {
            let age = age(now.saturating_sub(newest.made as u64));
            format!("snapshots {}, the newest {} of {age} ago", ready.len(), newest.name)
        }
    }
}

/// What a change set would do that the stage executes.
fn deployment(session: &Session, configuration: &Json) -> Option<String> {
    let id = ChangeSetId { stack: text(&configuration["StackName"]), name: text(&configuration["ChangeSetName"]) };
    if configuration["ActionMode"] != "CHANGE_SET_EXECUTE" {
        return None;
    }
    let deployments = session.deployments();
    let (_, deployment) = deployments.iter().find(|(_, deployment)| deployment.stack_name == id.stack)?;
    let read = session.connect(deployment).and_then(|account| account.change_set(&id));
    let what = match read {
        Ok(Some(set)) => match set.state {
            ChangeSetState::Ready => {
                let count = |action: ChangeAction| set.changes.iter().filter(|change| change.action == action).count();
                let replaced = set.changes.iter().filter(|change| change.replacement != Replacement::Never).count();
                format!(
                    "{} added, {} changed, {} removed; {replaced} of them replaced or perhaps replaced",
                    count(ChangeAction::Add),
                    count(ChangeAction::Modify),
                    count(ChangeAction::Remove)
                )
            }
            ChangeSetState::Empty => "nothing".to_owned(),
            ChangeSetState::Pending => "not known yet: the change set is being made".to_owned(),
            ChangeSetState::Failed(reason) => format!("nothing: the change set failed: {reason}"),
        },
        Ok(None) => "not known yet: the change set is made after the approval".to_owned(),
        Err(error) => format!("unknown: {}", error.with_hint()),
    };
    Some(format!("{}: {what}", id.stack))
}

impl Covered {
    /// Whether each build that would be released has this digest; if not, why that is refused.
    pub(super) fn holds(&self, digest: &str) -> Result<(), String> {
        if self.releases.is_empty() {
            return Err(format!("this approval releases nothing, so nothing in it has the digest {digest}"));
        }
        match self.releases.iter().find(|release| !release.sha256.starts_with(digest)) {
            None => Ok(()),
            Some(other) => Err(format!(
                "this execution would release {} into {}, and not {digest}: the build is another one than the one that was \
                 looked at; nothing was answered",
                if other.sha256.starts_with('#') { "an unknown build" } else { &other.sha256 },
                other.application
            )),
        }
    }

    pub(super) fn text(&self, title: &str, waited: u64) -> String {
        let mut lines = vec![format!("{title}, waits for {}", age(waited))];
        lines.extend(self.sources.iter().map(|source| format!("  source {source}")));
        for release in &self.releases {
            lines.push(format!("  releases {} into {}", release.sha256, release.application));
            lines.extend(release.now.iter().map(|line| format!("    {line}")));
        }
        lines.extend(self.deployments.iter().map(|deployment| format!("  deploys {deployment}")));
        lines.extend(self.asks.iter().map(|asks| format!("  asks: {asks}")));
        lines.join("\n") + "\n"
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let given = json!({ "builds-jar": { "KEY": "builds/jar/ab/jar.jar", "SHA256": "ab12" } });
        given.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_release_is_told_with_the_values_of_its_execution() {
        let parameters =
            json!({ "application": "走行", "pointer": "/p", "sha256": "#{builds-jar.SHA256}" }).to_string();
        let asked = released(&json!({ "UserParameters": parameters }), &variables()).unwrap();
        assert_eq!((text(&asked["sha256"]).as_str(), text(&asked["application"]).as_str()), ("ab12", "走行"));
        for other in [json!({}), json!({ "UserParameters": "not JSON" }), json!({ "UserParameters": "{\"x\": 1}" })] {
            assert_eq!(released(&other, &variables()), None, "{other}");
        }
    }

    #[test]
    fn a_digest_that_would_not_be_released_is_refused() {
        let release = |sha256: &str| Release { application: "a".into(), sha256: sha256.into(), now: Vec::new() };
        let covered = |releases: Vec<Release>| Covered { sources: vec![], releases, deployments: vec![], asks: None };
        assert_eq!(covered(vec![release("ab12cd34ff")]).holds("ab12cd34"), Ok(()));
        assert!(covered(vec![release("ab12cd34ff"), release("00")]).holds("ab12cd34").is_err());
        assert!(covered(vec![]).holds("ab12cd34").unwrap_err().contains("releases nothing"));
        assert!(covered(vec![release("#{x.SHA256}")]).holds("ab12cd34").unwrap_err().contains("an unknown build"));
    }

    #[test]
    fn the_newest_snapshot_that_is_ready_is_told() {
        let snapshot = |name: &str, status: &str, at: u64| Snapshot {
            name: name.to_owned(),
            status: status.to_owned(),
            version: 1,
            made: at as f64,
            runtime: None,
        };
        assert_eq!(snapshots(&[snapshot("a", "CREATING", 5)], 10), "snapshots none that is ready");
        let three = [snapshot("old", "READY", 10), snapshot("new", "READY", 100), snapshot("failed", "FAILED", 200)];
        assert_eq!(snapshots(&three, 220), "snapshots 2, the newest new of 2 min ago");
    }
}
