//! The leaves and the containers that shapes are built from.

use std::marker::PhantomData;

use serde_json::json;

use crate::diagnostic::{Diagnostic, list};
use crate::source::{Located, Span};
use crate::spec::decode::{ReferenceUse, located};
use crate::spec::expression::Text;
use crate::spec::{Decoder, Definitions, Shape, rules};
use crate::syntax::{Node, PlainKind, Value};

impl Shape for bool {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "boolean" })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value
            && let PlainKind::Boolean(value) = scalar.kind()
        {
            return Some(value);
        }
        decoder.wrong_type(node, "`true` or `false`");
        None
    }
}

/// An integer from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Shape for Count<MIN, MAX> {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let value = match &node.value {
            Value::Scalar(scalar) => match scalar.kind() {
                PlainKind::Integer(value) => Some(value),
                PlainKind::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            decoder.wrong_type(node, "an integer");
            return None;
        };
        if !(MIN..=MAX).contains(&value) {
            decoder.bad_value(
                node,
                format!("{value} is not between {MIN} and {MAX}"),
                format!("write an integer from {MIN} to {MAX}"),
            );
            return None;
        }
        Some(Self(value))
    }
}

/// Any number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Shape for Number {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "number" })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value {
            match scalar.kind() {
                PlainKind::Integer(value) => return Some(Self(value as f64)),
                PlainKind::Float(value) => return Some(Self(value)),
                PlainKind::Text | PlainKind::Boolean(_) => {}
            }
        }
        decoder.wrong_type(node, "a number");
        None
    }
}

/// `false`: without the thing whose key this stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Off;

impl Shape for Off {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "const": false })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value
            && scalar.kind() == PlainKind::Boolean(false)
        {
            return Some(Self);
        }
        decoder.wrong_type(node, "`false`, or a mapping");
        None
    }
}

/// Text in which `${{` means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainText(pub String);

impl Shape for PlainText {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "string", "minLength": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text")?;
        if text.is_empty() {
            decoder.bad_value(node, "the text is empty", "write at least one character, or remove the key");
            return None;
        }
        Some(Self(text.to_owned()))
    }
}

/// Text that may be empty, in which `${{` means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyText(pub String);

impl Shape for AnyText {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "string" })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        decoder.text(node, "text").map(|text| Self(text.to_owned()))
    }
}

/// Any scalar, read as the text that was written; `true` and `8080` need no quotes.
#[derive(Clone, Debug)]
pub struct Scalar(pub Text);

impl Shape for Scalar {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": ["string", "number", "boolean"], "minLength": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match &node.value {
            Value::Scalar(scalar) if !scalar.text.is_empty() => {
                Some(Self(Text::read(&scalar.text, &node.span, decoder)))
            }
            Value::Scalar(_) => {
                decoder.bad_value(node, "the text is empty", "write at least one character, or remove the key");
                None
            }
            _ => {
                decoder.wrong_type(node, "text, a number or a boolean");
                None
            }
        }
    }
}

/// A constraint on text, said both as a regular expression for the schema and as a predicate.
pub trait Pattern {
    /// In the dialect that JSON Schema and Rust share.
    const REGEX: &'static str;
    /// A noun with its article, and an example: "an account id: twelve digits".
    const EXPECTED: &'static str;
    const EXAMPLE: &'static str;

    fn matches(text: &str) -> bool;
}

/// Text that fits the pattern `P`.
#[derive(Debug)]
pub struct Matching<P> {
    pub text: String,
    pattern: PhantomData<P>,
}

impl<P> Clone for Matching<P> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), pattern: PhantomData }
    }
}

impl<P: Pattern> Shape for Matching<P> {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "string", "pattern": P::REGEX, "examples": [P::EXAMPLE] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, &format!("text: {}", P::EXPECTED))?;
        if P::matches(text) {
            return Some(Self { text: text.to_owned(), pattern: PhantomData });
        }
        decoder.bad_value(
            node,
            format!("`{text}` is not {}", P::EXPECTED),
            format!("write for example `{}`", P::EXAMPLE),
        );
        None
    }
}

/// The name of a thing or environment: an identity that logical ids are made from.
#[derive(Clone, Copy, Debug)]
pub struct Name;

impl Pattern for Name {
    const REGEX: &'static str = "^[a-z](-?[a-z0-9]){0,39}$";
    const EXPECTED: &'static str = "a name: lower-case letters, digits and single hyphens, at most 40 characters";
    const EXAMPLE: &'static str = "trips";

