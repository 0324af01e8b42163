use crate::analysis::System;
use crate::analysis::change::named;
use crate::analysis::stages::{Action, actions, below, text_at};
use crate::analysis::value::{Look, integer, look};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/artifact-expiry", level: Level::Warning, page: include_str!("artifact_expiry.md") },
    effect: Effect::Run,
    check,
};

/// How long an approval waits when it does not say.
const SEVEN_DAYS: i64 = 7 * DAY;
/// In minutes.
const DAY: i64 = 24 * 60;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let Some(location) = look(pipeline, "/ArtifactStore/Location").found() else { continue };
        let Some(bucket) = named(system, site, "AWS::S3::Bucket", "/BucketName", location) else { continue };
        let actions = actions(pipeline);
        let waits = actions.iter().filter_map(|approval| Some((approval, wait(approval, &actions)?)));
        let Some((approval, minutes)) = waits.max_by_key(|(_, minutes)| *minutes) else { continue };
        for rule in below(&bucket.resource.properties, "/LifecycleConfiguration/Rules") {
            let Some((value, days)) = expiry(rule).filter(|(_, days)| days * DAY <= minutes) else { continue };
            let message =
                format!("artifacts are deleted after {days} days, while an approval may wait {}", said(minutes));
            let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
            let found = found.related(&approval.value.origin.span, "the approval");
            let enough = minutes / DAY + 1;
            findings.push(
                found.help(format!("keep artifacts for {enough} days or longer, or set a shorter `TimeoutInMinutes`")),
            );
        }
    }
}

/// How many minutes an approval may wait after which an action reads an artifact.
fn wait(approval: &Action<'_>, actions: &[Action<'_>]) -> Option<i64> {
    let reads = actions.iter().any(|action| action.is_after(approval) && !action.inputs().is_empty());
    if !reads || !approval.is("Approval", "Manual") {
        return None;
    }
    match look(approval.value, "/TimeoutInMinutes") {
        Look::Absent => Some(SEVEN_DAYS),
        Look::Found(value) => integer(value),
        Look::Unknown => None,
    }
}

/// After how many days a rule deletes every object.
fn expiry(rule: &Value) -> Option<(&Value, i64)> {
    let all = ["/Prefix", "/TagFilters", "/ObjectSizeGreaterThan", "/ObjectSizeLessThan"].into_iter();
    let mut all = all.filter(|part| text_at(rule, part).as_deref() != Some(""));
    let days = look(rule, "/ExpirationInDays").found()?;
    let active = text_at(rule, "/Status").as_deref() == Some("Enabled");
    (active && all.all(|part| look(rule, part).is_absent())).then_some((days, integer(days)?))
}

fn said(minutes: i64) -> String {
    match minutes % DAY {
        0 => format!("{} days", minutes / DAY),
        _ => format!("{minutes} minutes"),
    }
}
