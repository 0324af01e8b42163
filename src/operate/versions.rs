//! What an application ran before.

use serde_json::json;

use super::seen::Application;
use super::services::Services;
use crate::cloud::CloudError;

/// A version of an application: each update makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub number: u64,
    pub key: String,
    pub digest: Option<String>,
    /// `FLINK-1_20`
    pub runtime: String,
    /// When it was made, in seconds since 1970.
    pub made: Option<f64>,
}

/// The newest first, at most so many.
///
/// # Errors
/// When they cannot be read.
pub fn versions(services: Services<'_>, application: &str, most: usize) -> Result<Vec<Version>, CloudError> {
    let input = json!({ "ApplicationName": application, "Limit": 50 });
    let mut numbers: Vec<u64> = services
        .pages("ListApplicationVersions", "ApplicationVersionSummaries", input)?
        .iter()
        .filter_map(|version| version["ApplicationVersionId"].as_u64())
        .collect();
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    numbers.into_iter().take(most).map(|number| version(services, application, number)).collect()
}

fn version(services: Services<'_>, application: &str, number: u64) -> Result<Version, CloudError> {
    let input = json!({ "ApplicationName": application, "ApplicationVersionId": number });
    let mut answer = services.flink("DescribeApplicationVersion", input)?;
    let detail = answer["ApplicationVersionDetail"].take();
    let times = ["ApplicationVersionCreateTimestamp", "LastUpdateTimestamp", "CreateTimestamp"];
    let made = times.iter().find_map(|name| detail[*name].as_f64());
    let application = Application::new(detail);
    let key = application.code().1.to_owned();
    Ok(Version {
        number,
        digest: digest_in(&key).map(str::to_owned),
        key,
        runtime: application.runtime().to_owned(),
        made,
    })
}

/// The digest that the key of a published build names.
pub fn digest_in(key: &str) -> Option<&str> {
    let is_digest = |part: &&str| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    key.split('/').rfind(is_digest)
}

/// A sentence in which published builds are called by the first digits of their digests.
pub fn with_short_digests(sentence: &str) -> String {
    let word = |word: &str| match digest_in(word) {
        None => word.to_owned(),
        Some(digest) => {
            let end = word.trim_end_matches([',', ';', ':', '.']).len();
            format!("{}{}", super::short(digest), &word[end..])
        }
    };
    sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{digest_in, with_short_digests};

    #[test]
    fn the_digest_stands_in_the_key() {
        let digest = "3f2a9c1d".repeat(8);
        assert_eq!(digest_in(&format!("builds/taxi-jar/{digest}/taxi.jar")), Some(digest.as_str()));
        assert_eq!(digest_in("builds/taxi-jar/unreleased/taxi.jar"), None);
        assert_eq!(digest_in(""), None);
    }

    #[test]
    fn a_sentence_calls_builds_as_people_do() {
        let digest = "3f2a9c1d".repeat(8);
        let key = format!("builds/taxi-jar/{digest}/taxi.jar");
        let sentence = format!("taxi runs {key}, but 走行: s3://b/{key} again, not {digest}.");
        let short = format!("taxi runs 3f2a9c1d3f2a, but 走行: 3f2a9c1d3f2a again, not {digest}.");
        assert_eq!(with_short_digests(&sentence), short);
        assert_eq!(with_short_digests(""), "");
    }
}
