//! What lints find in a text, for the tables of their tests.

use super::lint;
use crate::analysis::System;
use crate::desired::{Desired, Stack};
use crate::diagnostic::Diagnostic;
use crate::source::SourceFile;
use crate::source::memory::Memory;
use crate::{syntax, template};

/// A template of these resources, with a parameter `Given` and a condition `IsProd` for them to speak of.
pub(super) fn with_resources(resources: &str) -> String {
    format!(
        "AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Given: {{Type: String}}
Conditions:
  IsProd: !Equals [!Ref Given, prod]
Resources:
{resources}"
    )
}

/// Findings in a template in which nothing is missing.
pub(super) fn in_template(text: &str) -> Vec<Diagnostic> {
    in_template_beside(text, &[])
}

/// The same with files beside it: their paths and texts.
pub(super) fn in_template_beside(text: &str, files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let lifted = template::lift(&SourceFile::new("template.yaml", text));
    assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
    in_stack(lifted.stack, files)
}

/// The same where conditions and resources that are referred to need not be there.
pub(super) fn in_part_of_template(text: &str) -> Vec<Diagnostic> {
    let lifted = template::lift(&SourceFile::new("template.yaml", text));
    assert!(lifted.diagnostics.iter().all(|told| told.rule.area() != "yaml"), "{:#?}", lifted.diagnostics);
    in_stack(lifted.stack, &[])
}

fn in_stack(stack: Stack, files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let desired = Desired { stacks: vec![stack], ..Desired::default() };
    with_help(lint(&System::new(&desired, None, &Memory::of(files))))
}

/// Findings in a buildspec that can be read as a whole.
pub(super) fn in_buildspec(text: &str) -> Vec<Diagnostic> {
    let parsed = syntax::parse(&SourceFile::new("buildspec.yml", text));
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let desired = Desired::default();
    with_help(lint(&System::new(&desired, Some(&parsed.root), &Memory::of(&[]))))
}

/// Every finding says what to write instead.
fn with_help(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.iter().for_each(|finding| assert!(finding.help.is_some(), "{}", finding.message));
    findings
}

/// The rules of these areas that found something, each once.
pub(super) fn rules(findings: &[Diagnostic], areas: &[&str]) -> Vec<&'static str> {
    let ours = findings.iter().map(|finding| finding.rule).filter(|rule| areas.contains(&rule.area()));
    let mut names: Vec<&str> = ours.map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The same without their areas.
pub(super) fn offences(findings: &[Diagnostic], areas: &[&str]) -> Vec<&'static str> {
    let bare = |name: &'static str| name.split_once('/').map_or(name, |(_, offence)| offence);
    let mut names: Vec<&str> = rules(findings, areas).into_iter().map(bare).collect();
    names.sort_unstable();
    names.dedup();
    names
}
