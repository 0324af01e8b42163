//! `modules`: things that another file describes, made once for each name they are given.
//!
//! A module is a folder with a `module.yaml`: sections as those of a document, inputs that the user of the module
//! fills, and outputs, the things that others may refer to. What it makes is called after the module's name in the
//! document: `queues.inbox` of the module `orders` is `queues.orders-inbox`.

use std::collections::BTreeSet;

use serde_json::json;

use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::{SourceFile, Span};
use crate::spec::decode::Decoder;
use crate::spec::document::{Section, Written, things};
use crate::spec::scalars::{Mapping, Matching, Name, Pattern, PlainText, Scalar};
use crate::spec::{Definitions, Shape, rules};
use crate::syntax::{self, Entry, Node, PlainKind, Value};
use crate::{choice, record};

/// The file of a module in its folder.
const FILE: &str = "module.yaml";

const VERSION: &str = "tidegate-module";

record! {
    /// One use of a module.
    pub struct Call {
        /// The folder of the module, seen from the folder of this file.
        required from: Matching<Folder> = "from",
        /// The inputs of the module.
        optional with: Mapping<Name, Scalar> = "with",
    }
}

record! {
    /// An input of a module.
    pub struct Input {
        /// What may be given.
        required kind: InputType = "type",
        /// What is taken when nothing is given; without it, the input must be given.
        optional default: Scalar = "default",
        /// What it is for.
        required description: PlainText = "description",
    }
}

choice! {
    /// What may be given for an input.
    pub enum InputType {
        /// Any text, also one with expressions.
        Text = "text",
        /// A whole number, or an expression that gives one.
        Integer = "integer",
        /// A thing of the document, such as `streams.trips`.
        Reference = "reference",
    }
}

/// A path of a folder below that of the document.
#[derive(Clone, Copy, Debug)]
pub struct Folder;

impl Pattern for Folder {
    const REGEX: &'static str = "^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";
    const EXPECTED: &'static str = "a folder beside this file: names parted by `/`";
    const EXAMPLE: &'static str = "modules/dataset";

    fn matches(text: &str) -> bool {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        text.split('/')
            .all(|part| part.bytes().next().is_some_and(may) && part.bytes().all(|byte| may(byte) || byte == b'.'))
    }
}

/// The module that a thing comes from.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What the document calls the module.
    pub name: String,
    /// Where it does.
    pub call: Span,
    /// Whether the thing is an output, which others may refer to.
    pub is_output: bool,
}

/// A module with what its user gave.
struct Filled<'n> {
    /// `modules/dataset`
    folder: &'n str,
    /// What the document calls it.
    name: &'n str,
    /// By name: what stands for `${{ inputs.name }}`.
    inputs: Vec<(&'n str, &'n Node)>,
    /// The sections and names of its things.
    things: BTreeSet<(&'n str, &'n str)>,
}

/// Makes the things of each module.
pub fn instantiate<T>(
    calls: &Mapping<Name, Call>,
    node: &Node,
    sections: &[&Section<T>],
    decoder: &mut Decoder,
    out: &mut Vec<Written<T>>,
) {
    let Value::Map(entries) = &node.value else { return };
    let mut told = BTreeSet::new();
    for (name, call) in &calls.entries {
        let known = decoder.diagnostics.len();
        let given =
            entries.iter().find(|entry| entry.key.text == name.value).and_then(|entry| child(&entry.value, "with"));
        module(&name.value, &name.span, call, given, sections, decoder, out);
        for diagnostic in decoder.diagnostics.split_off(known) {
            let place = &diagnostic.primary.span;
            // What is wrong with a module is told once, however often it is used.
            if place.path() == name.span.path() {
                decoder.diagnostics.push(diagnostic);
            } else if told.insert((diagnostic.rule.name, format!("{place:?}"), diagnostic.message.clone())) {
                decoder.diagnostics.push(diagnostic.related(&name.span, "this uses the module"));
            }
        }
    }
}

