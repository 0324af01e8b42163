use crate::analysis::System;
use crate::analysis::change::{Detection, detection, listens_to, rules_for};
use crate::analysis::stages::{Action, actions, below};
use crate::analysis::value::{target, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/polls-and-listens",
        level: Level::Warning,
        page: include_str!("polls_and_listens.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let rules = rules_for(system, site);
        for source in actions(&site.resource.properties) {
            let service = match source.provider().as_deref() {
                Some("S3") => "aws.s3",
                Some("CodeCommit") => "aws.codecommit",
                _ => continue,
            };
            let is_source = source.category().as_deref() == Some("Source");
            let rule = rules.iter().find(|rule| {
                let rule = &rule.resource.properties;
                listens_to(rule, service) && speaks_of(rule, &source)
            });
            let Some(rule) = rule.filter(|_| is_source && detection(&source) == Detection::Itself) else { continue };
            let polling = source.configuration("PollForSourceChanges").found();
            let span = polling.map_or(&source.value.origin.span, |polling| &polling.origin.span);
            let message = "the source action polls and a rule starts the pipeline, so that each change starts it twice";
            let found = Diagnostic::new(&LINT.rule, span, message);
            let found = found.related(&rule.resource.origin.span, "the rule that starts the pipeline");
            findings.push(found.help("write `PollForSourceChanges: false` in the configuration of the source action"));
        }
    }
}

/// Whether the events of a rule may be those of what this action reads: a pipeline can have several sources.
fn speaks_of(rule: &Value, source: &Action<'_>) -> bool {
    let keys = ["S3Bucket", "RepositoryName"].into_iter();
    let Some(read) = keys.filter_map(|key| source.configuration(key).found()).next() else { return false };
    let places = ["/detail/bucket/name", "/detail/requestParameters/bucketName", "/resources"].into_iter();
    let named: Vec<_> = places.flat_map(|place| below(rule, &format!("/EventPattern{place}"))).collect();
    let is_read = |name: &Value| {
        let mut refers = false;
        name.references(&mut |id| refers |= target(read) == Some(id));
        refers || name == read || text(name).zip(text(read)).is_some_and(|(name, read)| name.ends_with(read.as_ref()))
    };
    named.is_empty() || named.into_iter().any(is_read)
}