    fn matches(text: &str) -> bool {
        let characters = text.bytes().filter(|byte| *byte != b'-').count();
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.contains("--")
            && !text.ends_with('-')
            && characters <= 40
    }
}

/// Reads `30s`, `5m`, `24h`, `7d`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    whole(number)?.checked_mul(unit)
}

/// A positive integer of at most nine digits without leading zeros.
fn whole(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') && digits.len() <= 9;
    if plain { digits.parse().ok() } else { None }
}

/// A duration with its unit; the value is in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub u64);

impl Shape for Seconds {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[1-9][0-9]{0,8}[smhd]$", "examples": ["24h"] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: a duration such as `24h`")?;
        if let Some(value) = seconds(text) {
            return Some(Self(value));
        }
        decoder.bad_value(
            node,
            format!("`{text}` is not a duration"),
            "write a whole number and one of `s`, `m`, `h`, `d`, for example `24h`",
        );
        None
    }
}

/// An amount of memory or storage with its unit; the value is in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl Bytes {
    pub const MEBIBYTE: u64 = 1 << 20;
}

/// Reads `64KiB`, `512MiB`, `2GiB`.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    units.into_iter().find_map(|(unit, shift)| whole(text.strip_suffix(unit)?).map(|number| number << shift))
}

impl Shape for Bytes {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[1-9][0-9]{0,8}[KMG]iB$", "examples": ["512MiB"] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: a size such as `512MiB`")?;
        let value = bytes(text);
        if value.is_none() {
            decoder.bad_value(
                node,
                format!("`{text}` is not a size"),
                "write a whole number and one of `KiB`, `MiB`, `GiB`, for example `512MiB`",
            );
        }
        value.map(Self)
    }
}

/// What may be referred to at a place.
pub trait Target {
    /// The sections whose things are accepted; empty for any thing.
    const SECTIONS: &'static [&'static str];
    /// Whether a part of such a thing is meant, e.g. one table of a catalog.
    const PARTS: Parts = Parts::None;
}

/// Whether a reference names a part of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    None,
    Optional,
    Required,
}

/// Any thing of the document.
#[derive(Debug)]
pub struct Anything;

impl Target for Anything {
    const SECTIONS: &'static [&'static str] = &[];
    const PARTS: Parts = Parts::Optional;
}

/// `kind.name`: another thing of the document, or `kind.name.part`: a part of it.
#[derive(Debug)]
pub struct Reference<T> {
    /// `streams`
    pub section: String,
    /// `trips`
    pub name: String,
    /// `rides` of `catalogs.lake.rides`
    pub part: Option<String>,
    target: PhantomData<T>,
}

impl<T> Clone for Reference<T> {
    fn clone(&self) -> Self {
        Self { section: self.section.clone(), name: self.name.clone(), part: self.part.clone(), target: PhantomData }
    }
}

impl<T> Reference<T> {
    /// `streams.trips`, without the part.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

impl<T: Target> Shape for Reference<T> {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        let sections = match T::SECTIONS {
            [] => "[a-z]+".to_owned(),
            sections => sections.join("|"),
        };
        let part = match T::PARTS {
            Parts::None => "",
            Parts::Optional => r"(\.[a-z0-9_-]+)?",
            Parts::Required => r"\.[a-z0-9_-]+",
        };
        json!({ "type": "string", "pattern": format!(r"^(({sections})\.[a-z0-9-]+{part}|modules\.[a-z0-9-]+\.[a-z0-9-]+)$") })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: a reference such as `streams.trips`")?;
        let example = T::SECTIONS.first().unwrap_or(&"kind");
        let word = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if let ["modules", module, output] = text.split('.').collect::<Vec<_>>().as_slice()
            && word(module)
            && word(output)
        {
            // Outputs of modules that are used here were replaced by what they are.
            let found = Diagnostic::new(&rules::MODULE_OUTPUT, &node.span, format!("there is no module `{module}`"));
            decoder.report(found.label("refers to nothing").help(format!("add `{module}:` under `modules:`")));
            return None;
        }
        let lower = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        let parts = text.split_once('.').and_then(|(section, rest)| {
            let (name, part) = match rest.split_once('.') {
                Some((name, part)) => (name, Some(part)),
                None => (rest, None),
            };
            let fits = match T::PARTS {
                Parts::None => part.is_none(),
                Parts::Optional => true,
                Parts::Required => part.is_some(),
            };
            let is_part = |part: &str| word(&part.replace('_', "-"));
            (fits && lower(section) && word(name) && part.is_none_or(is_part)).then_some((section, name, part))
        });
        let Some((section, name, part)) = parts else {
            let name = if word(text) { text } else { "name" };
            let help = match T::PARTS {
                Parts::Required => {
                    format!(
                        "write the kind, the name and the part, with dots between, for example `{example}.{name}.part`"
                    )
                }
                Parts::None | Parts::Optional => {
                    format!("write the kind, a dot and the name, for example `{example}.{name}`")
                }
            };
            decoder.bad_value(node, format!("`{text}` is not a reference"), help);
            return None;
        };
        if !T::SECTIONS.is_empty() && !T::SECTIONS.contains(&section) {
            decoder.bad_value(
                node,
                format!("`{text}` is one of `{section}`, but here stands one of {}", list(T::SECTIONS.iter().copied())),
                format!("refer to one of {}, for example `{example}.name`", list(T::SECTIONS.iter().copied())),
            );
            return None;
        }
        decoder.references.push(ReferenceUse { text: text.to_owned(), span: node.span.clone(), accepts: T::SECTIONS });
        Some(Self {
            section: section.to_owned(),
            name: name.to_owned(),
            part: part.map(str::to_owned),
            target: PhantomData,
        })
    }
}

