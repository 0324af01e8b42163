use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::target;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/pending-connection", level: Level::Info, page: include_str!("pending_connection.md") },
    effect: Effect::Run,
    check,
};

const CONNECTIONS: [&str; 2] = ["AWS::CodeConnections::Connection", "AWS::CodeStarConnections::Connection"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(arn) = action.configuration("ConnectionArn").found() else { continue };
            let Some(connection) = target(arn).and_then(|id| site.stack.resources.get(id)) else { continue };
            let pending = CONNECTIONS.contains(&connection.resource_type.as_str()) && connection.by_hand.is_none();
            if !pending {
                continue;
            }
            let message = "the connection is made with the pipeline and pending until a person completes it";
            let found = Diagnostic::new(&LINT.rule, &arn.origin.span, message);
            let found = found.related(&connection.origin.span, "the connection");
            findings.push(
                found.help("complete it in the console after the first deployment, or import one that is complete"),
            );
        }
    }
}
