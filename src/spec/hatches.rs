//! The escape hatches as written: `overrides` of CloudFormation properties, raw `resources`, and what was `moved`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::choice;
use crate::diagnostic::Diagnostic;
use crate::source::Located;
use crate::spec::decode::located;
use crate::spec::expression::Expression;
use crate::spec::modules::ThingPath;
use crate::spec::scalars::{Mapping, Matching, Pattern, PlainText};
use crate::spec::{Decoder, Definitions, Free, FreeMap, Shape, Written, rules};
use crate::syntax::{Entry, Node, Value};

/// The key of a thing that changes properties of its resources.
pub const OVERRIDES: &str = "overrides";

/// What stands under a hatch, still as it is written: CloudFormation's functions may be tags.
#[derive(Clone, Debug)]
pub struct Raw {
    pub node: Node,
    pub expressions: Vec<Expression>,
}

impl Shape for Raw {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        FreeMap::schema(definitions)
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let before = decoder.expressions.len();
        let read = FreeMap::decode(node, decoder);
        let expressions = decoder.expressions[before..].to_vec();
        read.map(|_| Self { node: node.clone(), expressions })
    }
}

/// Changes of properties by logical id. They have their own expressions with them.
#[derive(Clone, Debug)]
pub struct Overrides {
    pub entries: Vec<(Located<String>, Located<Raw>)>,
}

impl Shape for Overrides {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        <Mapping<LogicalId, Raw>>::schema(definitions)
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let (references, expressions) = (decoder.references.len(), decoder.expressions.len());
        let moves = decoder.moves.clone();
        let read = <Mapping<LogicalId, Raw>>::decode(&moves.rewritten(node), decoder);
        decoder.references.truncate(references);
        decoder.expressions.truncate(expressions);
        read.map(|read| Self { entries: read.entries })
    }
}

choice! {
    /// The stack that a raw resource stands in.
    pub enum RawStack {
        /// That of each environment, beside the things of this document; with stacks by life cycle, what is kept goes to the stack of what is kept.
        Application = "application",
        /// That of the pipelines.
        Delivery = "delivery",
    }
}

/// A resource as it stands in a template.
#[derive(Clone, Debug)]
pub struct RawResource {
    /// Without what is said to Tidegate.
    pub node: Node,
    pub stack: RawStack,
    pub expressions: Vec<Expression>,
}

/// What CloudFormation takes, and at the end what is said to Tidegate.
const RESOURCE_KEYS: &[(&str, &str)] = &[
    ("Type", "CloudFormation's name of the resource's type, e.g. `AWS::SNS::Topic`."),
    (
        "Properties",
        "Its properties. Texts may hold expressions such as `${{ streams.trips.arn }}`, values may be functions.",
    ),
    ("DependsOn", "Logical ids of resources that are made before this one."),
    ("Condition", "The name of a condition of the same template."),
    (
        "DeletionPolicy",
        "What becomes of it when it leaves the template: `Delete`, `Retain`, `RetainExceptOnCreate` or `Snapshot`.",
    ),
    ("UpdateReplacePolicy", "What becomes of the old one when it is replaced."),
    ("Metadata", "Anything about it, for tools."),
    ("CreationPolicy", "What CloudFormation waits for."),
    ("UpdatePolicy", "How CloudFormation updates it."),
    (STACK, "The stack that it stands in: `application` unless told otherwise."),
];

const STACK: &str = "stack";

