//! What an apply writes down before and after each of its steps, so that it can be cut off anywhere and run again.
//!
//! The journal is lines of JSON; where they are kept is not known here.

use serde_json::{Value as Json, json};

/// A step of an apply on one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The lock is about to be taken.
    Locking,
    /// A change set is about to be executed.
    Executing(Execution),
    /// The operation has ended, with this status of the stack.
    Ended(String),
    /// Termination protection is about to be set so.
    Protecting(bool),
    /// The lock was released.
    Unlocked,
}

/// What is needed to execute a change set once and only once, and to find its end again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The ARN of the stack.
    pub stack_id: String,
    /// The change set's name.
    pub change_set: String,
    /// Makes repetitions of the call one execution.
    pub token: String,
    /// The id of the stack's newest event before it.
    pub after: String,
}

/// Where a line is kept; only when it returns, the line is safe.
type Keep<'a> = Box<dyn FnMut(Json) -> Result<(), String> + 'a>;

/// The journal of one run, which may be that of several processes after each other.
pub struct Journal<'a> {
    run: String,
    entries: Vec<(String, Step)>,
    goes_on: bool,
    keep: Keep<'a>,
}

/// The last line of a run that has come to its end.
const FINISHED: &str = "finished";
const BEGUN: &str = "begun";

impl<'a> Journal<'a> {
    /// Begins a run, or goes on with that of `earlier` lines when it has not come to its end. A last line that was cut
    /// off is left out: what it announces was not done yet.
    ///
    /// # Errors
    /// When the first line cannot be kept.
    pub fn open(
        earlier: &str,
        run: &str,
        purpose: &str,
        keep: impl FnMut(Json) -> Result<(), String> + 'a,
    ) -> Result<Self, String> {
        if let Some((run, entries)) = unfinished(earlier) {
            return Ok(Self { run, entries, goes_on: true, keep: Box::new(keep) });
        }
        let mut journal = Self { run: run.to_owned(), entries: Vec::new(), goes_on: false, keep: Box::new(keep) };
        let first = json!({ "version": 1, "run": run, "step": BEGUN, "purpose": purpose });
        (journal.keep)(first)?;
        Ok(journal)
    }

    /// Keeps nothing.
    pub fn none() -> Journal<'static> {
        Journal { run: String::new(), entries: Vec::new(), goes_on: false, keep: Box::new(|_| Ok(())) }
    }

    pub fn run(&self) -> &str {
        &self.run
    }

    /// Whether an earlier process of this run was cut off.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// The execution on a stack that was announced and whose end nobody has seen.
    pub fn pending(&self, stack: &str) -> Option<&Execution> {
        let steps = self.entries.iter().rev().filter(|(of, _)| of == stack).map(|(_, step)| step);
        let last = steps.into_iter().find(|step| matches!(step, Step::Executing(_) | Step::Ended(_)));
        match last {
            Some(Step::Executing(execution)) => Some(execution),
            _ => None,
        }
    }

    /// Whether this run has executed this change set to its end.
    pub fn has_ended(&self, stack: &str, change_set: &str) -> bool {
        let announced = |(of, step): &(String, Step)| {
            of == stack && matches!(step, Step::Executing(execution) if execution.change_set == change_set)
        };
        self.pending(stack).is_none() && self.entries.iter().any(announced)
    }

    /// The stacks whose lock may be held by this run.
    pub fn locked(&self) -> Vec<String> {
        let mut locked: Vec<String> = Vec::new();
        for (stack, step) in &self.entries {
            match step {
                Step::Locking if !locked.contains(stack) => locked.push(stack.clone()),
                Step::Unlocked => locked.retain(|other| other != stack),
                _ => {}
            }
        }
        locked
    }

    /// Every stack whose execution has no end yet.
    pub fn is_pending(&self) -> bool {
        self.entries.iter().any(|(stack, _)| self.pending(stack).is_some())
    }

    /// # Errors
    /// When the line cannot be kept; then the step must not be done.
    pub fn write(&mut self, stack: &str, step: Step) -> Result<(), String> {
        (self.keep)(line(&self.run, stack, &step))?;
        self.entries.push((stack.to_owned(), step));
        Ok(())
    }

    /// # Errors
    /// When the line cannot be kept.
    pub fn finish(&mut self) -> Result<(), String> {
        (self.keep)(json!({ "run": self.run, "step": FINISHED }))
    }
}

fn line(run: &str, stack: &str, step: &Step) -> Json {
    let mut line = json!({ "run": run, "stack": stack });
    let rest = match step {
        Step::Locking => json!({ "step": "locking" }),
        Step::Executing(execution) => json!({
            "step": "executing",
            "stack_id": execution.stack_id,
            "change_set": execution.change_set,
            "token": execution.token,
            "after": execution.after,
        }),
        Step::Ended(status) => json!({ "step": "ended", "status": status }),
        Step::Protecting(protected) => json!({ "step": "protecting", "protected": protected }),
        Step::Unlocked => json!({ "step": "unlocked" }),
    };
    if let (Some(line), Json::Object(rest)) = (line.as_object_mut(), rest) {
        line.extend(rest);
    }
    line
}

