//! Trying what may be meant: for many wishes at a time, and by halves where it is not plain which edit is at fault.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value as Json;

use super::outcome::{Outcome, Target};
use super::page::{self, Page};
use super::proposals::{Proposal, Sight};
use super::{Adoption, Refusal, Wish, copy, edited, errors, file, short};
use crate::compile::{self, Build, Input};
use crate::diagnostic::{Diagnostic, Level};
use crate::source::SourceFile;

/// The document as it is now.
pub struct Bench {
    input: Input,
    build: Build,
    outcome: Outcome,
    errors: Vec<String>,
    turn: usize,
}

/// What is tried for one wish.
struct Trial {
    /// The places of the wishes in their list: several when they are in one list of a resource.
    indices: Vec<usize>,
    /// What they come to together.
    wish: Wish,
    target: Target,
    proposals: VecDeque<Proposal>,
    /// What failed beside others and may not be what was at fault.
    doubtful: Vec<Proposal>,
    /// Others may be at fault no more.
    is_alone: bool,
    hindrance: Option<String>,
    /// Why the first one that gave the wanted value was not taken.
    nearest: Option<String>,
    adoption: Option<Adoption>,
}

/// Some edits made on a copy, one after the other.
struct Draft {
    input: Input,
    pages: BTreeMap<String, Page>,
    /// By the trial, the file before and after its edit.
    steps: Vec<(usize, Arc<SourceFile>, Arc<SourceFile>)>,
}

impl Bench {
    pub fn new(input: Input) -> Self {
        let build = compile::outline(&input);
        let outcome = Outcome::of(&build.desired);
        let errors = errors(&compile::check(&input).diagnostics);
        Self { input, build, outcome, errors, turn: 0 }
    }

    pub fn adopt(&mut self, wishes: &[Wish]) -> Vec<Result<Adoption, Refusal>> {
        let mut answers: Vec<Option<Result<Adoption, Refusal>>> = wishes.iter().map(|_| None).collect();
        let mut trials: Vec<Trial> = Vec::new();
        while answers.iter().any(Option::is_none) {
            self.begin(wishes, &mut trials, &mut answers);
            let (alone, beside): (Vec<usize>, Vec<usize>) = (0..trials.len()).partition(|at| trials[*at].is_alone);
            self.together(&mut trials, beside);
            alone.into_iter().for_each(|one| self.together(&mut trials, vec![one]));
            trials.retain_mut(|trial| {
                let answer = trial.answer();
                if let Some(answer) = &answer {
                    trial.indices.iter().for_each(|index| answers[*index] = Some(answer.clone()));
                    trial.indices.iter().skip(1).for_each(|index| without_edits(&mut answers[*index]));
                }
                answer.is_none()
            });
        }
        answers.into_iter().flatten().collect()
    }

    /// Thinks of edits for the wishes that have their turn: of one resource, one after the other.
    fn begin(&self, wishes: &[Wish], trials: &mut Vec<Trial>, answers: &mut [Option<Result<Adoption, Refusal>>]) {
        for (index, wish) in wishes.iter().enumerate() {
            let is_busy = |trial: &Trial| trial.target.stack == wish.stack && trial.target.id == wish.logical_id;
            if answers[index].is_some() || trials.iter().any(is_busy) {
                continue;
            }
            let list = self.outcome.list_around(wish);
            let is_beside = |at: &usize| {
                let other = &wishes[*at];
                let is_same = other.stack == wish.stack && other.logical_id == wish.logical_id;
                is_same && answers[*at].is_none() && list.is_some() && self.outcome.list_around(other) == list
            };
            let beside = (index + 1..wishes.len()).filter(is_beside);
            let indices: Vec<usize> = std::iter::once(index).chain(beside).collect();
            match self.trial(indices, wishes) {
                Ok(trial) => trials.push(trial),
                Err(refusal) => answers[index] = Some(Err(refusal)),
            }
        }
    }

