//! The sentences of the machine, with what they name filled in.

use super::health;
use super::looks;
use super::run::Releasing;
use super::seen::Application;
use crate::cloud::CloudError;
use crate::release::Machine;

/// A sentence; what cannot be read stays out of it.
pub(super) fn fill(release: &Releasing<'_>, word: &str) -> String {
    let pattern = Machine::get().word(word).unwrap_or(word);
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
        let name = rest[at + 1..].split('}').next().unwrap_or_default();
        if doubled {
            filled.push_str(&rest[at..=at]);
            rest = &rest[at + 2..];
        } else if rest[at..].starts_with('{') {
            filled.push_str(&value(release, word, name).unwrap_or_default());
            rest = &rest[(at + name.len() + 2).min(rest.len())..];
        } else {
            rest = &rest[at + 1..];
        }
    }
    filled.push_str(rest);
    // What has no value leaves two spaces.
    filled.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first digits of a digest, by which people know a build.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn value(release: &Releasing<'_>, word: &str, name: &str) -> Result<String, CloudError> {
    let asked = &release.asked;
    let record = &release.record;
    let previous = record.get("previous");
    let part = |name: &str| previous[name].as_str().unwrap_or_default();
    let limit = |name: &str| Machine::get().limit(name).to_string();
    Ok(match name {
        "application" => asked.application.clone(),
        "stack" => asked.stack.clone(),
        "pointer" => asked.pointer.clone(),
        "bucket" => asked.bucket.clone(),
        "key" => asked.key.clone(),
        "sha256" => asked.sha256.clone(),
        "digest" => short(&asked.sha256).to_owned(),
        "stored" => or_none(looks::stored(release)?),
        "java" => asked.java.map(|java| java.to_string()).unwrap_or_default(),
        "asked_runtime" => asked.runtime.clone().unwrap_or_default(),
        "runtime" => release.application()?.map(Application::runtime).unwrap_or_default().to_owned(),
        "runtime_java" => looks::runtime(release)?.and_then(|runtime| runtime.java()).unwrap_or_default().to_string(),
        "parallelism" => release.application()?.and_then(Application::parallelism).unwrap_or_default().to_string(),
        "maximum_parallelism" => looks::maximum_parallelism(release).unwrap_or_default().to_string(),
        "began_maximum" => record.get("began_maximum").as_u64().unwrap_or_default().to_string(),
        "status" => release.application()?.map_or("deleted", Application::status).to_owned(),
        "live" => {
            let code = release.application()?.map(Application::code);
            code.map_or_else(|| address("", ""), |(bucket, key)| address(bucket, key))
        }
        "target" => format!("s3://{}/{}", asked.bucket, asked.key),
        "previous" => address(part("bucket"), part("key")),
        "previous_digest" => short(super::digest_in(part("key")).unwrap_or_default()).to_owned(),
        "snapshot" => record.text("snapshot").to_owned(),
        "wanted_snapshot" => looks::named_snapshot(release).unwrap_or_default().to_owned(),
        "restored" => match record.text("restored") {
            "" => "the latest snapshot".to_owned(),
            name => name.to_owned(),
        },
        "stack_status" => looks::stack(release)?.map_or("deleted", |stack| stack.status.as_str()).to_owned(),
        "operation_status" => looks::operation_status(release)?.to_owned(),
        "said" => said(release, word)?,
        "change_sets" => release.in_the_way.join(", "),
        "holder" => release.holder.0.clone(),
        "since" => release.holder.1.clone(),
        "until" => {
            let until = release.is_quiet().map(|until| release.clock.written(until)).unwrap_or_default();
            until.chars().take("2026-11-21T18:00".len()).collect::<String>().replace('T', " ")
        }
        "wait" => spoken(60 * asked.busy_minutes),
        "most" => limit("change-sets"),
        "attempts" => match record.number("rollbacks") {
            0 => record.number("conflicts").to_string(),
            rollbacks => rollbacks.to_string(),
        },
        "minutes" => asked.deadline_minutes.to_string(),
        "last" => record.text("last").to_owned(),
        "window" => health::window(release),
        "left" => spoken(health::left(release)),
        "waited" => spoken(60 * (asked.health.for_minutes + Machine::get().limit("grace-minutes"))),
        "evidence" => health::evidence(release)?,
        "missing" => health::missing(release)?.join(", "),
        "reasons" => health::unhealthy(release)?.join("; "),
        _ => String::new(),
    })
}

