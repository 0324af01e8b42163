use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/same-code-key", level: Level::Warning, page: include_str!("same_code_key.md") },
    effect: Effect::Silent,
    check,
};

/// A type, where the key of its code stands, and where the version of the object.
const CODE: &[(&str, &str, &str)] = &[
    ("AWS::Lambda::Function", "/Code/S3Key", "/Code/S3ObjectVersion"),
    ("AWS::Lambda::LayerVersion", "/Content/S3Key", "/Content/S3ObjectVersion"),
    ("AWS::Serverless::Function", "/CodeUri/Key", "/CodeUri/Version"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (resource_type, key, version) in CODE {
        for site in system.of_type(resource_type) {
            let properties = &site.resource.properties;
            let Some(key) = look(properties, key).found() else { continue };
            let Some(text) = text(key) else { continue };
            if look(properties, version).is_absent() && !site.stack.open && is_the_same_for_every_build(&text) {
                let message = format!(
                    "`{}` goes on with its old code when a new build is put at `{text}`: nothing in the template \
                     changes, so CloudFormation updates nothing",
                    site.id
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &key.origin.span, message)
                        .help("give each build a key of its own by a parameter, or the version of the object"),
                );
            }
        }
    }
}

/// A version, date, number or hash has a digit.
fn is_the_same_for_every_build(key: &str) -> bool {
    !key.contains(|letter: char| letter.is_ascii_digit())
}
