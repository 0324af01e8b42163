use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "kinesis/shard-count-missing",
        level: Level::Error,
        page: include_str!("shard_count_missing.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Kinesis::Stream") {
        let properties = &site.resource.properties;
        let Some(mode) = look(properties, "/StreamModeDetails/StreamMode").found() else { continue };
        if text(mode).as_deref() == Some("PROVISIONED")
            && look(properties, "/ShardCount").is_absent()
            && !site.stack.open
        {
            let message = format!(
                "stream `{}` is provisioned and does not say how many shards it has, so Kinesis refuses it",
                site.id
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &mode.origin.span, message)
                    .help("add `ShardCount`, or set `StreamMode: ON_DEMAND`"),
            );
        }
    }
}
