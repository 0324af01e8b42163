use crate::analysis::System;
use crate::analysis::buildspec::items;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/repeated-exported-variable",
        level: Level::Warning,
        page: include_str!("repeated_exported_variable.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let exported = buildspec.get(&["env", "exported-variables"]).map(items).unwrap_or_default();
        let named: Vec<_> = exported.into_iter().filter_map(|node| Some((buildspec.text(node)?, node))).collect();
        for (index, (name, node)) in named.iter().enumerate() {
            let Some((_, first)) = named[..index].iter().find(|(before, _)| before == name) else { continue };
            let message = format!("`{name}` is exported twice, and CodeBuild takes a name only once");
            findings.push(
                Diagnostic::new(&LINT.rule, &node.span, message)
                    .related(&first.span, "the first time")
                    .help("remove this one"),
            );
        }
    }
}
