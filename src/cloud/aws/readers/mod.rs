//! One reader per resource type that CloudFormation cannot read, or not wholly: each gives the live resource in
//! CloudFormation's vocabulary.

#[cfg(test)]
mod actions;
mod bucket;
mod finish;
mod flink;
mod function;
mod groups;
mod lifecycle;
mod pipeline;
mod rows;
mod stream;
mod table;
mod translate;
mod units;

use std::collections::VecDeque;

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::call::{self, encode};
use super::progress::Progress;
use crate::cloud::{CloudError, Live, Observation, Wanted};
use units::{Step, Unit};

/// How many resources are read at the same time.
const CONCURRENT: usize = 8;

/// The one list of readers.
async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    match wanted.resource_type.as_str() {
        "AWS::CodePipeline::Pipeline" => pipeline::read(config, wanted).await,
        "AWS::Kinesis::Stream" => stream::read(config, wanted).await,
        "AWS::KinesisAnalyticsV2::Application" => flink::read(config, wanted).await,
        "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption" => flink::read_logging(config, wanted).await,
        "AWS::Lambda::Function" => function::read(config, wanted).await,
        "AWS::S3::Bucket" => bucket::read(config, wanted).await,
        _ => Ok(Observation::NoReader),
    }
}

/// The calls by which rows read resources of a type: service and operation, both as botocore calls them.
#[cfg(test)]
pub(super) fn calls(resource_type: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_row = rows::row(resource_type).into_iter().flat_map(rows::Row::calls);
    of_row.chain(groups::calls(resource_type)).map(|call| (call.service.as_str(), call.operation.as_str()))
}

/// Codes with which services say that something does not exist.
const MISSING: [&str; 12] = [
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "EntityNotFoundException",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ParameterNotFound",
    "PipelineNotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "StateMachineDoesNotExist",
];

/// The account, to which the rows' calls go.
impl table::Service for SdkConfig {
    async fn ask(&self, call: &'static rows::Call, subject: &str, send: Json) -> Result<Json, CloudError> {
        let (service, operation) = (call.service.as_str(), call.operation.as_str());
        let asked = match &call.http {
            None => call::Call::new(service, operation, send),
            Some((method, path)) => {
                let (path, rest) = addressed(path, send);
                match method.as_str() {
                    "GET" => call::Call::get(service, operation, with_query(path, &rest)),
                    _ => call::Call::post(service, operation, path, rest),
                }
            }
        };
        call::call(self, &call.attempted, subject, &asked).await
    }
}

/// What is left to be sent, behind the path.
fn with_query(path: String, rest: &Json) -> String {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rest = rest.as_object().into_iter().flatten();
    let query: Vec<String> = rest.map(|(name, value)| format!("{name}={}", encode(&text(value)))).collect();
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// The path with its variable parts, and what is left to be sent.
fn addressed(path: &str, send: Json) -> (String, Json) {
    let mut rest = serde_json::Map::new();
    let mut path = path.to_owned();
    let Json::Object(send) = send else { return (path, Json::Null) };
    for (name, value) in send {
        let place = format!("{{{name}}}");
        if path.contains(&place) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            path = path.replace(&place, &encode(&text));
        } else {
            rest.insert(name, value);
        }
    }
    (path, rest.into())
}

pub(super) async fn observe(config: &SdkConfig, wanted: &[Wanted], progress: &Progress) -> Vec<Observation> {
    let mut queue: VecDeque<Unit> = units::units(wanted).into();
    let mut running = JoinSet::new();
    let unread = || Observation::Unread("the reader stopped before it was done".to_owned());
    let mut observations = vec![unread(); wanted.len()];
    loop {
        while running.len() < CONCURRENT
            && let Some(unit) = queue.pop_front()
        {
            let config = config.clone();
            running.spawn(async move { look(&config, unit).await });
        }
        match running.join_next().await {
            Some(Ok(steps)) => {
                for step in steps {
                    match step {
                        Step::Seen(index, observation) => {
                            if observation != Observation::NoReader {
                                progress.step();
                            }
                            observations[index] = observation;
                        }
                        Step::Then(unit) => queue.push_back(unit),
                    }
                }
            }
            Some(Err(_)) => {}
            None => return observations,
        }
    }
}

