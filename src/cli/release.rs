//! `tidegate release`

use clap::Args;
use serde_json::{Value as Json, json};

use super::plan::refused;
use super::releasable::{Shown, Target, Time, Told, Which, alone, consent, denied, minute, read_asked};
use super::{Arguments, Exit, Failure, Outcome};
use crate::host;
use crate::operate::{Application, Asked, Ended, News, Releasing, Who, digest_in, short, spoken, with_short_digests};

/// Release a published build into an application, with its state, and watch its health
///
/// The same states, decisions and sentences as the pipeline's step. Shows what will happen and asks. Interrupted, it goes
/// on where it was when it is run again.
#[derive(Args)]
pub(super) struct Release {
    #[command(flatten)]
    which: Which,
    /// The beginning of the build's digest, instead of the newest published one.
    #[arg(long, value_name = "SHA256")]
    build: Option<String>,
    /// Begin this once without state (`fresh`), or with that of a snapshot by its name. Dangerous.
    #[arg(long, value_name = "fresh|SNAPSHOT")]
    once: Option<String>,
    /// Drop this once the state that the new build has no operator for. Dangerous.
    #[arg(long)]
    allow_non_restored_state: bool,
    /// Also in a quiet time.
    #[arg(long)]
    now: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Also do what is marked with `!`.
    #[arg(long)]
    allow_danger: bool,
    /// How the end is shown.
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

impl Arguments for Release {
    fn run(self) -> Outcome {
        let session = self.which.open()?;
        let target = self.which.target(&session)?;
        let _alone = alone(&session, target.name())?;
        let (key, digest) = self.build(&target)?;
        let mut asked = target.asked_of(&key, &digest);
        if self.once.is_some() || self.allow_non_restored_state {
            asked["once"] = json!({ "state": self.once, "allow-non-restored-state": self.allow_non_restored_state });
        }
        let asked = read_asked(&asked)?;
        let live = target.application()?;
        host::tell(&preview(&target, live.as_ref(), &asked));
        let question = format!("Release this to {}?", target.name());
        consent(self.yes, is_dangerous(&asked), self.allow_danger, &question)?;
        carry_out(&target, asked, self.now, self.format)
    }
}

impl Release {
    /// The key and the digest of the build: that of a release that has not ended, or the newest.
    fn build(&self, target: &Target<'_>) -> Result<(String, String), Failure> {
        let record = target.record()?;
        if let Some(open) = record.filter(|record| !record.has_ended() && record.text("application") == target.name())
            && self.build.as_deref().is_none_or(|prefix| open.text("sha256").starts_with(prefix))
        {
            return Ok((open.text("key").to_owned(), open.text("sha256").to_owned()));
        }
        published(target, self.build.as_deref())
    }
}

/// The newest published build, or the one whose digest begins so.
pub(super) fn published(target: &Target<'_>, prefix: Option<&str>) -> Result<(String, String), Failure> {
    let builds = target.builds()?;
    let Some(prefix) = prefix else {
        return match builds.into_iter().next() {
            Some((newest, digest)) => Ok((newest.key, digest)),
            None => Err(refused(format!(
                "no build of {} is published in s3://{}\n  help: the pipeline that has `build: {}` publishes one: push to its \
                 repository, or start it",
                target.contract.build,
                target.asked("bucket"),
                target.contract.build
            ))),
        };
    };
    let mut fitting = builds.iter().filter(|(_, digest)| digest.starts_with(&prefix.to_lowercase()));
    match (fitting.next(), fitting.next()) {
        (Some((build, digest)), None) => Ok((build.key.clone(), digest.clone())),
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("the digests of several builds begin with `{prefix}`: say more of it")))
        }
        (None, _) => {
            let known: Vec<_> = builds
                .iter()
                .take(5)
                .map(|(build, digest)| format!("\n    {} of {}", short(digest), minute(build.modified)))
                .collect();
            let known = if known.is_empty() { " there is none".to_owned() } else { known.concat() };
            Err(Failure::usage(format!(
                "no published build of {} has a digest that begins with `{prefix}`; the newest are:{known}",
                target.contract.build
            )))
        }
    }
}

pub(super) fn is_dangerous(asked: &Asked) -> bool {
    asked
        .once
        .as_ref()
        .is_some_and(|once| once.replacing.is_none() && (once.state.is_some() || once.allow_non_restored_state))
}

