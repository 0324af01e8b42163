//! What is shown: before, meanwhile and after.

use super::Seen;
use super::carry_out::Edited;
use super::choose::{Choice, Chosen, Found};
use crate::cli::account::place_of;
use crate::cli::fix;
use crate::reconcile::Plan;
use crate::reconcile::revert::{Does, Item, Prepared, Reverted, Step};

/// One difference with its line, for a person who decides about it.
pub(super) fn found(seen: &[Seen<'_>], found: &Found<'_>) -> String {
    let place = seen.get(found.place).map(|seen| seen.place.title()).unwrap_or_default();
    let drift = found.drift;
    let name = format!("{} {} ({}) in {place}", drift.resource_type, drift.logical_id, drift.thing);
    match found.difference {
        None => format!("{name}\n  was deleted behind CloudFormation's back  {}", place_of(&drift.origin)),
        Some(difference) => format!(
            "{name}\n  {}\n    wanted: {}  {}\n    live:   {}",
            difference.path,
            value(difference.wanted.as_ref()),
            place_of(&difference.origin),
            value(difference.live.as_ref()),
        ),
    }
}

fn value(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// Why a person should say yes first: of each step, and of the change set.
pub(super) fn dangers(prepared: &Prepared) -> Vec<(Vec<Item>, String)> {
    let mut all = Vec::new();
    for step in &prepared.decision.steps {
        match (&step.does, &prepared.plan) {
            (Does::ChangeSet, Some(plan)) => {
                all.extend(of_plan(plan, step));
                let anew = |item: &&Item| item.pointer.is_empty();
                let gone = step.items.iter().filter(anew);
                all.extend(gone.map(|item| {
                    (vec![item.clone()], format!("makes `{}` anew: what was in it is lost", item.logical_id))
                }));
            }
            _ => all.extend(step.dangers.iter().map(|danger| (step.items.clone(), danger.clone()))),
        }
    }
    all
}

fn of_plan(plan: &Plan, step: &Step) -> Vec<(Vec<Item>, String)> {
    let dangers = plan.dangerous().flat_map(|planned| {
        let id = planned.change.logical_id.as_str();
        let items: Vec<Item> = step.items.iter().filter(|item| item.logical_id == id).cloned().collect();
        planned.dangers.iter().map(move |danger| (items.clone(), danger.to_string()))
    });
    dangers.collect()
}

/// All that is going to happen.
pub(super) fn summary(seen: &[Seen<'_>], found: &[Found<'_>], chosen: &[Chosen], prepared: &[Prepared]) -> String {
    let mut lines = Vec::new();
    for (index, seen) in seen.iter().enumerate() {
        let here: Vec<_> = found.iter().zip(chosen).filter(|(found, _)| found.place == index).collect();
        if here.is_empty() {
            continue;
        }
        let count = if here.len() == 1 { "1 difference".to_owned() } else { format!("{} differences", here.len()) };
        lines.push(format!("{}: {count}", seen.place.title()));
        let prepared = prepared.get(index);
        let dangers = prepared.map(dangers).unwrap_or_default();
        for (found, chosen) in here {
            lines.extend(line(found, chosen, prepared));
            let own = dangers.iter().filter(|(items, _)| items.contains(&found.item));
            lines.extend(own.map(|(_, danger)| format!("      ! {danger}")));
        }
        if let Some(reason) = prepared.and_then(|prepared| prepared.without_change_set.as_ref()) {
            lines.push(format!("  ({reason})"));
        }
    }
    lines.join("\n") + "\n"
}

fn line(found: &Found<'_>, chosen: &Chosen, prepared: Option<&Prepared>) -> Vec<String> {
    let drift = found.drift;
    let what = match found.difference {
        None => "is gone".to_owned(),
        Some(difference) => {
            let (wanted, live) = (value(difference.wanted.as_ref()), value(difference.live.as_ref()));
            match &chosen.choice {
                Choice::Revert => format!("{}: {live} → {wanted}", difference.path),
                _ => format!("{}: {live}, where {wanted} is wanted", difference.path),
            }
        }
    };
    let origin = found.difference.map_or(&drift.origin, |difference| &difference.origin);
    let (verb, how) = match &chosen.choice {
        Choice::Leave => ("leave ", String::new()),
        Choice::Revert => {
            let steps = prepared.into_iter().flat_map(|prepared| &prepared.decision.steps);
            let way = steps.filter(|step| step.items.contains(&found.item)).map(|step| step.does.way().says()).next();
            ("revert", way.map(|way| format!("  {way}")).unwrap_or_default())
        }
        Choice::Adopt => ("adopt ", chosen.says.as_ref().map(|says| format!("  ({says})")).unwrap_or_default()),
        Choice::Accept { owner, until, .. } => ("accept", format!("  by {owner} until {until}")),
    };
    let mut lines = vec![format!(
        "  {verb} {} {} ({}) {what}{how}  {}",
        drift.resource_type,
        drift.logical_id,
        drift.thing,
        place_of(origin)
    )];
    if let Some((reason, help)) = &chosen.refused {
        lines.push(format!("      not possible: {reason}; {help}"));
    }
    lines
}

/// The changes of files, as `git diff` shows them.
pub(super) fn change_of_document(edited: &Edited) -> String {
    edited.files.iter().map(|file| fix::difference(&file.path, &file.before, &file.after)).collect()
}

/// What is being done.
pub(super) fn step(step: &Step) -> String {
    match (&step.logical_id, &step.does) {
        (Some(id), does) => format!("{} {id} is put back {} …", step.resource_type, does.way().says()),
        (None, does) => format!("{} differences are taken back {} …", step.items.len(), does.way().says()),
    }
}

/// What came of it.
pub(super) fn results(seen: &[Seen<'_>], done: &[Reverted], edited: Option<&Edited>) -> String {
    let mut lines = Vec::new();
    for (seen, done) in seen.iter().zip(done) {
        let mut taken: Vec<&Item> =
            done.taken.iter().map(|(item, _)| item).filter(|item| !done.left.contains(item)).collect();
        taken.sort();
        taken.dedup();
        if !taken.is_empty() {
            let count = taken.len();
            let what = if count == 1 { "1 difference was".to_owned() } else { format!("{count} differences were") };
            lines.push(format!("{}: {what} taken back", seen.place.title()));
        }
        for item in &done.left {
            lines.push(format!("  {} {}: still differs", item.logical_id, item.pointer));
        }
        for (items, message) in &done.failed {
            let names: Vec<&str> = items.iter().map(|item| item.logical_id.as_str()).collect();
            lines.push(format!("  {}: {message}", crate::diagnostic::list(names)));
        }
    }
    match edited {
        Some(Edited { adopts: true, .. }) => {
            let words = "the document was changed and rendered: read the difference, commit it, and deploy: \
                         what is live stays as it is";
            lines.push(words.to_owned());
        }
        Some(_) => lines.push("the document was changed: read the difference, and commit it".to_owned()),
        None => {}
    }
    lines.join("\n") + "\n"
}
