use crate::analysis::permission::{EVENTBRIDGE, missing};
use crate::analysis::role::arn::text_of;
use crate::analysis::role::places;
use crate::analysis::value::look;
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "events/target-without-permission",
        level: Level::Warning,
        page: include_str!("target_without_permission.md"),
    },
    effect: Effect::Silent,
    check,
};

/// The services whose resources a rule reaches only with a role.
///
/// Source: EventBridge User Guide, using identity-based policies for targets (2026-04).
const BY_ROLE: &[&str] = &["codepipeline", "states", "kinesis", "firehose", "codebuild", "ecs", "batch"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Events::Rule") {
        for rule_target in places(&site.resource.properties, "/Targets/*") {
            let Some(arn) = look(rule_target, "/Arn").found() else { continue };
            if !look(rule_target, "/RoleArn").is_absent() {
                continue;
            }
            let Some((missing, help)) = by_role(site, arn).or_else(|| missing(site, arn, EVENTBRIDGE)) else {
                continue;
            };
            let message = format!("the rule may not reach this target, and its events are lost: {missing}");
            findings.push(Diagnostic::new(&LINT.rule, &arn.origin.span, message).help(help));
        }
    }
}

fn by_role(site: Site<'_>, arn: &Value) -> Option<(String, String)> {
    let written = text_of(site.stack, arn);
    let service = written.split(':').nth(2)?;
    BY_ROLE.contains(&service).then(|| {
        (
            "the target has no role".to_owned(),
            format!(
                "add `RoleArn` with a role that trusts `{}` and may start or write to the target",
                EVENTBRIDGE.principal
            ),
        )
    })
}