async fn look(config: &SdkConfig, unit: Unit) -> Vec<Step> {
    match unit {
        Unit::One(index, wanted) => vec![Step::Seen(index, seen(read(config, &wanted).await))],
        unit => units::look(config, unit).await,
    }
}

/// What the answer of a reader means.
fn seen(answer: Result<Observation, CloudError>) -> Observation {
    match answer {
        Ok(observation) => observation,
        Err(error) if error.code.as_deref().is_some_and(|code| MISSING.contains(&code)) => Observation::Missing,
        Err(error) => Observation::Unread(error.with_hint()),
    }
}

/// Collects what a reader finds.
#[derive(Default)]
struct Reading {
    live: Live,
}

impl Reading {
    fn new(properties: Json, covers: &[&str]) -> Self {
        let covers = covers.iter().map(|name| (*name).to_owned()).collect();
        Self { live: Live { properties, covers, unread: Vec::new() } }
    }

    /// A top-level property; `None` is "known to be absent".
    fn set(&mut self, name: &str, value: Option<Json>) {
        self.live.covers.push(name.to_owned());
        if let (Some(value), Some(properties)) = (value, self.live.properties.as_object_mut()) {
            properties.insert(name.to_owned(), value);
        }
    }

    /// A top-level property that has a call of its own, which may fail without spoiling the rest.
    fn set_or_unread(&mut self, name: &str, answer: Result<Option<Json>, CloudError>) {
        match answer {
            Ok(value) => self.set(name, value),
            Err(error) => self.unread(format!("/{name}"), error.with_hint()),
        }
    }

    /// A top-level property that was read, `null` if there is none.
    fn get(&self, name: &str) -> &Json {
        &self.live.properties[name]
    }

    /// Another value for a property that was read.
    fn put(&mut self, name: &str, value: Option<Json>) {
        let Some(properties) = self.live.properties.as_object_mut() else { return };
        match value {
            Some(value) => properties.insert(name.to_owned(), value),
            None => properties.shift_remove(name),
        };
    }

    /// A place that could not be read. What is unread is not covered.
    fn unread(&mut self, pointer: String, reason: String) {
        self.live.covers.retain(|name| pointer.strip_prefix('/') != Some(name));
        self.live.unread.push((pointer, reason));
    }

    fn done(self) -> Observation {
        Observation::Live(self.live)
    }
}

/// A list of `{key, value}` in either case as CloudFormation's `Tags`.
fn tags(list: &Json) -> Json {
    let part = |tag: &Json, name: &str| tag.get(name).or_else(|| tag.get(super::wire::pascal(name))).cloned();
    let tags = list.as_array().into_iter().flatten();
    tags.map(|tag| json!({ "Key": part(tag, "key"), "Value": part(tag, "value") })).collect()
}

/// A map of those entries that have a value.
fn entries<const N: usize>(entries: [(&str, Option<Json>); N]) -> Json {
    let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    entries.collect::<serde_json::Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_filled_and_escaped() {
        let send = json!({ "arn": "arn:aws:kafka:x/y", "revision": 2, "Limit": 5 });
        assert_eq!(
            addressed("/v1/configurations/{arn}/revisions/{revision}", send),
            ("/v1/configurations/arn%3Aaws%3Akafka%3Ax%2Fy/revisions/2".to_owned(), json!({ "Limit": 5 }))
        );
        assert_eq!(addressed("/", json!(null)), ("/".to_owned(), Json::Null));
        assert_eq!(with_query("/a".to_owned(), &json!({ "nextToken": "x=y", "max": 5 })), "/a?nextToken=x%3Dy&max=5");
        assert_eq!(with_query("/a".to_owned(), &json!({})), "/a");
    }
}
