use crate::analysis::System;
use crate::analysis::value::{alternatives, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::lambda::{Retired, as_of, retired};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/retired-runtime", level: Level::Warning, page: include_str!("retired_runtime.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        if !matches!(site.resource.resource_type.as_str(), "AWS::Lambda::Function" | "AWS::Serverless::Function") {
            continue;
        }
        let runtimes = look(&site.resource.properties, "/Runtime").found().map(alternatives).unwrap_or_default();
        for value in runtimes {
            let Some(runtime) = text(value) else { continue };
            let Some(facts) = retired(&runtime) else { continue };
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message(&runtime, facts)).help(
                match facts.successor {
                    Some(successor) => format!("move the function to `{successor}`"),
                    None => "move the function to a runtime that is maintained".to_owned(),
                },
            ));
        }
    }
}

fn message(runtime: &str, facts: Retired) -> String {
    let refusal = match facts.refuses_new {
        Some(date) if date <= as_of() => format!("; Lambda refuses new functions with it since {date}"),
        Some(date) => format!("; Lambda will refuse new functions with it from {date} on"),
        None => String::new(),
    };
    format!("`{runtime}` has had no security patches since {}{refusal}", facts.since)
}
