//! The top level of a `pipeline.yaml`.

use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::source::{Located, Span};
use crate::spec::decode::{Decoder, ReferenceUse, located};
use crate::spec::drift::Drift;
use crate::spec::each::{self, PathPattern};
use crate::spec::expression::Expression;
use crate::spec::hatches::{self, LogicalId, Moves, OVERRIDES, Overrides, Raw, RawResource};
use crate::spec::modules::{Call, Instance, Reading, Scope, Seen, ThingPath};
use crate::spec::scalars::{
    Count, Mapping, Matching, Name, Number, Off, OneOrMany, Pattern, PlainText, Scalar, Seconds, checked_key,
};
use crate::spec::schema::json_schema;
use crate::spec::{Definitions, Either, Shape, rules};
use crate::syntax::{Entry, Node, Value};
use crate::{choice, record};

/// A top-level key that holds named things of one kind, and how to read them.
pub struct Section<T> {
    /// `streams`
    pub key: &'static str,
    /// Markdown, for the schema and the book.
    pub doc: &'static str,
    pub schema: fn(&mut Definitions) -> serde_json::Value,
    pub decode: fn(&Node, &mut Decoder) -> Option<T>,
    /// The key that names the file which a thing is made for by `each`, unless told otherwise.
    pub file: Option<&'static str>,
}

/// A document as written, with the things of all sections in authored order.
pub struct Document<T> {
    pub name: Option<Located<String>>,
    pub description: Option<Located<String>>,
    pub tags: Vec<(Located<String>, Located<String>)>,
    pub environments: Vec<(Located<String>, Located<Environment>)>,
    /// Names of environments that are there but could not be read.
    pub unread_environments: Vec<String>,
    pub params: Vec<(Located<String>, Located<Param>)>,
    pub delivery: Option<Located<Delivery>>,
    pub alarms: Option<Located<Alarms>>,
    pub drift: Option<Located<Drift>>,
    pub stacks: Option<Located<Stacks>>,
    pub things: Vec<Written<T>>,
    /// Changes of properties, by logical id.
    pub overrides: Vec<(Located<String>, Located<Raw>)>,
    /// Resources as in a template, by logical id.
    pub resources: Vec<(Located<String>, Located<RawResource>)>,
    pub moves: Moves,
    /// The beginning of the document, for what is missing from it.
    pub span: Span,
}

/// A thing of the document.
pub struct Written<T> {
    pub section: &'static str,
    /// What it is called in the account.
    pub name: Located<String>,
    /// Its name in the document, where that is another since it was moved.
    pub called: Option<String>,
    /// `None` when something in it was reported.
    pub value: Option<T>,
    /// The whole of its value.
    pub span: Span,
    pub references: Vec<ReferenceUse>,
    pub expressions: Vec<Expression>,
    /// Changes of the properties of its resources.
    pub overrides: Option<Located<Raw>>,
    /// The module that it comes from.
    pub module: Option<Instance>,
}

record! {
    /// Where the system runs. Environments stand in the order of promotion.
    pub struct Environment {
        /// The AWS account: twelve digits, in quotes.
        required account: AccountId = "account",
        /// The AWS Region.
        required region: Matching<Region> = "region",
        /// Values of the document's params in this environment.
        optional params: Mapping<Name, Scalar> = "params",
        /// Termination protection of the environment's stack; `true` unless told otherwise.
        optional protected: bool = "protected",
        /// CloudFormation properties that are otherwise in this environment alone, by the logical id of a resource.
        optional overrides: Overrides = "overrides",
    }
}

record! {
    /// Where the pipelines themselves run: by default in the account and Region of the last environment.
    pub struct Delivery {
        /// The AWS account: twelve digits, in quotes.
        optional account: AccountId = "account",
        /// The AWS Region.
        optional region: Matching<Region> = "region",
    }
}

record! {
    /// Who is told when one of the alarms that come with the things of this document goes off.
    pub struct Alarms {
        /// E-mail addresses; each must confirm its subscription once.
        required notify: OneOrMany<PlainText> = "notify",
        /// Alarms that are otherwise than they come, by the thing that they come with: `false` for none at all, or its alarms by name.
        optional except: Mapping<ThingPath, Either<Off, AlarmChanges>> = "except",
    }
}

