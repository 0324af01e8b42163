//! Change sets of the stack that would bring another build: CloudFormation reads the pointer when a change set is made,
//! not when it is executed.

use serde_json::{Value as Json, json};

use super::run::Releasing;
use crate::cloud::CloudError;
use crate::release::Machine;

const APPLICATION: &str = "AWS::KinesisAnalyticsV2::Application";
/// Of which not all may be known yet.
const BEING_MADE: [&str; 2] = ["CREATE_PENDING", "CREATE_IN_PROGRESS"];

pub(super) enum Deleted {
    All,
    TooMany,
    /// These are not deleted now.
    AllBut(Vec<String>),
}

pub(super) fn delete_stale(release: &Releasing<'_>) -> Result<Deleted, CloudError> {
    let pending = pending(release)?;
    if pending.len() > usize::try_from(Machine::get().limit("change-sets")).unwrap_or(usize::MAX) {
        return Ok(Deleted::TooMany);
    }
    let mut refused = Vec::new();
    if pending.is_empty() {
        return Ok(Deleted::All);
    }
    let pointer = release.services.parameter(&release.asked.pointer)?;
    let (wanted, moved) = pointer.map(|pointer| (pointer.value, pointer.modified)).unwrap_or_default();
    for summary in &pending {
        if !is_stale(release, summary, &wanted, moved)? {
            continue;
        }
        // By its ARN: another one may have got the name meanwhile.
        let input = json!({ "StackName": release.asked.stack, "ChangeSetName": summary["ChangeSetId"] });
        match release.services.call("cloudformation", "DeleteChangeSet", input) {
            Ok(_) => {}
            Err(error) if is_code(&error, "InvalidChangeSetStatus") => refused.push(text(summary, "ChangeSetName")),
            Err(error) => return Err(error),
        }
    }
    Ok(if refused.is_empty() { Deleted::All } else { Deleted::AllBut(refused) })
}

/// Those that are being made, can be executed or are being executed.
fn pending(release: &Releasing<'_>) -> Result<Vec<Json>, CloudError> {
    let mut found = Vec::new();
    let mut input = json!({ "StackName": release.asked.stack });
    loop {
        let answer = match release.services.call("cloudformation", "ListChangeSets", input.clone()) {
            Err(error) if error.message.contains("does not exist") => return Ok(found),
            answer => answer?,
        };
        found.extend(list(&answer, "Summaries").filter(|summary| is_pending(summary)).cloned());
        match answer["NextToken"].as_str() {
            Some(token) if !token.is_empty() => input["NextToken"] = token.into(),
            _ => return Ok(found),
        }
    }
}

fn is_pending(change_set: &Json) -> bool {
    let execution = change_set["ExecutionStatus"].as_str().unwrap_or_default();
    let status = change_set["Status"].as_str().unwrap_or_default();
    BEING_MADE.contains(&status)
        || status == "CREATE_COMPLETE" && ["AVAILABLE", "EXECUTE_IN_PROGRESS"].contains(&execution)
}

/// Whether a change set would set the application to another build than the pointer says.
fn is_stale(release: &Releasing<'_>, summary: &Json, wanted: &str, moved: f64) -> Result<bool, CloudError> {
    let mut input = json!({ "StackName": release.asked.stack, "ChangeSetName": summary["ChangeSetId"] });
    let mut pages = Vec::new();
    loop {
        let page = match release.services.call("cloudformation", "DescribeChangeSet", input.clone()) {
            Err(error) if is_code(&error, "ChangeSetNotFound") => return Ok(false),
            answer => answer?,
        };
        let next = page["NextToken"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
        pages.push(page);
        match next {
            Some(token) => input["NextToken"] = token.into(),
            None => break,
        }
    }
    let Some(first) = pages.first().filter(|page| is_pending(page)) else {
        return Ok(false); // it was listed a moment too early
    };
    let reads_pointer = |parameter: &Json| {
        parameter["ParameterValue"] == release.asked.pointer.as_str() && parameter["ResolvedValue"] == wanted
    };
    if list(first, "Parameters").any(reads_pointer) {
        return Ok(false); // it was made after the pointer moved
    }
    if BEING_MADE.contains(&first["Status"].as_str().unwrap_or_default()) {
        let made = release.clock.read(&text(summary, "CreationTime")).unwrap_or_default();
        return Ok(made as f64 <= moved);
    }
    let is_of_application = |change: &Json| {
        let change = &change["ResourceChange"];
        let of = change["PhysicalResourceId"].as_str().unwrap_or(&release.asked.application);
        change["ResourceType"] == APPLICATION && of == release.asked.application
    };
    Ok(pages.iter().flat_map(|page| list(page, "Changes")).any(is_of_application))
}

fn list<'a>(answer: &'a Json, member: &str) -> impl Iterator<Item = &'a Json> {
    answer[member].as_array().into_iter().flatten()
}

fn text(json: &Json, member: &str) -> String {
    json[member].as_str().unwrap_or_default().to_owned()
}

/// CloudFormation's codes have the word `Exception` at their end or not.
fn is_code(error: &CloudError, code: &str) -> bool {
    error.code.as_deref().is_some_and(|found| found.trim_end_matches("Exception") == code)
}
