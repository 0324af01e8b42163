use crate::analysis::System;
use crate::analysis::firehose::deliveries;
use crate::analysis::value::{alternatives, text_at};
use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/name-for-arn", level: Level::Error, page: include_str!("name_for_arn.md") },
    effect: Effect::Deployment,
    check,
};

/// Resources whose `Ref` is a name or an identifier, and the attribute that is the ARN.
///
/// Source: CloudFormation Template Reference, return values of each type (2026-11).
const ARNS: &[(&str, &str)] = &[
    ("AWS::IAM::Role", "Arn"),
    ("AWS::KMS::Key", "Arn"),
    ("AWS::Kinesis::Stream", "Arn"),
    ("AWS::Lambda::Function", "Arn"),
    ("AWS::OpenSearchService::Domain", "Arn"),
    ("AWS::S3::Bucket", "Arn"),
    ("AWS::Serverless::Function", "Arn"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in deliveries(system) {
        search(site.stack, &site.resource.properties, findings);
    }
}

/// Every property that is called an ARN, and the parameters of processors.
fn search(stack: &Stack, value: &Value, findings: &mut Vec<Diagnostic>) {
    match &value.kind {
        ValueKind::List(items) => items.iter().for_each(|item| search(stack, item, findings)),
        ValueKind::Map(entries) => {
            for (key, entry) in entries {
                let parameter = text_at(value, "/ParameterName").filter(|_| key == "ParameterValue");
                let name = parameter.as_deref().unwrap_or(key);
                if name.to_ascii_lowercase().ends_with("arn") {
                    findings.extend(alternatives(entry).into_iter().filter_map(|value| fault(stack, name, value)));
                }
                search(stack, entry, findings);
            }
        }
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::If" => search(stack, argument, findings),
        _ => {}
    }
}

fn fault(stack: &Stack, property: &str, value: &Value) -> Option<Diagnostic> {
    let ValueKind::Intrinsic(Intrinsic::Ref(id)) = &value.kind else { return None };
    let resource = stack.resources.get(id)?;
    let (_, attribute) = ARNS.iter().find(|(of, _)| *of == resource.resource_type)?;
    let message = format!("`!Ref {id}` is a name, and Firehose takes nothing but an ARN as `{property}`");
    Some(
        Diagnostic::new(&LINT.rule, &value.origin.span, message)
            .related(&resource.origin.span, "what it names")
            .help(format!("write `!GetAtt {id}.{attribute}`")),
    )
}
