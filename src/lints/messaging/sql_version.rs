use crate::analysis::System;
use crate::analysis::value::{alternatives, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iot/sql-version", level: Level::Warning, page: include_str!("sql_version.md") },
    effect: Effect::Deployment,
    check,
};

const VERSIONS: &[&str] = &["2015-10-08", "2016-03-23", "beta"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule") {
        let version = look(&site.resource.properties, "/TopicRulePayload/AwsIotSqlVersion").found();
        for value in version.map(alternatives).unwrap_or_default() {
            let Some(version) = text(value).filter(|version| !VERSIONS.contains(&version.as_ref())) else { continue };
            let message = format!("`{version}` is no version of the SQL of IoT");
            let help = format!("write `\"2016-03-23\"`; there are {}", list(VERSIONS.iter().copied()));
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
        }
    }
}
