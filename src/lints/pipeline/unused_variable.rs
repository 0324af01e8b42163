use crate::analysis::System;
use crate::analysis::stages::{below, is_whole};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/unused-variable", level: Level::Info, page: include_str!("unused_variable.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let variables = below(pipeline, "/Variables");
        if variables.is_empty() || !is_whole(pipeline) {
            continue;
        }
        let written = pipeline.to_json().to_string();
        let uses = written.split("#{variables.").skip(1).map(|rest| rest.split('}').next().unwrap_or(rest));
        let uses: Vec<_> = uses.collect();
        // A name that is put together at deployment may be any.
        if uses.iter().any(|name| !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "@-_".contains(letter)))
        {
            continue;
        }
        for variable in variables {
            let Some(value) = look(variable, "/Name").found() else { continue };
            let Some(name) = text(value).filter(|name| !uses.contains(&name.as_ref())) else { continue };
            let message = format!("nothing in the pipeline reads the variable `{name}`");
            let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
            findings.push(found.help(format!("write `#{{variables.{name}}}` where it is meant, or remove it")));
        }
    }
}
