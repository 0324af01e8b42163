//! Each pipeline as the JSON that `aws codepipeline create-pipeline --cli-input-json` and `update-pipeline` take.
//!
//! Names that CloudFormation gives are written out where they follow from the document. The ARN of a connection that
//! the delivery stack makes does not: it stands as `${Connection}`.

use crate::artifact::{Artifact, json};
use crate::desired::{Deployment, Desired, Intrinsic, Stack, Value, ValueKind};
use crate::facts::partition;

pub fn artifacts(desired: &Desired, _header: &str) -> Vec<Artifact> {
    desired
        .stacks
        .iter()
        .flat_map(|stack| {
            let deployment = stack.deployments.first();
            stack
                .resources
                .values()
                .filter(|resource| resource.resource_type == "AWS::CodePipeline::Pipeline")
                .filter_map(move |resource| Some(artifact(&resource.properties, stack, deployment?)))
        })
        .collect()
}

fn artifact(properties: &Value, stack: &Stack, deployment: &Deployment) -> Artifact {
    let name = properties.get("Name").and_then(Value::as_text).unwrap_or_default();
    let resolver = Resolver { stack, deployment };
    let pipeline = stores_by_region(resolver.value(properties, Case::Camel));
    let document = Value::map(&properties.origin).with("pipeline", pipeline);
    Artifact::new(format!("pipelines/{name}.json"), json::print(&document))
}

/// CloudFormation lists the stores of Regions, the service maps Regions to them.
fn stores_by_region(pipeline: Value) -> Value {
    let ValueKind::Map(entries) = &pipeline.kind else { return pipeline };
    let entries = entries.iter().map(|(key, value)| match &value.kind {
        ValueKind::List(stores) if key == "artifactStores" => {
            let store =
                |store: &Value| Some((store.get("region")?.as_text()?.to_owned(), store.get("artifactStore")?.clone()));
            (key.clone(), Value::new(ValueKind::Map(stores.iter().filter_map(store).collect()), &value.origin))
        }
        _ => (key.clone(), value.clone()),
    });
    Value::new(ValueKind::Map(entries.collect()), &pipeline.origin)
}

/// CloudFormation spells keys `LikeThis`, the service `likeThis`; keys of configurations are the providers' own.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Camel,
    AsIs,
}

struct Resolver<'a> {
    stack: &'a Stack,
    deployment: &'a Deployment,
}

impl Resolver<'_> {
    fn value(&self, value: &Value, case: Case) -> Value {
        let kind = match &value.kind {
            ValueKind::List(items) => ValueKind::List(items.iter().map(|item| self.value(item, case)).collect()),
            ValueKind::Map(entries) => ValueKind::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let inside = if key == "Configuration" { Case::AsIs } else { case };
                        (self.key(key, case), self.value(value, inside))
                    })
                    .collect(),
            ),
            ValueKind::Intrinsic(intrinsic) => ValueKind::Text(self.intrinsic(intrinsic)),
            other => other.clone(),
        };
        Value::new(kind, &value.origin)
    }

    fn key(&self, key: &str, case: Case) -> String {
        let mut characters = key.chars();
        match (case, characters.next()) {
            (Case::Camel, Some(first)) => first.to_ascii_lowercase().to_string() + characters.as_str(),
            _ => key.to_owned(),
        }
    }

    fn intrinsic(&self, intrinsic: &Intrinsic) -> String {
        match intrinsic {
            Intrinsic::Ref(name) => self.reference(name),
            Intrinsic::GetAtt(id, attribute) => self.attribute(id, attribute),
            Intrinsic::Sub(text, names) => self.substitute(text, names),
            Intrinsic::Call(name, _) => format!("${{{name}}}"),
        }
    }

    /// What `Ref` gives, as far as it follows from the document.
    fn reference(&self, name: &str) -> String {
        match name {
            "AWS::AccountId" => return self.deployment.account.clone(),
            "AWS::Region" => return self.deployment.region.clone(),
            "AWS::StackName" => return self.deployment.stack_name.clone(),
            "AWS::Partition" => return partition(&self.deployment.region).to_owned(),
            _ => {}
        }
        let Some(resource) = self.stack.resources.get(name) else { return format!("${{{name}}}") };
        let physical = ["BucketName", "FunctionName", "RoleName", "Name"]
            .into_iter()
            .find_map(|key| resource.properties.get(key))
            .map(|value| self.text(value));
        match (physical, resource.resource_type.as_str()) {
            (_, "AWS::CodeConnections::Connection" | "AWS::KMS::Key" | "AWS::SNS::Topic") => self.arn_of(name, None),
            (Some(physical), _) => physical,
            (None, _) => format!("${{{name}}}"),
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> String {
        let Some(resource) = self.stack.resources.get(id).filter(|_| attribute == "Arn") else {
            return format!("${{{id}.{attribute}}}");
        };
        let name = resource.properties.get("RoleName").map(|name| self.text(name));
        self.arn_of(id, name)
    }

    /// An ARN that follows from the document, or a place-holder that says what belongs there.
    fn arn_of(&self, id: &str, name: Option<String>) -> String {
        let (partition, account) = (partition(&self.deployment.region), &self.deployment.account);
        let kind = self.stack.resources.get(id).map(|resource| resource.resource_type.as_str());
        match (kind, name) {
            (Some("AWS::IAM::Role"), Some(name)) => format!("arn:{partition}:iam::{account}:role/{name}"),
            (Some("AWS::KMS::Key"), _) => match self.alias_of(id) {
                Some(alias) => format!("arn:{partition}:kms:{}:{account}:{alias}", self.deployment.region),
                None => format!("${{{id}}}"),
            },
            _ => format!("${{{id}}}"),
        }
    }

    fn alias_of(&self, key: &str) -> Option<String> {
        let aliases = self.stack.resources.values().filter(|resource| resource.resource_type == "AWS::KMS::Alias");
        aliases
            .filter(|alias| {
                let target = alias.properties.get("TargetKeyId").map(|target| &target.kind);
                matches!(target, Some(ValueKind::Intrinsic(Intrinsic::Ref(name))) if name == key)
            })
            .find_map(|alias| alias.properties.get("AliasName").map(|name| self.text(name)))
    }

    fn text(&self, value: &Value) -> String {
        match &value.kind {
            ValueKind::Text(text) => text.clone(),
            ValueKind::Intrinsic(intrinsic) => self.intrinsic(intrinsic),
            _ => String::new(),
        }
    }

    /// `Fn::Sub`: `${Name}`, `${Name.Attribute}`, and `${!literal}`.
    fn substitute(&self, text: &str, names: &[(String, Value)]) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                result.push_str("${");
                rest = after;
                continue;
            };
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some((_, value)) = names.iter().find(|(given, _)| given == name) {
                result.push_str(&self.text(value));
            } else {
                result.push_str(&match name.split_once('.') {
                    Some((id, attribute)) => self.attribute(id, attribute),
                    None => self.reference(name),
                });
            }
        }
        result + rest
    }
}
