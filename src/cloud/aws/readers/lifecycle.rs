//! Lifecycle rules of `AWS::S3::Bucket`, for parts of which CloudFormation has its own names

use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{LifecycleRule, LifecycleRuleFilter, NoncurrentVersionTransition, Tag, Transition};
use serde_json::{Value as Json, json};

use super::entries;

pub(super) fn rule(rule: &LifecycleRule) -> Json {
    let filter = rule.filter();
    let both = filter.and_then(LifecycleRuleFilter::and);
    let prefix = filter.and_then(|filter| filter.prefix()).or(both.and_then(|both| both.prefix()));
    let greater = filter.and_then(|filter| filter.object_size_greater_than());
    let greater = greater.or(both.and_then(|both| both.object_size_greater_than()));
    let less = filter.and_then(|filter| filter.object_size_less_than());
    let less = less.or(both.and_then(|both| both.object_size_less_than()));
    let tags = both.map(|both| both.tags().to_vec());
    let tags = tags.or_else(|| filter.and_then(LifecycleRuleFilter::tag).map(|tag| vec![tag.clone()]));
    let expiration = rule.expiration();
    let noncurrent = rule.noncurrent_version_expiration().map(|expiration| {
        entries([
            ("NoncurrentDays", expiration.noncurrent_days().map(Json::from)),
            ("NewerNoncurrentVersions", expiration.newer_noncurrent_versions().map(Json::from)),
        ])
    });
    let abort = rule.abort_incomplete_multipart_upload().map(|abort| abort.days_after_initiation());
    let marker = expiration.and_then(|expiration| expiration.expired_object_delete_marker());
    entries([
        ("Id", rule.id().map(Json::from)),
        ("Status", Some(json!(rule.status().as_str()))),
        ("Prefix", prefix.filter(|prefix| !prefix.is_empty()).map(Json::from)),
        ("TagFilters", tags.map(|tags| tags.iter().map(tag_filter).collect())),
        ("ObjectSizeGreaterThan", greater.map(text)),
        ("ObjectSizeLessThan", less.map(text)),
        ("ExpirationInDays", expiration.and_then(|expiration| expiration.days()).map(Json::from)),
        ("ExpirationDate", expiration.and_then(|expiration| expiration.date()).map(date)),
        ("ExpiredObjectDeleteMarker", marker.map(Json::from)),
        ("NoncurrentVersionExpiration", noncurrent),
        (
            "NoncurrentVersionTransitions",
            Some(rule.noncurrent_version_transitions().iter().map(noncurrent_transition).collect()),
        ),
        ("AbortIncompleteMultipartUpload", abort.map(|days| json!({ "DaysAfterInitiation": days }))),
        ("Transitions", Some(rule.transitions().iter().map(transition).collect())),
    ])
}

/// CloudFormation has these numbers as texts.
fn text(bytes: i64) -> Json {
    Json::from(bytes.to_string())
}

fn date(date: &DateTime) -> Json {
    Json::from(date.to_string())
}

fn tag_filter(tag: &Tag) -> Json {
    json!({ "Key": tag.key(), "Value": tag.value() })
}

fn transition(transition: &Transition) -> Json {
    entries([
        ("StorageClass", transition.storage_class().map(|class| json!(class.as_str()))),
        ("TransitionInDays", transition.days().map(Json::from)),
        ("TransitionDate", transition.date().map(date)),
    ])
}

fn noncurrent_transition(transition: &NoncurrentVersionTransition) -> Json {
    entries([
        ("StorageClass", transition.storage_class().map(|class| json!(class.as_str()))),
        ("TransitionInDays", transition.noncurrent_days().map(Json::from)),
        ("NewerNoncurrentVersions", transition.newer_noncurrent_versions().map(Json::from)),
    ])
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{
        ExpirationStatus, LifecycleExpiration, LifecycleRuleAndOperator, NoncurrentVersionExpiration,
        TransitionStorageClass,
    };

    use super::*;

    #[test]
    fn a_rule_is_told_in_cloudformations_words() {
        let tag = Tag::builder().key("a").value("b").build().unwrap();
        let both = LifecycleRuleAndOperator::builder().prefix("logs/").tags(tag).object_size_less_than(9).build();
        let answer = LifecycleRule::builder()
            .id("old")
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().and(both).build())
            .expiration(LifecycleExpiration::builder().days(90).build())
            .noncurrent_version_expiration(NoncurrentVersionExpiration::builder().noncurrent_days(30).build())
            .noncurrent_version_transitions(
                NoncurrentVersionTransition::builder()
                    .storage_class(TransitionStorageClass::Glacier)
                    .noncurrent_days(7)
                    .build(),
            )
            .build()
            .unwrap();
        assert_eq!(
            rule(&answer),
            json!({
                "Id": "old", "Status": "Enabled", "Prefix": "logs/",
                "TagFilters": [{ "Key": "a", "Value": "b" }], "ObjectSizeLessThan": "9",
                "ExpirationInDays": 90, "NoncurrentVersionExpiration": { "NoncurrentDays": 30 },
                "NoncurrentVersionTransitions": [{ "StorageClass": "GLACIER", "TransitionInDays": 7 }],
                "Transitions": [],
            })
        );
    }
}