impl Shape for RawResource {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        definitions.define::<Self>("RawResource", |definitions| {
            let fields = RESOURCE_KEYS.iter().map(|(key, doc)| {
                let schema = match *key {
                    "Type" => PlainText::schema(definitions),
                    STACK => RawStack::schema(definitions),
                    _ => json!({}),
                };
                (*key, *doc, *key == "Type", schema)
            });
            super::object("A resource as CloudFormation's templates say it.", fields.collect(), &[])
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let before = decoder.expressions.len();
        let keys: Vec<&'static str> = RESOURCE_KEYS.iter().map(|(key, _)| *key).collect();
        let mut fields = decoder.fields(node, &keys, &[])?;
        fields.required::<PlainText>("Type", decoder);
        let stack = fields.optional::<RawStack>(STACK, decoder);
        for key in keys.iter().filter(|key| !["Type", STACK].contains(key)) {
            fields.optional::<Free>(key, decoder);
        }
        fields.finish()?;
        let expressions = decoder.expressions[before..].to_vec();
        let (node, _) = without(node, STACK);
        let stack = stack.map_or(RawStack::Application, |stack| stack.value);
        Some(Self { node: node.into_owned(), stack, expressions })
    }
}

/// A logical id.
#[derive(Clone, Copy, Debug)]
pub struct LogicalId;

impl Pattern for LogicalId {
    const REGEX: &'static str = "^[A-Za-z0-9]{1,255}$";
    const EXPECTED: &'static str = "a logical id: letters and digits";
    const EXAMPLE: &'static str = "OrdersTopic";

    fn matches(text: &str) -> bool {
        (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

/// A mapping without one of its keys, and the value of that.
pub fn without<'n>(node: &'n Node, key: &str) -> (Cow<'n, Node>, Option<&'n Node>) {
    let Value::Map(entries) = &node.value else { return (Cow::Borrowed(node), None) };
    let Some(found) = entries.iter().find(|entry| entry.key.text == key) else { return (Cow::Borrowed(node), None) };
    let rest = entries.iter().filter(|entry| entry.key.text != key).cloned().collect();
    (Cow::Owned(Node { value: Value::Map(rest), ..node.clone() }), Some(&found.value))
}

/// A thing that has another name than before, and is the same in the account.
#[derive(Clone, Debug)]
pub struct Move {
    /// `streams.old`
    pub old: Located<String>,
    /// `streams.new`
    pub new: Located<String>,
}

/// What things are called in the account, where that is not their name in the document.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    moves: Vec<Move>,
    /// By the name in the document; both as `streams.trips`.
    identities: BTreeMap<String, String>,
}

impl Moves {
    /// Reads `moved`; what makes no sense is reported.
    pub fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let read = located::<Mapping<ThingPath, Matching<ThingPath>>>(node, decoder)?;
        let all = read.value.entries.into_iter();
        let moves: Vec<Move> = all.map(|(old, new)| Move { old, new: new.map(|new| new.text) }).collect();
        let mut known = Self::default();
        for (index, one) in moves.iter().enumerate() {
            if let Some(fault) = unfit(one, &moves[..index]) {
                decoder.report(fault);
                continue;
            }
            known.moves.push(one.clone());
        }
        for one in &known.moves {
            let (mut identity, mut seen) = (&one.old, BTreeSet::from([&one.new.value]));
            while let Some(before) = known.moves.iter().find(|other| other.new.value == identity.value) {
                if !seen.insert(&identity.value) {
                    break;
                }
                identity = &before.old;
            }
            if seen.contains(&identity.value) {
                let message = format!("`{}` is moved in a circle, so it has no first name", one.new.value);
                let found = Diagnostic::new(&rules::UNFIT_MOVE, &one.new.span, message).label("leads back");
                decoder.report(found.help("remove the move that leads back to a name before"));
                return None;
            }
            known.identities.insert(one.new.value.clone(), identity.value.clone());
        }
        Some(known)
    }

    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    /// The first name of a thing, if it has another now.
    pub fn identity(&self, section: &str, name: &str) -> Option<&str> {
        let path = self.identities.get(&format!("{section}.{name}"))?;
        path.split_once('.').map(|(_, name)| name)
    }

    /// Each first name with the name of now, both as `streams.trips`.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.identities.iter().map(|(new, old)| (old.as_str(), new.as_str()))
    }

