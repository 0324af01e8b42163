//! Macros: what CloudFormation runs over a template before it reads it.

use super::rules::MISSING_TRANSFORM;
use super::{Lifter, entries, plain_text, text};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{Node, Value as Syntax};

/// Brings loops and some functions.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// The Serverless Application Model.
const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// The macros of a template.
#[derive(Clone, Debug, Default)]
pub(super) struct Macros {
    pub(super) names: Vec<String>,
    pub(super) language_extensions: bool,
    /// SAM, which adds resources whose logical ids begin with those that are written.
    pub(super) serverless: bool,
    /// A macro that may do anything, text that is included from elsewhere, or a macro whose name is computed.
    pub(super) other: bool,
}

impl Macros {
    pub(super) fn of(root: &Node) -> Self {
        let sections = entries(root).unwrap_or_default();
        let mut macros = Self { other: sections.keys().any(|key| key.starts_with("Fn::")), ..Self::default() };
        for section in ["Parameters", "Mappings", "Conditions", "Resources", "Outputs"] {
            let inside = sections.get(section).and_then(|(_, node)| entries(node)).unwrap_or_default();
            macros.other |= inside.keys().any(|key| key.starts_with("Fn::Transform"));
        }
        if let Some((_, node)) = sections.get("Transform") {
            match &node.value {
                Syntax::List(items) => items.iter().for_each(|item| macros.add(item)),
                _ => macros.add(node),
            }
        }
        macros
    }

    fn add(&mut self, node: &Node) {
        let fields = entries(node).unwrap_or_default();
        let name = plain_text(node).or_else(|| fields.get("Name").and_then(|(_, name)| text(name)));
        match name {
            Some(LANGUAGE_EXTENSIONS) => self.language_extensions = true,
            Some(SERVERLESS) => self.serverless = true,
            _ => self.other = true,
        }
        self.names.extend(name.map(str::to_owned));
    }

    /// Whether parts may be added of which nothing is known here; SAM adds only such as can be told by their names.
    pub(super) fn is_open(&self) -> bool {
        self.other
    }
}

impl Lifter {
    /// Reports `what` unless the template names the macro that it needs, or one that may do the same.
    pub(super) fn needs_extensions(&mut self, span: &Span, what: &str) {
        if !self.macros.language_extensions && !self.macros.other {
            self.missing_transform(span, what, LANGUAGE_EXTENSIONS);
        }
    }

    pub(super) fn needs_serverless(&mut self, span: &Span, what: &str) {
        if !self.macros.serverless && !self.macros.other {
            self.missing_transform(span, what, SERVERLESS);
        }
    }

    fn missing_transform(&mut self, span: &Span, what: &str, name: &str) {
        let message = format!("{what} needs the macro `{name}`, and without it CloudFormation refuses the template");
        let help = match self.macros.names.is_empty() {
            true => format!("add `Transform: {name}` to the template"),
            false => format!("add `{name}` to the list of `Transform`"),
        };
        self.report(Diagnostic::new(&MISSING_TRANSFORM, span, message).help(help));
    }
}
