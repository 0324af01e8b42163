//! Property values: JSON with intrinsics, each node with its origin.

use serde_json::{Map, json};

use super::Origin;
use crate::source::Span;

/// A property value and why it is there.
#[derive(Clone, Debug)]
pub struct Value {
    pub kind: ValueKind,
    pub origin: Origin,
    /// Where the key is written under which this value stands in its map, if it is written anywhere.
    pub key: Option<Span>,
}

#[derive(Clone, Debug)]
pub enum ValueKind {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Intrinsic(Intrinsic),
}

/// A CloudFormation intrinsic function.
#[derive(Clone, Debug)]
pub enum Intrinsic {
    /// `Ref`: a logical id, parameter or pseudo parameter.
    Ref(String),
    /// `Fn::GetAtt`: logical id and attribute path.
    GetAtt(String, String),
    /// `Fn::Sub`: the text with `${…}` and the values of names that are not in the template.
    Sub(String, Vec<(String, Value)>),
    /// Any other function by its full name, e.g. `Fn::Join`, `Fn::If`, `Condition`.
    Call(String, Box<Value>),
}

impl Value {
    pub fn new(kind: ValueKind, origin: &Origin) -> Self {
        Self { kind, origin: origin.clone(), key: None }
    }

    /// The same value, standing under the key at `key`.
    pub fn under(mut self, key: &Span) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// Where the key of this value is written, or else the value itself.
    pub fn key_span(&self) -> &Span {
        self.key.as_ref().unwrap_or(&self.origin.span)
    }

    pub fn text(text: impl Into<String>, origin: &Origin) -> Self {
        Self::new(ValueKind::Text(text.into()), origin)
    }

    pub fn map(origin: &Origin) -> Self {
        Self::new(ValueKind::Map(Vec::new()), origin)
    }

    pub fn list(items: Vec<Value>, origin: &Origin) -> Self {
        Self::new(ValueKind::List(items), origin)
    }

    pub fn reference(logical_id: impl Into<String>, origin: &Origin) -> Self {
        Self::new(ValueKind::Intrinsic(Intrinsic::Ref(logical_id.into())), origin)
    }

    pub fn get_att(logical_id: impl Into<String>, attribute: impl Into<String>, origin: &Origin) -> Self {
        Self::new(ValueKind::Intrinsic(Intrinsic::GetAtt(logical_id.into(), attribute.into())), origin)
    }

    /// `Fn::Sub`, or the text itself when it holds no `${`.
    pub fn sub(text: impl Into<String>, origin: &Origin) -> Self {
        let text = text.into();
        match text.contains("${") {
            true => Self::new(ValueKind::Intrinsic(Intrinsic::Sub(text, Vec::new())), origin),
            false => Self::text(text, origin),
        }
    }

    /// Reads CloudFormation's JSON, in which a map with one key `Ref`, `Condition` or `Fn::…` is an intrinsic; all
    /// parts get the same origin. Null values in maps are left out.
    pub fn from_json(json: serde_json::Value, origin: &Origin) -> Self {
        use serde_json::Value as Json;
        let kind = match json {
            Json::Null => ValueKind::Text(String::new()),
            Json::Bool(value) => ValueKind::Boolean(value),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => ValueKind::Integer(integer),
                None => ValueKind::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => ValueKind::Text(text),
            Json::Array(items) => {
                ValueKind::List(items.into_iter().map(|item| Self::from_json(item, origin)).collect())
            }
            Json::Object(map) => return Self::from_object(map, origin),
        };
        Self::new(kind, origin)
    }

