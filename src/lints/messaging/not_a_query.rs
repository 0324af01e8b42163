use crate::analysis::System;
use crate::analysis::value::{alternatives, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iot/not-a-query", level: Level::Error, page: include_str!("not_a_query.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule") {
        let sql = look(&site.resource.properties, "/TopicRulePayload/Sql").found();
        for value in sql.map(alternatives).unwrap_or_default() {
            let Some(sql) = text(value) else { continue };
            let first = sql.split(|sign: char| !sign.is_ascii_alphanumeric()).find(|word| !word.is_empty());
            let begins = |word: &str| first.is_some_and(|first| first.eq_ignore_ascii_case(word));
            if begins("SELECT") || begins("SET") {
                continue;
            }
            let message = "the SQL of the rule does not begin with `SELECT`, and IoT refuses it";
            let help = "write e.g. `SELECT * FROM 'fleet/+/position'`, the filter of topics in single quotes";
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
        }
    }
}
