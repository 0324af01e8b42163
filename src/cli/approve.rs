//! `tidegate approve` and `tidegate reject`

use clap::Args;
use serde_json::{Value as Json, json};

use super::account::{AccountArguments, Place, Session};
use super::plan::refused;
use super::releasable::denied;
use super::{Arguments, Exit, Failure, Outcome, covered};
use crate::cloud::{Cloud, CloudError, ServiceCall};
use crate::diagnostic::list;
use crate::host;

/// CodePipeline service model, ApprovalSummary.
const LONGEST_REASON: usize = 512;

/// Let an execution of a pipeline go on that waits for an approval
///
/// Shows what the approval covers: the commit, the digest of what would be released, what runs now and of which commit,
/// the snapshots of its state and whether it can be taken over, or the change set. The answer holds for exactly that execution: if another one waits meanwhile, AWS refuses
/// it.
#[derive(Args)]
pub(super) struct Approve {
    #[command(flatten)]
    wanted: Wanted,
    /// Refuse unless this is the digest that would be released, or its beginning.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    digest: Option<String>,
}

/// End an execution of a pipeline that waits for an approval
///
/// Shows what `tidegate approve` shows. The execution fails; nothing is deployed or released.
#[derive(Args)]
pub(super) struct Reject {
    #[command(flatten)]
    wanted: Wanted,
}

/// Which approval is meant, and how it is answered.
#[derive(Args)]
struct Wanted {
    /// The pipeline, as the document calls it; may be left out when only one waits.
    pipeline: Option<String>,
    /// The stage that waits.
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// The execution that is meant, by its id or the beginning of it.
    #[arg(long, value_name = "ID")]
    execution: Option<String>,
    /// Why; the history of the pipeline keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    account: AccountArguments,
}

/// An approval that waits.
pub(super) struct Pending {
    /// Its whole name.
    pub(super) pipeline: String,
    pub(super) stage: String,
    pub(super) action: String,
    pub(super) execution: String,
    /// Of exactly this approval in exactly this execution.
    token: String,
    /// Seconds since 1970.
    since: u64,
}

fn digest(text: &str) -> Result<String, String> {
    let hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match hexadecimal && (8..=64).contains(&text.len()) {
        true => Ok(text.to_owned()),
        false => Err("write 8 to 64 characters of `0` to `9` and `a` to `f`: a SHA-256 or its beginning".to_owned()),
    }
}

impl Arguments for Approve {
    fn run(self) -> Outcome {
        self.wanted.answer("Approved", self.digest.as_deref())
    }
}

impl Arguments for Reject {
    fn run(self) -> Outcome {
        self.wanted.answer("Rejected", None)
    }
}

impl Wanted {
    fn answer(&self, status: &str, digest: Option<&str>) -> Outcome {
        let reason = self.reason.as_deref().unwrap_or_default();
        if reason.chars().count() > LONGEST_REASON {
            return Err(Failure::usage(format!("CodePipeline keeps a reason of at most {LONGEST_REASON} characters")));
        }
        let session = self.account.open()?;
        let place = delivery(&session)?;
        let pending = self.choose(waiting(&place, self.pipeline.as_deref(), &session)?)?;
        let covered = covered::read(&session, &place.account, &pending).map_err(|error| denied(&error, "approve"))?;
        host::print(&covered.text(&pending.title(), host::seconds().saturating_sub(pending.since)));
        if let Some(digest) = digest {
            covered.holds(digest).map_err(refused)?;
        }
        self.consent(status, &pending)?;
        put(&place, &pending, status, reason)?;
        let done = if status == "Approved" { "approved" } else { "rejected" };
        host::print(&format!("{done}: {}\n", pending.title()));
        Ok(Exit::Clean)
    }

