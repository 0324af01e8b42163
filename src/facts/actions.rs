//! What actions a pipeline can have, and what each of them takes and gives.

use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("actions.json")).expect("the facts are part of the program"));

static ACTIONS: LazyLock<Vec<ActionType>> =
    LazyLock::new(|| FACTS["actions"].as_array().into_iter().flatten().map(ActionType).collect());

/// The longest value under a key of a configuration, in characters, before an execution puts in its variables
/// (API Reference, ActionDeclaration).
pub const VALUE_MAX: usize = 1000;

/// A kind of action that AWS offers, e.g. `Build`, `AWS`, `CodeBuild`.
#[derive(Clone, Copy, Debug)]
pub struct ActionType(&'static Json);

/// A key of the configuration of an action.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    facts: &'static Json,
}

/// What stands under a key of a configuration, always written as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Boolean,
    Number,
    Json,
    Arn,
}

/// How many artifacts an action takes or makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub min: usize,
    pub max: usize,
}

/// The facts about an action of this category, owner and provider.
pub fn find(category: &str, owner: &str, provider: &str) -> Option<&'static ActionType> {
    all().find(|action| action.category() == category && action.owner() == owner && action.provider() == provider)
}

/// Every kind of action.
pub fn all() -> impl Iterator<Item = &'static ActionType> {
    ACTIONS.iter()
}

impl ActionType {
    pub fn category(self) -> &'static str {
        self.text("category")
    }

    /// `AWS` or `ThirdParty`; those of owner `Custom` are known to an account alone.
    pub fn owner(self) -> &'static str {
        self.text("owner")
    }

    pub fn provider(self) -> &'static str {
        self.text("provider")
    }

    pub fn version(self) -> &'static str {
        self.text("version")
    }

    /// The keys of its configuration.
    pub fn keys(self) -> impl Iterator<Item = Key> {
        let keys = self.0["keys"].as_object().into_iter().flatten();
        keys.map(|(name, facts)| Key { name, facts })
    }

    pub fn key(self, name: &str) -> Option<Key> {
        self.keys().find(|key| key.name == name)
    }

    /// Whether it may take keys that are not known here.
    pub fn is_open(self) -> bool {
        self.is("open")
    }

    pub fn inputs(self) -> Count {
        self.count("inputs")
    }

    pub fn outputs(self) -> Count {
        self.count("outputs")
    }

    /// The output variables, when they are always the same; `None` when a build, a function or a stack names them, or
    /// when there may be more than AWS lists.
    pub fn variables(self) -> Option<Vec<&'static str>> {
        (!self.is("more-variables")).then_some(())?;
        Some(texts(self.0.get("variables")?).collect())
    }

    /// Whether only a pipeline of type V2 may have it.
    pub fn needs_v2(self) -> bool {
        self.is("needs-v2")
    }

    /// Why it no longer works.
    pub fn retired(self) -> Option<&'static str> {
        self.0["retired"].as_str()
    }

    fn text(self, name: &str) -> &'static str {
        self.0[name].as_str().unwrap_or_default()
    }

    fn is(self, name: &str) -> bool {
        self.0[name].as_bool().unwrap_or_default()
    }

    fn count(self, name: &str) -> Count {
        let at =
            |index: usize| self.0[name][index].as_u64().and_then(|count| count.try_into().ok()).unwrap_or_default();
        Count { min: at(0), max: at(1) }
    }
}

impl Key {
    pub fn is_required(self) -> bool {
        self.facts["required"].as_bool().unwrap_or_default()
    }

    pub fn kind(self) -> Kind {
        match self.facts["kind"].as_str() {
            Some("boolean") => Kind::Boolean,
            Some("number") => Kind::Number,
            Some("json") => Kind::Json,
            Some("arn") => Kind::Arn,
            _ => Kind::Text,
        }
    }

    /// The values that it may have; none when any text will do.
    pub fn values(self) -> Vec<&'static str> {
        texts(&self.facts["one-of"]).collect()
    }

    /// The longest value, in characters.
    pub fn max_length(self) -> usize {
        self.facts["max"].as_u64().and_then(|max| max.try_into().ok()).unwrap_or(VALUE_MAX)
    }
}

fn texts(list: &'static Json) -> impl Iterator<Item = &'static str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        for action in all() {
            assert!(["AWS", "ThirdParty"].contains(&action.owner()), "{action:?}");
            for (name, text) in [("category", action.category()), ("provider", action.provider())] {
                assert!(!text.is_empty(), "{name} of {action:?}");
            }
            assert_eq!(action.version(), "1");
            assert!(action.0["source"].as_str().is_some_and(|source| source.contains("20")), "{action:?}");
            assert!(action.inputs().min <= action.inputs().max && action.outputs().min <= action.outputs().max);
            assert_eq!(find(action.category(), action.owner(), action.provider()).map(|it| it.0), Some(action.0));
        }
    }

    #[test]
    fn keys_and_variables_are_those_of_the_guide() {
        let connection = find("Source", "AWS", "CodeStarSourceConnection").unwrap();
        let required: Vec<_> = connection.keys().filter(|key| key.is_required()).map(|key| key.name).collect();
        assert_eq!(required.len(), 3, "{required:?}");
        assert_eq!(connection.variables(), None);
        let commit = find("Source", "AWS", "CodeCommit").unwrap().variables().unwrap();
        assert!(commit.contains(&"CommitId") && !commit.contains(&"ConnectionArn"));
        assert_eq!(find("Build", "AWS", "CodeBuild").unwrap().variables(), None);
        assert_eq!(find("Approval", "AWS", "Manual").unwrap().variables(), Some(vec![]));
        assert!(find("Compute", "AWS", "Commands").unwrap().needs_v2());
    }
}
