use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "kinesis/shards-of-on-demand-stream",
        level: Level::Error,
        page: include_str!("shards_of_on_demand_stream.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Kinesis::Stream") {
        let properties = &site.resource.properties;
        let Some(mode) = look(properties, "/StreamModeDetails/StreamMode").found() else { continue };
        if text(mode).as_deref() != Some("ON_DEMAND") {
            continue;
        }
        let Some(shards) = look(properties, "/ShardCount").found() else { continue };
        let message = "the stream is on demand, where AWS sets the number of shards and refuses a `ShardCount`";
        let edits = system.editor(shards.key_span()).and_then(|editor| editor.remove_entry(shards.key_span()));
        findings.push(
            Diagnostic::new(&LINT.rule, shards.key_span(), message)
                .related(&mode.origin.span, "the mode of the stream")
                .help("remove `ShardCount`, or set `StreamMode: PROVISIONED`")
                .fix("remove `ShardCount`", Safety::Unsafe, edits.unwrap_or_default()),
        );
    }
}
