//! Values that differ by environment, and values that a module is given.

use serde_json::{Value as Json, json};

use super::{Proposal, Sight};
use crate::adopt::outcome::text;
use crate::adopt::page::{Change, Page};
use crate::adopt::shape::Shape;
use crate::adopt::spelling::{kebab, spellings};
use crate::adopt::{Means, editable};
use crate::source::Span;
use crate::syntax::{Node, Value as Syntax};

/// The longest name that the language takes, without hyphens.
const LONGEST_NAME: usize = 36;

impl Sight<'_> {
    /// Another value of a param: that of the environment, the default, or a new one of the environment.
    pub(super) fn other_param(&self, name: &str, live: &Json, all: &mut Vec<Proposal>) {
        let Ok(page) = editable(self.input, self.input.file.path()) else { return };
        let own = self.param_of_environment(name);
        let default = [strings(&["params", name, "default"]), strings(&["params", name])];
        let default = default.into_iter().find(|path| page.at(path).is_some_and(is_scalar));
        for path in [page.at(&own).map(|_| own.clone()), default, Some(own)].into_iter().flatten() {
            let old = page.at(&path).and_then(scalar);
            for value in spellings(old, self.before(), live, &[]).into_iter().take(4) {
                self.propose(&page, &path, &value, Means::Param, all);
            }
        }
    }

    /// Another value of what the document gives to a module.
    pub(super) fn other_input(&self, name: &str, live: &Json, all: &mut Vec<Proposal>) {
        let Ok(page) = editable(self.input, self.input.file.path()) else { return };
        let Some(module) = self.entry().and_then(|entry| entry.module.as_ref()) else { return };
        let Some(call) = module.path.first().filter(|_| module.path.len() == 1) else { return };
        let path = strings(&["modules", call, "with", name]);
        let old = page.at(&path).and_then(scalar);
        if let Some(param) = old.and_then(super::whole).and_then(|name| name.strip_prefix("params.")) {
            return self.other_param(param, live, all);
        }
        for value in spellings(old, self.before(), live, &[]) {
            self.propose(&page, &path, &value, Means::Key, all);
        }
    }

    /// A new param in the place of a value that only this environment has otherwise.
    pub(super) fn new_param(&self, page: &Page, span: &Span, all: &mut Vec<Proposal>) {
        let (Some(live), true) = (&self.wish.live, self.is_shared) else { return };
        let Some((path, node)) = page.around(span) else { return };
        let (Some(old), false) = (scalar(node), live.is_array() || live.is_object()) else { return };
        if old.contains("${{") || path.len() < 3 {
            return;
        }
        let words = Shape::at(&path).words();
        for value in spellings(Some(old), self.before(), live, &words).into_iter().take(3) {
            let name = self.free_name(page, &path[1..].join("-"));
            all.push(self.by_param(page, &path, &name, &json_of(old), &value));
        }
    }

    /// A param with a default, and with another value in this environment; `path` takes its value.
    fn by_param(&self, page: &Page, path: &[String], name: &str, default: &Json, value: &Json) -> Proposal {
        let expression = json!(format!("${{{{ params.{name} }}}}"));
        let changes = vec![
            Change::Set(path.to_vec(), expression),
            Change::Set(strings(&["params", name]), default.clone()),
            Change::Set(self.param_of_environment(name), value.clone()),
        ];
        let environment = &self.wish.environment;
        let says = format!(
            "`{}` becomes `params.{name}`, which is `{}` in `{environment}` and `{}` elsewhere",
            path.join("."),
            text(value),
            text(default)
        );
        Proposal { path: page.file.path().to_owned(), changes, means: Means::Param, says }
    }

    fn param_of_environment(&self, name: &str) -> Vec<String> {
        strings(&["environments", &self.wish.environment, "params", name])
    }

    /// A name for a param that there is none of yet.
    fn free_name(&self, page: &Page, wanted: &str) -> String {
        let mut base = kebab(wanted);
        base.retain(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        while base.contains("--") {
            base = base.replace("--", "-");
        }
        base.truncate(LONGEST_NAME);
        let base = base.trim_matches(|c: char| c == '-' || c.is_ascii_digit()).to_owned();
        let is_free = |name: &String| page.at(&strings(&["params", name])).is_none();
        let numbered = (2..100).map(|number| format!("{base}-{number}"));
        std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or(base)
    }
}

pub(super) fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        Syntax::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

fn is_scalar(node: &Node) -> bool {
    scalar(node).is_some()
}

/// What a text says: a number where it is one.
fn json_of(text: &str) -> Json {
    text.parse::<i64>().map_or_else(|_| json!(text), Json::from)
}
