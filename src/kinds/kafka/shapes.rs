//! The texts that MSK takes.

use crate::spec::Pattern;

fn word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[derive(Debug)]
pub struct InstanceType;

impl Pattern for InstanceType {
    const REGEX: &'static str = r"^(kafka|express)\.[a-z0-9]+\.[a-z0-9]+$";
    const EXPECTED: &'static str = "the type of a broker: `kafka` or `express`, a family and a size";
    const EXAMPLE: &'static str = "kafka.m7g.large";

    fn matches(text: &str) -> bool {
        let parts: Vec<_> = text.split('.').collect();
        matches!(parts.as_slice(), ["kafka" | "express", family, size] if word(family) && word(size))
    }
}

/// The name of a setting of Kafka's brokers.
#[derive(Clone, Debug)]
pub struct ServerProperty;

impl Pattern for ServerProperty {
    const REGEX: &'static str = r"^[a-z0-9]+(\.[a-z0-9]+)+$";
    const EXPECTED: &'static str = "a setting of a Kafka broker: lower-case words joined by dots";
    const EXAMPLE: &'static str = "auto.create.topics.enable";

    fn matches(text: &str) -> bool {
        text.contains('.') && text.split('.').all(word)
    }
}

/// The name of a topic.
#[derive(Clone, Copy, Debug)]
pub struct TopicName;

impl Pattern for TopicName {
    const REGEX: &'static str = r"^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$";
    const EXPECTED: &'static str = "the name of a topic: letters, digits, `.`, `_` and `-`, at most 249";
    const EXAMPLE: &'static str = "rides";

    fn matches(text: &str) -> bool {
        (1..=249).contains(&text.len())
            && text != "."
            && text != ".."
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    }
}
