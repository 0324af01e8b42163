use crate::analysis::System;
use crate::analysis::triggers::{Event, Filter, filters};
use crate::analysis::value::{Look, look};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/trigger-filter", level: Level::Error, page: include_str!("trigger_filter.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        findings.extend(filters(&site.resource.properties).iter().filter_map(fault));
    }
}

fn fault(filter: &Filter<'_>) -> Option<Diagnostic> {
    let ValueKind::Map(_) = &filter.value.kind else { return None };
    let [branches, tags, paths] = ["/Branches", "/Tags", "/FilePaths"].map(|part| look(filter.value, part));
    let finding = |at: &Value, message: &str, help: &str| {
        let found = Diagnostic::new(&LINT.rule, at.key_span(), message);
        Some(found.help(help))
    };
    match (filter.event, branches, tags, paths) {
        (Event::Push, Look::Found(branches), Look::Found(tags), _) => finding(
            tags,
            "a push filter has either tags or branches, and CodePipeline refuses one with both",
            "write two filters, one with `Tags` and one with `Branches`",
        )
        .map(|found| found.related(branches.key_span(), "the branches")),
        (Event::Push, _, Look::Found(tags), Look::Found(paths)) => finding(
            paths,
            "file paths go with branches, and CodePipeline refuses them beside tags",
            "remove `FilePaths`, or filter by `Branches` in a filter of their own",
        )
        .map(|found| found.related(tags.key_span(), "the tags")),
        (Event::Push, Look::Absent, Look::Absent, Look::Found(paths)) => finding(
            paths,
            "file paths alone are no filter: CodePipeline takes them only with branches",
            "add `Branches`, e.g. `Includes: [main]`",
        ),
        (Event::Push, Look::Absent, Look::Absent, Look::Absent) => {
            let message = "a push filter without branches and tags is refused";
            let help = "add `Branches` or `Tags`, or remove the trigger to start for `BranchName` of the source action";
            Some(Diagnostic::new(&LINT.rule, &filter.value.origin.span, message).help(help))
        }
        (Event::PullRequest, Look::Absent, ..) => {
            let message = "a pull request filter without branches is refused";
            let help = "add `Branches`: the branches into which the pull requests go, e.g. `Includes: [main]`";
            Some(Diagnostic::new(&LINT.rule, &filter.value.origin.span, message).help(help))
        }
        _ => None,
    }
}
