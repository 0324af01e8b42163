use crate::analysis::System;
use crate::analysis::flink::API_NAME;
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/name-of-the-api", level: Level::Warning, page: include_str!("name_of_the_api.md") },
    effect: Effect::Run,
    check,
};

const SERVICE: &str = "kinesisanalytics";

const PARTITIONS: &[&str] = &["aws", "aws-cn", "aws-us-gov", "${AWS::Partition}", "*"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        texts(&site.resource.properties, &mut |text, value| {
            let Some((message, help)) = fault(text) else { return };
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
        });
    }
}

/// What is wrong with a text, and what to write in its place. Actions and namespaces of metrics are others' to find.
fn fault(text: &str) -> Option<(String, String)> {
    if let Some(rest) = text.strip_prefix("arn:") {
        let service = PARTITIONS.iter().find_map(|partition| rest.strip_prefix(partition)?.strip_prefix(':'))?;
        service.strip_prefix(API_NAME)?.strip_prefix(':')?;
        let message = format!("no ARN has the service `{API_NAME}`, so `{text}` fits nothing");
        return Some((message, format!("write `{SERVICE}` in its place")));
    }
    let rest = text.strip_prefix(API_NAME)?;
    if rest.contains(char::is_whitespace) {
        return None;
    }
    let domain = rest.strip_prefix('.').filter(|rest| rest.contains("amazonaws") || rest.contains("URLSuffix"))?;
    let message = format!("no service has the name `{text}`, so it cannot take the role");
    Some((message, format!("write `{SERVICE}.{domain}`")))
}

/// Calls `visit` with every text below a value, also those within functions.
fn texts<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a str, &'a Value)) {
    match &value.kind {
        ValueKind::Text(text) => visit(text, value),
        ValueKind::List(items) => items.iter().for_each(|item| texts(item, visit)),
        ValueKind::Map(entries) => entries.iter().for_each(|(_, entry)| texts(entry, visit)),
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => visit(text, value),
        ValueKind::Intrinsic(Intrinsic::Call(_, argument)) => texts(argument, visit),
        ValueKind::Boolean(_) | ValueKind::Integer(_) | ValueKind::Float(_) | ValueKind::Intrinsic(_) => {}
    }
}
