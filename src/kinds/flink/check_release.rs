//! What of a release can never come out well.

use super::contract::{Quiet, Release};
use super::{Application, rules};
use crate::diagnostic::{Diagnostic, list};
use crate::kinds::step_function::LONGEST_SECONDS;
use crate::model::Model;
use crate::source::{Located, Span};

const MINUTES_OF_A_DAY: usize = 1440;
const MINUTES_OF_A_WEEK: usize = 7 * MINUTES_OF_A_DAY;

pub(super) fn check(application: &Application, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(Located { value: release, span }) = &application.release else { return };
    check_deadline(application, release, report);
    check_window(application, release, span, report);
    check_quiet(application, release, report);
    check_once(release, report);
    check_alarms(release, model, report);
}

fn check_deadline(application: &Application, release: &Release, report: &mut Vec<Diagnostic>) {
    if let Some(deadline) = release.deadline.as_ref().filter(|deadline| deadline.0 > LONGEST_SECONDS) {
        let message = format!(
            "CodePipeline waits a day for a release and no longer, so a deadline of `{}` is never reached",
            deadline.span.text()
        );
        let found = Diagnostic::new(&rules::RELEASE_DEADLINE, &deadline.span, message).label("longer than a day");
        report.push(found.help("write `24h` or less"));
    }
    if let Some(busy) = release.busy.as_ref().filter(|busy| busy.0.div_ceil(60) >= application.deadline_minutes()) {
        let message = format!(
            "a release that waits `{}` for the application to be free has nothing left of its deadline of {}",
            busy.span.text(),
            minutes(application.deadline_minutes())
        );
        let found =
            Diagnostic::new(&rules::RELEASE_DEADLINE, &busy.span, message).label("as long as the whole release");
        let found = match &release.deadline {
            Some(deadline) => found.related(&deadline.span, "the deadline of the whole release"),
            None => found,
        };
        report.push(found.help("shorten `busy`, or write a longer `deadline`"));
    }
}

fn check_window(application: &Application, release: &Release, whole: &Span, report: &mut Vec<Diagnostic>) {
    let health = release.health.as_ref();
    let given = health.and_then(|health| health.window.as_ref());
    let window = application.window_minutes();
    let span = given.map(|given| &given.span).or(health.map(|health| &health.span)).unwrap_or(whole);
    let needed = application.required_checkpoints() * application.checkpoint_seconds();
    if window * 60 < needed {
        let count = application.required_checkpoints();
        let message = format!(
            "in {} a job that saves its state every {} completes fewer than {count} checkpoint{}, so every release would \
             fail and be rolled back",
            minutes(window),
            seconds(application.checkpoint_seconds()),
            if count == 1 { "" } else { "s" },
        );
        let mut found = Diagnostic::new(&rules::RELEASE_WINDOW, span, message).label("too short");
        if let Some(checkpoints) = health.and_then(|health| health.checkpoints.as_ref()) {
            found = found.related(&checkpoints.span, "how many it must see");
        }
        if let Some(interval) = application.checkpoints.as_ref().and_then(|checkpoints| checkpoints.interval.as_ref()) {
            found = found.related(&interval.span, "how often they come");
        }
        report
            .push(found.help(format!("write at least `for: {}m`, or ask for fewer checkpoints", needed.div_ceil(60))));
    }
    if window >= application.deadline_minutes() {
        let message = format!(
            "the job is watched for {}, but the whole release must end within {}",
            minutes(window),
            minutes(application.deadline_minutes())
        );
        let mut found = Diagnostic::new(&rules::RELEASE_WINDOW, span, message).label("as long as the whole release");
        if let Some(deadline) = &release.deadline {
            found = found.related(&deadline.span, "the deadline of the whole release");
        }
        report.push(found.help("shorten the window, or write a longer `deadline`"));
    }
}

fn check_quiet(application: &Application, release: &Release, report: &mut Vec<Diagnostic>) {
    let Some(quiet) = &release.quiet else { return };
    let times = &quiet.value.0;
    let mut wrong = false;
    for time in times {
        if let Some(found) = never_right(time) {
            wrong = true;
            report.push(found);
        }
    }
    if wrong {
        return;
    }
    let week = quiet_minutes(times);
    if week.iter().all(|quiet| *quiet) {
        let message = "these times are the whole week, so no release ever begins";
        let found = Diagnostic::new(&rules::QUIET_TIMES, &quiet.span, message).label("never ends");
        report.push(found.help("leave some hours of the week out"));
        return;
    }
    let longest = longest_stretch(&week);
    let deadline = application.deadline_minutes() as usize;
    if longest > deadline && longest * 60 < LONGEST_SECONDS as usize {
        let message = format!(
            "a release that is approved at the beginning of a quiet time of {} ends without having begun: it may take {} \
             in all",
            minutes(longest as u64),
            minutes(deadline as u64)
        );
        let mut found = Diagnostic::new(&rules::QUIET_DEADLINE, &quiet.span, message).label("longer than the deadline");
        if let Some(deadline) = &release.deadline {
            found = found.related(&deadline.span, "the deadline of the whole release");
        }
        let help = "write a deadline that covers it and the release itself, for example";
        let hours = (longest + 120).div_ceil(60).min(24);
        report.push(found.help(format!("{help} `deadline: {hours}h`; or approve releases outside of it")));
    }
}

