//! What a type holds that a deletion takes along, and which services are no more.

use std::sync::LazyLock;

use serde_json::Value as Json;

static STATEFUL: LazyLock<Json> = LazyLock::new(|| parse(include_str!("stateful.json")));
static LIFECYCLE: LazyLock<Json> = LazyLock::new(|| parse(include_str!("lifecycle.json")));

fn parse(text: &str) -> Json {
    serde_json::from_str(text).expect("a test reads this file")
}

/// What is lost when a resource of this type is deleted or replaced, e.g. `the bucket's objects`; `None` for types that
/// hold nothing.
pub fn holds(resource_type: &str) -> Option<&'static str> {
    STATEFUL["types"][resource_type]["holds"].as_str()
}

/// What is lost in this way without a word of AWS, and matters.
///
/// `None` also for types whose deletion AWS refuses or delays while they hold something.
pub fn lost_by_deletion(resource_type: &str) -> Option<&'static str> {
    holds(resource_type).filter(|_| STATEFUL["types"][resource_type].get("quiet").is_none())
}

/// How far a service is on its way out, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It takes no new customers.
    Maintenance,
    /// It has an end.
    Sunset,
    /// It is gone.
    Shutdown,
}

/// The stage and its date (`YYYY-MM-DD`, if AWS gave one) of a type whose service is on its way out.
pub fn retirement(resource_type: &str) -> Option<(Stage, Option<&'static str>)> {
    let types = &LIFECYCLE["types"];
    let service = resource_type.rsplit_once("::").map_or(resource_type, |(service, _)| service);
    let entry = types.get(resource_type).or_else(|| types.get(service))?;
    let stage = match entry["status"].as_str()? {
        "maintenance" => Stage::Maintenance,
        "sunset" => Stage::Sunset,
        _ => Stage::Shutdown,
    };
    Some((stage, entry["date"].as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_keeps_its_objects_and_a_table_does_not() {
        assert_eq!(lost_by_deletion("AWS::S3::Bucket"), None);
        assert_eq!(lost_by_deletion("AWS::DynamoDB::Table"), Some("the table's items"));
        assert_eq!(lost_by_deletion("AWS::SNS::Topic"), None);
    }

    #[test]
    fn a_service_is_known_by_any_of_its_types() {
        assert_eq!(retirement("AWS::OpsWorks::Stack"), Some((Stage::Shutdown, Some("2024-05-01"))));
        assert_eq!(retirement("AWS::KinesisAnalytics::Application").map(|it| it.0), Some(Stage::Shutdown));
        assert_eq!(retirement("AWS::KinesisAnalyticsV2::Application"), None);
    }
}
