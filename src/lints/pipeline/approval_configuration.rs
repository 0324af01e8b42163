use crate::analysis::stages::actions;
use crate::analysis::value::{target, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/approval-configuration",
        level: Level::Warning,
        page: include_str!("approval_configuration.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Approval", "Manual")) {
            findings.extend(action.configuration("NotificationArn").found().and_then(|arn| no_topic(site, arn)));
            findings.extend(action.configuration("ExternalEntityLink").found().and_then(no_link));
        }
    }
}

fn no_topic(site: Site<'_>, arn: &Value) -> Option<Diagnostic> {
    let resource = target(arn).and_then(|id| site.stack.resources.get(id));
    let what = match (text(arn), resource) {
        (Some(text), _) if !text.contains(":sns:") && !has_placeholder(&text) => {
            format!("`{text}` is not the ARN of a topic")
        }
        (_, Some(other)) if !may_be_topic(&other.resource_type) => {
            format!("a resource of type `{}` is no topic", other.resource_type)
        }
        _ => return None,
    };
    let message = format!("{what}, so that nobody is told of the approval");
    Some(Diagnostic::new(&LINT.rule, &arn.origin.span, message).help("write the ARN of an SNS topic"))
}

/// A topic, or what gives the ARN of one: a parameter, a nested stack, a custom resource.
fn may_be_topic(resource_type: &str) -> bool {
    let gives = ["AWS::CloudFormation::", "AWS::Serverless::", "AWS::SSM::", "AWS::SNS::Topic"];
    !resource_type.starts_with("AWS::") || gives.iter().any(|prefix| resource_type.starts_with(prefix))
}

/// `#{…}` of an execution, or `${…}` of a definition that something fills in.
fn has_placeholder(text: &str) -> bool {
    text.contains("#{") || text.contains("${")
}

fn no_link(link: &Value) -> Option<Diagnostic> {
    let text = text(link).filter(|text| !has_placeholder(text.split(':').next().unwrap_or(text)))?;
    let opens = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    (!opens).then(|| {
        let message = format!("the link `{text}` is no web address that an approver could open");
        Diagnostic::new(&LINT.rule, &link.origin.span, message).help("begin it with `https://`")
    })
}