/// The alarms of one thing that are otherwise, e.g. `late`: `false` for none.
pub type AlarmChanges = Mapping<Name, Either<Off, AlarmChange>>;

record! {
    /// What is otherwise about an alarm.
    pub struct AlarmChange {
        /// The value of the metric at which it goes off, in the metric's own unit.
        optional threshold: Number = "threshold",
        /// The time over which a value is taken: `10s`, `20s`, `30s`, or whole minutes.
        optional period: Seconds = "period",
        /// How many periods in a row.
        optional periods: Count<1, 1440> = "periods",
    }
}

record! {
    /// An input of the document that may differ by environment.
    pub struct LongParam {
        /// `text` unless told otherwise.
        optional kind: ParamType = "type",
        /// The value in environments that do not give one.
        optional default: Scalar = "default",
        /// What it means.
        optional description: PlainText = "description",
    }
}

/// A param is its default value, or says more about itself.
pub type Param = Either<Scalar, LongParam>;

choice! {
    /// What a param holds.
    pub enum ParamType {
        /// Text.
        Text = "text",
        /// A whole number.
        Integer = "integer",
    }
}

choice! {
    /// How the resources of an environment are spread over stacks.
    pub enum Stacks {
        /// One stack for each environment.
        One = "one",
        /// Two stacks for each environment: what holds data and what others are known by (streams, buckets, tables,
        /// queues, topics, keys, secrets, networks, …) stands in a stack of its own, which `-data` is added to the name
        /// of, and what changes with the code in the other.
        ByLifeCycle = "by-life-cycle",
    }
}

/// An AWS Region's name, e.g. `us-east-1`.
#[derive(Clone, Copy, Debug)]
pub struct Region;

impl Pattern for Region {
    const REGEX: &'static str = "^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$";
    const EXPECTED: &'static str = "an AWS Region";
    const EXAMPLE: &'static str = "us-east-1";

    fn matches(text: &str) -> bool {
        let parts: Vec<_> = text.split('-').collect();
        let [first, middle @ .., last] = parts.as_slice() else { return false };
        let letters = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        letters(first, 2..=4)
            && (1..=3).contains(&middle.len())
            && middle.iter().all(|part| letters(part, 2..=12))
            && (1..=2).contains(&last.len())
            && last.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Twelve digits. YAML takes them for a number unless they are quoted, and a number has no leading zeros.
#[derive(Clone, Debug)]
pub struct AccountId(pub String);

impl Shape for AccountId {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[0-9]{12}$", "examples": ["111122223333"] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = match &node.value {
            Value::Scalar(scalar) => scalar.text.as_str(),
            _ => {
                decoder.wrong_type(node, "text: an account id, twelve digits");
                return None;
            }
        };
        let digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
        let is_text = matches!(&node.value, Value::Scalar(scalar) if scalar.kind() == crate::syntax::PlainKind::Text);
        if digits && written.len() == 12 && is_text {
            return Some(Self(written.to_owned()));
        }
        let (message, help) = match (digits, written.len()) {
            (true, 12) => (
                format!("the account id {written} is not in quotes, and a YAML number loses its leading zeros"),
                format!("write \"{written}\""),
            ),
            (true, 9..=11) => (
                format!(
                    "the account id {written} has {} digits instead of twelve: its leading zeros were lost",
                    written.len()
                ),
                format!("write \"{written:0>12}\" if that is the account"),
            ),
            _ => (
                format!("`{written}` is not an account id"),
                "write twelve digits in quotes, for example \"111122223333\"".to_owned(),
            ),
        };
        decoder.report(
            Diagnostic::new(&rules::ACCOUNT_ID, &node.span, message).label("not twelve digits in quotes").help(help),
        );
        None
    }
}

/// Any tag key that AWS takes.
#[derive(Clone, Copy, Debug)]
pub struct TagKey;

