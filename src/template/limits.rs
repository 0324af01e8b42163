//! How many and how long things may be in a template, and what they may be called.

use super::Lifter;
use super::rules::{BAD_NAME, OVER_LIMIT};
use crate::desired::{Origin, Stack};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Of a description, in bytes.
const LONGEST_DESCRIPTION: usize = 1024;

/// Of a logical id or another name, in characters.
const LONGEST_NAME: usize = 255;

impl Lifter {
    /// What CloudFormation counts, unless a macro may change it before.
    pub(super) fn check_limits(&mut self, stack: &Stack) {
        if self.macros.other {
            return;
        }
        fn spans<'a>(origins: impl Iterator<Item = &'a Origin>) -> Vec<Span> {
            origins.map(|origin| origin.span.clone()).collect()
        }
        let mappings = stack.mappings.values().map(|value| value.key_span().clone()).collect();
        for (what, most, keys) in [
            ("resources", 500, spans(stack.resources.values().map(|it| &it.origin))),
            ("parameters", 200, spans(stack.parameters.values().map(|it| &it.origin))),
            ("outputs", 200, spans(stack.outputs.values().map(|it| &it.origin))),
            ("mappings", 200, mappings),
        ] {
            if let Some(first) = keys.get(most) {
                let message = format!("a template has at most {most} {what}, and this one has {}", keys.len());
                let help = "put some of them into a stack of their own, for example a nested one";
                let diagnostic = Diagnostic::new(&OVER_LIMIT, first, message);
                self.report(diagnostic.label("the first that is too many").help(help));
            }
        }
        self.check_description(stack);
        let names = stack.parameters.iter().map(|(name, it)| ("parameter", name, &it.origin.span));
        let names = names.chain(stack.resources.iter().map(|(name, it)| ("resource", name, &it.origin.span)));
        let names = names.chain(stack.outputs.iter().map(|(name, it)| ("output", name, &it.origin.span)));
        for (what, name, span) in names.collect::<Vec<_>>() {
            self.check_name(what, name, span);
        }
    }

    fn check_description(&mut self, stack: &Stack) {
        if stack.description.len() <= LONGEST_DESCRIPTION {
            return;
        }
        if let Some(span) = self.description.clone() {
            let length = stack.description.len();
            let message = format!("the description has {length} bytes, and CloudFormation takes {LONGEST_DESCRIPTION}");
            let help = "shorten it, or move a part of it into `Metadata`";
            self.report(Diagnostic::new(&OVER_LIMIT, &span, message).help(help));
        }
    }

    fn check_name(&mut self, what: &str, name: &str, span: &Span) {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        if letters != name || name.is_empty() {
            let message = format!(
                "the name of this {what} may have only letters and digits, and CloudFormation refuses `{name}`"
            );
            let help = match letters.as_str() {
                "" => "write a name of letters and digits".to_owned(),
                letters => format!("write `{letters}`"),
            };
            self.report(Diagnostic::new(&BAD_NAME, span, message).help(help));
        } else if name.len() > LONGEST_NAME {
            let message = format!(
                "the name of this {what} has {} characters, and CloudFormation takes {LONGEST_NAME}",
                name.len()
            );
            self.report(Diagnostic::new(&OVER_LIMIT, span, message).help("give it a shorter name"));
        }
    }
}
