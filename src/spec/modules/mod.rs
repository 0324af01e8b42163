//! `modules`: things that another file describes, made once for each name they are given.
//!
//! A module is a file: sections as those of a document, inputs that its user fills, and outputs that others may refer
//! to. What it makes is called after the module's name in the document: `queues.inbox` of the module `orders` is
//! `queues.orders-inbox`. A module may use modules; what those make is called after both.

mod alone;
mod inputs;
mod patterns;
mod reading;
mod scope;
mod source;

use serde_json::json;

pub use alone::{Test, WrittenTest, decode_module, module_schema};
pub(super) use reading::Reading;
pub use scope::{Scope, Seen};
pub use source::{COPIES, GitSource, GitUse, Lock, State, print_lock};

use crate::record;
use crate::source::{Located, Span};
use crate::spec::decode::Decoder;
use crate::spec::scalars::{Mapping, Matching, Name, OneOrMany, Pattern, PlainText, Scalar};
use crate::spec::{Definitions, Shape};
use crate::syntax::{Entry, Node, PlainKind, Value};

use patterns::{Folder, GitUrl, InnerPath, Revision};

const VERSION: &str = "tidegate-module";

record! {
    /// One use of a module that stands beside this file.
    pub struct LocalCall {
        /// The folder of the module, or its file, seen from the folder of this file.
        required from: Matching<Folder> = "from",
        /// The inputs of the module.
        optional with: Mapping<Name, OneOrMany<Scalar>> = "with",
    }
}

record! {
    /// One use of a module of a Git repository. `tidegate fetch` copies it beside the document, and everything else
    /// reads the copy.
    pub struct GitCall {
        /// The address of the repository.
        required git: Matching<GitUrl> = "git",
        /// The folder of the module, or its file, in the repository; the root unless told otherwise.
        optional path: Matching<InnerPath> = "path",
        /// A tag, a branch, or a commit. What it is when it is fetched is kept in the lock, beside the document.
        required revision: Matching<Revision> = "revision",
        /// The inputs of the module.
        optional with: Mapping<Name, OneOrMany<Scalar>> = "with",
    }
}

/// One use of a module.
#[derive(Clone, Debug)]
pub enum Call {
    Local(LocalCall),
    Git(GitCall),
}

impl Call {
    fn with(&self) -> Option<&Located<Mapping<Name, OneOrMany<Scalar>>>> {
        match self {
            Call::Local(call) => call.with.as_ref(),
            Call::Git(call) => call.with.as_ref(),
        }
    }

    /// Where it says which module is meant.
    fn span(&self) -> &Span {
        match self {
            Call::Local(call) => &call.from.span,
            Call::Git(call) => &call.git.span,
        }
    }
}

impl Shape for Call {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        json!({ "anyOf": [LocalCall::schema(definitions), GitCall::schema(definitions)] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match child(node, "git") {
            Some(_) => GitCall::decode(node, decoder).map(Call::Git),
            None => LocalCall::decode(node, decoder).map(Call::Local),
        }
    }
}

record! {
    /// What others may refer to.
    pub struct Output {
        /// A thing of the module, such as `queues.inbox`, or a value.
        required value: Scalar = "value",
        /// What it is.
        required description: PlainText = "description",
    }
}

/// The use of a module that a thing comes from.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What the uses of modules are called, from the document inwards.
    pub path: Vec<String>,
    /// Where the document uses the first of them.
    pub call: Span,
    /// How many of them, from the inside, offer the thing to their users.
    pub open: usize,
}

impl Instance {
    /// What the things are called after.
    pub fn name(&self) -> String {
        self.path.join("-")
    }

    /// Whether a thing that comes from `user` may refer to one that comes from here.
    pub fn is_open_to(&self, user: Option<&Instance>) -> bool {
        let user = user.map(|user| user.path.as_slice()).unwrap_or_default();
        let common = self.path.iter().zip(user).take_while(|(own, its)| own == its).count();
        self.path.len() - common <= self.open
    }
}

/// Whether a file is a module, by its root.
pub fn is_module(root: &Node) -> bool {
    child(root, VERSION).is_some()
}

fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

fn entries_of(node: Option<&Node>) -> &[Entry] {
    node.map(entries).unwrap_or_default()
}

fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entries(node).iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
}

/// `section.name`
#[derive(Clone, Copy, Debug)]
pub struct ThingPath;

impl Pattern for ThingPath {
    const REGEX: &'static str = r"^[a-z]+\.[a-z](-?[a-z0-9])*$";
    const EXPECTED: &'static str = "a thing: its section, a dot, and its name";
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
            let help = "write `tidegate-module: 1`";
            decoder.bad_value(node, "this version of modules is not known to this tidegate", help);
        }
        is_known.then_some(Self)
    }
}
