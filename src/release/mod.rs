//! The state machine of a release, as data: which states there are, what is decided in each of them, and the words.
//!
//! The pipeline's step and `tidegate release` read the same file and only know, each in its language, how to look and how
//! to act. So they take the same decisions and say the same sentences.
//!
//! `otherwise` of a state says where what no rule of it foresees leads to: a call that AWS refuses, and a wait after the
//! deadline. A state without it waits beyond the deadline, since it takes back what failed; a refusal there ends in
//! `failed`.
//!
//! Beside it stands what is shown of other things that are released, which have fewer states: [`Shown`].
//!
//! The record is written by who holds the lock: not in `verify`, which takes it.

mod machine;
mod shown;

pub use machine::{Branch, Condition, Machine, Rule, State};
pub use shown::{Ask, Form, Said, Shown, Word};

/// States with their rules, defaults, limits and words.
pub const MACHINE: &str = include_str!("machine.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value as Json;

    use super::*;

    const ENDS: [&str; 2] = ["succeeded", "failed"];

    fn machine() -> Json {
        serde_json::from_str(MACHINE).unwrap()
    }

    /// Each rule of each state, and each outcome of its action.
    fn branches(machine: &Json) -> Vec<(String, Json)> {
        let mut found = Vec::new();
        for (name, state) in machine["states"].as_object().unwrap() {
            for rule in state["rules"].as_array().unwrap() {
                found.push((name.clone(), rule.clone()));
                found.extend(rule["on"].as_object().into_iter().flatten().map(|(_, to)| (name.clone(), to.clone())));
            }
        }
        found
    }

    #[test]
    fn every_branch_leads_to_a_state_in_words_that_exist() {
        let machine = machine();
        for (state, branch) in branches(&machine) {
            let leads = ["go", "wait", "fail", "undo", "end"].iter().filter(|key| branch.get(**key).is_some()).count();
            assert_eq!(leads, 1, "{state}: {branch}");
            for key in ["go", "then"] {
                let to = branch[key].as_str().unwrap_or("verify");
                assert!(machine["states"].get(to).is_some(), "{state}: {to}");
            }
            for key in ["wait", "fail", "undo"] {
                let word = branch[key].as_str().unwrap_or("busy");
                assert!(machine["words"].get(word).is_some(), "{state}: {word}");
            }
            assert!(branch["end"].as_str().is_none_or(|end| ENDS.contains(&end)), "{state}: {branch}");
        }
    }

    #[test]
    fn every_state_is_reached_and_decides_in_every_case() {
        let machine = machine();
        let mut reached: BTreeSet<String> = ["verify", "failed", "undo"].map(str::to_owned).into();
        for (_, branch) in branches(&machine) {
            reached.extend(["go", "then"].iter().filter_map(|key| branch[*key].as_str().map(str::to_owned)));
        }
        for (name, state) in machine["states"].as_object().unwrap() {
            assert!(reached.contains(name), "{name}");
            assert!(!state["says"].as_str().unwrap().is_empty(), "{name}");
            let otherwise = state["otherwise"].as_str().unwrap_or("failed");
            assert!(machine["states"].get(otherwise).is_some(), "{name}: {otherwise}");
            let last = state["rules"].as_array().unwrap().last().unwrap();
            assert!(last.get("if").is_none(), "the last rule of {name} has a condition");
        }
    }
}
