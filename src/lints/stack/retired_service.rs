use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::lifecycle::{self, Stage};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/retired-service", level: Level::Warning, page: include_str!("retired_service.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        let resource_type = &site.resource.resource_type;
        let Some((stage, date)) = lifecycle::retirement(resource_type) else { continue };
        let what = match (stage, date) {
            (Stage::Shutdown, Some(date)) => format!("was shut down on {date}: it cannot be created"),
            (Stage::Shutdown, None) => "was shut down: it cannot be created".to_owned(),
            (Stage::Sunset, Some(date)) => format!("is shut down on {date}"),
            (Stage::Sunset, None) => "will be shut down".to_owned(),
            (Stage::Maintenance, Some(date)) => format!("takes no new customers since {date}"),
            (Stage::Maintenance, None) => "takes no new customers".to_owned(),
        };
        let message = format!("the service of `{resource_type}` {what}");
        findings.push(
            Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
                .help("move to the successor that AWS names on its page about the service's end"),
        );
    }
}