impl Pattern for TagKey {
    const REGEX: &'static str = "^(?!aws:).{1,128}$";
    const EXPECTED: &'static str = "a tag key: at most 128 characters, not beginning with `aws:`";
    const EXAMPLE: &'static str = "team";

    fn matches(text: &str) -> bool {
        (1..=128).contains(&text.chars().count())
            && !text.starts_with("aws:")
            && !text.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }
}

const TIDEGATE: &str = "The version of this language: 1.";
const NAME: &str = "The name of the system. Stacks, pipelines and streams are named after it.";
const DESCRIPTION: &str = "What the system does, for the people who read its templates.";
const TAGS: &str = "Tags on every stack, and through them on every resource.";
const ENVIRONMENTS: &str = "Where the system runs, in the order of promotion.";
const PARAMS: &str = "Inputs that may differ by environment. Used as `${{ params.name }}`.";
const MODULES: &str = "Things that another file describes, made once for each name given here.";
const DELIVERY: &str = "Where the pipelines themselves run.";
const ALARMS: &str = "Who is told when an alarm goes off.";
const DRIFT: &str = "How it is dealt with that the account differs from this document.";

const STACKS: &str = "How the resources of an environment are spread over stacks; `one` unless told otherwise. It can \
                      be changed only while nothing is deployed.";

const RESOURCES: &str = "Resources as in a CloudFormation template, by logical id, beside those that things make.";

const ALL_OVERRIDES: &str = "CloudFormation properties that are otherwise than they would be, by the logical id of a \
                             resource: for those of a list of stages, and for those that no single thing makes.";

const OWN_OVERRIDES: &str = "CloudFormation properties of its own resource that are otherwise than they would be; those \
                             of another resource that it makes stand under that one's logical id or type.";

const MOVED: &str = "Things that have another name than before, each old name with the new one: the account keeps what \
                     it has.";

const EACH: &str = "Makes one thing for each file beside this one that matches, named after the file.";

/// Keys of the top level that are not sections.
const HEADER: &[&str] = &[
    "tidegate",
    "name",
    "description",
    "tags",
    "environments",
    "params",
    "modules",
    "delivery",
    "alarms",
    "drift",
    "stacks",
    OVERRIDES,
    "resources",
    "moved",
];

/// The JSON Schema of a document with these sections.
pub fn schema<T>(sections: &[&Section<T>]) -> serde_json::Value {
    json_schema("Tidegate pipeline.yaml", |definitions| {
        let mut fields = vec![
            ("tidegate", TIDEGATE, true, json!({ "const": 1 })),
            ("name", NAME, true, <Matching<Name>>::schema(definitions)),
            ("description", DESCRIPTION, false, PlainText::schema(definitions)),
            ("tags", TAGS, false, <Mapping<TagKey, PlainText>>::schema(definitions)),
            ("environments", ENVIRONMENTS, true, <Mapping<Name, Environment>>::schema(definitions)),
            ("params", PARAMS, false, <Mapping<Name, Param>>::schema(definitions)),
            ("modules", MODULES, false, <Mapping<Name, Call>>::schema(definitions)),
            ("delivery", DELIVERY, false, Delivery::schema(definitions)),
            ("alarms", ALARMS, false, Alarms::schema(definitions)),
            ("drift", DRIFT, false, Drift::schema(definitions)),
            ("stacks", STACKS, false, Stacks::schema(definitions)),
            (OVERRIDES, ALL_OVERRIDES, false, <Mapping<LogicalId, Raw>>::schema(definitions)),
            ("resources", RESOURCES, false, <Mapping<LogicalId, RawResource>>::schema(definitions)),
            ("moved", MOVED, false, <Mapping<ThingPath, Matching<ThingPath>>>::schema(definitions)),
        ];
        for section in sections {
            fields.push((section.key, section.doc, false, section_schema(section, definitions)));
        }
        super::object("A streaming system on AWS, described in one file.", fields, &[])
    })
}

