//! The machine as values: states with rules, and the branch that each rule takes.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::MACHINE;

static READ: LazyLock<Machine> =
    LazyLock::new(|| Machine::read(&serde_json::from_str(MACHINE).expect("machine.json is part of the program")));

/// All of `machine.json` but its words' placeholders, which whoever runs it fills.
#[derive(Debug)]
pub struct Machine {
    states: Vec<(String, State)>,
    words: Vec<(String, String)>,
    defaults: Json,
    limits: Json,
    errors: Json,
}

#[derive(Debug)]
pub struct State {
    /// What happens there, for people.
    pub says: String,
    /// Where a call that AWS refuses, and a wait after the deadline, lead to. `None`: it waits on, and a refusal ends in
    /// `failed`.
    pub otherwise: Option<String>,
    pub rules: Vec<Rule>,
}

/// If all conditions hold, the action is done, and the branch of its outcome taken.
#[derive(Debug)]
pub struct Rule {
    pub conditions: Vec<Condition>,
    pub action: Option<String>,
    pub outcomes: Vec<(String, Branch)>,
    pub branch: Branch,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    pub predicate: String,
    /// Whether it is to hold, or not to.
    pub holds: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// Goes on in a state at once.
    Go(String),
    /// Looks again later, in `then` or in the same state.
    Wait { word: String, then: Option<String> },
    /// Nothing was changed yet that has to be taken back.
    Fail(String),
    /// Takes back what was done, beginning in a state.
    Undo { word: String, then: String },
    /// `succeeded` or `failed`.
    End(String),
}

impl Machine {
    pub fn get() -> &'static Self {
        &READ
    }

    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|(known, _)| known == name).map(|(_, state)| state)
    }

    pub fn states(&self) -> impl Iterator<Item = (&str, &State)> {
        self.states.iter().map(|(name, state)| (name.as_str(), state))
    }

    /// A sentence with `{placeholders}`.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.words.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// What rules call an error of AWS; `None`: all others are `refused`.
    pub fn outcome(&self, code: &str) -> Option<&str> {
        self.errors["outcomes"][code].as_str()
    }

    /// Whether an error of AWS is gone when the same is asked again later.
    pub fn passes(&self, code: &str) -> bool {
        self.errors["passing"].as_array().is_some_and(|codes| codes.iter().any(|known| known == code))
    }

    pub fn limit(&self, name: &str) -> u64 {
        self.limits[name].as_u64().unwrap_or_default()
    }

    /// What is meant where the document says nothing: `/health/restarts`.
    pub fn default(&self, pointer: &str) -> &Json {
        self.defaults.pointer(pointer).unwrap_or(&Json::Null)
    }

    fn read(json: &Json) -> Self {
        let states = json["states"].as_object().into_iter().flatten();
        let words = json["words"].as_object().into_iter().flatten();
        Self {
            states: states.map(|(name, state)| (name.clone(), State::read(state))).collect(),
            words: words.map(|(name, text)| (name.clone(), owned(text))).collect(),
            defaults: json["defaults"].clone(),
            limits: json["limits"].clone(),
            errors: json["errors"].clone(),
        }
    }
}

impl State {
    fn read(json: &Json) -> Self {
        Self {
            says: owned(&json["says"]),
            otherwise: json["otherwise"].as_str().map(str::to_owned),
            rules: json["rules"].as_array().into_iter().flatten().map(Rule::read).collect(),
        }
    }
}

impl Rule {
    fn read(json: &Json) -> Self {
        let conditions = json["if"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let outcomes = json["on"].as_object().into_iter().flatten();
        Self {
            conditions: conditions.map(Condition::read).collect(),
            action: json["do"].as_str().map(str::to_owned),
            outcomes: outcomes.map(|(outcome, branch)| (outcome.clone(), Branch::read(branch))).collect(),
            branch: Branch::read(json),
        }
    }

    /// The branch of an action's outcome; `None` for one that the rule does not foresee.
    pub fn after(&self, outcome: Option<&str>) -> Option<&Branch> {
        match outcome {
            None => Some(&self.branch),
            Some(outcome) => self.outcomes.iter().find(|(known, _)| known == outcome).map(|(_, branch)| branch),
        }
    }
}

impl Condition {
    fn read(text: &str) -> Self {
        match text.strip_prefix("not ") {
            Some(predicate) => Self { predicate: predicate.to_owned(), holds: false },
            None => Self { predicate: text.to_owned(), holds: true },
        }
    }
}

impl Branch {
    fn read(json: &Json) -> Self {
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        let then = || text("then").unwrap_or_else(|| "undo".to_owned());
        None.or_else(|| text("wait").map(|word| Self::Wait { word, then: text("then") }))
            .or_else(|| text("fail").map(Self::Fail))
            .or_else(|| text("undo").map(|word| Self::Undo { word, then: then() }))
            .or_else(|| text("end").map(Self::End))
            .unwrap_or_else(|| Self::Go(text("go").unwrap_or_default()))
    }
}

fn owned(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_stand() {
        let machine = Machine::get();
        let look = machine.state("look").unwrap();
        let [gone, _, late, ..] = &look.rules[..] else { panic!("{look:?}") };
        assert_eq!(gone.action.as_deref(), Some("remember-pointer"));
        assert_eq!(gone.branch, Branch::Go("create".to_owned()));
        assert_eq!(late.conditions.len(), 2);
        assert_eq!(late.branch, Branch::Fail("busy-too-long".to_owned()));
        let conflict = &machine.state("conflict").unwrap().rules[1];
        let then = Some("update".to_owned());
        assert_eq!(conflict.branch, Branch::Wait { word: "conflict".to_owned(), then });
        let verify = machine.state("verify").unwrap().rules.last().unwrap();
        assert_eq!(verify.after(Some("held")), Some(&Branch::Wait { word: "held".to_owned(), then: None }));
        assert_eq!(verify.after(Some("else")), None);
        assert_eq!(verify.after(None), Some(&Branch::Go("look".to_owned())));
        let created = machine.state("wait-stack").unwrap().rules.last().unwrap();
        let undo = Branch::Undo { word: "stack-did-not-create".to_owned(), then: "take-back".to_owned() };
        assert_eq!(created.branch, undo);
        assert_eq!(machine.state("end").unwrap().rules[0].branch, Branch::End("succeeded".to_owned()));
        assert_eq!(look.otherwise.as_deref(), Some("failed"));
        assert_eq!(machine.state("roll-back").unwrap().otherwise, None);
        assert_eq!(machine.limit("conflicts"), 10);
        assert_eq!(machine.default("/health/for-minutes"), 5);
        assert!(machine.word("gone").is_some_and(|word| word.contains("{application}")));
        assert!(machine.state("nowhere").is_none() && machine.word("nothing").is_none());
        assert!(machine.states().all(|(_, state)| !state.says.is_empty()));
    }
}
