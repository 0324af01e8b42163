//! Names: every reference and expression means something, and nothing waits for itself.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, list, nearest};
use crate::model::{Entry, Home, Kind, Model, hatches, param_details, rules};
use crate::source::Span;
use crate::spec::{Expression, ParamType, ReferenceUse, Scalar, Text};

/// Attributes of the environment that a stack is.
const ENVIRONMENT_ATTRIBUTES: [&str; 3] = ["account", "name", "region"];

/// Reports what does not resolve.
pub fn resolve(model: &Model) -> Vec<Diagnostic> {
    let mut report = model.found.clone();
    for (expression, home) in hatches::expressions(model) {
        resolve_expression(model, expression, home, &mut report);
    }
    for entry in &model.entries {
        for reference in &entry.references {
            resolve_reference(model, reference, &mut report);
        }
        let home = model.kind(entry.section).map_or(Home::Application, |kind| kind.home);
        for expression in &entry.expressions {
            resolve_expression(model, expression, home, &mut report);
        }
        check_links(model, entry, &mut report);
        check_privacy(model, entry, &mut report);
    }
    let except = model.alarms.iter().flat_map(|alarms| &alarms.except).flat_map(|except| &except.entries);
    for (thing, _) in except {
        let reference = ReferenceUse { text: thing.value.clone(), span: thing.span.clone(), accepts: &[] };
        resolve_reference(model, &reference, &mut report);
    }
    if let Some(drift) = &model.drift {
        let repo = drift.repo.iter().map(|repo| (repo.path(), &repo.span));
        let environments = drift.environments.iter().flat_map(|environments| &environments.value);
        let environments = environments.map(|environment| (environment.path(), &environment.span));
        for (text, span) in repo.chain(environments) {
            resolve_reference(model, &ReferenceUse { text, span: span.clone(), accepts: &[] }, &mut report);
        }
    }
    for acceptance in model.acceptances() {
        let thing = acceptance.thing.as_ref().map(|thing| (thing.value.text.clone(), &thing.span));
        let environment = acceptance.environment.as_ref().map(|environment| (environment.path(), &environment.span));
        for (text, span) in thing.into_iter().chain(environment) {
            resolve_reference(model, &ReferenceUse { text, span: span.clone(), accepts: &[] }, &mut report);
        }
    }
    check_params(model, &mut report);
    find_idle(model, &mut report);
    find_cycles(model, &mut report);
    report
}

/// Reports what does not resolve in a hatch whose stack is known only now.
pub(super) fn in_hatch(model: &Model, expressions: &[Expression], home: Home, report: &mut Vec<Diagnostic>) {
    for expression in expressions {
        resolve_expression(model, expression, home, report);
    }
}

fn resolve_reference(model: &Model, reference: &ReferenceUse, report: &mut Vec<Diagnostic>) {
    let mut words = reference.text.splitn(3, '.');
    let (Some(section), Some(name)) = (words.next(), words.next()) else { return };
    if section == "environments" {
        let known = model.environments.iter().map(|(name, _)| name.value.as_str());
        if model.environment(name).is_none() && !model.unread_environments.iter().any(|unread| unread == name) {
            report.push(dangling(&reference.text, &reference.span, section, known.collect()));
        }
        return;
    }
    match model.kind(section) {
        None => report.push(unknown_section(model, &reference.text, section, &reference.span)),
        Some(_) => match (model.entry(&format!("{section}.{name}")), words.next()) {
            (None, _) => report.push(dangling(&reference.text, &reference.span, section, names_in(model, section))),
            (Some(entry), Some(part)) => resolve_part(entry, part, &reference.span, report),
            (Some(_), None) => {}
        },
    }
}

/// The part of a thing that a reference of three words means.
fn resolve_part(entry: &Entry, part: &str, span: &Span, report: &mut Vec<Diagnostic>) {
    let Some(thing) = &entry.thing else { return };
    let path = entry.path();
    let Some((noun, known)) = thing.parts() else {
        let message = format!("`{path}` has no parts, so `{part}` means nothing");
        let found = Diagnostic::new(&rules::DANGLING_REFERENCE, span, message).label("refers to nothing");
        report.push(found.related(&entry.name.span, "it is this").help(format!("write `{path}`")));
        return;
    };
    if known.contains(&part) {
        return;
    }
    let message = format!("`{path}` has no {noun} `{part}`");
    let found = Diagnostic::new(&rules::DANGLING_REFERENCE, span, message).label("refers to nothing");
    let help = match nearest(part, known.iter().copied()) {
        Some(near) => format!("did you mean `{path}.{near}`?"),
        None if known.is_empty() => format!("add the {noun} to `{path}`, or refer to all of it: `{path}`"),
        None => format!("refer to one of {}, or to all of it: `{path}`", list(known)),
    };
    report.push(found.related(&entry.name.span, "it is this").help(help));
}

