//! Values of a template as the twin deploys them: references, and the attributes that its tests use.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

/// What names stand for.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) stack: String,
    pub(super) parameters: IndexMap<String, String>,
    /// Type and physical id by logical id.
    pub(super) resources: IndexMap<String, (String, String)>,
}

impl Names {
    /// The value with all functions replaced that are known here.
    pub(super) fn evaluate(&self, value: &Json) -> Json {
        match value {
            Json::Array(items) => items.iter().map(|item| self.evaluate(item)).collect(),
            Json::Object(map) => self.function(map).unwrap_or_else(|| {
                let entries = map.iter().map(|(key, value)| (key.clone(), self.evaluate(value)));
                entries.collect::<Map<_, _>>().into()
            }),
            scalar => scalar.clone(),
        }
    }

    fn function(&self, map: &Map<String, Json>) -> Option<Json> {
        let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
        match (name.as_str(), argument) {
            ("Ref", Json::String(name)) => self.name(name).map(Json::from),
            ("Fn::GetAtt", Json::Array(parts)) => {
                let (logical_id, attribute) = (parts.first()?.as_str()?, parts.get(1)?.as_str()?);
                self.attribute(logical_id, attribute).map(Json::from)
            }
            ("Fn::Sub", Json::String(text)) => Some(Json::from(self.sub(text))),
            _ => None,
        }
    }

    fn name(&self, name: &str) -> Option<String> {
        let pseudo = match name {
            "AWS::AccountId" => Some(&self.account),
            "AWS::Region" => Some(&self.region),
            "AWS::StackName" => Some(&self.stack),
            "AWS::Partition" => return Some("aws".to_owned()),
            _ => None,
        };
        let resource = || self.resources.get(name).map(|(_, physical_id)| physical_id);
        pseudo.or_else(|| self.parameters.get(name)).or_else(resource).cloned()
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<String> {
        let (resource_type, id) = self.resources.get(logical_id)?;
        let place = format!("{}:{}", self.region, self.account);
        match (resource_type.as_str(), attribute) {
            ("AWS::Kinesis::Stream", "Arn") => Some(format!("arn:aws:kinesis:{place}:stream/{id}")),
            ("AWS::IAM::Role", "Arn") => Some(format!("arn:aws:iam::{}:role/{id}", self.account)),
            (_, attribute) => Some(format!("{id}.{attribute}")),
        }
    }

    fn sub(&self, text: &str) -> String {
        let mut parts = text.split("${");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            let value = match name.split_once('.') {
                Some((logical_id, attribute)) => self.attribute(logical_id, attribute),
                None => self.name(name),
            };
            result.push_str(&value.unwrap_or_default());
            result.push_str(rest);
        }
        result
    }
}
