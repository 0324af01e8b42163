//! The lock of a stack: one apply at a time, and it is known whose.

use super::apply::DeployError;
use super::journal::{Journal, Step};
use super::patience::Patience;
use crate::cloud::{Cloud, CloudError, Lock};

/// How often a lock is tried that was there and then was not.
const ATTEMPTS: usize = 5;

/// Takes the lock of a stack. That of an earlier process of the same run is taken over.
///
/// # Errors
/// [`DeployError::Locked`] when somebody else holds it, or when AWS refuses.
pub fn lock(cloud: &dyn Cloud, lock: &Lock, journal: &mut Journal<'_>) -> Result<(), DeployError> {
    journal.write(&lock.stack, Step::Locking).map_err(DeployError::Journal)?;
    let mut patience = Patience::new();
    for _ in 0..ATTEMPTS {
        match cloud.take_lock(lock) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => {
                // Then it is certain that there is none of ours.
                if error.is_denied() {
                    journal.write(&lock.stack, Step::Unlocked).map_err(DeployError::Journal)?;
                }
                return Err(error.into());
            }
        }
        match cloud.lock(&lock.stack)? {
            Some(held) if held.run == lock.run => return Ok(()),
            Some(held) => return Err(DeployError::Locked(Box::new(held))),
            None => patience.pause(cloud),
        }
    }
    let message = "it is taken and released again and again";
    Err(CloudError::refused("take the lock of", &lock.stack, message).into())
}

/// Releases the lock of a stack, if this run holds it.
///
/// # Errors
/// When AWS refuses; then the lock is still there.
pub fn unlock(cloud: &dyn Cloud, stack: &str, journal: &mut Journal<'_>) -> Result<(), DeployError> {
    if cloud.lock(stack)?.is_some_and(|held| held.run == journal.run()) {
        cloud.release_lock(stack)?;
    }
    journal.write(stack, Step::Unlocked).map_err(DeployError::Journal)
}
