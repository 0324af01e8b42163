//! The texts that OpenSearch Service takes.

use crate::spec::Pattern;

#[derive(Debug)]
pub struct InstanceType;

impl Pattern for InstanceType {
    const REGEX: &'static str = r"^[a-z0-9]+\.[a-z0-9]+\.search$";
    const EXPECTED: &'static str = "the type of a node: a family, a size and `search`";
    const EXAMPLE: &'static str = "r7g.large.search";

    fn matches(text: &str) -> bool {
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let parts: Vec<_> = text.split('.').collect();
        matches!(parts.as_slice(), [family, size, "search"] if word(family) && word(size))
    }
}

/// OpenSearch documentation, index templates: the naming of indexes holds for them, and `_` begins those of its own.
#[derive(Clone, Copy, Debug)]
pub struct TemplateName;

impl Pattern for TemplateName {
    const REGEX: &'static str = "^[a-z0-9][a-z0-9._-]{0,254}$";
    const EXPECTED: &'static str =
        "the name of an index template: lower-case letters, digits, `.`, `_` and `-`, at most 255 characters";
    const EXAMPLE: &'static str = "rides";

    fn matches(text: &str) -> bool {
        text.len() <= 255
            && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
    }
}

#[derive(Debug)]
pub struct RoleArn;

impl Pattern for RoleArn {
    const REGEX: &'static str = "^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$";
    const EXPECTED: &'static str = "the ARN of an IAM role";
    const EXAMPLE: &'static str = "arn:aws:iam::111122223333:role/search-administrator";

    fn matches(text: &str) -> bool {
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, name] = parts.as_slice() else { return false };
        let suffix = |suffix: &str| {
            suffix.is_empty()
                || suffix.strip_prefix('-').is_some_and(|words| {
                    words.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
                })
        };
        let named = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&byte))
        };
        partition.strip_prefix("aws").is_some_and(suffix)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && name.strip_prefix("role/").is_some_and(named)
    }
}