    /// The one approval that is meant.
    fn choose(&self, found: Vec<Pending>) -> Result<Pending, Failure> {
        let elsewhere =
            list(found.iter().map(|pending| pending.title()).collect::<Vec<_>>().iter().map(String::as_str));
        let any = !found.is_empty();
        let fits = |pending: &Pending| {
            self.stage.as_ref().is_none_or(|stage| *stage == pending.stage)
                && self.execution.as_ref().is_none_or(|id| pending.execution.starts_with(id.as_str()))
        };
        let mut fitting: Vec<Pending> = found.into_iter().filter(fits).collect();
        match (fitting.pop(), fitting.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(_), false) => Err(Failure::usage(format!(
                "several approvals wait: {elsewhere}; name the pipeline, or the stage with --stage"
            ))),
            (None, _) if any => Err(refused(format!(
                "no such approval waits any more, or yet: {elsewhere} waits; the execution has gone on, or a newer one has \
                 taken its place"
            ))),
            (None, _) => Err(refused("no approval waits; `tidegate status delivery` shows the pipelines")),
        }
    }

    fn consent(&self, status: &str, pending: &Pending) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let verb = if status == "Approved" { "approve" } else { "reject" };
        if !host::is_interactive() {
            return Err(Failure::usage(format!("nobody can be asked here; say --yes to {verb} what is shown")));
        }
        let question = format!("{}{} {}?", verb[..1].to_uppercase(), &verb[1..], pending.title());
        match dialoguer::Confirm::new().with_prompt(question).default(false).interact() {
            Ok(true) => Ok(()),
            Ok(false) => Err(refused("nothing was answered; the approval still waits")),
            Err(error) => Err(Failure::environment(format!("cannot ask: {error}"))),
        }
    }
}

impl Pending {
    fn title(&self) -> String {
        let Self { pipeline, stage, action, execution, .. } = self;
        format!("{action} of {pipeline}, stage {stage}, execution {execution}")
    }
}

/// The stack of the pipelines.
fn delivery(session: &Session) -> Result<Place<'_>, Failure> {
    let name = session.build.model.as_ref().map(|model| model.delivery_stack_name()).unwrap_or_default();
    session.place_of_stack(&name)
}

/// The approvals that wait in one pipeline of the document, or in all.
fn waiting(place: &Place<'_>, wanted: Option<&str>, session: &Session) -> Result<Vec<Pending>, Failure> {
    let system = session.build.model.as_ref().map(|model| model.name.value.clone()).unwrap_or_default();
    let pipelines = place.stack.resources.values().filter(|it| it.resource_type == "AWS::CodePipeline::Pipeline");
    let names: Vec<&str> = pipelines.filter_map(|pipeline| pipeline.properties.get("Name")?.as_text()).collect();
    let is_meant = |name: &str| wanted.is_none_or(|wanted| name == wanted || name == format!("{system}-{wanted}"));
    let meant: Vec<&str> = names.iter().copied().filter(|name| is_meant(name)).collect();
    if meant.is_empty() {
        let short = |name: &&str| name.strip_prefix(&format!("{system}-")).unwrap_or(name).to_owned();
        let known: Vec<String> = names.iter().map(short).collect();
        return Err(Failure::usage(match (wanted, known.as_slice()) {
            (_, []) => "this document has no pipeline".to_owned(),
            (Some(wanted), known) => {
                let known = list(known.iter().map(String::as_str));
                format!("there is no pipeline `{wanted}` in this document; there are {known}")
            }
            (None, _) => "this document has no pipeline with a name".to_owned(),
        }));
    }
    let mut found = Vec::new();
    for pipeline in meant {
        found.extend(of_pipeline(place, pipeline).map_err(|error| denied(&error, "approve"))?);
    }
    Ok(found)
}