    fn trial(&self, indices: Vec<usize>, wishes: &[Wish]) -> Result<Trial, Refusal> {
        let own: Vec<&Wish> = indices.iter().map(|index| &wishes[*index]).collect();
        let wish = own[0];
        let refuse = |says: String, help: &str| Refusal { says, help: help.to_owned() };
        let place = format!("`{}{}`", wish.logical_id, wish.pointer);
        if !self.errors.is_empty() {
            let says = format!("the document has errors, so nobody knows what it asks for at {place}");
            return Err(refuse(says, "mend what `tidegate check` finds, and adopt then"));
        }
        let Some(target) = Target::of(&self.build.desired, &self.outcome, &own) else {
            let says = format!("the document asks for no resource `{}` in the stack `{}`", wish.logical_id, wish.stack);
            return Err(refuse(says, "write the resource under `resources`, or delete it in the account"));
        };
        if target.is_met() {
            let says = format!("the document asks for what is live at {place} already");
            return Err(refuse(says, "run `tidegate deploy` if the account differs still"));
        }
        let mut wish = wish.clone();
        if own.len() > 1 {
            wish.pointer.clone_from(&target.pointer);
            wish.live = target.wanted.pointer(&target.pointer).cloned();
        }
        let (proposals, hindrances) = Sight::new(&self.input, &self.build, &self.outcome, &target, &wish).proposals();
        Ok(Trial {
            indices,
            wish,
            target,
            proposals: proposals.into(),
            doubtful: Vec::new(),
            is_alone: false,
            hindrance: hindrances.into_iter().next(),
            nearest: None,
            adoption: None,
        })
    }

    /// Tries the next edit of each of these trials, and takes those that do exactly what is wanted.
    fn together(&mut self, trials: &mut [Trial], mut batch: Vec<usize>) {
        loop {
            batch.retain(|one| trials[*one].adoption.is_none() && !trials[*one].proposals.is_empty());
            let draft = self.draft(trials, &mut batch);
            if batch.is_empty() {
                return;
            }
            let build = compile::outline(&draft.input);
            if build.has_errors() {
                let found = faults(&build.diagnostics);
                let culprits = draft.culprits(trials, &found);
                match self.blame(trials, &mut batch, &culprits, None) {
                    true => continue,
                    false => return,
                }
            }
            let outcome = Outcome::of(&build.desired);
            let missed: BTreeSet<usize> =
                batch.iter().copied().filter(|one| !outcome.meets(&trials[*one].target)).collect();
            if !missed.is_empty() {
                missed.iter().for_each(|one| trials[*one].fail(None));
                batch.retain(|one| !missed.contains(one));
                continue;
            }
            let targets: Vec<&Target> = batch.iter().map(|one| &trials[*one].target).collect();
            let surplus = outcome.surplus(&self.outcome, &targets);
            if let Some(first) = surplus.first() {
                let why = format!("{first} changes as well");
                let own = |one: &usize| {
                    let target = &trials[*one].target;
                    surplus.iter().any(|other| other.stack == target.stack && other.id == target.id)
                };
                let culprits: BTreeSet<usize> = batch.iter().copied().filter(own).collect();
                match self.blame(trials, &mut batch, &culprits, Some(why)) {
                    true => continue,
                    false => return,
                }
            }
            let checked = compile::check(&draft.input);
            let found = faults(&checked.diagnostics);
            if let Some(first) = found.first() {
                let culprits = draft.culprits(trials, &found);
                match self.blame(trials, &mut batch, &culprits, Some(first.message.clone())) {
                    true => continue,
                    false => return,
                }
            }
            return self.take(trials, draft, build, outcome);
        }
    }

    /// Fails those that are at fault; `false` when nothing is left to be tried. Where nobody knows which it is, each half
    /// is tried by itself.
    fn blame(
        &mut self,
        trials: &mut [Trial],
        batch: &mut Vec<usize>,
        culprits: &BTreeSet<usize>,
        why: Option<String>,
    ) -> bool {
        if let [only] = batch.as_slice() {
            trials[*only].fail(why);
            return false;
        }
        if culprits.is_empty() || culprits.len() == batch.len() {
            let right = batch.split_off(batch.len() / 2);
            self.together(trials, std::mem::take(batch));
            self.together(trials, right);
            return false;
        }
        for one in culprits {
            trials[*one].doubt();
        }
        batch.retain(|one| !culprits.contains(one));
        true
    }

