use crate::analysis::role::arn::{never_matches, text_of};
use crate::analysis::role::{Holder, Statement, documents};
use crate::analysis::value::text;
use crate::analysis::{Site, System};
use crate::desired::Stack;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::facts::iam;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "iam/action-resource-mismatch",
        level: Level::Warning,
        page: include_str!("action_resource_mismatch.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for document in documents(system).into_iter().filter(|document| document.holder != Holder::Trust) {
        let stack = document.site.stack;
        // A key's policy speaks of that key, however it is written; a bucket's is refused.
        let refused = document.site.resource.resource_type == "AWS::S3::BucketPolicy";
        if document.holder == Holder::Resource && !refused || is_generated(document.site) {
            continue;
        }
        for statement in document.statements() {
            if refused || statement.allows == Some(true) {
                mismatches(stack, &statement, refused, findings);
            }
        }
    }
}

/// The grants of the CDK allow all that a reader may want on the stream, also what needs a consumer.
fn is_generated(site: Site<'_>) -> bool {
    // Without metadata, what the CDK makes of grants still has this name, and a hash of eight digits behind it.
    let is_default =
        site.id.len().checked_sub(8).and_then(|at| site.id.get(..at)).is_some_and(|it| it.ends_with("DefaultPolicy"));
    is_default
        || site
            .resource
            .attributes
            .iter()
            .any(|(name, value)| name == "Metadata" && value.get("aws:cdk:path").is_some())
}

fn mismatches(stack: &Stack, statement: &Statement<'_>, refused: bool, findings: &mut Vec<Diagnostic>) {
    let (actions, resources) = (&statement.actions, &statement.resources);
    if actions.inverted || resources.inverted || resources.open || resources.items.is_empty() {
        return;
    }
    let written: Vec<String> = resources.items.iter().map(|item| text_of(stack, item)).collect();
    for value in &actions.items {
        let Some(action) = text(value) else { continue };
        let Some((service, name)) = action.split_once(':') else { continue };
        let Some(arns) = iam::service(service).and_then(|service| service.arns(name)) else { continue };
        if !written.iter().all(|resource| arns.iter().all(|arn| never_matches(resource, arn))) {
            continue;
        }
        let effect = if refused { "S3 refuses the policy" } else { "the statement does not allow it" };
        let message = format!("`{action}` is an action on other resources than those of this statement: {effect}");
        let shown: Vec<String> = arns.iter().map(|arn| arn.replace('~', "<name>")).collect();
        let mut found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
        if let Some(resource) = resources.items.first() {
            found = found.related(&resource.origin.span, "the resource of the statement");
        }
        let shown = list(shown.iter().map(String::as_str));
        findings.push(found.help(format!("give it a resource that fits {shown}")));
    }
}