fn module<T>(
    name: &str,
    at: &Span,
    call: &Call,
    given: Option<&Node>,
    sections: &[&Section<T>],
    decoder: &mut Decoder,
    out: &mut Vec<Written<T>>,
) {
    let folder = &call.from.value.text;
    let path = format!("{folder}/{FILE}");
    let Some(text) = decoder.files.as_ref().and_then(|files| files.read(&path)) else {
        let message = format!("there is no `{path}` beside this file");
        let help = format!("write the folder that holds the module's `{FILE}`");
        let missing = Diagnostic::new(&rules::NO_MODULE, &call.from.span, message).label("no module").help(help);
        decoder.report(missing);
        return;
    };
    let beside = at.path().rfind('/').map_or("", |slash| &at.path()[..=slash]);
    let parsed = syntax::parse(&SourceFile::new(format!("{beside}{path}"), text));
    let is_whole = parsed.diagnostics.is_empty() && parsed.unread.is_empty();
    decoder.diagnostics.extend(parsed.diagnostics);
    if !is_whole {
        return;
    }
    let root = &parsed.root;
    let header = [VERSION, "description", "inputs", "outputs"];
    let keys: Vec<&'static str> = header.into_iter().chain(sections.iter().map(|section| section.key)).collect();
    let Some(mut fields) = decoder.fields(root, &keys, &[]) else { return };
    fields.required::<ModuleVersion>(VERSION, decoder);
    fields.required::<PlainText>("description", decoder);
    let inputs =
        fields.optional::<Mapping<Name, Input>>("inputs", decoder).map(|inputs| inputs.value).unwrap_or_default();
    let outputs = fields.optional::<Mapping<ThingPath, PlainText>>("outputs", decoder);
    let outputs: Vec<&str> = outputs.iter().flat_map(|it| &it.value.entries).map(|(path, _)| &*path.value).collect();
    let things_of = |section: &Section<T>| child(root, section.key).map(entries).unwrap_or_default();
    let own = sections.iter().flat_map(|it| things_of(it).iter().map(|entry| (it.key, entry.key.text.as_str())));
    let known = decoder.diagnostics.len();
    let filled = Filled { folder, name, inputs: fill(&inputs, root, call, given, at, decoder), things: own.collect() };
    // Without its inputs a thing is known by its name alone.
    let (fits, told) = (decoder.diagnostics.len() == known, decoder.diagnostics.len());
    for section in sections {
        let Some(written) = child(root, section.key) else { continue };
        let made = out.len();
        things(section, &filled.node(written), Some(name), decoder, out);
        if !fits {
            decoder.diagnostics.truncate(told);
        }
        for thing in &mut out[made..] {
            let bare = thing.name.value.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
            let is_output = outputs.contains(&format!("{}.{bare}", section.key).as_str());
            thing.value = thing.value.take().filter(|_| fits);
            thing.module = Some(Instance { name: name.to_owned(), call: at.clone(), is_output });
        }
    }
}

/// The value of each input, given or by default; what does not fit is reported.
fn fill<'n>(
    inputs: &Mapping<Name, Input>,
    root: &'n Node,
    call: &Call,
    given: Option<&'n Node>,
    at: &Span,
    decoder: &mut Decoder,
) -> Vec<(&'n str, &'n Node)> {
    let declared = child(root, "inputs").map(entries).unwrap_or_default();
    let given = given.map(entries).unwrap_or_default();
    let names: Vec<&str> = inputs.entries.iter().map(|(name, _)| name.value.as_str()).collect();
    let with = call.with.iter().flat_map(|with| &with.value.entries).map(|(name, _)| name);
    for name in with.filter(|name| !names.contains(&name.value.as_str())) {
        let message = format!("the module has no input `{}`", name.value);
        let help = match nearest(&name.value, names.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None if names.is_empty() => "remove it: the module has no inputs".to_owned(),
            None => format!("remove it; the inputs are {}", list(names.iter().copied())),
        };
        decoder.report(Diagnostic::new(&rules::MODULE_INPUT, &name.span, message).label("no input").help(help));
    }
    let mut filled = Vec::new();
    for entry in declared {
        let Some(input) = inputs.get(&entry.key.text) else { continue };
        let value = given.iter().find(|given| given.key.text == entry.key.text).map(|given| &given.value);
        let default = input.default.as_ref().and_then(|_| child(&entry.value, "default"));
        let Some(value) = value.or(default) else {
            let message = format!("the module needs `{}`: {}", entry.key.text, input.description.value.0);
            let missing = Diagnostic::new(&rules::MODULE_INPUT, at, message).label("does not give it");
            let help = format!("write `with: {{{}: …}}`", entry.key.text);
            decoder.report(missing.related(&entry.key.span, "the input").help(help));
            continue;
        };
        check(&entry.key, input, value, decoder);
        filled.push((entry.key.text.as_str(), value));
    }
    filled
}