/// The JSON Schema of the things of one section.
pub(super) fn section_schema<T>(section: &Section<T>, definitions: &mut Definitions) -> serde_json::Value {
    let thing = (section.schema)(definitions);
    let pattern = <Matching<PathPattern>>::schema(definitions);
    definitions.allow(&thing, each::KEY, EACH, pattern);
    let overrides = Raw::schema(definitions);
    definitions.allow(&thing, OVERRIDES, OWN_OVERRIDES, overrides);
    json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "pattern": Name::REGEX },
        "additionalProperties": thing,
    })
}

/// Reads the document; what is wrong is in `decoder`.
pub fn decode<T>(root: &Node, sections: &[&Section<T>], decoder: &mut Decoder) -> Document<T> {
    let mut document = Document {
        name: None,
        description: None,
        tags: Vec::new(),
        environments: Vec::new(),
        unread_environments: Vec::new(),
        params: Vec::new(),
        delivery: None,
        alarms: None,
        drift: None,
        stacks: None,
        things: Vec::new(),
        overrides: Vec::new(),
        resources: Vec::new(),
        moves: Moves::default(),
        span: root.span.clone(),
    };
    let keys: Vec<&'static str> = HEADER.iter().copied().chain(sections.iter().map(|section| section.key)).collect();
    if matches!(root.value, Value::Null) {
        let empty = Diagnostic::new(&rules::MISSING_KEY, &root.span, "the document is empty")
            .label("nothing is here")
            .help("begin with `tidegate: 1`, or let `tidegate init` write a first document");
        decoder.report(empty);
        return document;
    }
    let Some(mut fields) = decoder.fields(root, &keys, &[]) else {
        return document;
    };
    fields.required::<Version>("tidegate", decoder);
    document.name = fields.required::<Matching<Name>>("name", decoder).map(|name| name.map(|name| name.text));
    document.description = fields.optional::<PlainText>("description", decoder).map(|text| text.map(|text| text.0));
    document.tags = fields
        .optional::<Mapping<TagKey, PlainText>>("tags", decoder)
        .map(|tags| tags.value.entries.into_iter().map(|(key, value)| (key, value.map(|text| text.0))).collect())
        .unwrap_or_default();
    document.moves = fields.get("moved").and_then(|node| Moves::decode(node, decoder)).unwrap_or_default();
    decoder.moves = document.moves.clone();
    let environments = fields.required::<Environments>("environments", decoder);
    if let Some(environments) = environments {
        document.unread_environments = environments.value.unread;
        document.environments = environments.value.read;
    }
    document.params = fields
        .optional::<Mapping<Name, Param>>("params", decoder)
        .map(|params| params.value.entries)
        .unwrap_or_default();
    let (references, expressions) = (decoder.references.len(), decoder.expressions.len());
    let modules = fields.optional::<Mapping<Name, Call>>("modules", decoder);
    // What is given to a module is used where the module's things are read.
    decoder.references.truncate(references);
    decoder.expressions.truncate(expressions);
    document.delivery = fields.optional("delivery", decoder);
    document.alarms = fields.get("alarms").and_then(|node| located(&document.moves.rewritten(node), decoder));
    document.drift = fields.get("drift").and_then(|node| located(&document.moves.rewritten(node), decoder));
    document.stacks = fields.optional("stacks", decoder);
    let mut scope = Scope::default();
    match (modules, fields.get("modules")) {
        (Some(calls), Some(node)) => {
            Reading::new(sections, &root.span, &mut document.things).calls(&calls.value, node, &mut scope, decoder);
        }
        (None, Some(_)) => scope.has_unread_calls = true,
        _ => {}
    }
    for section in sections {
        if let Some(node) = fields.get(section.key) {
            things(section, node, &scope, decoder, &mut document.things);
        }
    }
    document.moves.check(&document.things, !scope.has_unread_calls, decoder);
    let (references, expressions) = (decoder.references.len(), decoder.expressions.len());
    document.overrides = hatch::<Raw>(fields.get(OVERRIDES), &document.moves, decoder);
    document.resources = hatch::<RawResource>(fields.get("resources"), &document.moves, decoder);
    // They have their own expressions with them.
    decoder.references.truncate(references);
    decoder.expressions.truncate(expressions);
    document
}

