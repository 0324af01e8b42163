//! The index templates of a domain, and the pipeline step that puts them there.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::lower::HTTPS;
use super::{Search, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::{Network, Place, Service, let_itself_in};
use crate::kinds::step_function::{self, OwnStepFunction, call_own, python, python_text};
use crate::model::{Entry, Lowering, Model, Statement, Step, StepRequest, logical_id};
use crate::source::{Located, SourceFile, Span};
use crate::spec::PlainText;

/// After the domain's name.
const FUNCTION: &str = "release";
const DEADLINE_MINUTES: u64 = 15;
/// A template of CloudFormation has at most 1 MB, and the files stand in it.
const MOST_BYTES: usize = 200_000;

fn templates(search: &Search) -> impl Iterator<Item = &(Located<String>, Located<PlainText>)> {
    search.templates.iter().flat_map(|templates| &templates.entries)
}

pub(super) fn check(search: &Search, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let mut bytes = 0;
    for (_, path) in templates(search) {
        let Some(text) = model.files.read(&path.value.0) else {
            report.push(
                Diagnostic::new(
                    &rules::TEMPLATES,
                    &path.span,
                    format!("the index template `{}` cannot be read", path.value.0),
                )
                .label("no such file")
                .help("write the path of a JSON file, relative to this file"),
            );
            continue;
        };
        bytes += text.len();
        let folder = model.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        check_file(path, &SourceFile::new(format!("{folder}{}", path.value.0), text), report);
    }
    if let Some(templates) = search.templates.as_ref().filter(|_| bytes > MOST_BYTES) {
        let message = format!(
            "the index templates have {bytes} bytes, and the stack that carries them has room for {MOST_BYTES}"
        );
        report.push(
            Diagnostic::new(&rules::TEMPLATES, &templates.span, message)
                .label("too long")
                .help("divide them among components that an administrator puts there"),
        );
    }
    check_network(search, this, model, report);
}

fn check_file(path: &Located<PlainText>, file: &Arc<SourceFile>, report: &mut Vec<Diagnostic>) {
    let refuse = |span: &Span, message: String| {
        Diagnostic::new(&rules::TEMPLATES, span, message).related(&path.span, "the file is named here")
    };
    let template: Json = match serde_json::from_str(file.text()) {
        Ok(template) => template,
        Err(error) => {
            let at = offset(file.text(), error.line(), error.column());
            let said = error.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
            let message = format!("`{}` is not JSON: {said}", path.value.0);
            report.push(refuse(&Span::new(file, at, at), message).label("here").help("mend the file"));
            return;
        }
    };
    let patterns = template["index_patterns"].as_array();
    let fits = patterns.is_some_and(|patterns| !patterns.is_empty() && patterns.iter().all(Json::is_string));
    if !fits {
        let message = format!("the index template `{}` says no list of `index_patterns`", path.value.0);
        report.push(
            refuse(&Span::start_of(file), message)
                .label("OpenSearch refuses this")
                .help("write which indexes it is for, for example `\"index_patterns\": [\"rides-*\"]`"),
        );
    }
}

/// Where a line and column of serde's, counted in bytes from 1, is in a text.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The function stands beside the domain, and from there it has to answer CodePipeline.
fn check_network(search: &Search, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let (Some(templates), Some(network)) = (&search.templates, &search.network) else { return };
    let Some((entry, found)) = model.thing::<Network>(&network.path()) else { return };
    if found.reaches(Service::Codepipeline) {
        return;
    }
    let message = format!(
        "the function that puts the templates of `{}` stands in `{}`, and from there it cannot answer CodePipeline",
        this.path(),
        entry.path()
    );
    report.push(
        Diagnostic::new(&rules::TEMPLATES, &templates.span, message)
            .label("the step would hang until its time is over")
            .related(&entry.name.span, "has no way to CodePipeline")
            .help(format!("add `endpoints: [codepipeline]` or `nat: one` to `{}`", entry.path())),
    );
}

/// Adds the function that puts the templates. They stand in its code, where a reviewer reads them.
pub(super) fn add(search: &Search, this: &Entry, place: Option<Place>, lowering: &mut Lowering<'_>) {
    let Some(written) = &search.templates else { return };
    let origin = Origin::derived(&written.span, "a pipeline puts index templates by a function");
    if place.is_some() {
        let itself =
            Origin::derived(&written.span, "the function stands in the network under the domain's security group");
        let_itself_in(this, &[HTTPS], &itself, lowering);
    }
    let files = templates(search).map(|(name, path)| {
        let text = lowering.model.files.read(&path.value.0).unwrap_or_default();
        format!("{:?}: {},\n", name.value, python_text(&text))
    });
    let data = format!("{{\n{}}}", files.collect::<String>());
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let paths = Value::sub(format!("${{{}.Arn}}/_index_template/*", id("")), &origin);
    let function = OwnStepFunction {
        name: FUNCTION,
        description: format!("Puts the index templates of {} into it", this.path()),
        code: python(&[("TEMPLATES", data)], include_str!("templates.py")),
        statements: vec![Statement::new(&["es:ESHttpGet", "es:ESHttpPut"], vec![paths], &origin)],
        variables: vec![("ENDPOINT".to_owned(), Value::get_att(id(""), "DomainEndpoint", &origin))],
        place,
        origin,
    };
    step_function::add_own(this, lowering, function);
}

pub(super) fn step(this: &Entry, request: &StepRequest<'_>, lowering: &Lowering<'_>) -> Step {
    let parameters = json!({ "deadline-minutes": DEADLINE_MINUTES }).to_string();
    call_own(this, FUNCTION, request, Value::text(parameters, &request.origin), lowering)
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn a_column_is_a_place_in_the_text() {
        for (line, column, at) in [(1, 1, 0), (1, 0, 0), (2, 1, 3), (2, 2, 3), (2, 3, 5), (9, 9, 6)] {
            assert_eq!(offset("ab\né\n", line, column), at, "{line}:{column}");
        }
    }
}
