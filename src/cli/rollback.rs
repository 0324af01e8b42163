//! `tidegate rollback`

use clap::Args;
use serde_json::json;

use super::account::failed;
use super::plan::refused;
use super::releasable::{Shown, Target, Which, alone, consent, minute, read_asked};
use super::release::{carry_out, preview, published};
use super::{Arguments, Exit, Failure, Outcome};
use crate::host;
use crate::operate::{Application, Record, Snapshot, Version, digest_in, short, versions};

/// So many versions are looked at: each is a call.
const MOST_VERSIONS: usize = 20;

/// Go back to a build that was released before, with the state of its time
///
/// Without --to: the build before the current one, with the snapshot that the last release took. It is a release like any
/// other: watched, and itself rolled back when it fails.
#[derive(Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    which: Which,
    /// A version of the application by its number, a snapshot by its name, or the beginning of a build's digest.
    #[arg(long, value_name = "VERSION|SNAPSHOT|SHA256")]
    to: Option<String>,
    /// Only list the versions and snapshots that there are.
    #[arg(long, conflicts_with = "to")]
    list: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// How the list, or the end, is shown.
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

/// What is gone back to.
struct Goal {
    key: String,
    digest: String,
    /// `None`: the latest state.
    snapshot: Option<String>,
}

impl Arguments for Rollback {
    fn run(self) -> Outcome {
        let session = self.which.open()?;
        let target = self.which.target(&session)?;
        let live = target.existing()?;
        let versions = versions(target.services(), target.name(), MOST_VERSIONS).map_err(|error| failed(&error))?;
        let snapshots = target.services().snapshots(target.name()).map_err(|error| failed(&error))?;
        if self.list {
            let record = target.record()?;
            host::print(&self.listed(&target, (&live, record.as_ref()), &versions, &snapshots));
            return Ok(Exit::Clean);
        }
        let _alone = alone(&session, target.name())?;
        let goal = match &self.to {
            Some(to) => named(&target, to, &versions, &snapshots)?,
            None => before(&target, &live, &versions, &snapshots)?,
        };
        let mut asked = target.asked_of(&goal.key, &goal.digest);
        match &goal.snapshot {
            Some(snapshot) => asked["once"] = json!({ "state": snapshot }),
            None => drop(asked.as_object_mut().map(|asked| asked.remove("once"))),
        }
        let asked = read_asked(&asked)?;
        // Going back is what was asked for, so that needs no further word.
        host::tell(&preview(&target, Some(&live), &asked).replace("\n  ! state", "\n  state"));
        let question = format!("Go back to this in {}?", target.name());
        consent(self.yes, false, false, &question)?;
        carry_out(&target, asked, true, self.format)
    }
}

impl Rollback {
    fn listed(
        &self,
        target: &Target<'_>,
        (live, record): (&Application, Option<&Record>),
        versions: &[Version],
        snapshots: &[Snapshot],
    ) -> String {
        if self.format == Shown::Json {
            let versions = versions.iter().map(|version| {
                json!({
                    "version": version.number, "digest": version.digest, "key": version.key,
                    "runtime": version.runtime, "made": version.made,
                })
            });
            let json = json!({
                "version": 1,
                "application": target.name(),
                "versions": versions.collect::<Vec<_>>(),
                "snapshots": super::snapshots::as_json(snapshots),
            });
            return format!("{json:#}\n");
        }
        let failed = record.filter(|record| record.text("outcome") == "failed").map(|record| record.text("key"));
        let mut lines = vec![format!("versions of {}", target.title())];
        for version in versions {
            let now = if version.number == live.version() { ", now" } else { "" };
            let failed = if failed == Some(version.key.as_str()) { ", its release failed" } else { "" };
            let made = version.made.map_or_else(String::new, |made| format!(", made {}", minute(made)));
            let build = version.digest.as_deref().map_or(version.key.as_str(), short);
            lines.push(format!("  {}: {build}, {}{made}{failed}{now}", version.number, version.runtime));
        }
        lines.push("snapshots".to_owned());
        lines.extend(super::snapshots::lines(snapshots));
        lines.join("\n") + "\n"
    }
}

/// The build that ran before the current one, and the newest state of its time.
fn before(
    target: &Target<'_>,
    live: &Application,
    versions: &[Version],
    snapshots: &[Snapshot],
) -> Result<Goal, Failure> {
    let current = live.code().1;
    let record = target.record()?;
    if let Some(record) =
        record.as_ref().filter(|record| record.text("key") == current && record.text("outcome") == "succeeded")
    {
        let key = record.get("previous")["key"].as_str().unwrap_or_default();
        if let Some(digest) = digest_in(key).filter(|_| key != current) {
            let taken = record.text("snapshot");
            let is_there = snapshots.iter().any(|snapshot| snapshot.name == taken && snapshot.is_ready());
            let snapshot = if is_there { Some(taken.to_owned()) } else { state_of(key, versions, snapshots) };
            return Ok(Goal { key: key.to_owned(), digest: digest.to_owned(), snapshot });
        }
    }
    let failed = record.as_ref().filter(|record| record.text("outcome") == "failed");
    match earlier(current, failed.map(|record| record.text("key")), versions) {
        Some(version) => Ok(goal_of(version, versions, snapshots)),
        None => Err(refused(format!(
            "{} has run no other build than {}{}: there is nothing to go back to",
            target.name(),
            digest_in(current).map_or(current, short),
            failed.map_or_else(String::new, |record| {
                format!(", but for {}, whose release failed", short(record.text("sha256")))
            })
        ))),
    }
}