/// What stands by logical id under a key of the top level.
fn hatch<T: Shape>(node: Option<&Node>, moves: &Moves, decoder: &mut Decoder) -> Vec<(Located<String>, Located<T>)> {
    let read = node.and_then(|node| <Mapping<LogicalId, T>>::decode(&moves.rewritten(node), decoder));
    read.map(|read| read.entries).unwrap_or_default()
}

/// Reads the things of a section, in which the names of `scope` hold.
pub(super) fn things<T>(
    section: &Section<T>,
    node: &Node,
    scope: &Scope,
    decoder: &mut Decoder,
    out: &mut Vec<Written<T>>,
) {
    let Value::Map(entries) = &node.value else {
        decoder.wrong_type(node, "a mapping");
        return;
    };
    if entries.is_empty() {
        decoder.bad_value(node, format!("`{}` is empty", section.key), "add an entry, or remove the key");
    }
    let prefix = scope.prefix();
    for entry in entries {
        if scope.is_plain() {
            things_of_entry(section, entry, None, decoder, out);
            continue;
        }
        let mut seen = Seen::default();
        let value = scope.rewritten(&entry.value, &mut seen);
        let (made, told) = (out.len(), decoder.diagnostics.len());
        things_of_entry(section, &Entry { key: entry.key.clone(), value }, prefix.as_deref(), decoder, out);
        let mut found = decoder.diagnostics.split_off(told);
        found.retain(|found| !seen.explains(found));
        decoder.diagnostics.append(&mut found);
        decoder.diagnostics.append(&mut seen.found);
        for thing in &mut out[made..] {
            thing.module = scope.instance();
            if !seen.is_whole() {
                thing.value = None;
                thing.expressions.retain(|expression| !is_of_modules(&expression.path));
                thing.references.retain(|reference| !is_of_modules(&reference.text));
            }
        }
    }
}

/// Whether a name is one that only [`Scope`] knows.
fn is_of_modules(path: &str) -> bool {
    ["inputs.", "modules.", "module."].iter().any(|prefix| path.starts_with(prefix))
}

/// Reads one entry of a section; with `each` it makes several things.
fn things_of_entry<T>(
    section: &Section<T>,
    entry: &Entry,
    prefix: Option<&str>,
    decoder: &mut Decoder,
    out: &mut Vec<Written<T>>,
) {
    match each::pattern(&entry.value) {
        Some(pattern) => things_of_files(section, entry, prefix, pattern, decoder, out),
        None => {
            let name = checked_key::<Name>(&entry.key.text, &entry.key.span, decoder);
            let name = name.map(|name| prefixed(prefix, &name.value)).ok_or_else(|| entry.key.text.clone());
            out.push(thing(section, name, entry, &entry.value, decoder));
        }
    }
}

fn prefixed(prefix: Option<&str>, name: &str) -> String {
    prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}-{name}"))
}

/// Reads one thing; `Err` is a name that was reported.
fn thing<T>(
    section: &Section<T>,
    name: Result<String, String>,
    entry: &Entry,
    value: &Node,
    decoder: &mut Decoder,
) -> Written<T> {
    let (references, expressions) = (decoder.references.len(), decoder.expressions.len());
    let moves = decoder.moves.clone();
    let value = moves.rewritten(value);
    let (value, overrides) = hatches::without(&value, OVERRIDES);
    let read = (section.decode)(&value, decoder);
    let overrides = overrides.map(|node| located::<Raw>(node, decoder));
    let is_whole = name.is_ok() && !matches!(overrides, Some(None));
    let name = name.unwrap_or_else(|name| name);
    let identity = moves.identity(section.key, &name).map(str::to_owned);
    let (name, called) = match identity {
        Some(identity) => (identity, Some(name)),
        None => (name, None),
    };
    Written {
        section: section.key,
        value: read.filter(|_| is_whole),
        name: Located::new(name, entry.key.span.clone()),
        called,
        overrides: overrides.flatten(),
        span: entry.value.span.clone(),
        references: decoder.references.split_off(references),
        expressions: decoder.expressions.split_off(expressions),
        module: None,
    }
}

