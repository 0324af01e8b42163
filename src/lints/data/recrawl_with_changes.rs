use std::borrow::Cow;

use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "glue/recrawl-with-changes",
        level: Level::Error,
        page: include_str!("recrawl_with_changes.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Crawler") {
        let properties = &site.resource.properties;
        if look(properties, "/Targets/S3Targets").is_absent() {
            continue;
        }
        let Some(recrawl) = look(properties, "/RecrawlPolicy/RecrawlBehavior").found() else { continue };
        if text(recrawl).as_deref() != Some("CRAWL_NEW_FOLDERS_ONLY") {
            continue;
        }
        for (property, default) in
            [("UpdateBehavior", "UPDATE_IN_DATABASE"), ("DeleteBehavior", "DEPRECATE_IN_DATABASE")]
        {
            let at = look(properties, &format!("/SchemaChangePolicy/{property}"));
            let behaviour = match at.found() {
                Some(value) => text(value),
                None => at.is_absent().then_some(Cow::Borrowed(default)),
            };
            let Some(behaviour) = behaviour.filter(|it| it != "LOG") else { continue };
            let message = format!(
                "a crawl of new folders alone changes no table, and Glue refuses it with `{property}: {behaviour}`"
            );
            let span = at.found().map_or(&recrawl.origin.span, |value| &value.origin.span);
            let found = Diagnostic::new(&LINT.rule, span, message);
            let found = if at.is_absent() { found } else { found.related(&recrawl.origin.span, "the crawl") };
            findings.push(found.help(format!("write `{property}: LOG` in `SchemaChangePolicy`")));
        }
    }
}