    fn from_object(map: Map<String, serde_json::Value>, origin: &Origin) -> Self {
        let entries = map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, Self::from_json(value, origin)))
            .collect();
        Self::new(ValueKind::Map(entries), origin).lift_intrinsic()
    }

    /// A map that is spelled as an intrinsic function becomes that [`Intrinsic`]; anything else stays as it is. A
    /// reference has the origin of what it names, and an `Fn::Sub` that of its text.
    pub fn lift_intrinsic(self) -> Self {
        let ValueKind::Map(entries) = &self.kind else { return self };
        let [(key, argument)] = entries.as_slice() else { return self };
        let mut origin = &argument.origin;
        let call = || Intrinsic::Call(key.clone(), Box::new(argument.clone()));
        let intrinsic = match (key.as_str(), &argument.kind) {
            ("Ref", ValueKind::Text(name)) => Intrinsic::Ref(name.clone()),
            ("Fn::GetAtt", ValueKind::Text(path)) => match path.split_once('.') {
                Some((id, attribute)) => Intrinsic::GetAtt(id.to_owned(), attribute.to_owned()),
                None => call(),
            },
            ("Fn::GetAtt", ValueKind::List(parts)) => match parts.as_slice() {
                [Value { kind: ValueKind::Text(id), .. }, Value { kind: ValueKind::Text(attribute), .. }] => {
                    Intrinsic::GetAtt(id.clone(), attribute.clone())
                }
                _ => call(),
            },
            ("Fn::Sub", ValueKind::Text(text)) => Intrinsic::Sub(text.clone(), Vec::new()),
            ("Fn::Sub", ValueKind::List(parts)) => match parts.as_slice() {
                [
                    Value { kind: ValueKind::Text(text), origin: written, .. },
                    Value { kind: ValueKind::Map(names), .. },
                ] => {
                    origin = written;
                    Intrinsic::Sub(text.clone(), names.clone())
                }
                _ => call(),
            },
            ("Ref", ValueKind::Intrinsic(_)) | ("Condition", ValueKind::Text(_)) => call(),
            (name, _) if name.starts_with("Fn::") => call(),
            _ => return self,
        };
        if let Intrinsic::Call(..) = intrinsic {
            origin = &self.origin;
        }
        Self { kind: ValueKind::Intrinsic(intrinsic), origin: origin.clone(), key: self.key.clone() }
    }

    /// CloudFormation's JSON, with intrinsics in their long form.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            ValueKind::Boolean(value) => json!(value),
            ValueKind::Integer(value) => json!(value),
            ValueKind::Float(value) => json!(value),
            ValueKind::Text(text) => json!(text),
            ValueKind::List(items) => items.iter().map(Value::to_json).collect(),
            ValueKind::Map(entries) => {
                entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect::<Map<_, _>>().into()
            }
            ValueKind::Intrinsic(Intrinsic::Ref(name)) => json!({ "Ref": name }),
            ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => json!({ "Fn::GetAtt": [id, attribute] }),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => json!({ "Fn::Sub": text }),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
                let names: Map<_, _> = names.iter().map(|(key, value)| (key.clone(), value.to_json())).collect();
                json!({ "Fn::Sub": [text, names] })
            }
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => json!({ name: argument.to_json() }),
        }
    }

    /// Adds or replaces an entry of a map; on anything else it does nothing.
    pub fn set(&mut self, key: impl Into<String>, value: Value) {
        let key = key.into();
        if let ValueKind::Map(entries) = &mut self.kind {
            match entries.iter_mut().find(|(name, _)| *name == key) {
                Some((_, old)) => *old = value,
                None => entries.push((key, value)),
            }
        }
    }

    /// Removes an entry of a map, and gives it.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let ValueKind::Map(entries) = &mut self.kind else { return None };
        let at = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(at).1)
    }

    /// Like [`Value::set`], in a chain.
    pub fn with(mut self, key: impl Into<String>, value: Value) -> Self {
        self.set(key, value);
        self
    }

    /// Like [`Value::with`] when there is a value, else nothing.
    pub fn with_some(self, key: impl Into<String>, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.kind {
            ValueKind::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value at a JSON pointer below this one (`/Stages/0/Name`), through lists and maps but not into intrinsics.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        pointer.split('/').skip(1).try_fold(self, |value, part| {
            let part = part.replace("~1", "/").replace("~0", "~");
            match &value.kind {
                ValueKind::List(items) => items.get(part.parse::<usize>().ok()?),
                _ => value.get(&part),
            }
        })
    }

    /// The same value for a template of another account or Region: what CloudFormation would fill in of its own place is
    /// written out.
    pub fn seen_from_elsewhere(mut self, account: &str, region: &str) -> Self {
        self.kind = match self.kind {
            ValueKind::List(items) => {
                ValueKind::List(items.into_iter().map(|item| item.seen_from_elsewhere(account, region)).collect())
            }
            ValueKind::Map(entries) => {
                let seen = |(key, value): (String, Value)| (key, value.seen_from_elsewhere(account, region));
                ValueKind::Map(entries.into_iter().map(seen).collect())
            }
            ValueKind::Intrinsic(Intrinsic::Ref(name)) if name == "AWS::AccountId" => {
                ValueKind::Text(account.to_owned())
            }
            ValueKind::Intrinsic(Intrinsic::Ref(name)) if name == "AWS::Region" => ValueKind::Text(region.to_owned()),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
                let text = text.replace("${AWS::AccountId}", account).replace("${AWS::Region}", region);
                ValueKind::Intrinsic(Intrinsic::Sub(text, names))
            }
            other => other,
        };
        self
    }

    /// Calls `visit` with every name that this value and all below it refer to: logical ids, parameters and pseudo
    /// parameters, by `Ref`, `Fn::GetAtt` and the `${…}` of `Fn::Sub`.
    pub fn references(&self, visit: &mut dyn FnMut(&str)) {
        match &self.kind {
            ValueKind::List(items) => items.iter().for_each(|item| item.references(visit)),
            ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| value.references(visit)),
            ValueKind::Intrinsic(Intrinsic::Ref(name) | Intrinsic::GetAtt(name, _)) => visit(name),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
                for (_, value) in names {
                    value.references(visit);
                }
                let inside = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
                let named = inside.map(|(name, _)| name.split('.').next().unwrap_or(name));
                named
                    .filter(|name| !name.starts_with('!') && names.iter().all(|(given, _)| given != name))
                    .for_each(visit);
            }
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => {
                if let ("Fn::GetAtt", ValueKind::List(parts)) = (name.as_str(), &argument.kind) {
                    parts.first().and_then(Value::as_text).into_iter().for_each(&mut *visit);
                }
                argument.references(visit);
            }
            _ => {}
        }
    }

    /// Calls `visit` for this value and all below it; what is inside functions is left out.
    pub fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Value)) {
        visit(self);
        match &self.kind {
            ValueKind::List(items) => items.iter().for_each(|item| item.each(visit)),
            ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| value.each(visit)),
            _ => {}
        }
    }

    /// The same, with the JSON pointer of each.
    pub fn walk<'a>(&'a self, pointer: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
        visit(pointer, self);
        match &self.kind {
            ValueKind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.walk(&format!("{pointer}/{index}"), visit);
                }
            }
            ValueKind::Map(entries) => {
                for (key, value) in entries {
                    value.walk(&format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), visit);
                }
            }
            _ => {}
        }
    }
}