fn step(line: &Json) -> Option<Step> {
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    Some(match line["step"].as_str()? {
        "locking" => Step::Locking,
        "executing" => Step::Executing(Execution {
            stack_id: text("stack_id")?,
            change_set: text("change_set")?,
            token: text("token")?,
            after: text("after")?,
        }),
        "ended" => Step::Ended(text("status")?),
        "protecting" => Step::Protecting(line["protected"].as_bool()?),
        "unlocked" => Step::Unlocked,
        _ => return None,
    })
}

/// The run that the lines are of, and its steps, if it has not come to its end.
fn unfinished(text: &str) -> Option<(String, Vec<(String, Step)>)> {
    let lines: Vec<Json> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let first = lines.first().filter(|first| first["version"] == 1)?;
    if lines.iter().any(|line| line["step"] == FINISHED) {
        return None;
    }
    let entries = lines.iter().filter_map(|line| Some((line["stack"].as_str()?.to_owned(), step(line)?)));
    Some((first["run"].as_str()?.to_owned(), entries.collect()))
}

/// What a journal tells a person: when its run began, what for, and whether it came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSummary {
    pub run: String,
    pub purpose: String,
    pub began: String,
    pub finished: bool,
    /// The stacks with an execution whose end nobody has seen.
    pub pending: Vec<String>,
}

/// `None` when the text is no journal.
pub fn summarize(text: &str) -> Option<JournalSummary> {
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let first = lines.into_iter().next().filter(|first| first["version"] == 1)?;
    let part = |name: &str| first[name].as_str().unwrap_or_default().to_owned();
    let open = unfinished(text);
    let finished = open.is_none();
    let entries = open.map(|(_, entries)| entries).unwrap_or_default();
    let journal = Journal { entries, ..Journal::none() };
    let mut pending: Vec<String> = journal.entries.iter().map(|(stack, _)| stack.clone()).collect();
    pending.retain(|stack| journal.pending(stack).is_some());
    pending.sort();
    pending.dedup();
    Some(JournalSummary { run: part("run"), purpose: part("purpose"), began: part("time"), finished, pending })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn execution() -> Execution {
        let text = |text: &str| text.to_owned();
        Execution { stack_id: text("arn:s"), change_set: text("c"), token: text("t"), after: text("e") }
    }

    fn written(steps: &[(&str, Step)], finish: bool) -> String {
        let lines = RefCell::new(String::new());
        let keep = |line: Json| {
            lines.borrow_mut().push_str(&format!("{line}\n"));
            Ok(())
        };
        let mut journal = Journal::open("", "r1", "deploy prod", keep).unwrap();
        steps.iter().for_each(|(stack, step)| journal.write(stack, step.clone()).unwrap());
        if finish {
            journal.finish().unwrap();
        }
        drop(journal);
        lines.into_inner()
    }

    fn reopened(text: &str) -> Journal<'static> {
        Journal::open(text, "r2", "deploy prod", |_| Ok(())).unwrap()
    }

    #[test]
    fn a_run_goes_on_where_it_was_cut_off() {
        let text = written(&[("a", Step::Locking), ("a", Step::Executing(execution()))], false);
        let journal = reopened(&text);
        assert_eq!((journal.run(), journal.goes_on()), ("r1", true));
        assert_eq!(journal.pending("a"), Some(&execution()));
        assert_eq!(journal.pending("b"), None);
        assert_eq!(journal.locked(), ["a"]);
        assert!(journal.is_pending());
        let summary = summarize(&text).unwrap();
        assert_eq!((summary.finished, summary.pending.as_slice()), (false, &["a".to_owned()][..]));
        assert_eq!(summary.purpose, "deploy prod");
    }

    #[test]
    fn a_run_that_ended_is_not_gone_on_with() {
        let text = written(&[("a", Step::Locking), ("a", Step::Unlocked)], true);
        let journal = reopened(&text);
        assert_eq!((journal.run(), journal.goes_on()), ("r2", false));
        assert!(summarize(&text).unwrap().finished);
    }

    #[test]
    fn an_end_and_a_release_are_remembered() {
        let steps = [
            ("a", Step::Locking),
            ("b", Step::Locking),
            ("a", Step::Executing(execution())),
            ("a", Step::Ended("UPDATE_COMPLETE".to_owned())),
            ("a", Step::Protecting(true)),
            ("a", Step::Unlocked),
        ];
        let journal = reopened(&written(&steps, false));
        assert_eq!(journal.pending("a"), None);
        assert_eq!(journal.locked(), ["b"]);
        assert_eq!(journal.entries.len(), steps.len());
    }

    #[test]
    fn a_line_that_was_cut_off_is_as_if_it_were_not_there() {
        let text = written(&[("a", Step::Locking), ("a", Step::Executing(execution()))], false);
        for length in 0..text.len() {
            let journal = reopened(&text[..length]);
            let whole = text[..length].lines().filter(|line| serde_json::from_str::<Json>(line).is_ok()).count();
            assert_eq!(journal.goes_on(), whole > 0, "{length}");
            assert_eq!(journal.pending("a").is_some(), whole == 3, "{length}");
        }
        assert_eq!(summarize("nonsense"), None);
        assert_eq!(summarize(""), None);
    }

    #[test]
    fn what_cannot_be_kept_is_an_error() {
        assert!(Journal::open("", "r", "", |_| Err("the disk is full".to_owned())).is_err());
    }
}
