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
        self.kind.to_json()
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

impl ValueKind {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Boolean(value) => json!(value),
            Self::Integer(value) => json!(value),
            Self::Float(value) => json!(value),
            Self::Text(text) => json!(text),
            Self::List(items) => items.iter().map(Value::to_json).collect(),
            Self::Map(entries) => to_object(entries).into(),
            Self::Intrinsic(intrinsic) => intrinsic.to_json(),
        }
    }
}

impl Intrinsic {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Ref(name) => json!({ "Ref": name }),
            Self::GetAtt(id, attribute) => json!({ "Fn::GetAtt": [id, attribute] }),
            Self::Sub(text, names) if names.is_empty() => json!({ "Fn::Sub": text }),
            Self::Sub(text, names) => json!({ "Fn::Sub": [text, to_object(names)] }),
            Self::Call(name, argument) => json!({ name: argument.to_json() }),
        }
    }
}

fn to_object(entries: &[(String, Value)]) -> Map<String, serde_json::Value> {
    entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()
}

/// Equal in meaning: origins and the order of map keys do not count.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for ValueKind {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => one == other,
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => has_same_entries(one, other),
            (Self::Intrinsic(one), Self::Intrinsic(other)) => one == other,
            // An intrinsic may also stand there as a map, spelled out.
            (Self::Map(_), Self::Intrinsic(_)) | (Self::Intrinsic(_), Self::Map(_)) => {
                self.to_json() == other.to_json()
            }
            _ => false,
        }
    }
}

impl PartialEq for Intrinsic {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ref(one), Self::Ref(other)) => one == other,
            (Self::GetAtt(one, attribute), Self::GetAtt(other, of_other)) => one == other && attribute == of_other,
            (Self::Sub(one, names), Self::Sub(other, of_other)) => one == other && has_same_entries(names, of_other),
            (Self::Call(one, argument), Self::Call(other, of_other)) if one == other => argument == of_other,
            // The others may be called by their names, too.
            _ => self.to_json() == other.to_json(),
        }
    }
}

/// Whether two maps, whose keys are distinct, have the same entries in any order.
fn has_same_entries(one: &[(String, Value)], other: &[(String, Value)]) -> bool {
    one.len() == other.len()
        && one.iter().enumerate().all(|(at, (key, value))| {
            // Mostly the order is the same, too.
            let found = other.get(at).filter(|(name, _)| name == key);
            found.or_else(|| other.iter().find(|(name, _)| name == key)).is_some_and(|(_, of_other)| value == of_other)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::*;

    fn some() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            (-1..2_i64).prop_map(Json::from),
            prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(0.5)].prop_map(Json::from),
            "[ab]?".prop_map(Json::from),
        ];
        let key = prop_oneof!["a", "b", "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Condition"];
        leaf.prop_recursive(4, 24, 3, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::vec((key.clone(), inner), 0..3)
                    .prop_map(|entries| entries.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    /// The value with each map that spells an intrinsic left as a map, and with its keys the other way round.
    fn turned(json: Json, origin: &Origin) -> Value {
        let kind = match json {
            Json::Array(items) => ValueKind::List(items.into_iter().map(|item| turned(item, origin)).collect()),
            Json::Object(map) => {
                ValueKind::Map(map.into_iter().rev().map(|(key, value)| (key, turned(value, origin))).collect())
            }
            other => return Value::from_json(other, origin),
        };
        Value::new(kind, origin)
    }

    proptest! {
        #[test]
        fn equal_is_what_is_the_same_for_cloudformation(one in some(), other in some()) {
            let origin = crate::desired::generate::origin();
            let values = [&one, &other].map(|json| Value::from_json(json.clone(), &origin));
            let [first, second] = &values;
            prop_assert_eq!(first == second, first.to_json() == second.to_json());
            let turned = turned(one, &origin);
            prop_assert_eq!((*first == turned, turned == *first), (true, true), "{:?} {:?}", first, turned);
        }
    }
}