/// Why AWS did not do what was asked: what it answered, or what became of the operation.
fn said(release: &Releasing<'_>, word: &str) -> Result<String, CloudError> {
    match word {
        "snapshot-failed" => Ok("The service gives no reason.".to_owned()),
        "stack-did-not-create" => why_stack_failed(release),
        "another-build-runs" | "did-not-stay-up" | "update-failed" => why_failed(release),
        _ if release.record.is("said") => Ok(release.record.text("said").to_owned()),
        _ => why_failed(release),
    }
}

fn why_failed(release: &Releasing<'_>) -> Result<String, CloudError> {
    let operation = looks::operation(release)?;
    if !["FAILED", "CANCELLED"].contains(&looks::operation_status(release)?) {
        return Ok(String::new());
    }
    let details = &operation["OperationFailureDetails"];
    let reason = details["ErrorInfo"]["ErrorString"].as_str().unwrap_or("the service gave no reason");
    let by_itself = match details["RollbackOperationId"].is_string() {
        true => " (the service rolled the application back)",
        false => "",
    };
    Ok(format!("{}{by_itself}.", reason.trim_end_matches('.')))
}

/// Events come newest first: the last failed one of the stack's own update is the cause.
fn why_stack_failed(release: &Releasing<'_>) -> Result<String, CloudError> {
    if looks::stack(release)?.is_none() {
        return Ok(String::new());
    }
    let input = serde_json::json!({ "StackName": release.asked.stack });
    let answer = release.services.call("cloudformation", "DescribeStackEvents", input)?;
    let events = answer["StackEvents"].as_array().into_iter().flatten();
    let failed = events.filter(|event| {
        let status = event["ResourceStatus"].as_str().unwrap_or_default();
        event["ClientRequestToken"] == release.request().as_str() && status.ends_with("_FAILED")
    });
    Ok(match failed.last() {
        None => "No event failed; the stack's template may not create the application from this pointer.".to_owned(),
        Some(event) => {
            let reason = event["ResourceStatusReason"].as_str().unwrap_or("no reason given");
            let resource = event["LogicalResourceId"].as_str().unwrap_or_default();
            format!("{resource}: {}.", reason.trim_end_matches('.'))
        }
    })
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "(none)".to_owned() } else { text.to_owned() }
}

/// `s3://bucket/key`, of the ARN of a bucket.
fn address(bucket: &str, key: &str) -> String {
    let bucket = bucket.rsplit(':').next().unwrap_or_default();
    format!("s3://{}/{}", or_none(bucket), or_none(key))
}

/// `40 seconds`, `1 minute`, `90 minutes`
pub fn spoken(seconds: u64) -> String {
    // Half a minute is rounded to the even one, as the pipeline's step does.
    let minutes = (seconds as f64 / 60.0).round_ties_even();
    if minutes < 1.0 { format!("{seconds} seconds") } else { counted(minutes, "minute") }
}

/// `1 restart`, `2 restarts`
pub fn counted(count: f64, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1.0 { "" } else { "s" })
}

/// As short as it can be said.
pub(super) fn number(value: f64) -> String {
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said = [0, 29, 31, 60, 90, 150, 3600].map(spoken);
        let wanted = ["0 seconds", "29 seconds", "1 minute", "1 minute", "2 minutes", "2 minutes", "60 minutes"];
        assert_eq!(said, wanted);
        assert_eq!((counted(1.0, "restart"), counted(0.0, "restart")), ("1 restart".into(), "0 restarts".into()));
        assert_eq!(address("arn:aws:s3:::b", "k/花"), "s3://b/k/花");
        assert_eq!(address("", ""), "s3://(none)/(none)");
    }
}