/// What a release will do.
pub(super) fn preview(target: &Target<'_>, live: Option<&Application>, asked: &Asked) -> String {
    let commit = |key: &str| target.commit(key).map_or_else(String::new, |commit| format!(", commit {commit:.12}"));
    let mut lines = vec![format!("release of {}", target.title())];
    match live {
        None => lines.push("  from: nothing; the stack creates the application".to_owned()),
        Some(live) => {
            let key = live.code().1;
            let digest = digest_in(key).map_or(key, short);
            let (version, status) = (live.version(), live.status());
            lines.push(format!("  from: {digest} (version {version}, {status}{})", commit(key)));
        }
    }
    lines.push(format!("  to:   {}{}", short(&asked.sha256), commit(&asked.key)));
    lines.push(format!("  {}", state_of(live, asked)));
    let health = &asked.health;
    let mut healthy = vec![format!("at most {}", counted(health.restarts, "restart"))];
    if health.checkpoints > 0 {
        healthy.push(format!("at least {}, none failed", counted(health.checkpoints, "completed checkpoint")));
    }
    healthy.extend(health.lag_seconds.map(|lag| format!("at most {lag} seconds behind its sources")));
    healthy.extend(health.throughput.map(|least| format!("at least {least} records a second")));
    healthy.extend(health.alarms.iter().map(|alarm| format!("alarm {alarm} stays off")));
    lines.push(format!("  healthy: watched for {}: {}", spoken(60 * health.for_minutes), healthy.join(", ")));
    lines.push(match asked.leave {
        true => "  on failure: the new build stays as it is".to_owned(),
        false => "  on failure: what ran before comes back with its state".to_owned(),
    });
    lines.join("\n")
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn state_of(live: Option<&Application>, asked: &Asked) -> String {
    let once = asked.once.as_ref();
    let spent = |once: &crate::operate::Once| {
        let replaced = live.and_then(|live| digest_in(live.code().1)).unwrap_or_default();
        once.replacing.as_deref().is_some_and(|replacing| !replaced.starts_with(replacing))
    };
    let once = once.filter(|once| !spent(once));
    let dropped = match once.is_some_and(|once| once.allow_non_restored_state) {
        true => "; what no operator of it takes is dropped",
        false => "",
    };
    match once.and_then(|once| once.state.as_deref()) {
        Some("fresh") => format!("! state: none: what the job knows is lost{dropped}"),
        Some(name) => format!("! state: snapshot {name}: what the job did since is done again, or lost{dropped}"),
        None if live.is_none() => "state: none yet".to_owned(),
        None if !dropped.is_empty() => format!("! state: the latest{dropped}"),
        None => "state: the latest; a snapshot is taken first".to_owned(),
    }
}

/// Releases, tells what happens, and shows the end.
pub(super) fn carry_out(target: &Target<'_>, asked: Asked, ignore_quiet: bool, format: Shown) -> Outcome {
    let mut clock = Time::of_machine();
    let by = target.caller()?.arn;
    let machine = host::machine();
    // The same people on the same machine are the same: whoever is interrupted goes on at once.
    let place = machine.split(", process").next().unwrap_or_default();
    let id = format!("{:.16}", crate::source::sha256(format!("{place} {by} {} {}", asked.application, asked.sha256)));
    let told = Told::default();
    let mut tell = |news: &News| told.tell(news);
    let name = asked.application.clone();
    clock.heed_interruptions();
    let who = Who { id, by, machine };
    let releasing =
        Releasing::begin(&target.place.account, &clock, asked, &target.place.deployment.region, who, &mut tell);
    let releasing = releasing.map_err(|error| denied(&error, "release"))?.ignore_quiet(ignore_quiet);
    let ended = releasing.run().map_err(|stop| {
        let mut failure = denied(&stop.error, "release");
        failure.message.push_str(&format!(
            "\n  help: the release of {name} has not ended; it is in the state `{}`, and goes on when the command is run again",
            stop.state
        ));
        failure
    });
    host::passing("");
    show(target, &ended?, format)
}

fn show(target: &Target<'_>, ended: &Ended, format: Shown) -> Outcome {
    let record = &ended.record;
    let digest = short(record.text("sha256"));
    if format == Shown::Json {
        let json = json!({
            "version": 1,
            "thing": target.thing,
            "environment": target.place.deployment.environment,
            "application": target.name(),
            "outcome": record.text("outcome"),
            "message": ended.message,
            "record": record.json(),
        });
        host::print(&format!("{json:#}\n"));
    }
    if !ended.succeeded {
        return Err(refused(with_short_digests(&ended.message)));
    }
    if format == Shown::Text {
        let seconds = record.number("ended").saturating_sub(record.number("started"));
        let restored = record.text("restored");
        let restored = match restored {
            "" => String::new(),
            "no snapshot" => " without state of before".to_owned(),
            restored => format!(" with the state of {restored}"),
        };
        let evidence = record.text("evidence");
        let name = target.name();
        host::print(&format!("{name} runs {digest}{restored}: released in {}\n  {evidence}\n", spoken(seconds)));
    }
    Ok(Exit::Clean)
}

/// For commands whose record is shown.
pub(super) fn as_json(record: Option<&crate::operate::Record>) -> Json {
    record.map(crate::operate::Record::json).unwrap_or_default()
}
