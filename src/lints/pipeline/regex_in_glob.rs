use crate::analysis::System;
use crate::analysis::glob::{from_regex, regex_sign};
use crate::analysis::triggers::filters;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/regex-in-glob", level: Level::Warning, page: include_str!("regex_in_glob.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for patterns in filters(&site.resource.properties).iter().flat_map(|filter| filter.patterns()) {
            for value in patterns.includes.iter().chain(&patterns.excludes) {
                let Some(pattern) = text(value) else { continue };
                let Some(sign) = regex_sign(&pattern, patterns.subject) else { continue };
                let message = format!("`{pattern}` is read as a glob, in which `{sign}` is no regular expression");
                let help = match from_regex(&pattern, patterns.subject) {
                    Some(glob) => format!("write `{glob}`"),
                    None => "write it with `*`, `**`, `?`, `[…]` and `{a,b}`".to_owned(),
                };
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
            }
        }
    }
}
