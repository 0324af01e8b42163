use super::fifo::is_set;
use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "sqs/fifo-throughput", level: Level::Error, page: include_str!("fifo_throughput.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SQS::Queue") {
        let properties = &site.resource.properties;
        let Some(limit) = look(properties, "/FifoThroughputLimit").found() else { continue };
        let limit_text = text(limit);
        if !matches!(limit_text.as_deref(), Some("perMessageGroupId")) || is_set(properties, "/FifoQueue") != Some(true)
        {
            continue;
        }
        let scope = look(properties, "/DeduplicationScope");
        let is_other = scope.found().and_then(text).is_some_and(|scope| scope != "messageGroup");
        if scope.is_absent() || is_other {
            let message = "a limit for each message group needs duplicates to be found within each group, \
                           and SQS refuses it";
            let help = "set `DeduplicationScope: messageGroup` beside it, or remove `FifoThroughputLimit`";
            findings.push(Diagnostic::new(&LINT.rule, &limit.origin.span, message).help(help));
        }
    }
}