impl<T: Shape> Shape for Vec<Located<T>> {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        json!({ "type": "array", "items": T::schema(definitions), "minItems": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Value::List(items) = &node.value else {
            decoder.wrong_type(node, "a list");
            return None;
        };
        if items.is_empty() {
            decoder.bad_value(node, "the list is empty", "add an entry, or remove the key");
            return None;
        }
        let values: Vec<_> = items.iter().map(|item| located(item, decoder)).collect();
        values.into_iter().collect()
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug)]
pub struct OneOrMany<T>(pub Vec<Located<T>>);

impl<T: Shape> Shape for OneOrMany<T> {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        json!({ "anyOf": [T::schema(definitions), <Vec<Located<T>>>::schema(definitions)] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match &node.value {
            Value::List(_) => Shape::decode(node, decoder).map(Self),
            _ => located(node, decoder).map(|value| Self(vec![value])),
        }
    }
}

/// A mapping whose keys fit `K`, in authored order.
#[derive(Clone, Debug)]
pub struct Mapping<K, T> {
    pub entries: Vec<(Located<String>, Located<T>)>,
    keys: PhantomData<K>,
}

impl<K, T> Mapping<K, T> {
    pub fn get(&self, key: &str) -> Option<&Located<T>> {
        self.entries.iter().find(|(name, _)| name.value == key).map(|(_, value)| value)
    }
}

impl<K, T> Default for Mapping<K, T> {
    fn default() -> Self {
        Self { entries: Vec::new(), keys: PhantomData }
    }
}

impl<K: Pattern, T: Shape> Shape for Mapping<K, T> {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "pattern": K::REGEX },
            "additionalProperties": T::schema(definitions),
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            decoder.wrong_type(node, "a mapping");
            return None;
        };
        if entries.is_empty() {
            decoder.bad_value(node, "the mapping is empty", "add an entry, or remove the key");
            return None;
        }
        let read: Vec<_> = entries
            .iter()
            .map(|entry| {
                let key = checked_key::<K>(&entry.key.text, &entry.key.span, decoder);
                let value = located(&entry.value, decoder);
                Some((key?, value?))
            })
            .collect();
        Some(Self { entries: read.into_iter().collect::<Option<_>>()?, keys: PhantomData })
    }
}

/// A mapping key that fits `K`; anything else is reported.
pub(super) fn checked_key<K: Pattern>(text: &str, span: &Span, decoder: &mut Decoder) -> Option<Located<String>> {
    if K::matches(text) {
        return Some(Located::new(text.to_owned(), span.clone()));
    }
    let message = format!("`{text}` is not {}", K::EXPECTED);
    decoder.report(
        Diagnostic::new(&rules::BAD_VALUE, span, message)
            .label("not accepted")
            .help(format!("write for example `{}`", K::EXAMPLE)),
    );
    None
}

/// A mapping reads as `M`, anything else as `S`.
#[derive(Clone, Debug)]
pub enum Either<S, M> {
    Short(S),
    Long(M),
}

impl<S: Shape, M: Shape> Shape for Either<S, M> {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        json!({ "anyOf": [S::schema(definitions), M::schema(definitions)] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match node.value {
            Value::Map(_) => M::decode(node, decoder).map(Self::Long),
            _ => S::decode(node, decoder).map(Self::Short),
        }
    }
}
