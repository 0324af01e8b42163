//! One reader per resource type that CloudFormation cannot read, or not wholly: each gives the live resource in
//! CloudFormation's vocabulary.

mod bucket;
mod flink;
mod function;
mod lifecycle;
mod parameter;
mod pipeline;
mod project;
mod stream;

use std::collections::VecDeque;

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::progress::Progress;
use crate::cloud::{CloudError, Live, Observation, Wanted};

/// How many resources are read at the same time.
const CONCURRENT: usize = 8;

/// The one list of readers.
async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    match wanted.resource_type.as_str() {
        "AWS::CodeBuild::Project" => project::read(config, wanted).await,
        "AWS::CodePipeline::Pipeline" => pipeline::read(config, wanted).await,
        "AWS::Kinesis::Stream" => stream::read(config, wanted).await,
        "AWS::KinesisAnalyticsV2::Application" => flink::read(config, wanted).await,
        "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption" => flink::read_logging(config, wanted).await,
        "AWS::Lambda::Function" => function::read(config, wanted).await,
        "AWS::S3::Bucket" => bucket::read(config, wanted).await,
        "AWS::SSM::Parameter" => parameter::read(config, wanted).await,
        _ => Ok(Observation::NoReader),
    }
}

/// Codes with which services say that something does not exist.
const MISSING: [&str; 7] = [
    "ResourceNotFoundException",
    "PipelineNotFoundException",
    "ParameterNotFound",
    "NoSuchBucket",
    "NotFound",
    "NotFoundException",
    "404",
];

pub(super) async fn observe(config: &SdkConfig, wanted: &[Wanted], progress: &Progress) -> Vec<Observation> {
    let mut queue: VecDeque<(usize, Wanted)> = wanted.iter().cloned().enumerate().collect();
    let mut running = JoinSet::new();
    let unread = || Observation::Unread("the reader stopped before it was done".to_owned());
    let mut observations = vec![unread(); wanted.len()];
    loop {
        while running.len() < CONCURRENT
            && let Some((index, wanted)) = queue.pop_front()
        {
            let config = config.clone();
            running.spawn(async move { (index, observe_one(&config, &wanted).await) });
        }
        match running.join_next().await {
            Some(Ok((index, observation))) => {
                if observation != Observation::NoReader {
                    progress.step();
                }
                observations[index] = observation;
            }
            Some(Err(_)) => {}
            None => return observations,
        }
    }
}

async fn observe_one(config: &SdkConfig, wanted: &Wanted) -> Observation {
    match read(config, wanted).await {
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

    fn unread(&mut self, pointer: String, reason: String) {
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
