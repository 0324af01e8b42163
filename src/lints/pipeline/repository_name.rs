use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/repository-name", level: Level::Warning, page: include_str!("repository_name.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            if !action.is("Source", "CodeStarSourceConnection") {
                continue;
            }
            let Some(value) = action.configuration("FullRepositoryId").found() else { continue };
            let Some(written) = text(value).filter(|text| !text.contains(['$', '{', '#'])) else { continue };
            let plain = plain(&written);
            let what = match plain {
                Some(_) => format!("`{written}` is an address, and a connection knows a repository by owner and name"),
                None if !written.contains('/') => format!("`{written}` names a repository without its owner"),
                None => continue,
            };
            let message = format!("{what}, so the source finds nothing");
            let span = &value.origin.span;
            let found = Diagnostic::new(&LINT.rule, span, message);
            let Some(plain) = plain else {
                findings.push(found.help(format!("write the owner before it, as in `example/{written}`")));
                continue;
            };
            let edits = system.editor(span).and_then(|editor| editor.replace_scalar(span, plain));
            let help = format!("write `{plain}`");
            findings.push(found.help(help.clone()).fix(help, Safety::Unsafe, edits.unwrap_or_default()));
        }
    }
}

/// What is left of an address of a repository.
fn plain(written: &str) -> Option<&str> {
    let path = match written.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => match written.strip_prefix("git@") {
            Some(rest) => rest.split_once(':')?.1,
            None => written.strip_suffix(".git")?,
        },
    };
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    path.contains('/').then_some(path)
}
