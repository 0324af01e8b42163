use crate::analysis::change::{Detection, detection, named, rules_for, targets};
use crate::analysis::stages::{Action, actions, is_whole, text_at};
use crate::analysis::value::{Look, is_intrinsic, items, look, target};
use crate::analysis::{Site, System};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/never-starts", level: Level::Warning, page: include_str!("never_starts.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let actions = actions(pipeline);
        let sources: Vec<_> = actions.iter().filter(|action| action.category().as_deref() == Some("Source")).collect();
        let all_wait =
            sources.iter().all(|source| detection(source) == Detection::Rule && store(system, site, source).is_some());
        if !all_wait || !is_whole(pipeline) || is_started(system, site) {
            continue;
        }
        for source in sources {
            let Some(store) = store(system, site, source) else { continue };
            let setting = source.configuration("PollForSourceChanges").found();
            let span = setting.map_or(&source.value.origin.span, |setting| &setting.origin.span);
            let message =
                "the source action does not poll and no rule starts the pipeline, so that no change starts it";
            let found = Diagnostic::new(&LINT.rule, span, message);
            let found = found.related(&store.resource.origin.span, "what changes");
            findings.push(found.help("add an `AWS::Events::Rule` for the source whose target is the pipeline"));
        }
    }
}

/// What the source action reads, when it stands in the same stack.
fn store<'a>(system: &System<'a>, site: Site<'_>, source: &Action<'_>) -> Option<Site<'a>> {
    let (key, resource_type, property) = match source.provider().as_deref()? {
        "S3" => ("S3Bucket", "AWS::S3::Bucket", "/BucketName"),
        "CodeCommit" => ("RepositoryName", "AWS::CodeCommit::Repository", "/RepositoryName"),
        "ECR" => ("RepositoryName", "AWS::ECR::Repository", "/RepositoryName"),
        _ => return None,
    };
    named(system, site, resource_type, property, source.configuration(key).found()?)
}

/// Whether anything in the file may start the pipeline.
fn is_started<'a>(system: &System<'a>, site: Site<'a>) -> bool {
    !rules_for(system, site).is_empty() || system.sites().any(|other| may_start(other, site))
}

fn may_start(other: Site<'_>, site: Site<'_>) -> bool {
    let properties = &other.resource.properties;
    match other.resource.resource_type.as_str() {
        _ if other.id == site.id => false,
        "AWS::Events::Rule" if is_open(properties) => true,
        "AWS::Events::Rule" => targets(properties).into_iter().any(|arn| may_be_pipeline(arn, other)),
        kind if ONLOOKERS.iter().any(|prefix| kind.starts_with(prefix)) => false,
        _ => mentions(properties, site),
    }
}

/// What speaks of a pipeline and does not start it.
const ONLOOKERS: &[&str] =
    &["AWS::IAM::", "AWS::CloudWatch::", "AWS::CodeStarNotifications::", "AWS::Lambda::Permission"];

/// Whether the deployment decides which targets a rule has.
fn is_open(rule: &Value) -> bool {
    match look(rule, "/Targets") {
        Look::Unknown => true,
        Look::Found(targets) => is_intrinsic(targets) || items(targets).into_iter().any(is_intrinsic),
        Look::Absent => false,
    }
}

fn may_be_pipeline(arn: &Value, rule: Site<'_>) -> bool {
    match &arn.kind {
        ValueKind::Text(text) | ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => text.contains("codepipeline"),
        _ => target(arn).is_none_or(|name| !rule.stack.resources.contains_key(name)),
    }
}

fn mentions(properties: &Value, site: Site<'_>) -> bool {
    let mut found = false;
    properties.references(&mut |name| found |= name == site.id);
    let name = text_at(&site.resource.properties, "/Name");
    properties.each(&mut |value| {
        if let ValueKind::Text(text) | ValueKind::Intrinsic(Intrinsic::Sub(text, _)) = &value.kind {
            found |= text.contains("codepipeline") || name.as_deref() == Some(text);
        }
    });
    found
}
