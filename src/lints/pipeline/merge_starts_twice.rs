use crate::analysis::System;
use crate::analysis::glob::{Glob, Subject};
use crate::analysis::triggers::{Event, Filter, Patterns, filters, triggers};
use crate::analysis::value::{Look, items, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/merge-starts-twice", level: Level::Info, page: include_str!("merge_starts_twice.md") },
    effect: Effect::Cost,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        // Triggers of several sources are not told apart here.
        if triggers(pipeline).len() != 1 {
            continue;
        }
        let filters = filters(pipeline);
        let pushes: Vec<_> = filters.iter().filter(|filter| filter.event == Event::Push).filter_map(pushed).collect();
        for filter in filters.iter().filter(|filter| filter.event == Event::PullRequest && closes(filter)) {
            let includes = filter.patterns().into_iter().filter(|patterns| patterns.subject == Subject::Branch);
            for branch in includes.flat_map(|patterns| patterns.includes) {
                let Some(push) = pushes.iter().find_map(|push| covering(push, &text(branch)?)) else { continue };
                let message = "a merge closes the pull request and pushes, and the pipeline starts for both";
                let found = Diagnostic::new(&LINT.rule, &branch.origin.span, message);
                let found = found.related(&push.origin.span, "pushes start it for the same branch");
                findings.push(found.help("write `Events: [OPEN, UPDATED]` in the filter for pull requests"));
            }
        }
    }
}

/// The branches of a push filter that nothing narrows.
fn pushed<'a>(filter: &Filter<'a>) -> Option<Patterns<'a>> {
    let [branches] = <[Patterns<'a>; 1]>::try_from(filter.patterns()).ok()?;
    (branches.subject == Subject::Branch && branches.excludes.is_empty()).then_some(branches)
}

/// By default a filter is for all events.
fn closes(filter: &Filter<'_>) -> bool {
    match look(filter.value, "/Events") {
        Look::Absent => true,
        Look::Found(events) => items(events).into_iter().any(|event| text(event).as_deref() == Some("CLOSED")),
        Look::Unknown => false,
    }
}

fn covering<'a>(push: &Patterns<'a>, branch: &str) -> Option<&'a Value> {
    let covers = |value: &&&Value| {
        let pattern = text(value);
        pattern.is_some_and(|pattern| pattern == branch || Glob::parse(&pattern).is_ok_and(|glob| glob.matches(branch)))
    };
    push.includes.iter().find(covers).copied()
}
