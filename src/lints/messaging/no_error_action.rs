use crate::analysis::System;
use crate::analysis::value::{items, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iot/no-error-action", level: Level::Warning, page: include_str!("no_error_action.md") },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule").filter(|site| !site.stack.open) {
        let properties = &site.resource.properties;
        let actions = look(properties, "/TopicRulePayload/Actions").found();
        let has_action = actions.is_some_and(|actions| !items(actions).is_empty());
        if has_action && look(properties, "/TopicRulePayload/ErrorAction").is_absent() {
            let message = format!("the rule `{}` drops a message when its action fails, and nobody is told", site.id);
            let help = "add `ErrorAction` beside `Actions`, e.g. one that writes to a queue or a bucket";
            findings.push(Diagnostic::new(&LINT.rule, &site.resource.origin.span, message).help(help));
        }
    }
}
