//! `tidegate snapshots`

use clap::Args;
use serde_json::{Value as Json, json};

use super::account::failed;
use super::plan::refused;
use super::releasable::{Shown, Target, Time, Which, consent, minute};
use super::{Arguments, Exit, Failure, Outcome};
use crate::host;
use crate::operate::{Clock, Snapshot};
use crate::release::Machine;

/// Between two looks, in seconds.
const PAUSE: u64 = 5;
/// Taking a snapshot may last so long, in seconds.
const LONGEST: u64 = 3600;

/// List the snapshots of an application, take one, or delete old ones of releases
#[derive(Args)]
pub(super) struct Snapshots {
    #[command(flatten)]
    which: Which,
    /// Take one of this name, and wait until it is ready.
    #[arg(long, value_name = "NAME")]
    take: Option<String>,
    /// Delete snapshots that releases took, but the newest. Those of others are left alone.
    #[arg(long, conflicts_with = "take")]
    prune: bool,
    /// How many to keep; by default what the document says, or 10.
    #[arg(long, value_name = "NUMBER", requires = "prune", value_parser = clap::value_parser!(u16).range(1..=1000))]
    keep: Option<u16>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// How the list is shown.
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

impl Arguments for Snapshots {
    fn run(self) -> Outcome {
        let session = self.which.open()?;
        let target = self.which.target(&session)?;
        let application = target.existing()?;
        let clock = Time::of_machine();
        if let Some(name) = &self.take {
            target.refuse_busy(&clock)?;
            if !application.keeps_snapshots() {
                return Err(refused(format!(
                    "snapshots of {} are turned off: `snapshots: true` in {} turns them on, at its next deployment",
                    target.name(),
                    target.thing
                )));
            }
            take(&target, name, &clock)?;
        }
        let all = target.services().snapshots(target.name()).map_err(|error| failed(&error))?;
        let left = if self.prune { self.prune(&target, &clock, all)? } else { all };
        match self.format {
            Shown::Json => {
                let json = json!({ "version": 1, "application": target.name(), "snapshots": as_json(&left) });
                host::print(&format!("{json:#}\n"));
            }
            Shown::Text => {
                let lines = lines(&left);
                host::print(&format!("snapshots of {}\n{}\n", target.title(), lines.join("\n")));
            }
        }
        Ok(Exit::Clean)
    }
}

impl Snapshots {
    fn prune(&self, target: &Target<'_>, clock: &Time, all: Vec<Snapshot>) -> Result<Vec<Snapshot>, Failure> {
        target.refuse_busy(clock)?;
        let asked = target.contract.asked["keep-snapshots"].as_u64();
        let asked = asked.or_else(|| Machine::get().default("/keep-snapshots").as_u64()).unwrap_or(10);
        let keep = self.keep.map_or(asked, u64::from);
        let kept_by_record = target.record()?.map(|record| record.text("snapshot").to_owned()).unwrap_or_default();
        let of_releases = all.iter().filter(|snapshot| snapshot.name.starts_with("release-") && snapshot.is_ready());
        let old: Vec<&Snapshot> = of_releases
            .skip(usize::try_from(keep).unwrap_or(usize::MAX))
            .filter(|snapshot| snapshot.name != kept_by_record)
            .collect();
        if old.is_empty() {
            host::tell(&format!("there are no more than {keep} snapshots of releases: nothing is deleted"));
            return Ok(all);
        }
        let names: Vec<_> =
            old.iter().map(|snapshot| format!("  {}, made {}", snapshot.name, minute(snapshot.made))).collect();
        host::tell(&format!("to be deleted for good:\n{}", names.join("\n")));
        consent(self.yes, false, false, &format!("Delete these {} snapshots?", old.len()))?;
        for snapshot in &old {
            let input = json!({
                "ApplicationName": target.name(),
                "SnapshotName": snapshot.name,
                "SnapshotCreationTimestamp": snapshot.made,
            });
            target.services().flink("DeleteApplicationSnapshot", input).map_err(|error| failed(&error))?;
        }
        let deleted: Vec<String> = old.iter().map(|snapshot| snapshot.name.clone()).collect();
        Ok(all.into_iter().filter(|snapshot| !deleted.contains(&snapshot.name)).collect())
    }
}

fn take(target: &Target<'_>, name: &str, clock: &Time) -> Result<(), Failure> {
    let input = json!({ "ApplicationName": target.name(), "SnapshotName": name });
    target.services().flink("CreateApplicationSnapshot", input).map_err(|error| {
        let mut failure = failed(&error);
        if error.has_code("ResourceInUseException") {
            failure
                .message
                .push_str("\n  help: an application that is busy, or whose name for a snapshot is taken, takes none");
        }
        failure
    })?;
    let begun = clock.now();
    while clock.now() < begun + LONGEST {
        let found = target.services().snapshot(target.name(), name).map_err(|error| failed(&error))?;
        match found.as_ref().map(|snapshot| snapshot.status.as_str()) {
            Some("READY") => return Ok(()),
            Some("CREATING") => {}
            _ => {
                let message = format!(
                    "snapshot {name} of {} failed\n  help: read the application's log: when checkpoints fail too, its state \
                     cannot be saved",
                    target.name()
                );
                return Err(refused(message));
            }
        }
        host::passing(&format!("snapshot {name} is being made"));
        clock.pause(PAUSE);
    }
    Err(refused(format!("snapshot {name} is still being made; `tidegate snapshots` shows when it is ready")))
}

/// One line for each.
pub(super) fn lines(snapshots: &[Snapshot]) -> Vec<String> {
    if snapshots.is_empty() {
        return vec!["  there are none".to_owned()];
    }
    let line = |snapshot: &Snapshot| {
        format!(
            "  {}: {}, made {}, of version {}",
            snapshot.name,
            snapshot.status,
            minute(snapshot.made),
            snapshot.version
        )
    };
    snapshots.iter().map(line).collect()
}

pub(super) fn as_json(snapshots: &[Snapshot]) -> Json {
    let rows = snapshots.iter().map(|snapshot| {
        json!({
            "name": snapshot.name, "status": snapshot.status, "made": snapshot.made,
            "version": snapshot.version, "runtime": snapshot.runtime,
        })
    });
    rows.collect()
}