fn of_pipeline(place: &Place<'_>, pipeline: &str) -> Result<Vec<Pending>, CloudError> {
    let call = ServiceCall::new("codepipeline", "GetPipelineState", json!({ "name": pipeline }));
    let state = place.account.call(&call).map_err(|error| {
        let missing = error.has_code("PipelineNotFoundException");
        if missing { error.hint("`tidegate deploy delivery` makes the pipelines") } else { error }
    })?;
    let mut found = Vec::new();
    for stage in state["stageStates"].as_array().into_iter().flatten() {
        for action in stage["actionStates"].as_array().into_iter().flatten() {
            // Only an approval that waits has a token.
            let Some(token) = action["latestExecution"]["token"].as_str() else { continue };
            found.push(Pending {
                pipeline: pipeline.to_owned(),
                stage: stage["stageName"].as_str().unwrap_or_default().to_owned(),
                action: action["actionName"].as_str().unwrap_or_default().to_owned(),
                execution: stage["latestExecution"]["pipelineExecutionId"].as_str().unwrap_or_default().to_owned(),
                token: token.to_owned(),
                since: action["latestExecution"]["lastStatusChange"].as_f64().unwrap_or_default() as u64,
            });
        }
    }
    Ok(found)
}

fn put(place: &Place<'_>, pending: &Pending, status: &str, reason: &str) -> Result<(), Failure> {
    let Pending { pipeline, stage, action, token, .. } = pending;
    let input = json!({
        "pipelineName": pipeline,
        "stageName": stage,
        "actionName": action,
        "token": token,
        "result": { "status": status, "summary": reason },
    });
    let call = ServiceCall::new("codepipeline", "PutApprovalResult", input);
    place.account.call(&call).map(drop).map_err(|error| {
        const GONE: [&str; 2] = ["InvalidApprovalTokenException", "ApprovalAlreadyCompletedException"];
        if !GONE.iter().any(|code| error.has_code(code)) {
            return denied(&error, "approve");
        }
        refused(format!(
            "{} no longer waits: {}; nothing was answered by this command",
            pending.title(),
            meanwhile(place, pending)
        ))
    })
}

/// What became of an approval that waited a moment ago.
fn meanwhile(place: &Place<'_>, pending: &Pending) -> String {
    let input = json!({ "name": pending.pipeline });
    let call = ServiceCall::new("codepipeline", "GetPipelineState", input);
    let Ok(state) = place.account.call(&call) else { return "what became of it could not be read".to_owned() };
    let stages = state["stageStates"].as_array().into_iter().flatten();
    let Some(stage) = stages.into_iter().find(|stage| stage["stageName"] == *pending.stage) else {
        return "the pipeline has no such stage any more".to_owned();
    };
    let latest = stage["latestExecution"]["pipelineExecutionId"].as_str().unwrap_or_default();
    if latest != pending.execution {
        return format!("execution {latest} is in this stage in its place");
    }
    let actions = stage["actionStates"].as_array().into_iter().flatten();
    let action = actions.into_iter().find(|action| action["actionName"] == *pending.action);
    let run = action.map(|action| &action["latestExecution"]).unwrap_or(&Json::Null);
    let answered = run["lastUpdatedBy"].as_str().map_or_else(String::new, |by| format!(" by {by}"));
    let summary = run["summary"].as_str().filter(|summary| !summary.is_empty());
    let summary = summary.map_or_else(String::new, |summary| format!(" ({summary})"));
    match (run["status"].as_str(), answered.is_empty()) {
        (Some("Succeeded"), _) => format!("it was approved{answered}{summary}"),
        (Some("Failed"), false) => format!("it was rejected{answered}{summary}"),
        _ => format!("the execution is {}", stage["latestExecution"]["status"].as_str().unwrap_or("gone")),
    }
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_is_hexadecimal_and_long_enough_to_mean_one_build() {
        assert_eq!(digest("3f2a9c1d"), Ok("3f2a9c1d".to_owned()));
        for wrong in ["", "3f2a9c1", "3F2A9C1D", "3f2a9c1g", "版本版本版本版本", &"a".repeat(65)] {
            assert!(digest(wrong).is_err(), "{wrong}");
        }
    }
}