/// What is wrong with a time whatever else is quiet.
fn never_right(time: &Located<Quiet>) -> Option<Diagnostic> {
    let (first, last) = time.value.span_of_days();
    if let Some(days) = time.value.days.as_ref().filter(|_| first > last) {
        let message = format!("`{}` begins later in the week than it ends", days.text);
        let found = Diagnostic::new(&rules::QUIET_TIMES, &days.span, message).label("goes backwards");
        return Some(found.help("begin with Monday: write two entries, one to `sun` and one from `mon`"));
    }
    let (from, to) = time.value.minutes();
    (from >= to).then(|| {
        let message = format!("a quiet time from `{}` to `{}` has no end on its day", time.value.from.text, time.value.to.text);
        let found = Diagnostic::new(&rules::QUIET_TIMES, &time.value.to.span, message)
            .label("not later than its beginning")
            .related(&time.value.from.span, "its beginning");
        found.help(format!(
            "over midnight write two entries: `from: \"{}\", to: \"24:00\"` and `from: \"00:00\", to: \"{}\"` of the next day",
            time.value.from.text, time.value.to.text
        ))
    })
}

/// Each minute of the week, from Monday on: whether it is quiet.
fn quiet_minutes(times: &[Located<Quiet>]) -> Vec<bool> {
    let mut week = vec![false; MINUTES_OF_A_WEEK];
    for time in times {
        let ((first, last), (from, to)) = (time.value.span_of_days(), time.value.minutes());
        for day in first..=last {
            week[day * MINUTES_OF_A_DAY + from..day * MINUTES_OF_A_DAY + to].fill(true);
        }
    }
    week
}

/// The longest time without a break, in minutes; Sunday goes over into Monday.
fn longest_stretch(week: &[bool]) -> usize {
    let (mut longest, mut now) = (0, 0);
    for quiet in week.iter().chain(week) {
        now = if *quiet { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest.min(week.len())
}

fn check_once(release: &Release, report: &mut Vec<Diagnostic>) {
    let Some(once) = &release.once else { return };
    if once.value.state.is_none() && !once.value.drops_state() {
        let message = "`once` says nothing of the next release but which build it replaces";
        let found = Diagnostic::new(&rules::ONCE_NOTHING, &once.span, message).label("changes nothing");
        report.push(found.help(
            "write `state: fresh`, `state:` and a snapshot, or `allow-non-restored-state: true`; or remove `once`",
        ));
    }
}

/// An alarm of another environment would judge a release by what happens elsewhere.
fn check_alarms(release: &Release, model: &Model, report: &mut Vec<Diagnostic>) {
    if model.environments.len() < 2 {
        return;
    }
    for alarm in release.alarms().filter(|alarm| !Model::is_alarm_path(&alarm.value.0)) {
        let environments = model.environments.iter().map(|(name, _)| name);
        let of = environments.filter(|name| {
            let stack = model.stack_name(&name.value);
            alarm.value.0.strip_prefix(&stack).is_some_and(|rest| rest.starts_with('-'))
        });
        let Some(of) = of.max_by_key(|name| name.value.len()) else { continue };
        let others: Vec<&str> =
            model.environments.iter().map(|(name, _)| name.value.as_str()).filter(|name| *name != of.value).collect();
        let message = format!(
            "`{}` is an alarm of {}, so a release into {} would be judged by what happens there",
            alarm.value.0,
            of.value,
            list(others)
        );
        let found = Diagnostic::new(&rules::RELEASE_ALARMS, &alarm.span, message).label("of one environment");
        let found = found.related(&of.span, "this one");
        report.push(
            found.help("name an alarm that comes with a thing, as `streams.trips.late`: each environment has its own"),
        );
    }
}

fn minutes(count: u64) -> String {
    seconds(count * 60)
}

/// In the document's own words: `90s`, `5m`, `2h`.
fn seconds(count: u64) -> String {
    match count {
        count if count % 3600 == 0 => format!("{}h", count / 3600),
        count if count % 60 == 0 => format!("{}m", count / 60),
        count => format!("{count}s"),
    }
}
