//! Which streams the applications of Managed Service for Apache Flink read and write, as far as their property groups
//! tell, and who else reads those streams.
//!
//! The names of groups and keys are the application's own; what they mean is read from the words that people use.

use std::borrow::Cow;

use super::flink::Application;
use super::references::references;
use super::value::{boolean, entries, look, text, text_at};
use super::{Site, System};
use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::source::Span;

/// The type of an application.
pub const APPLICATION: &str = "AWS::KinesisAnalyticsV2::Application";
const STREAM: &str = "AWS::Kinesis::Stream";

const INPUT_WORDS: &[&str] = &["input", "source", "consumer", "reader"];
const OUTPUT_WORDS: &[&str] = &["output", "sink", "producer", "writer", "dest", "target"];

/// One property of a property group.
#[derive(Clone, Copy, Debug)]
pub struct Property<'a> {
    /// The group's `PropertyMap`.
    pub map: &'a Value,
    /// The group's `PropertyGroupId`, when it is there.
    pub group: Option<&'a Value>,
    pub key: &'a str,
    pub value: &'a Value,
}

/// What takes records out of a stream.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub site: Site<'a>,
    /// Where it names the stream.
    pub span: &'a Span,
    /// Whether it shares the five reads a second of each shard, and has no throughput of its own.
    pub polls: bool,
}

/// Every property of all groups of an application.
pub fn properties<'a>(application: Site<'a>) -> Vec<Property<'a>> {
    let groups = Application { site: application }.property_groups();
    let maps = groups.into_iter().filter_map(|group| {
        let id = look(group, "/PropertyGroupId").found();
        look(group, "/PropertyMap").found().map(|map| (id, map))
    });
    maps.flat_map(|(group, map)| entries(map).iter().map(move |(key, value)| Property { map, group, key, value }))
        .collect()
}

impl Property<'_> {
    /// Whether it surely speaks of what is read.
    pub fn is_of_input(&self) -> bool {
        let key = self.key.to_lowercase();
        let group = self.group.and_then(text).unwrap_or_default().to_lowercase();
        let says = |place: &str, words: &[&str]| words.iter().any(|word| place.contains(word));
        if says(&key, INPUT_WORDS) != says(&key, OUTPUT_WORDS) {
            return says(&key, INPUT_WORDS);
        }
        if says(&group, INPUT_WORDS) != says(&group, OUTPUT_WORDS) {
            return says(&group, INPUT_WORDS);
        }
        entries(self.map).iter().any(|(key, _)| {
            let key = key.to_lowercase();
            key.contains("initpos") || key.contains("init.position")
        })
    }

    /// Whether it chooses enhanced fan-out, which gives a reader a throughput of its own.
    fn chooses_fan_out(&self) -> bool {
        let key = self.key.to_lowercase();
        let mut words = key.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| word.starts_with("efo"))
            || text(self.value).is_some_and(|text| text.eq_ignore_ascii_case("EFO"))
    }
}

/// A text as it is written, also one in which CloudFormation replaces something: two that are written alike are alike.
pub fn written(value: &Value) -> Option<&str> {
    match &value.kind {
        ValueKind::Text(text) if !text.contains("{{resolve:") => Some(text),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => Some(text),
        _ => None,
    }
}

/// The name of a stream in its ARN; any other text is a name already.
pub fn stream_name(text: &str) -> Option<&str> {
    match text.strip_prefix("arn:") {
        None => Some(text),
        Some(rest) => rest.contains(":kinesis:").then(|| rest.split_once(":stream/").map(|(_, name)| name))?,
    }
}

impl<'a> System<'a> {
    /// The stream of the same stack that a value names: by a reference, by its name, or by its ARN.
    pub fn stream_at(&self, stack: &'a Stack, value: &Value) -> Option<Site<'a>> {
        let mut names = Vec::new();
        references(value, false, &mut |name, _| names.push(name));
        let text = written(value).and_then(stream_name);
        self.of_type(STREAM).filter(|site| std::ptr::eq(site.stack, stack)).find(|site| {
            let own = look(&site.resource.properties, "/Name").found().and_then(written);
            names.contains(&site.id) || (own.is_some() && own == text)
        })
    }

    /// Everything of the file that surely reads a stream of it. What a condition may leave out is left out.
    pub fn readers(&self, stream: Site<'a>) -> Vec<Reader<'a>> {
        let mut readers = Vec::new();
        let beside = self.sites().filter(|site| std::ptr::eq(site.stack, stream.stack));
        for site in beside.filter(|site| site.resource.condition.is_none()) {
            let is_it = |value: &Value| self.stream_at(site.stack, value).is_some_and(|it| it.id == stream.id);
            let properties = &site.resource.properties;
            match site.resource.resource_type.as_str() {
                APPLICATION => {
                    let own = self::properties(site);
                    let polls = !own.iter().any(Property::chooses_fan_out);
                    let names = own.iter().find(|property| property.is_of_input() && is_it(property.value));
                    readers.extend(names.map(|property| Reader { site, span: &property.value.origin.span, polls }));
                }
                "AWS::Lambda::EventSourceMapping" if !is_off(properties) => {
                    readers.extend(at(site, "/EventSourceArn", is_it));
                }
                "AWS::KinesisFirehose::DeliveryStream" => {
                    readers.extend(at(site, "/KinesisStreamSourceConfiguration/KinesisStreamARN", is_it));
                }
                "AWS::Pipes::Pipe" => readers.extend(at(site, "/Source", is_it)),
                "AWS::Serverless::Function" => {
                    let events = look(properties, "/Events").found().map(entries).unwrap_or_default();
                    let polled =
                        events.iter().filter(|(_, event)| text_at(event, "/Type").as_deref() == Some("Kinesis"));
                    readers.extend(polled.filter_map(|(_, event)| {
                        let value = look(event, "/Properties/Stream").found().filter(|value| is_it(value))?;
                        Some(Reader { site, span: &value.origin.span, polls: true })
                    }));
                }
                _ => {}
            }
        }
        readers
    }
}

fn is_off(mapping: &Value) -> bool {
    look(mapping, "/Enabled").found().and_then(boolean) == Some(false)
}

fn at<'a>(site: Site<'a>, pointer: &str, is_it: impl Fn(&Value) -> bool) -> Option<Reader<'a>> {
    let value = look(&site.resource.properties, pointer).found().filter(|value| is_it(value))?;
    Some(Reader { site, span: &value.origin.span, polls: true })
}

/// The name of a consumer with enhanced fan-out, where a property gives one.
pub fn consumer_name<'a>(property: &Property<'a>) -> Option<Cow<'a, str>> {
    let key: String = property.key.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    key.ends_with("efoconsumername").then(|| text(property.value))?
}
