//! What CodeBuild's own images hold, and which keys a buildspec may have.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("codebuild.json")).expect("the facts are part of the program"));

/// One of the images that AWS publishes under `aws/codebuild/`.
#[derive(Clone, Copy, Debug)]
pub struct Image(&'static Json);

/// What `/bin/sh` is in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainShell {
    /// Understands no more than POSIX says.
    Dash,
    /// Understands bash whatever it is called.
    Bash,
}

impl Image {
    /// The facts about an image such as `aws/codebuild/standard:7.0`, also with a date or digest behind its name.
    pub fn get(name: &str) -> Option<Self> {
        let plain = name.split('@').next().unwrap_or(name);
        images().find(|image| {
            texts(&image.0["names"])
                .any(|known| plain.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
        })
    }

    pub fn shell(self) -> PlainShell {
        if self.0["sh"] == "bash" { PlainShell::Bash } else { PlainShell::Dash }
    }

    /// Whether a version that the image does not hold is installed while it builds.
    pub fn installs(self) -> bool {
        self.0["installs"].as_bool().unwrap_or_default()
    }

    /// The versions of a runtime, newest first; `None` when the image does not know the runtime.
    pub fn versions(self, runtime: &str) -> Option<Vec<&'static str>> {
        Some(texts(self.0["runtimes"].get(runtime)?).collect())
    }

    pub fn runtimes(self) -> Vec<&'static str> {
        self.0["runtimes"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }
}

/// The images with known contents.
pub fn images() -> impl Iterator<Item = Image> {
    FACTS["images"].as_array().into_iter().flatten().map(Image)
}

/// The names of all runtimes that some image has.
pub fn runtimes() -> BTreeSet<&'static str> {
    images().flat_map(Image::runtimes).collect()
}

/// What to write in place of an image that AWS no longer maintains; `None` for every other image.
pub fn successor(image: &str) -> Option<&'static str> {
    let plain = image.split('@').next().unwrap_or(image);
    let exact = FACTS["deprecated"].as_object().into_iter().flatten();
    let named = exact.into_iter().find(|(name, _)| {
        plain.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    if let Some((_, successor)) = named {
        return successor.as_str();
    }
    let family = plain.strip_prefix("aws/codebuild/")?.split(':').next()?;
    texts(&FACTS["deprecated-families"]).any(|known| known == family).then_some("aws/codebuild/standard:7.0")
}

fn texts(list: &'static Json) -> impl Iterator<Item = &'static str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// The phases of a build, in the order in which they run (User Guide, Build specification reference).
pub const PHASES: &[&str] = &["install", "pre_build", "build", "post_build"];

/// The mappings of a buildspec and the keys that each may have; a `*` in a path stands for any key or item.
pub fn keys() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let mappings = FACTS["buildspec"]["keys"].as_object().into_iter().flatten();
    mappings.map(|(path, keys)| (path.as_str(), texts(keys).collect()))
}

/// The formats of a report, which are compared without regard to case (User Guide, Build specification reference).
pub const REPORT_FORMATS: &[&str] = &[
    "CUCUMBERJSON",
    "JUNITXML",
    "NUNITXML",
    "NUNIT3XML",
    "TESTNGXML",
    "VISUALSTUDIOTRX",
    "CLOVERXML",
    "COBERTURAXML",
    "JACOCOXML",
    "SIMPLECOV",
];

/// The most report groups that the builds of a project may make (User Guide, Build specification reference).
pub const MAX_REPORT_GROUPS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_all_its_names() {
        for name in [
            "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "aws/codebuild/amazonlinux2-x86_64-standard:5.0-25.03.03",
        ] {
            assert!(Image::get(name).is_some(), "{name}");
        }
        assert!(Image::get("aws/codebuild/standard:7").is_none());
        assert!(Image::get("public.ecr.aws/docker/library/maven:3").is_none());
    }

    #[test]
    fn old_images_have_successors_and_new_ones_none() {
        assert_eq!(successor("aws/codebuild/standard:5.0"), Some("aws/codebuild/standard:7.0"));
        assert_eq!(successor("aws/codebuild/java:openjdk-8"), Some("aws/codebuild/standard:7.0"));
        assert_eq!(successor("aws/codebuild/standard:8.0"), None);
        assert_eq!(successor("node:16"), None);
    }
}
