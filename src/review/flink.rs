//! What an update does to a Flink job that runs: whether it keeps its state.
//!
//! Managed Service for Apache Flink developer guide, snapshots and application lifecycle; read 2026-11-21.

use serde_json::Value as Json;

use super::{Effect, EffectKind};
use crate::facts::flink;

pub(super) const TYPE: &str = "AWS::KinesisAnalyticsV2::Application";
const SNAPSHOTS: &str = "/ApplicationConfiguration/ApplicationSnapshotConfiguration/SnapshotsEnabled";
const RESTORE: &str = "/RunConfiguration/ApplicationRestoreConfiguration/ApplicationRestoreType";
const SNAPSHOT: &str = "/RunConfiguration/ApplicationRestoreConfiguration/SnapshotName";
const NON_RESTORED: &str = "/RunConfiguration/FlinkRunConfiguration/AllowNonRestoredState";
const RUNTIME: &str = "/RuntimeEnvironment";
const PARALLELISM: &str =
    "/ApplicationConfiguration/FlinkApplicationConfiguration/ParallelismConfiguration/Parallelism";
const SKIP: &str = "SKIP_RESTORE_FROM_SNAPSHOT";

/// Properties whose change restarts nothing.
const QUIET: &[&str] = &["/Tags", "/ApplicationDescription", "/ApplicationMaintenanceConfiguration"];

pub(super) fn effects(resource_type: &str, before: &Json, after: &Json, changed: &[&str]) -> Vec<Effect> {
    let restarts = changed.iter().any(|pointer| !QUIET.iter().any(|quiet| pointer.starts_with(quiet)));
    if resource_type != TYPE || !restarts {
        return Vec::new();
    }
    let mut effects = vec![restart(before, after)];
    let one_way = |pointer: &str, text: &str| Effect {
        kind: EffectKind::OneWay,
        text: text.to_owned(),
        pointer: pointer.to_owned(),
        source: Some("Managed Service for Apache Flink developer guide, upgrading the runtime"),
    };
    let lost = |pointer: &str, text: &str| Effect {
        kind: EffectKind::DataLoss,
        text: text.to_owned(),
        pointer: pointer.to_owned(),
        source: Some("Managed Service for Apache Flink developer guide, upgrading the runtime, state compatibility"),
    };
    match (major(before), major(after)) {
        (Some(old), Some(new)) if old < new => {
            effects.push(one_way(
                RUNTIME,
                "state that a new major version of Flink has written cannot be read by the old one: the way back is the \
                 last snapshot of before",
            ));
            effects.push(lost(
                RUNTIME,
                "state goes over only as far as its serializers did not change: what Kryo wrote, POJOs with collections, \
                 Scala case classes and Java records do not, and the job then falls again and again although it is \
                 RUNNING; build for the new runtime, and try it on a copy with a snapshot of this job",
            ));
        }
        (Some(old), Some(new)) if old > new => effects.push(lost(
            RUNTIME,
            "an older major version of Flink reads no state of the newer one: the job begins from a snapshot that the \
             older one has written, or without state",
        )),
        _ => {}
    }
    effects.extend(too_parallel(before, after));
    if is(after, NON_RESTORED, "true") && !is(before, NON_RESTORED, "true") {
        effects.push(Effect {
            kind: EffectKind::DataLoss,
            text: "the state of operators that the new code no longer has is dropped".to_owned(),
            pointer: NON_RESTORED.to_owned(),
            source: None,
        });
    }
    effects
}

fn restart(before: &Json, after: &Json) -> Effect {
    let (kind, text, pointer) = match text(after, RESTORE).as_str() {
        SKIP => (
            EffectKind::DataLoss,
            "the job restarts without its state, because it is told to skip the snapshot".to_owned(),
            RESTORE,
        ),
        "RESTORE_FROM_CUSTOM_SNAPSHOT" => (
            EffectKind::DataLoss,
            format!(
                "the job goes back to the snapshot `{}`: what it has done since is done again",
                text(after, SNAPSHOT)
            ),
            RESTORE,
        ),
        _ if is(after, SNAPSHOTS, "false") => {
            let why = if is(before, SNAPSHOTS, "false") { "are off" } else { "are switched off by this very change" };
            (EffectKind::DataLoss, format!("the job restarts without its state, because snapshots {why}"), SNAPSHOTS)
        }
        _ if is(after, SNAPSHOTS, "true") => (
            EffectKind::Restart,
            "the job restarts with its state, from a snapshot that is taken just before".to_owned(),
            SNAPSHOTS,
        ),
        _ => (
            EffectKind::Restart,
            "the job restarts, with its state if snapshots are on; the template does not say".to_owned(),
            SNAPSHOTS,
        ),
    };
    let source = Some("Managed Service for Apache Flink developer guide, snapshots");
    Effect { kind, text, pointer: pointer.to_owned(), source }
}

/// State is begun with room for so many subtasks, and for no more ever after.
fn too_parallel(before: &Json, after: &Json) -> Option<Effect> {
    let tasks = |properties: &Json| text(properties, PARALLELISM).parse::<u64>().ok();
    let (old, new) = (tasks(before)?, tasks(after)?);
    let most = flink::derived_maximum_parallelism(old);
    let restores = !is(after, RESTORE, SKIP) && !is(after, SNAPSHOTS, "false");
    (restores && new > most).then(|| Effect {
        kind: EffectKind::Interruption,
        text: format!(
            "a job that was begun with {old} subtasks and sets no maximum has state for at most {most}: with {new} Flink \
             refuses to restore it, and the job does not start"
        ),
        pointer: PARALLELISM.to_owned(),
        source: Some("Apache Flink 1.20.5 and 2.3.0, asked by tests/flink/run on 2026-11-21"),
    })
}

fn text(properties: &Json, pointer: &str) -> String {
    let value = properties.pointer(pointer);
    value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
}

fn is(properties: &Json, pointer: &str, value: &str) -> bool {
    text(properties, pointer) == value
}

/// 1 of `FLINK-1_20`
fn major(properties: &Json) -> Option<u32> {
    let runtime = text(properties, RUNTIME);
    runtime.strip_prefix("FLINK-")?.split('_').next()?.parse().ok()
}
