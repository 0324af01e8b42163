//! What the names in a file mean: `inputs`, `module`, the outputs of `modules`, and the things of a module itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::Span;
use crate::spec::modules::source::GitSource;
use crate::spec::modules::{Instance, ThingPath, entries};
use crate::spec::rules;
use crate::spec::scalars::Pattern;
use crate::syntax::{Entry, Node, Value};

/// Values by name; `None` for one that is there but could not be read, which was reported.
pub type Values = BTreeMap<String, Option<Node>>;

/// The names that hold in a document, or in one use of a module.
#[derive(Default)]
pub struct Scope {
    /// What the uses of modules are called on the way from the document to here; empty for the document.
    pub path: Vec<String>,
    /// Where the document uses the module.
    pub call: Option<Span>,
    /// The folder of the file, seen from that of the document; empty for the same.
    pub folder: String,
    /// The repository that the module is a copy from.
    pub origin: Option<GitSource>,
    pub inputs: Values,
    /// The sections and names of the own things.
    pub things: BTreeSet<(String, String)>,
    /// The outputs of the modules that are used; `None` where the module could not be read.
    pub calls: BTreeMap<String, Option<Values>>,
    /// The uses of modules could not be read.
    pub has_unread_calls: bool,
    /// Whether `inputs` and `module` mean something, as they do in the file of a module.
    pub is_module: bool,
}

/// What came up while names were replaced.
#[derive(Default)]
pub struct Seen {
    /// Where something has no value, for a reason that was reported.
    pub unread: Vec<Span>,
    pub found: Vec<Diagnostic>,
}

impl Seen {
    /// Whether everything has a value.
    pub fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    /// Whether a finding follows from a value that is missing.
    pub fn explains(&self, found: &Diagnostic) -> bool {
        let place = &found.primary.span;
        self.unread.iter().any(|it| it.path() == place.path() && it.start < place.end && place.start < it.end)
    }
}

/// What a name stands for.
enum Meaning {
    Value(Node),
    Text(String),
    /// What it stands for could not be read, or does not exist; either was reported.
    Unread,
    /// A name of the document, for the phase that resolves those.
    Other,
}

impl Scope {
    /// What the names of the things begin with.
    pub fn prefix(&self) -> Option<String> {
        (!self.path.is_empty()).then(|| self.path.join("-"))
    }

    /// The module that the things come from.
    pub fn instance(&self) -> Option<Instance> {
        let call = self.call.clone()?;
        Some(Instance { path: self.path.clone(), call, open: 0 })
    }

    /// Whether no name has to be replaced.
    pub fn is_plain(&self) -> bool {
        !self.is_module && self.calls.is_empty() && !self.has_unread_calls
    }

    /// A node with names replaced by what they stand for.
    pub fn rewritten(&self, node: &Node, seen: &mut Seen) -> Node {
        let value = match &node.value {
            Value::Null => Value::Null,
            Value::List(items) => Value::List(items.iter().flat_map(|item| self.item(item, seen)).collect()),
            Value::Map(entries) => {
                let rewritten = |it: &Entry| Entry { key: it.key.clone(), value: self.rewritten(&it.value, seen) };
                let all = entries.iter().map(rewritten);
                // What is the value of an optional input goes with it.
                let given = all.zip(entries).filter(|(new, old)| is_null(&old.value) || !is_null(&new.value));
                Value::Map(given.map(|(new, _)| new).collect())
            }
            Value::Scalar(scalar) => {
                if let Some(path) = whole(&scalar.text)
                    && let Meaning::Value(given) = self.meaning(path, &node.span, seen)
                {
                    return Node { span: node.span.clone(), used_at: node.used_at.clone(), ..given };
                }
                let mut scalar = scalar.clone();
                scalar.text = match self.renamed(&scalar.text) {
                    Some(path) => path,
                    None => self.text(&scalar.text, &node.span, seen),
                };
                Value::Scalar(scalar)
            }
        };
        Node { value, ..node.clone() }
    }

    /// An item of a list; a list that stands for an item brings all of its own.
    fn item(&self, item: &Node, seen: &mut Seen) -> Vec<Node> {
        let is_name = matches!(&item.value, Value::Scalar(scalar) if whole(&scalar.text).is_some());
        match self.rewritten(item, seen) {
            Node { value: Value::List(items), .. } if is_name => items,
            Node { value: Value::Null, .. } if is_name => Vec::new(),
            node => vec![node],
        }
    }

