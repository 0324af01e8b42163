use std::borrow::Cow;

use crate::analysis::Site;
use crate::analysis::System;
use crate::analysis::value::{look, target, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/two-logging-options",
        level: Level::Warning,
        page: include_str!("two_logging_options.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let options: Vec<_> = system
        .of_type("AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption")
        .filter(|site| site.resource.condition.is_none())
        .collect();
    for (index, site) in options.iter().enumerate() {
        let Some(application) = application(*site) else { continue };
        let first = options[..index]
            .iter()
            .find(|it| std::ptr::eq(it.stack, site.stack) && self::application(**it).as_deref() == Some(&*application));
        let Some(first) = first else { continue };
        let message = format!("`{application}` has a logging option already, and AWS takes one for an application");
        findings.push(
            Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
                .related(&first.resource.origin.span, "the first option")
                .help(format!("remove `{}`, or `{}`", site.id, first.id)),
        );
    }
}

/// The application of an option: its logical id or its name.
fn application<'a>(site: Site<'a>) -> Option<Cow<'a, str>> {
    let value = look(&site.resource.properties, "/ApplicationName").found()?;
    target(value).map(Cow::Borrowed).or_else(|| text(value))
}
