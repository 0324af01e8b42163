use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iot/default-sql-version", level: Level::Info, page: include_str!("default_sql_version.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule").filter(|site| !site.stack.open) {
        let Some(payload) = look(&site.resource.properties, "/TopicRulePayload").found() else { continue };
        if look(payload, "/AwsIotSqlVersion").is_absent() {
            let message = format!("the rule `{}` reads its SQL as it was in 2015", site.id);
            let help = "add `AwsIotSqlVersion: \"2016-03-23\"` to `TopicRulePayload`";
            findings.push(Diagnostic::new(&LINT.rule, &site.resource.origin.span, message).help(help));
        }
    }
}