/// What ran before a build ran for the first time; else what ran since. A build whose release failed is not gone back to.
fn earlier<'a>(current: &str, failed: Option<&str>, versions: &'a [Version]) -> Option<&'a Version> {
    let first = versions.iter().rposition(|version| version.key == current).unwrap_or_default();
    let (since, before) = versions.split_at(first);
    let fits = |version: &&Version| {
        version.key != current && version.digest.is_some() && failed.is_none_or(|failed| version.key != failed)
    };
    before.iter().find(fits).or_else(|| since.iter().find(fits))
}

fn named(target: &Target<'_>, to: &str, versions: &[Version], snapshots: &[Snapshot]) -> Result<Goal, Failure> {
    if let Some(version) = versions.iter().find(|version| version.number.to_string() == to) {
        return match version.digest {
            Some(_) => Ok(goal_of(version, versions, snapshots)),
            None => Err(refused(format!("version {to} ran {}, which is no published build", version.key))),
        };
    }
    if let Some(snapshot) = snapshots.iter().find(|snapshot| snapshot.name == to) {
        let version = versions.iter().find(|version| version.number == snapshot.version);
        let version = version.filter(|version| version.digest.is_some()).ok_or_else(|| {
            refused(format!(
                "it is not known which build ran in version {}, of which snapshot {to} is\n  help: `tidegate release --build \
                 SHA256 --once {to}` releases a build with it",
                snapshot.version
            ))
        })?;
        return Ok(Goal { snapshot: Some(to.to_owned()), ..goal_of(version, versions, snapshots) });
    }
    let is_digest = to.len() >= 4 && to.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return Err(Failure::usage(format!(
            "`{to}` is neither a version nor a snapshot of {}; `tidegate rollback --list` lists both",
            target.name()
        )));
    }
    let ran = versions.iter().find(|version| version.digest.as_deref().is_some_and(|digest| digest.starts_with(to)));
    if let Some(version) = ran {
        return Ok(goal_of(version, versions, snapshots));
    }
    let (key, digest) = published(target, Some(to))?;
    Ok(Goal { key, digest, snapshot: None })
}

fn goal_of(version: &Version, versions: &[Version], snapshots: &[Snapshot]) -> Goal {
    Goal {
        key: version.key.clone(),
        digest: version.digest.clone().unwrap_or_default(),
        snapshot: state_of(&version.key, versions, snapshots),
    }
}

/// The newest snapshot of a version that ran the build; the state of a later build may not fit it.
fn state_of(key: &str, versions: &[Version], snapshots: &[Snapshot]) -> Option<String> {
    let ran = |number: u64| versions.iter().any(|version| version.number == number && version.key == key);
    let newest = snapshots.iter().find(|snapshot| snapshot.is_ready() && ran(snapshot.version));
    newest.map(|snapshot| snapshot.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_goes_back_to_a_build_whose_release_failed() {
        let versions = |keys: &[&str]| -> Vec<Version> {
            let numbered = (1..).zip(keys.iter().rev());
            let version = |(number, key): (u64, &&str)| Version {
                number,
                key: (*key).to_owned(),
                digest: Some((*key).to_owned()),
                runtime: "FLINK-1_20".to_owned(),
                made: None,
            };
            let mut all: Vec<Version> = numbered.map(version).collect();
            all.reverse();
            all
        };
        let goal = |keys: &[&str], failed| earlier(keys[0], failed, &versions(keys)).map(|version| version.key.clone());
        // Rolled back from `bad`.
        assert_eq!(goal(&["b", "bad", "b", "a"], Some("bad")).as_deref(), Some("a"));
        assert_eq!(goal(&["b", "bad", "b"], Some("bad")), None);
        assert_eq!(goal(&["b", "a", "a"], None).as_deref(), Some("a"));
        // A build that was gone back to by hand long ago: the one since is the only other.
        assert_eq!(goal(&["a", "b", "a"], None).as_deref(), Some("b"));
        assert_eq!(goal(&["a"], None), None);
    }

    #[test]
    fn a_build_has_the_newest_snapshot_of_its_time() {
        let version = |number: u64, key: &str| Version {
            number,
            key: key.to_owned(),
            digest: None,
            runtime: "FLINK-1_20".to_owned(),
            made: None,
        };
        let snapshot = |name: &str, version: u64, status: &str| Snapshot {
            name: name.to_owned(),
            status: status.to_owned(),
            version,
            made: 0.0,
            runtime: None,
        };
        let versions = [version(3, "new"), version(2, "old"), version(1, "old")];
        let snapshots = [snapshot("c", 3, "READY"), snapshot("x", 2, "FAILED"), snapshot("b", 1, "READY")];
        assert_eq!(state_of("old", &versions, &snapshots).as_deref(), Some("b"));
        assert_eq!(state_of("new", &versions, &snapshots).as_deref(), Some("c"));
        assert_eq!(state_of("other", &versions, &snapshots), None);
    }
}