fn check(key: &syntax::Key, input: &Input, value: &Node, decoder: &mut Decoder) {
    let Value::Scalar(scalar) = &value.value else { return };
    let has_expression = scalar.text.contains("${{");
    let (fits, wanted) = match input.kind.value {
        InputType::Text => (true, "a text"),
        InputType::Integer => (has_expression || matches!(scalar.kind(), PlainKind::Integer(_)), "a whole number"),
        InputType::Reference => (ThingPath::matches(&scalar.text), "a thing such as `streams.trips`"),
    };
    if !fits {
        let message = format!("the input `{}` is {wanted}, not `{}`", key.text, scalar.text);
        let wrong = Diagnostic::new(&rules::MODULE_INPUT, &value.span, message).label("does not fit");
        decoder.report(wrong.related(&key.span, "the input").help(format!("write {wanted}")));
    }
}

impl Filled<'_> {
    /// A node with inputs filled in, and the module's own things by the names they get.
    fn node(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Null => Value::Null,
            Value::List(items) => Value::List(items.iter().map(|item| self.node(item)).collect()),
            Value::Map(entries) => Value::Map(
                entries.iter().map(|it| Entry { key: it.key.clone(), value: self.node(&it.value) }).collect(),
            ),
            Value::Scalar(scalar) => {
                if let Some(given) = self.whole_input(&scalar.text) {
                    return Node { span: node.span.clone(), used_at: node.used_at.clone(), ..given.clone() };
                }
                let mut scalar = scalar.clone();
                scalar.text = match self.renamed(&scalar.text) {
                    Some(path) => path,
                    None => self.text(&scalar.text),
                };
                Value::Scalar(scalar)
            }
        };
        Node { value, ..node.clone() }
    }

    /// The input that a text consists of: it keeps its type.
    fn whole_input(&self, text: &str) -> Option<&Node> {
        let inside = text.strip_prefix("${{")?.strip_suffix("}}")?.trim();
        let name = inside.strip_prefix("inputs.")?;
        self.inputs.iter().find(|(input, _)| *input == name).map(|(_, value)| *value)
    }

    fn text(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once("}}") {
                Some((inside, rest)) => out.extend([self.expression(inside.trim()).as_str(), rest]),
                None => out.extend(["${{", part]),
            }
        }
        out
    }

    /// What stands for `${{ path }}`.
    fn expression(&self, path: &str) -> String {
        let input = path.strip_prefix("inputs.").and_then(|name| self.inputs.iter().find(|(input, _)| *input == name));
        match (input, path) {
            (Some((_, Node { value: Value::Scalar(scalar), .. })), _) => scalar.text.clone(),
            (_, "module.path") => self.folder.to_owned(),
            (_, "module.name") => self.name.to_owned(),
            _ => format!("${{{{ {} }}}}", self.renamed(path).as_deref().unwrap_or(path)),
        }
    }

    /// `section.name` and `section.name.attribute` of the module's own things.
    fn renamed(&self, path: &str) -> Option<String> {
        let (section, rest) = path.split_once('.')?;
        let name = rest.split('.').next()?;
        self.things.contains(&(section, name)).then(|| format!("{section}.{}-{rest}", self.name))
    }
}

fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entries(node).iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
}

/// `section.name`
#[derive(Clone, Copy, Debug)]
pub struct ThingPath;

impl Pattern for ThingPath {
    const REGEX: &'static str = r"^[a-z]+\.[a-z](-?[a-z0-9])*$";
    const EXPECTED: &'static str = "a thing: its section, a point, and its name";
    const EXAMPLE: &'static str = "queues.inbox";

    fn matches(text: &str) -> bool {
        text.split_once('.').is_some_and(|(section, name)| {
            !section.is_empty() && section.bytes().all(|byte| byte.is_ascii_lowercase()) && Name::matches(name)
        })
    }
}

/// `tidegate-module: 1`
struct ModuleVersion;

impl Shape for ModuleVersion {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "const": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let is_known = matches!(&node.value, Value::Scalar(scalar) if scalar.kind() == PlainKind::Integer(1));
        if !is_known {
            decoder.bad_value(
                node,
                "this version of modules is not known to this tidegate",
                "write `tidegate-module: 1`",
            );
        }
        is_known.then_some(Self)
    }
}
