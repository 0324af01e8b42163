//! A person decides about one difference after the other.

use dialoguer::{Input, Select};

use super::choose::{self, Choice, Chosen, Found};
use super::{Seen, show};
use crate::cli::Failure;
use crate::cli::account::Session;
use crate::host;

const CHOICES: [&str; 5] = [
    "leave it: it goes on being reported",
    "revert: put the account back to what the document asks for",
    "adopt: change the document to what is live",
    "accept: it may differ for a time",
    "leave this and all that follow",
];

/// Asks about everything that was found.
pub(super) fn ask(_session: &Session, seen: &[Seen<'_>], found: &[Found<'_>]) -> Result<Vec<Chosen>, Failure> {
    let mut chosen = Vec::new();
    let mut last: Option<Choice> = None;
    for (index, one) in found.iter().enumerate() {
        host::tell(&format!("{} of {}: {}", index + 1, found.len(), show::found(seen, one)));
        let answer = Select::new().with_prompt("What is to be done?").items(CHOICES).default(0).interact();
        let choice = match answer.map_err(cannot_ask)? {
            1 => Choice::Revert,
            2 => Choice::Adopt,
            3 => accepted(&last)?,
            4 => break,
            _ => Choice::Leave,
        };
        if matches!(choice, Choice::Accept { .. }) {
            last = Some(choice.clone());
        }
        // What is dangerous is shown with the rest, and agreed to with it.
        chosen.push(Chosen::new(choice, true));
    }
    chosen.resize_with(found.len(), || Chosen::new(Choice::Leave, true));
    Ok(chosen)
}

/// The answers of last time are offered again.
fn accepted(last: &Option<Choice>) -> Result<Choice, Failure> {
    let (owner, reason, until) = match last {
        Some(Choice::Accept { owner, reason, until }) => (owner.clone(), reason.clone(), until.clone()),
        _ => (String::new(), String::new(), host::days_from_today(30)),
    };
    let owner = text("Who answers for it", owner)?;
    let reason = text("Why may it differ", reason)?;
    let until = loop {
        let day = text("Until which day", until.clone())?;
        match choose::check_day(&day) {
            Ok(()) => break day,
            Err(failure) => host::tell(&failure.message),
        }
    };
    Ok(Choice::Accept { owner, reason, until })
}

fn text(question: &str, offered: String) -> Result<String, Failure> {
    let input = Input::<String>::new().with_prompt(question);
    let input = if offered.is_empty() { input } else { input.default(offered) };
    input.interact_text().map_err(cannot_ask)
}

fn cannot_ask(error: dialoguer::Error) -> Failure {
    Failure::environment(format!("cannot ask: {error}"))
}
