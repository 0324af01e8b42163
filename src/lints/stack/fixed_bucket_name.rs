use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/fixed-bucket-name", level: Level::Info, page: include_str!("fixed_bucket_name.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::S3::Bucket") {
        let Some(name) = look(&site.resource.properties, "/BucketName").found() else { continue };
        let Some(text) = name.as_text().filter(|text| !text.contains("{{resolve:")) else { continue };
        let has_account = text.as_bytes().windows(12).any(|digits| digits.iter().all(u8::is_ascii_digit));
        if !has_account {
            let message = format!(
                "`{text}` can belong to one account in the world, so this template makes one stack and no second"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &name.origin.span, message)
                    .help(format!("write `!Sub {text}-${{AWS::AccountId}}-${{AWS::Region}}`, or leave the name out")),
            );
        }
    }
}
