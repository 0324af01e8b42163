//! Inputs of a module: what may be given, and whether what is given fits.

use regex::Regex;
use serde_json::json;

use crate::diagnostic::{Diagnostic, list, nearest};
use crate::record;
use crate::source::{Located, Span};
use crate::spec::modules::scope::Values;
use crate::spec::modules::{Call, ThingPath, child, entries};
use crate::spec::scalars::{Mapping, Name, OneOrMany, Pattern, PlainText, Scalar, bytes, seconds};
use crate::spec::{Decoder, Definitions, Shape, rules};
use crate::syntax::{self, Key, Node, PlainKind, Value};

record! {
    /// An input of a module.
    pub struct Input {
        /// What may be given: `text`, `integer`, `boolean`, `duration`, `size`, `list`, `reference` for a thing of any
        /// kind, or the section of a thing: `streams`, `queues`.
        required kind: TypeName = "type",
        /// What each item of a `list` is; `text` unless told otherwise.
        optional of: TypeName = "of",
        /// What is taken when nothing is given; without it, the input must be given.
        optional default: OneOrMany<Scalar> = "default",
        /// Whether nothing need be given; then whatever it is the value of is left out. `false` unless told otherwise.
        optional optional: bool = "optional",
        /// What it is for.
        required description: PlainText = "description",
        /// The only values that may be given.
        optional allowed: Vec<Located<Scalar>> = "allowed",
        /// A regular expression that the whole text must match.
        optional pattern: PlainText = "pattern",
        /// The least `integer`, `duration` or `size` that may be given.
        optional min: Scalar = "min",
        /// The greatest `integer`, `duration` or `size` that may be given.
        optional max: Scalar = "max",
    }
}

/// Types of inputs that are no sections. An environment is given to a module with pipelines.
const TYPES: &[&str] = &["text", "integer", "boolean", "duration", "size", "list", "reference", "environments"];

/// A type of an input.
#[derive(Clone, Debug)]
pub struct TypeName(String);

impl Shape for TypeName {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let words: Vec<&str> = TYPES.iter().chain(&definitions.sections).copied().collect();
        json!({ "enum": words })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let words: Vec<&'static str> = TYPES.iter().chain(&decoder.sections).copied().collect();
        decoder.word(node, &words).map(|word| Self(word.to_owned()))
    }
}

/// The value of each input: what is `given`, in terms of the caller, or the default. What does not fit is reported, and
/// what is missing if there is a `call`.
pub fn fill(
    inputs: &Mapping<Name, Input>,
    root: &Node,
    call: Option<(&Call, &Span)>,
    given: &Values,
    decoder: &mut Decoder,
) -> Values {
    let names: Vec<&str> = inputs.entries.iter().map(|(name, _)| name.value.as_str()).collect();
    let with = call.iter().filter_map(|(call, _)| call.with()).flat_map(|with| &with.value.entries);
    for (name, _) in with.filter(|(name, _)| !names.contains(&name.value.as_str())) {
        let message = format!("the module has no input `{}`", name.value);
        let help = match nearest(&name.value, names.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None if names.is_empty() => "remove it: the module has no inputs".to_owned(),
            None => format!("remove it; the inputs are {}", list(names.iter().copied())),
        };
        let found = Diagnostic::new(&rules::MODULE_INPUT, &name.span, message).label("no input").help(help);
        decoder.report(match inputs.entries.first() {
            Some((first, _)) => found.related(&first.span, "the inputs begin here"),
            None => found,
        });
    }
    let declared = child(root, "inputs").map(entries).unwrap_or_default();
    let mut filled = Values::new();
    for entry in declared {
        let name = &entry.key.text;
        let Some(input) = inputs.get(name) else { continue };
        let default = input.default.as_ref().and_then(|_| child(&entry.value, "default"));
        let limits = Limits::new(&entry.key, input, decoder);
        let default = default.filter(|default| limits.admit(default, decoder));
        let is_optional = input.optional.as_ref().is_some_and(|optional| optional.value);
        if let (true, Some(default)) = (is_optional, &input.default) {
            let message = format!("`{name}` is optional and has a default, so it is never left out");
            let found = Diagnostic::new(&rules::MODULE_INPUT, &default.span, message).label("the default");
            decoder.report(found.help("keep one of the two"));
        }
        let value = match given.get(name) {
            Some(given) => given.as_ref().filter(|given| limits.admit(given, decoder)).cloned(),
            None if is_optional => Some(Node { value: Value::Null, ..entry.value.clone() }),
            None => default.cloned(),
        };
        if let Some((_, at)) = call
            && input.default.is_none()
            && !is_optional
            && !given.contains_key(name)
        {
            let message = format!("the module needs `{name}`: {}", input.description.value.0);
            let missing = Diagnostic::new(&rules::MODULE_INPUT, at, message).label("does not give it");
            decoder.report(missing.related(&entry.key.span, "the input").help(format!("write `with: {{{name}: …}}`")));
        }
        filled.insert(name.clone(), value);
    }
    // An input that could not be read is there all the same.
    for entry in declared.iter().filter(|entry| inputs.get(&entry.key.text).is_none()) {
        filled.insert(entry.key.text.clone(), None);
    }
    filled
}

