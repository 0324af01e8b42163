use crate::analysis::Site;
use crate::analysis::System;
use crate::analysis::flink::Application;
use crate::analysis::value::{Look, look, text};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::flink::Kind;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/code-content", level: Level::Warning, page: include_str!("code_content.md") },
    effect: Effect::Deployment,
    check,
};

const CODE: &str = "/ApplicationCodeConfiguration";

/// Where code can stand, each with the `CodeContentType` that fits it; a ZIP file is what AWS calls a JAR too.
const PLACES: &[(&str, Option<&str>)] =
    &[("S3ContentLocation", None), ("TextContent", Some("PLAINTEXT")), ("ZipFileContent", Some("ZIPFILE"))];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        findings.extend(fault(application));
    }
}

fn fault(application: Application<'_>) -> Option<Diagnostic> {
    let code = match application.configuration(CODE) {
        Look::Found(code) => code,
        Look::Absent if application.is(Kind::Flink) => return Some(no_code(application.site)),
        _ => return None,
    };
    let kind = look(code, "/CodeContentType").found();
    let content = look(code, "/CodeContent").found()?;
    let places = places(content)?;
    let finding = match (places.as_slice(), kind.and_then(text).as_deref()) {
        ([], _) => Diagnostic::new(
            &LINT.rule,
            content.key_span(),
            "the code of the application stands nowhere: neither in S3 nor in the template",
        )
        .help("add `S3ContentLocation` with the bucket and key of the build"),
        ([_, (name, second), ..], _) => {
            let message = format!("AWS takes code from one place, and refuses `{name}` beside another");
            Diagnostic::new(&LINT.rule, second.key_span(), message)
                .related(places[0].1.key_span(), "the first place")
                .help("keep one of them")
        }
        (_, Some("PLAINTEXT")) if application.is(Kind::Flink) => Diagnostic::new(
            &LINT.rule,
            &kind?.origin.span,
            "a Flink job is a JAR or ZIP file, and AWS refuses one that is plain text",
        )
        .help("write `CodeContentType: ZIPFILE`, also for a JAR"),
        ([(name, value)], Some(kind_name)) => {
            let fitting = PLACES.iter().find(|(known, _)| known == name).and_then(|(_, fitting)| *fitting)?;
            if fitting == kind_name || !["PLAINTEXT", "ZIPFILE"].contains(&kind_name) {
                return None;
            }
            let message = format!("`{name}` is code of type `{fitting}`, and `CodeContentType` says `{kind_name}`");
            Diagnostic::new(&LINT.rule, value.key_span(), message)
                .related(&kind?.origin.span, "the type of the code")
                .help(format!("write `CodeContentType: {fitting}`, or take the code from `S3ContentLocation`"))
        }
        _ => return None,
    };
    Some(finding)
}

fn no_code(site: Site<'_>) -> Diagnostic {
    let message = format!("`{}` has no code: it is created, and cannot be started", site.id);
    Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
        .help("add `ApplicationCodeConfiguration` with the bucket and key of the build")
}

/// The places at which code is given; `None` where a condition decides.
fn places(content: &Value) -> Option<Vec<(&'static str, &Value)>> {
    if !matches!(content.kind, ValueKind::Map(_)) {
        return None;
    }
    let mut found = Vec::new();
    for (name, _) in PLACES {
        match look(content, &format!("/{name}")) {
            Look::Unknown => return None,
            Look::Found(value) if is_if(value) => return None,
            Look::Found(value) => found.push((*name, value)),
            Look::Absent => {}
        }
    }
    Some(found)
}

fn is_if(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Intrinsic(Intrinsic::Call(name, _)) if name == "Fn::If")
}
