use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "glue/table-name", level: Level::Warning, page: include_str!("table_name.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (resource_type, pointer) in
        [("AWS::Glue::Table", "/TableInput/Name"), ("AWS::Glue::Database", "/DatabaseInput/Name")]
    {
        for site in system.of_type(resource_type) {
            let Some(value) = look(&site.resource.properties, pointer).found() else { continue };
            let Some(name) = text(value).filter(|name| name.chars().any(char::is_uppercase)) else { continue };
            let message = format!(
                "the catalog folds `{name}` to lower case, and whoever asks for it as it is written here finds nothing"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .help(format!("write `{}`", name.to_lowercase())),
            );
        }
    }
}