/// What one input takes.
struct Limits<'i> {
    key: &'i Key,
    is_list: bool,
    /// The type of the value, or of each item.
    kind: &'i str,
    allowed: Vec<&'i str>,
    pattern: Option<(Regex, &'i str)>,
    min: Option<(i128, &'i str)>,
    max: Option<(i128, &'i str)>,
}

impl<'i> Limits<'i> {
    fn new(key: &'i Key, input: &'i Input, decoder: &mut Decoder) -> Self {
        let kind = &input.kind.value.0;
        let is_list = kind == "list";
        let of = input.of.as_ref().map_or("text", |of| &of.value.0);
        let item = match (is_list, of) {
            (false, _) => kind,
            (true, "list") => "text",
            (true, of) => of,
        };
        let unfit = |span: &Span, message: String, help: &str, decoder: &mut Decoder| {
            decoder.report(Diagnostic::new(&rules::MODULE_INPUT, span, message).label("does not fit").help(help));
        };
        if let Some(of) = &input.of {
            if !is_list {
                let message = format!("`of` is for a `list`, and `{}` is of type `{kind}`", key.text);
                unfit(&of.span, message, "remove `of`, or write `type: list`", decoder);
            } else if of.value.0 == "list" {
                unfit(&of.span, "a list of lists cannot be given".to_owned(), "write another type", decoder);
            }
        }
        let mut bound = |bound: &'i Option<Located<Scalar>>, word: &str| {
            let located = bound.as_ref()?;
            let text = located.value.0.literal().unwrap_or_default();
            let measured = measure(item, text);
            if measured.is_none() {
                let message = format!("`{word}: {text}` bounds nothing: `{}` is of type `{item}`", key.text);
                let help = "write a bound in the unit of the type; only `integer`, `duration` and `size` have bounds";
                unfit(&located.span, message, help, decoder);
            }
            measured.map(|measured| (measured, text))
        };
        let (min, max) = (bound(&input.min, "min"), bound(&input.max, "max"));
        let pattern = input.pattern.as_ref().and_then(|pattern| {
            let text = pattern.value.0.as_str();
            match Regex::new(&format!("^(?:{text})$")) {
                Ok(regex) if item == "text" => Some((regex, text)),
                Ok(_) => {
                    let message = format!("`pattern` is for text, and `{}` is of type `{item}`", key.text);
                    unfit(&pattern.span, message, "remove it", decoder);
                    None
                }
                Err(_) => {
                    let message = format!("`{text}` is no regular expression");
                    unfit(&pattern.span, message, "write one, for example `[a-z]+`", decoder);
                    None
                }
            }
        });
        let allowed = input.allowed.iter().flat_map(|allowed| &allowed.value);
        let allowed = allowed.filter_map(|it| it.value.0.literal()).collect();
        Self { key, is_list, kind: item, allowed, pattern, min, max }
    }

    /// Whether a value fits; what does not is reported.
    fn admit(&self, value: &Node, decoder: &mut Decoder) -> bool {
        let known = decoder.diagnostics.len();
        match &value.value {
            Value::List(items) if self.is_list => items.iter().for_each(|item| self.admit_one(item, decoder)),
            _ => self.admit_one(value, decoder),
        }
        decoder.diagnostics.len() == known
    }

    fn admit_one(&self, value: &Node, decoder: &mut Decoder) {
        let wanted = self.wanted();
        let Value::Scalar(scalar) = &value.value else {
            return self.refuse(value, format!("the input `{}` is {wanted}", self.key.text), &wanted, decoder);
        };
        let text = scalar.text.as_str();
        let is_thing = !TYPES.contains(&self.kind) || ["reference", "environments"].contains(&self.kind);
        if text.contains("${{") && !is_thing {
            return;
        }
        let fits = match self.kind {
            "text" => true,
            "integer" => matches!(scalar.kind(), PlainKind::Integer(_)),
            "boolean" => matches!(scalar.kind(), PlainKind::Boolean(_)),
            "duration" | "size" => measure(self.kind, text).is_some(),
            "reference" => ThingPath::matches(text),
            section => ThingPath::matches(text) && text.split('.').next() == Some(section),
        };
        if !fits {
            let message = format!("the input `{}` is {wanted}, not `{text}`", self.key.text);
            return self.refuse(value, message, &wanted, decoder);
        }
        if !self.allowed.is_empty() && !self.allowed.contains(&text) {
            let allowed = list(self.allowed.iter().copied());
            let message = format!("`{text}` is not one of the values of the input `{}`: {allowed}", self.key.text);
            return self.refuse(value, message, &format!("one of {allowed}"), decoder);
        }
        if let Some((pattern, shown)) = &self.pattern
            && !pattern.is_match(text)
        {
            let message = format!("`{text}` does not match `{shown}`, as the input `{}` must", self.key.text);
            return self.refuse(value, message, &format!("a text that matches `{shown}`"), decoder);
        }
        let measured = measure(self.kind, text);
        let is_less = self.min.is_some_and(|(min, _)| measured.is_some_and(|value| value < min));
        let is_more = self.max.is_some_and(|(max, _)| measured.is_some_and(|value| value > max));
        if is_less || is_more {
            let range = match (self.min, self.max) {
                (Some((_, min)), Some((_, max))) => format!("from `{min}` to `{max}`"),
                (Some((_, min)), None) => format!("at least `{min}`"),
                (_, max) => format!("at most `{}`", max.map_or("", |(_, max)| max)),
            };
            let message = format!("the input `{}` is {range}, not `{text}`", self.key.text);
            self.refuse(value, message, &format!("a value {range}"), decoder);
        }
    }

    fn refuse(&self, value: &Node, message: String, wanted: &str, decoder: &mut Decoder) {
        let wrong = Diagnostic::new(&rules::MODULE_INPUT, &value.span, message).label("does not fit");
        let wrong = if value.span.path() == self.key.span.path() && value.span.start > self.key.span.start {
            wrong
        } else {
            wrong.related(&self.key.span, "the input")
        };
        decoder.report(wrong.help(format!("write {wanted}")));
    }

    /// A noun with its article.
    fn wanted(&self) -> String {
        let one = match self.kind {
            "text" => "a text".to_owned(),
            "integer" => "a whole number".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "duration" => "a duration such as `24h`".to_owned(),
            "size" => "a size such as `512MiB`".to_owned(),
            "reference" => "a thing such as `streams.trips`".to_owned(),
            section => format!("one of `{section}`, such as `{section}.name`"),
        };
        if self.is_list { format!("a list, each item {one}") } else { one }
    }
}

/// The value of what can be more or less.
fn measure(kind: &str, text: &str) -> Option<i128> {
    match kind {
        "integer" => match (syntax::Scalar { text: text.to_owned(), plain: true }).kind() {
            PlainKind::Integer(value) => Some(value.into()),
            _ => None,
        },
        "duration" => seconds(text).map(i128::from),
        "size" => bytes(text).map(i128::from),
        _ => None,
    }
}