    /// The document with the next edit of each trial; what cannot be made fails.
    fn draft(&self, trials: &mut [Trial], batch: &mut Vec<usize>) -> Draft {
        let mut draft = Draft { input: copy(&self.input), pages: BTreeMap::new(), steps: Vec::new() };
        batch.retain(|one| {
            let made = trials[*one].proposals.front().and_then(|proposal| draft.make(*one, proposal));
            if made.is_none() {
                trials[*one].fail(None);
            }
            made.is_some()
        });
        for (path, page) in &draft.pages {
            draft.input = edited(&draft.input, path, page.file.text().to_owned());
        }
        draft
    }

    fn take(&mut self, trials: &mut [Trial], draft: Draft, build: Build, outcome: Outcome) {
        for (one, before, after) in draft.steps {
            let Some(Proposal { path, means, says, .. }) = trials[one].proposals.pop_front() else { continue };
            let text = after.text().to_owned();
            let edits = page::edits(&before, &text);
            trials[one].adoption = Some(Adoption { turn: self.turn, edits, path, text, means, says });
            self.turn += 1;
        }
        self.input = draft.input;
        self.build = build;
        self.outcome = outcome;
    }
}

impl Trial {
    /// The next edit does not do it.
    fn fail(&mut self, why: Option<String>) {
        let Some(proposal) = self.proposals.pop_front() else { return };
        if self.nearest.is_none() {
            self.nearest = why.map(|why| format!("where {}, {why}", proposal.says));
        }
    }

    /// The next edit may not do it.
    fn doubt(&mut self) {
        self.doubtful.extend(self.proposals.pop_front());
    }

    /// `None` while there is something to be tried.
    fn answer(&mut self) -> Option<Result<Adoption, Refusal>> {
        if let Some(adoption) = self.adoption.take() {
            return Some(Ok(adoption));
        }
        if self.proposals.is_empty() && !self.doubtful.is_empty() {
            self.proposals = std::mem::take(&mut self.doubtful).into();
            self.is_alone = true;
        }
        if !self.proposals.is_empty() {
            return None;
        }
        let wish = &self.wish;
        let because = self.hindrance.take().or(self.nearest.take());
        let because = because.unwrap_or_else(|| "every edit that was tried gives another value".to_owned());
        let said = wish.live.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_string);
        let place = format!("`{}{}`", wish.logical_id, wish.pointer);
        let says = format!("{place} is not adopted in `{}`: {because}", wish.environment);
        Some(Err(Refusal { says, help: format!("write by hand what renders to {}, or revert it", short(&said)) }))
    }
}

impl Draft {
    fn make(&mut self, one: usize, proposal: &Proposal) -> Option<()> {
        let path = &proposal.path;
        if !self.pages.contains_key(path) {
            self.pages.insert(path.clone(), Page::open(&file(&self.input, path)?)?);
        }
        let page = self.pages.get(path)?;
        let next = page.after(&proposal.changes)?;
        self.steps.push((one, Arc::clone(&page.file), Arc::clone(&next.file)));
        self.pages.insert(path.clone(), next);
        Some(())
    }

    /// The trials whose edits stand nearest to what was found.
    fn culprits(&self, trials: &[Trial], found: &[&Diagnostic]) -> BTreeSet<usize> {
        let mut culprits = BTreeSet::new();
        for found in found {
            let span = &found.primary.span;
            let Some((place, _)) = self.pages.get(span.path()).and_then(|page| page.around(span)) else { continue };
            let near = |one: usize| {
                let changes = trials[one].proposals.front().map(|proposal| &proposal.changes);
                let shared = changes.into_iter().flatten().map(|change| common(change.path(), &place));
                shared.max().unwrap_or(0)
            };
            let nearest = self.steps.iter().map(|(one, ..)| near(*one)).max().unwrap_or(0);
            if nearest > 1 {
                culprits.extend(self.steps.iter().map(|(one, ..)| *one).filter(|one| near(*one) == nearest));
            }
        }
        culprits
    }
}

/// How many keys two ways begin with together.
fn common(one: &[String], other: &[String]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Of an adoption that another has made already.
fn without_edits(answer: &mut Option<Result<Adoption, Refusal>>) {
    if let Some(Ok(adoption)) = answer {
        adoption.edits.clear();
    }
}

fn faults(found: &[Diagnostic]) -> Vec<&Diagnostic> {
    found.iter().filter(|found| found.level() == Level::Error && !found.is_suppressed()).collect()
}