    fn text(&self, text: &str, span: &Span, seen: &mut Seen) -> String {
        let mut parts = text.split("${{");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once("}}") {
                // Paths are seen from here, so nothing stands before those in the same folder.
                Some((inside, rest)) if inside.trim() == "module.path" && self.folder.is_empty() && self.is_module => {
                    match rest.strip_prefix('/') {
                        Some(rest) => out.push_str(rest),
                        None => out.extend([".", rest]),
                    }
                }
                Some((inside, rest)) => out.extend([self.expression(inside.trim(), span, seen).as_str(), rest]),
                None => out.extend(["${{", part]),
            }
        }
        out
    }

    /// What stands for `${{ path }}` within text.
    fn expression(&self, path: &str, span: &Span, seen: &mut Seen) -> String {
        match self.meaning(path, span, seen) {
            Meaning::Text(text)
            | Meaning::Value(Node { value: Value::Scalar(crate::syntax::Scalar { text, .. }), .. }) => text,
            Meaning::Value(value) => {
                let what = if is_null(&value) { "need not be given" } else { "is a list" };
                let message = format!("`{path}` {what}, so it cannot stand within a text");
                let found = Diagnostic::new(&rules::MODULE_INPUT, span, message).label("within a text");
                seen.found.push(found.help(format!("let the value be nothing but `${{{{ {path} }}}}`")));
                seen.unread.push(span.clone());
                String::new()
            }
            Meaning::Unread | Meaning::Other => format!("${{{{ {path} }}}}"),
        }
    }

    fn meaning(&self, path: &str, span: &Span, seen: &mut Seen) -> Meaning {
        let parts: Vec<&str> = path.split('.').map(str::trim).collect();
        let value = match parts.as_slice() {
            ["inputs", name, rest @ ..] if self.is_module => match self.inputs.get(*name) {
                None => Err(no_input(name, &self.inputs, span)),
                Some(value) => Ok((value.as_ref(), rest)),
            },
            ["module", "path"] if self.is_module => {
                return Meaning::Text(if self.folder.is_empty() { "." } else { &self.folder }.to_owned());
            }
            ["module", "name"] if self.is_module => return Meaning::Text(self.prefix().unwrap_or_default()),
            ["modules", ..] if self.has_unread_calls => Ok((None, [].as_slice())),
            ["modules", call, name, rest @ ..] => match self.calls.get(*call) {
                None => Err(no_call(call, &self.calls, span)),
                Some(None) => Ok((None, rest)),
                Some(Some(outputs)) => match outputs.get(*name) {
                    None => Err(no_output(call, name, outputs, span)),
                    Some(value) => Ok((value.as_ref(), rest)),
                },
            },
            _ => {
                return match self.renamed(path) {
                    Some(renamed) => Meaning::Text(format!("${{{{ {renamed} }}}}")),
                    None => Meaning::Other,
                };
            }
        };
        match value {
            Ok((Some(value), [])) => Meaning::Value(value.clone()),
            Ok((Some(value), attribute)) => match &value.value {
                Value::Scalar(scalar) if ThingPath::matches(&scalar.text) => {
                    Meaning::Text(format!("${{{{ {}.{} }}}}", scalar.text, attribute.join(".")))
                }
                _ => {
                    let message = format!("`{path}` has no value: what it stands for is no thing with attributes");
                    let found = Diagnostic::new(&rules::MODULE_OUTPUT, span, message).label("no attribute");
                    let name = parts[..parts.len() - attribute.len()].join(".");
                    seen.found.push(found.help(format!("write `${{{{ {name} }}}}`")));
                    seen.unread.push(span.clone());
                    Meaning::Unread
                }
            },
            Ok((None, _)) => {
                seen.unread.push(span.clone());
                Meaning::Unread
            }
            Err(found) => {
                seen.found.push(found);
                seen.unread.push(span.clone());
                Meaning::Unread
            }
        }
    }

    /// `section.name`, and what follows it, of the module's own things.
    fn renamed(&self, path: &str) -> Option<String> {
        let prefix = self.prefix()?;
        let (section, rest) = path.split_once('.')?;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = rest.split(|c| !is_name(c)).next()?;
        let follows = rest[name.len()..].is_empty() || rest[name.len()..].starts_with(['.', '/']);
        let is_own = follows && self.things.contains(&(section.to_owned(), name.to_owned()));
        is_own.then(|| format!("{section}.{prefix}-{rest}"))
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}

/// The name that a text consists of: `inputs.name` and `modules.name.output`, also without braces where a reference
/// stands.
fn whole(text: &str) -> Option<&str> {
    if let Some(inside) = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) {
        return (!inside.contains("${{")).then(|| inside.trim());
    }
    let mut parts = text.strip_prefix("modules.")?.split('.');
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let fits = parts.next().is_some_and(is_word) && parts.next().is_some_and(is_word) && parts.next().is_none();
    fits.then_some(text)
}

/// The names that a node says inside `${{ … }}`, or as a reference.
pub fn names(node: &Node, say: &mut impl FnMut(&str)) {
    match &node.value {
        Value::Null => {}
        Value::List(items) => items.iter().for_each(|item| names(item, say)),
        Value::Map(_) => entries(node).iter().for_each(|entry| names(&entry.value, say)),
        Value::Scalar(scalar) => {
            say(&scalar.text);
            let inside = scalar.text.split("${{").skip(1).filter_map(|part| part.split_once("}}"));
            inside.for_each(|(path, _)| say(path.trim()));
        }
    }
}

fn no_input(name: &str, inputs: &Values, span: &Span) -> Diagnostic {
    let known = inputs.keys().map(String::as_str);
    let found = Diagnostic::new(&rules::MODULE_INPUT, span, format!("the module has no input `{name}`"));
    found.label("no input").help(match nearest(name, known.clone()) {
        Some(near) => format!("write `inputs.{near}`, or add `{name}` to the `inputs` of the module"),
        None => format!("add `{name}` to the `inputs` of the module"),
    })
}

fn no_call(name: &str, calls: &BTreeMap<String, Option<Values>>, span: &Span) -> Diagnostic {
    let found = Diagnostic::new(&rules::MODULE_OUTPUT, span, format!("there is no module `{name}`"));
    found.label("refers to nothing").help(match nearest(name, calls.keys().map(String::as_str)) {
        Some(near) => format!("write `modules.{near}`"),
        None => format!("add `{name}:` under `modules:`"),
    })
}

fn no_output(call: &str, name: &str, outputs: &Values, span: &Span) -> Diagnostic {
    let known = outputs.keys().map(String::as_str);
    let found = Diagnostic::new(&rules::MODULE_OUTPUT, span, format!("the module `{call}` has no output `{name}`"));
    found.label("no output").help(match nearest(name, known.clone()) {
        Some(near) => format!("write `modules.{call}.{near}`"),
        None if outputs.is_empty() => format!("add `{name}` to the `outputs` of the module"),
        None => format!("refer to one of its outputs: {}", list(known)),
    })
}