    /// A node in which things go by their first names.
    pub fn rewritten<'n>(&self, node: &'n Node) -> Cow<'n, Node> {
        if self.is_empty() { Cow::Borrowed(node) } else { Cow::Owned(self.renamed(node)) }
    }

    fn renamed(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Null => Value::Null,
            Value::List(items) => Value::List(items.iter().map(|item| self.renamed(item)).collect()),
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|entry| {
                        let mut key = entry.key.clone();
                        if let Some(path) = self.path(&key.text) {
                            key.text = path;
                        }
                        Entry { key, value: self.renamed(&entry.value) }
                    })
                    .collect(),
            ),
            Value::Scalar(scalar) => {
                let mut scalar = scalar.clone();
                scalar.text = self.path(&scalar.text).unwrap_or_else(|| self.text(&scalar.text));
                Value::Scalar(scalar)
            }
        };
        Node { value, ..node.clone() }
    }

    /// `section.name` and what follows it, with the first name.
    fn path(&self, path: &str) -> Option<String> {
        let (section, rest) = path.split_once('.')?;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = rest.split(|c| !is_name(c)).next()?;
        let follows = &rest[name.len()..];
        let ends = follows.is_empty() || follows.starts_with(['.', '/']);
        let identity = self.identity(section, name).filter(|_| ends)?;
        Some(format!("{section}.{identity}{follows}"))
    }

    fn text(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let known = part.split_once("}}").and_then(|(inside, rest)| Some((self.path(inside.trim())?, rest)));
            match known {
                Some((path, rest)) => out.push_str(&format!("${{{{ {path} }}}}{rest}")),
                None => out.extend(["${{", part]),
            }
        }
        out
    }

    /// Reports old names that are in use again, and moves that nothing needs any more.
    pub fn check<T>(&self, things: &[Written<T>], is_whole: bool, decoder: &mut Decoder) {
        for one in &self.moves {
            let path = |thing: &Written<T>| format!("{}.{}", thing.section, thing.name.value);
            let again = things.iter().find(|thing| thing.called.is_none() && path(thing) == one.old.value);
            if let Some(again) = again {
                let message = format!(
                    "`{}` was moved to `{}`, which keeps its resources, and now it is the name of something else",
                    one.old.value, one.new.value
                );
                let found = Diagnostic::new(&rules::MOVED_NAME_IN_USE, &again.name.span, message);
                decoder.report(
                    found.label("a name that is taken").related(&one.old.span, "it was moved here").help(format!(
                        "give this one another name; or remove the move, if `{}` may be made anew and its old resources be lost",
                        one.new.value
                    )),
                );
            }
            let is_called = |thing: &Written<T>| {
                thing.called.as_ref().is_some_and(|name| format!("{}.{name}", thing.section) == one.new.value)
            };
            let goes_on = self.moves.iter().any(|other| other.old.value == one.new.value);
            if is_whole && again.is_none() && !goes_on && !things.iter().any(is_called) {
                let message = format!("there is no `{}`, so this move keeps nothing", one.new.value);
                let found = Diagnostic::new(&rules::IDLE_MOVE, &one.new.span, message).label("refers to nothing");
                decoder.report(found.help("remove the move; or write the name that the thing has now"));
            }
        }
    }
}

fn unfit(one: &Move, before: &[Move]) -> Option<Diagnostic> {
    let section = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let (old, new) = (&one.old.value, &one.new.value);
    let found = |message: String| Diagnostic::new(&rules::UNFIT_MOVE, &one.new.span, message).label("not the new name");
    if old == new {
        let help = "remove the move; or write the name that the thing has now";
        return Some(found(format!("`{old}` is moved to its own name")).help(help));
    }
    if section(old) != section(new) {
        let message = format!("`{old}` cannot become `{new}`: another kind of thing has other resources");
        return Some(found(message).help(format!("move it to a name in `{}`", section(old))));
    }
    let twin = before.iter().find(|other| other.new.value == *new)?;
    let message = format!("`{new}` was `{}` already, and cannot have been `{old}` too", twin.old.value);
    Some(
        found(message).related(&twin.new.span, "the first").help("keep the move from the name that the resources have"),
    )
}
