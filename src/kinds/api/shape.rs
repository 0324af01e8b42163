//! The texts of an API: routes, partition keys, user pools.

use crate::spec::{Pattern, Target};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

#[derive(Debug)]
pub struct Targets;

impl Target for Targets {
    const SECTIONS: &'static [&'static str] = &["streams", "functions"];
}

/// Method and path of a route.
#[derive(Clone, Copy, Debug)]
pub struct Place;

impl Pattern for Place {
    const REGEX: &'static str =
        r"^(GET|POST|PUT|PATCH|DELETE) (/|(/([a-z0-9-]{1,60}|\{[a-z][a-z0-9-]{0,59}\})){1,10})$";
    const EXPECTED: &'static str = "a route: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`, and a path of lower-case words, digits, hyphens and `{names}`";
    const EXAMPLE: &'static str = "POST /vehicles/{id}/readings";

    fn matches(text: &str) -> bool {
        let Some((method, path)) = text.split_once(' ') else { return false };
        let Some(rest) = path.strip_prefix('/') else { return false };
        METHODS.contains(&method)
            && (rest.is_empty() || rest.split('/').count() <= 10 && rest.split('/').all(is_segment))
    }
}

fn is_segment(segment: &str) -> bool {
    let is_word = |word: &str| {
        (1..=60).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => is_word(name) && name.starts_with(|first: char| first.is_ascii_lowercase()),
        None => is_word(segment),
    }
}

/// The segments of the path of a route, e.g. `vehicles` and `{id}`.
pub(super) fn segments(place: &str) -> Vec<&str> {
    place.split_once(' ').map_or("", |(_, path)| path).split('/').filter(|segment| !segment.is_empty()).collect()
}

/// The name of a variable segment.
pub(super) fn variable(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// What of a request becomes the partition key of its record.
#[derive(Clone, Copy, Debug)]
pub struct PartitionKey;

impl Pattern for PartitionKey {
    const REGEX: &'static str = "^(request-id|(body|header|path|query)\\.[A-Za-z][A-Za-z0-9_-]{0,63})$";
    const EXPECTED: &'static str =
        "a part of the request: `request-id`, or `body`, `header`, `path` or `query` with a name";
    const EXAMPLE: &'static str = "body.vehicle";

    fn matches(text: &str) -> bool {
        let named = |(place, name): (&str, &str)| ["body", "header", "path", "query"].contains(&place) && is_name(name);
        text == "request-id" || text.split_once('.').is_some_and(named)
    }
}

/// The name of a field in the JSON of a body.
#[derive(Clone, Copy, Debug)]
pub struct FieldName;

impl Pattern for FieldName {
    const REGEX: &'static str = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
    const EXPECTED: &'static str = "the name of a field: a letter, then letters, digits, underscores and hyphens";
    const EXAMPLE: &'static str = "vehicle";

    fn matches(text: &str) -> bool {
        is_name(text)
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// The ARN of a Cognito user pool.
#[derive(Clone, Copy, Debug)]
pub struct Pool;

impl Pattern for Pool {
    const REGEX: &'static str =
        "^arn:aws[a-z-]{0,20}:cognito-idp:[a-z0-9-]{1,30}:[0-9]{12}:userpool/[a-z0-9-]{1,30}_[A-Za-z0-9]{1,40}$";
    const EXPECTED: &'static str = "the ARN of a Cognito user pool";
    const EXAMPLE: &'static str = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_a1B2c3D4e";

    fn matches(text: &str) -> bool {
        let parts: Vec<_> = text.split(':').collect();
        let ["arn", partition, "cognito-idp", region, account, pool] = parts.as_slice() else { return false };
        let lower = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        let region_like = |text: &str| {
            (1..=30).contains(&text.len()) && text.bytes().all(|byte| lower(byte) || byte.is_ascii_digit())
        };
        let is_id = |(region, id): (&str, &str)| {
            region_like(region) && (1..=40).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        partition.strip_prefix("aws").is_some_and(|rest| rest.len() <= 20 && rest.bytes().all(lower))
            && region_like(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && pool.strip_prefix("userpool/").and_then(|id| id.split_once('_')).is_some_and(is_id)
    }
}
