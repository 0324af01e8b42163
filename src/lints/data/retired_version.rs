use crate::analysis::System;
use crate::analysis::value::{alternatives, look, text, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::glue::{Version, recommended, version};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "glue/retired-version", level: Level::Warning, page: include_str!("retired_version.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Job") {
        let properties = &site.resource.properties;
        // A Python shell job has versions of its own.
        if text_at(properties, "/Command/Name").as_deref() == Some("pythonshell") {
            continue;
        }
        for value in look(properties, "/GlueVersion").found().map(alternatives).unwrap_or_default() {
            let Some(name) = text(value) else { continue };
            let Version::UnsupportedSince(date) = version(&name) else { continue };
            let message = format!("Glue {name} has had no patches and no support since {date}");
            let help = format!("write `{}`, after a trial run of the job with it", recommended());
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
        }
    }
}
