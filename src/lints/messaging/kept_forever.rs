use crate::analysis::System;
use crate::analysis::value::{Look, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "logs/kept-forever", level: Level::Info, page: include_str!("kept_forever.md") },
    effect: Effect::Cost,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let groups = system.of_type("AWS::Logs::LogGroup");
    for site in groups.filter(|site| !site.stack.open && site.resource.origin.reason.is_none()) {
        let properties = &site.resource.properties;
        let keeps_all = match look(properties, "/LogGroupClass") {
            Look::Absent => true,
            // Logs of the class DELIVERY are kept for a fixed time.
            Look::Found(class) => text(class).is_some_and(|class| class != "DELIVERY"),
            Look::Unknown => false,
        };
        if keeps_all && look(properties, "/RetentionInDays").is_absent() {
            let message = format!("the log group `{}` keeps its events forever, and is paid for by the month", site.id);
            let help = "add `RetentionInDays`, e.g. 30";
            findings.push(Diagnostic::new(&LINT.rule, &site.resource.origin.span, message).help(help));
        }
    }
}
