//! Where the code of a function is: a file beside the document, or what a build publishes.

use serde_json::{Value as Json, json};

use super::LayerArn;
use crate::spec::{Decoder, Definitions, Pattern, Reference, ReferenceUse, Shape, Target};
use crate::syntax::Node;

#[derive(Debug)]
pub struct Packages;

impl Target for Packages {
    const SECTIONS: &'static [&'static str] = &["builds"];
}

/// A source file beside the document, a folder that holds nothing but it, or a build that publishes a package.
#[derive(Clone, Debug)]
pub enum Code {
    /// `functions/rider`
    File(String),
    /// `builds.rider`
    Build(String),
}

impl Shape for Code {
    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "minLength": 1, "examples": ["functions/rider", "builds.rider"] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: the path of a source file, or a build")?;
        if text.is_empty() {
            decoder.bad_value(node, "the text is empty", "write the path of a source file, or a build");
            return None;
        }
        let name = text.strip_prefix("builds.").unwrap_or_default();
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Some(Self::File(text.to_owned()));
        }
        let accepts = Packages::SECTIONS;
        decoder.references.push(ReferenceUse { text: text.to_owned(), span: node.span.clone(), accepts });
        Some(Self::Build(text.to_owned()))
    }
}

/// A version of a layer that is there, or a build that publishes one.
#[derive(Clone, Debug)]
pub enum Layer {
    Arn(String),
    /// `builds.numbers`
    Build(String),
}

impl Shape for Layer {
    fn schema(definitions: &mut Definitions) -> Json {
        let pattern = |schema: Json| schema["pattern"].as_str().unwrap_or_default().to_owned();
        let build = pattern(<Reference<Packages>>::schema(definitions));
        json!({
            "type": "string",
            "pattern": format!("{build}|{}", LayerArn::REGEX),
            "examples": ["builds.numbers", LayerArn::EXAMPLE],
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: a build, or the ARN of a version of a layer")?;
        if LayerArn::matches(text) {
            return Some(Self::Arn(text.to_owned()));
        }
        if text.starts_with("builds.") {
            return <Reference<Packages>>::decode(node, decoder).map(|build| Self::Build(build.path()));
        }
        decoder.bad_value(
            node,
            format!("`{text}` is neither a build nor {}", LayerArn::EXPECTED),
            format!("write for example `builds.numbers` or `{}`", LayerArn::EXAMPLE),
        );
        None
    }
}
