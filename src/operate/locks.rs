//! One release of an application at a time: a parameter, made only once, whose holder shows now and then that it lives.

use serde_json::Value as Json;

use super::run::Releasing;
use crate::cloud::{CloudError, Lock};
use crate::release::Machine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Ours,
    Held,
}

/// Takes the lock; one whose holder was not seen for a while is taken over.
pub(super) fn take(release: &mut Releasing<'_>) -> Result<Taken, CloudError> {
    let name = Lock::parameter(&release.asked.application);
    let text = text(release);
    if release.services.make_parameter(&name, &text)? {
        return ours(release);
    }
    let Some(found) = release.services.parameter(&name)? else {
        return if release.services.make_parameter(&name, &text)? { ours(release) } else { Ok(Taken::Held) };
    };
    let lock = Lock::read(&release.asked.application, &found.value);
    let longest = 60 * Machine::get().limit("lock-minutes");
    if lock.run != release.who.id && release.clock.now() < seen(release, &found.value, &lock) + longest {
        release.holder = (lock.holder, lock.since);
        return Ok(Taken::Held);
    }
    release.services.write_parameter(&name, &text)?;
    let now = release.services.parameter(&name)?.map(|found| found.value).unwrap_or_default();
    let lock = Lock::read(&release.asked.application, &now);
    if lock.run == release.who.id {
        return ours(release);
    }
    release.holder = (lock.holder, lock.since);
    Ok(Taken::Held)
}

fn ours(release: &mut Releasing<'_>) -> Result<Taken, CloudError> {
    release.lock_is_ours(true);
    Ok(Taken::Ours)
}

/// Shows that the holder lives.
pub(super) fn refresh(release: &mut Releasing<'_>) -> Result<(), CloudError> {
    release.services.write_parameter(&Lock::parameter(&release.asked.application), &text(release))
}

/// Gives it back, if it is ours.
pub(super) fn give_back(release: &mut Releasing<'_>) -> Result<(), CloudError> {
    let name = Lock::parameter(&release.asked.application);
    let found = release.services.parameter(&name)?;
    let is_ours = found.is_some_and(|found| Lock::read("", &found.value).run == release.who.id);
    if is_ours {
        release.services.delete_parameter(&name)?;
    }
    release.lock_is_ours(false);
    Ok(())
}

fn text(release: &Releasing<'_>) -> String {
    let lock = Lock {
        stack: release.asked.application.clone(),
        run: release.who.id.clone(),
        holder: release.who.by.clone(),
        machine: release.who.machine.clone(),
        purpose: format!("release {:.8}", release.asked.sha256),
        since: release.clock.written(release.record.number("started")),
    };
    let mut json: Json = serde_json::from_str(&lock.text()).unwrap_or_default();
    json["seen"] = release.clock.now().into();
    json.to_string()
}

/// When the holder was seen last; of a lock that does not say, when it was made.
fn seen(release: &Releasing<'_>, text: &str, lock: &Lock) -> u64 {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    json["seen"].as_u64().or_else(|| release.clock.read(&lock.since)).unwrap_or_default()
}