/// What is in a module and no output of it may change with the module.
fn check_privacy(model: &Model, entry: &Entry, report: &mut Vec<Diagnostic>) {
    for (target, span) in model.edges(entry) {
        let Some(module) = target.module.as_ref().filter(|module| !module.is_open_to(entry.module.as_ref())) else {
            continue;
        };
        let name = module.name();
        let bare = target.name.value.strip_prefix(&format!("{name}-")).unwrap_or(&target.name.value);
        let message = format!("`{}` is within the module `{name}`, which does not offer it", target.path());
        let found = Diagnostic::new(&rules::WITHIN_MODULE, span, message).label("no output of the module");
        let help = format!("refer to an output of the module, or add one for `{}.{bare}`", target.section);
        report.push(found.related(&target.name.span, "not among the outputs").help(help));
    }
}

fn names_in<'a>(model: &'a Model, section: &str) -> Vec<&'a str> {
    model.entries.iter().filter(|entry| entry.section == section).map(|entry| entry.name.value.as_str()).collect()
}

fn dangling(text: &str, span: &Span, section: &str, known: Vec<&str>) -> Diagnostic {
    let name = text.split('.').nth(1).unwrap_or_default();
    let diagnostic = Diagnostic::new(&rules::DANGLING_REFERENCE, span, format!("there is no `{section}.{name}`"))
        .label("refers to nothing");
    match nearest(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{section}.{near}`?")),
        None if known.is_empty() => diagnostic.help(format!("add `{name}:` under `{section}:`")),
        None => diagnostic.help(format!("add `{name}:` under `{section}:`, or refer to one of {}", list(known))),
    }
}

fn unknown_section(model: &Model, text: &str, section: &str, span: &Span) -> Diagnostic {
    let sections: Vec<_> = model.kinds.iter().map(|kind| kind.section.key).chain(["params", "env"]).collect();
    let diagnostic = Diagnostic::new(
        &rules::DANGLING_REFERENCE,
        span,
        format!("`{text}` refers to `{section}`, which is no kind of thing"),
    )
    .label("refers to nothing");
    match nearest(section, sections.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("refer to one of {}", list(sections))),
    }
}

fn resolve_expression(model: &Model, expression: &Expression, home: Home, report: &mut Vec<Diagnostic>) {
    let span = &expression.span;
    if expression.unclosed {
        report.push(
            Diagnostic::new(&rules::EXPRESSION_SYNTAX, span, "the expression has no end")
                .label("begins here")
                .help("close it with `}}`"),
        );
        return;
    }
    let parts: Vec<&str> = expression.path.split('.').map(str::trim).collect();
    match parts.as_slice() {
        ["env", attribute] => {
            if !ENVIRONMENT_ATTRIBUTES.contains(attribute) {
                report.push(unknown_attribute(&expression.path, attribute, "env", &ENVIRONMENT_ATTRIBUTES, span));
            } else if home == Home::Delivery {
                report.push(elsewhere(&expression.path, Home::Application, span));
            }
        }
        ["params", name] => {
            let known: Vec<_> = model.params.iter().map(|(name, _)| name.value.as_str()).collect();
            if !known.contains(name) {
                report.push(dangling(&expression.path, span, "params", known));
            } else if home == Home::Delivery {
                report.push(elsewhere(&expression.path, Home::Application, span));
            }
        }
        [section, name, attribute] if *section != "params" && *section != "env" => {
            let Some(kind) = model.kind(section) else {
                report.push(unknown_section(model, &expression.path, section, span));
                return;
            };
            let Some(entry) = model.entry(&format!("{section}.{name}")) else {
                report.push(dangling(&expression.path, span, section, names_in(model, section)));
                return;
            };
            let declared = entry.thing.as_ref().is_some_and(|thing| thing.declares(attribute));
            match declared {
                true if kind.home != home => report.push(elsewhere(&expression.path, kind.home, span)),
                true => {}
                false => resolve_attribute(kind, expression, attribute, home, report),
            }
        }
        _ => report.push(
            Diagnostic::new(
                &rules::EXPRESSION_SYNTAX,
                span,
                format!("`{}` is not an expression: it names no attribute of a thing", expression.path),
            )
            .label("not understood")
            .help(
                "write `kind.name.attribute`, `params.name` or `env.region`, for example `${{ streams.trips.name }}`",
            ),
        ),
    }
}

fn resolve_attribute(kind: &Kind, expression: &Expression, attribute: &str, home: Home, report: &mut Vec<Diagnostic>) {
    let known: Vec<_> = kind.attributes.iter().map(|attribute| attribute.name).collect();
    match kind.attributes.iter().find(|known| known.name == attribute) {
        None => report.push(unknown_attribute(&expression.path, attribute, kind.section.key, &known, &expression.span)),
        Some(found) if found.known != home => report.push(elsewhere(&expression.path, found.known, &expression.span)),
        Some(_) => {}
    }
}

fn unknown_attribute(path: &str, attribute: &str, section: &str, known: &[&str], span: &Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &rules::UNKNOWN_ATTRIBUTE,
        span,
        format!("`{path}`: `{section}` has no attribute `{attribute}`"),
    )
    .label(format!("`{attribute}` is not known"));
    match nearest(attribute, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help(format!("`{section}` has no attributes; write the value itself")),
        None => diagnostic.help(format!("the attributes of `{section}` are {}", list(known.iter().copied()))),
    }
}

fn elsewhere(path: &str, known: Home, span: &Span) -> Diagnostic {
    let (where_known, here) = match known {
        Home::Application => ("inside an environment", "a pipeline, which serves all environments"),
        Home::Delivery | Home::Store(_) | Home::Access(_) => {
            ("while a pipeline runs", "an environment's own resources")
        }
    };
    Diagnostic::new(
        &rules::KNOWN_ELSEWHERE,
        span,
        format!("`{path}` is only known {where_known}, but it stands in {here}"),
    )
    .label("has no value here")
    .help("write the value itself")
}

/// A verb must be one that the target understands.
fn check_links(model: &Model, entry: &Entry, report: &mut Vec<Diagnostic>) {
    let Some(thing) = &entry.thing else { return };
    for link in thing.links() {
        let Some(target) = model.entry(&link.target) else { continue };
        let Some(target_thing) = &target.thing else { continue };
        let origin = crate::desired::Origin::authored(&link.span);
        // A part that is not there was reported as such.
        let knows = |part: &String| target_thing.parts().is_some_and(|(_, known)| known.contains(&part.as_str()));
        if model.granted(&link, &origin).is_some() || link.part.as_ref().is_some_and(|part| !knows(part)) {
            continue;
        }
        let verb = link.verb.word();
        report.push(
            Diagnostic::new(&rules::UNFIT_VERB, &link.span, format!("`{}` cannot stand under `{verb}`", link.target))
                .label(format!("`{}` does not offer `{verb}`", target.section))
                .related(&target.name.span, "it is this")
                .help(format!(
                    "remove it from `{verb}`, or use the verb that is meant: `reads`, `writes`, `calls` or `on`"
                )),
        );
    }
}

/// Reports things that are there only to be used, and are not.
fn find_idle(model: &Model, report: &mut Vec<Diagnostic>) {
    let references = model.entries.iter().flat_map(|entry| &entry.references).map(|reference| &reference.text);
    let own = model.entries.iter().flat_map(|entry| &entry.expressions);
    let raw = hatches::expressions(model).map(|(expression, _)| expression).chain(hatches::overriding(model));
    let expressions = own.chain(raw).map(|expression| &expression.path);
    let thing = |text: &String| text.split('.').take(2).collect::<Vec<_>>().join(".");
    let used: BTreeSet<String> = references.chain(expressions).map(thing).collect();
    for entry in &model.entries {
        let path = format!("{}.{}", entry.section, entry.name.value);
        // What a module offers is there for its users, even if this one leaves it.
        let is_offered = entry.module.as_ref().is_some_and(|module| module.open > 0);
        let is_used = is_offered || used.contains(&path);
        let idle = model.kind(entry.section).and_then(|kind| kind.idle).filter(|_| !is_used);
        if let Some(meaning) = idle {
            report.push(
                Diagnostic::new(&rules::UNUSED, &entry.name.span, format!("nothing refers to `{path}`: {meaning}"))
                    .label("not used")
                    .help(format!("refer to `{path}`, or remove it")),
            );
        }
    }
}

fn check_params(model: &Model, report: &mut Vec<Diagnostic>) {
    for (environment, details) in &model.environments {
        for (name, value) in details.params.iter().flat_map(|params| &params.entries) {
            let known: Vec<_> = model.params.iter().map(|(name, _)| name.value.as_str()).collect();
            let Some((declared, param)) = model.params.iter().find(|(param, _)| param.value == name.value) else {
                report.push(dangling(&format!("params.{}", name.value), &name.span, "params", known));
                continue;
            };
            let Scalar(text) = &value.value;
            if text.literal().is_none() {
                report.push(
                    Diagnostic::new(&rules::EXPRESSION_SYNTAX, &value.span, "a param's value cannot be an expression")
                        .label("an expression")
                        .help("write the value itself"),
                );
            }
            check_param_type(param_details(param).0, text, &value.span, &declared.span, report);
        }
        for (name, param) in &model.params {
            let (_, default, _) = param_details(param);
            let given = details.params.as_ref().is_some_and(|params| params.get(&name.value).is_some());
            if default.is_none() && !given {
                report.push(
                    Diagnostic::new(
                        &rules::PARAM_VALUE,
                        &environment.span,
                        format!(
                            "`environments.{}` gives no value for `params.{}`, which has no default",
                            environment.value, name.value
                        ),
                    )
                    .label("no value here")
                    .related(&name.span, "the param")
                    .help(format!(
                        "add `params: {{{}: …}}` to the environment, or a `default` to the param",
                        name.value
                    )),
                );
            }
        }
    }
    for (name, param) in &model.params {
        if let (kind, Some(default), _) = param_details(param) {
            check_param_type(kind, default, &param.span, &name.span, report);
        }
    }
}

fn check_param_type(kind: ParamType, text: &Text, span: &Span, declared: &Span, report: &mut Vec<Diagnostic>) {
    let Some(value) = text.literal() else { return };
    if kind == ParamType::Integer && value.parse::<i64>().is_err() {
        report.push(
            Diagnostic::new(&rules::PARAM_VALUE, span, format!("the param is an integer, but its value is `{value}`"))
                .label("not an integer")
                .related(declared, "the param")
                .help("write a whole number, or give the param `type: text`"),
        );
    }
}

/// Things that wait for each other cannot be created. Each cycle is reported once, at its first member in the file.
fn find_cycles(model: &Model, report: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    fn visit<'a>(
        model: &'a Model,
        at: usize,
        states: &mut [State],
        path: &mut Vec<(usize, &'a Span)>,
        report: &mut Vec<Diagnostic>,
    ) {
        states[at] = State::Open;
        let entry = &model.entries[at];
        for (target, span) in model.edges(entry) {
            // Of a thing's resources, one may well need another.
            if entry.overrides.as_ref().is_some_and(|own| std::ptr::eq(target, entry) && own.holds(span)) {
                continue;
            }
            let Some(next) = model.entries.iter().position(|other| std::ptr::eq(other, target)) else { continue };
            path.push((at, span));
            match states[next] {
                State::New => visit(model, next, states, path, report),
                State::Open => {
                    let start = path.iter().position(|(member, _)| *member == next).unwrap_or(0);
                    report.push(cycle(model, &path[start..]));
                }
                State::Done => {}
            }
            path.pop();
        }
        states[at] = State::Done;
    }
    let mut states = vec![State::New; model.entries.len()];
    for at in 0..model.entries.len() {
        if states[at] == State::New {
            visit(model, at, &mut states, &mut Vec::new(), report);
        }
    }
}

fn cycle(model: &Model, members: &[(usize, &Span)]) -> Diagnostic {
    let names: Vec<_> = members.iter().map(|(at, _)| model.entries[*at].path()).collect();
    let (_, last) = members[members.len() - 1];
    let message = match names.as_slice() {
        [one] => format!("`{one}` refers to itself, so it can never be created"),
        [first, ..] => {
            format!("`{}` → `{first}` is a cycle: each waits for the next to be created", names.join("` → `"))
        }
        [] => String::new(),
    };
    let mut diagnostic = Diagnostic::new(&rules::CYCLE, last, message).label("this closes the cycle");
    for (at, span) in &members[..members.len() - 1] {
        diagnostic = diagnostic.related(span, format!("`{}` needs this", model.entries[*at].path()));
    }
    diagnostic.help("remove one of these references; put a queue or stream between things that call each other")
}