/// Reads an entry with `each`: one thing for each file. What is wrong with the entry is told once.
fn things_of_files<T>(
    section: &Section<T>,
    entry: &Entry,
    prefix: Option<&str>,
    pattern: &Node,
    decoder: &mut Decoder,
    out: &mut Vec<Written<T>>,
) {
    checked_key::<Name>(&entry.key.text, &entry.key.span, decoder);
    let Some(glob) = <Matching<PathPattern>>::decode(pattern, decoder) else {
        thing(section, Err(entry.key.text.clone()), entry, &each::value(&entry.value, each::KEY, None), decoder);
        return;
    };
    let files = decoder.files.as_deref().map(|files| each::files(&glob.text, files)).unwrap_or_default();
    if files.len() > each::MOST_FILES {
        let message = format!("more than {} files match `{}`", each::MOST_FILES, glob.text);
        let help = "match fewer files: a stack has room for that many resources and no more";
        decoder.report(Diagnostic::new(&rules::UNFIT_FILE, &pattern.span, message).label("too many").help(help));
        return;
    }
    if files.is_empty() {
        let message = format!("no file matches `{}`, so `{}.{}` makes nothing", glob.text, section.key, entry.key.text);
        let help = "paths are seen from the folder of this file; `*` stays within a folder, `**` goes through folders";
        decoder.report(Diagnostic::new(&rules::NO_FILE, &pattern.span, message).label("matches nothing").help(help));
        thing(
            section,
            Err(entry.key.text.clone()),
            entry,
            &each::value(&entry.value, "each.file", section.file),
            decoder,
        );
    }
    for (index, path) in files.iter().enumerate() {
        let name = prefixed(prefix, &each::thing_name(path));
        let known = decoder.diagnostics.len();
        let called = |other: &Written<T>| other.called.as_ref().unwrap_or(&other.name.value) == &name;
        let taken = out.iter().find(|other| other.section == section.key && called(other));
        let fault = if taken.is_some() {
            Some(format!("`{path}` would be `{}.{name}`, and there is one already", section.key))
        } else if !Name::matches(&name) {
            Some(format!("the name of `{path}` gives no name for one of `{}`", section.key))
        } else {
            None
        };
        let written = thing(section, Ok(name), entry, &each::value(&entry.value, path, section.file), decoder);
        if index > 0 {
            decoder.diagnostics.truncate(known);
        }
        match fault {
            Some(message) => {
                let help = "rename the file: its name up to the first point makes the name, in lower case with hyphens";
                decoder
                    .report(Diagnostic::new(&rules::UNFIT_FILE, &pattern.span, message).label("matches it").help(help));
            }
            None => out.push(written),
        }
    }
}

/// The environments, where a broken one does not hide the others.
struct Environments {
    read: Vec<(Located<String>, Located<Environment>)>,
    unread: Vec<String>,
}

impl Shape for Environments {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        <Mapping<Name, Environment>>::schema(definitions)
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            decoder.wrong_type(node, "a mapping");
            return None;
        };
        if entries.is_empty() {
            decoder.bad_value(
                node,
                "no environment is given",
                "add one, for example `prod: {account: \"111122223333\", region: us-east-1}`",
            );
            return None;
        }
        let mut environments = Self { read: Vec::new(), unread: Vec::new() };
        for entry in entries {
            let name = checked_key::<Name>(&entry.key.text, &entry.key.span, decoder);
            match (name, located(&entry.value, decoder)) {
                (Some(name), Some(environment)) => environments.read.push((name, environment)),
                _ => environments.unread.push(entry.key.text.clone()),
            }
        }
        Some(environments)
    }
}

/// `tidegate: 1`
struct Version;

impl Shape for Version {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "const": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Count(version) = <Count<{ i64::MIN }, { i64::MAX }>>::decode(node, decoder)?;
        if version == 1 {
            return Some(Self);
        }
        decoder.bad_value(
            node,
            format!("version {version} of the language is not known to this tidegate"),
            "write `tidegate: 1`",
        );
        None
    }
}