/// The longest texts that pseudo parameters stand for, e.g. `aws-us-gov` and `ap-southeast-1`.
const PSEUDO_PARAMETERS: &[(&str, usize)] =
    &[("AWS::Partition", 10), ("AWS::Region", 14), ("AWS::AccountId", 12), ("AWS::URLSuffix", 16)];

/// What a name or ARN that only AWS knows is taken for.
const UNKNOWN_LENGTH: usize = 80;

impl Value {
    /// About how many characters the JSON of this value will have after deployment, without white space: that is what
    /// IAM counts.
    pub fn deployed_length(&self) -> usize {
        let reference = |name: &str| {
            let known = PSEUDO_PARAMETERS.iter().find(|(known, _)| *known == name);
            known.map_or(UNKNOWN_LENGTH, |(_, length)| *length)
        };
        match &self.kind {
            ValueKind::List(items) => 2 + commas(items.len()) + items.iter().map(Value::deployed_length).sum::<usize>(),
            ValueKind::Map(entries) => {
                let inside = entries.iter().map(|(key, value)| key.len() + 3 + value.deployed_length());
                2 + commas(entries.len()) + inside.sum::<usize>()
            }
            ValueKind::Text(text) => 2 + text.chars().count(),
            ValueKind::Intrinsic(Intrinsic::Ref(name)) => 2 + reference(name),
            ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => {
                let mut pieces = text.split("${");
                let first = pieces.next().map_or(0, |piece| piece.chars().count());
                let others = pieces.map(|piece| match piece.split_once('}') {
                    Some((name, after)) => reference(name) + after.chars().count(),
                    None => piece.chars().count(),
                });
                2 + first + others.sum::<usize>()
            }
            ValueKind::Intrinsic(_) => 2 + UNKNOWN_LENGTH,
            ValueKind::Boolean(_) | ValueKind::Integer(_) | ValueKind::Float(_) => self.to_json().to_string().len(),
        }
    }
}

fn commas(items: usize) -> usize {
    items.saturating_sub(1)
}

/// Equal in meaning: origins and the order of map keys do not count.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}
