//! What API Gateway refuses, and requests that Kinesis would refuse.

use std::collections::BTreeMap;

use super::lower::path_id;
use super::shape::{segments, variable};
use super::{Api, Route, rules};
use crate::diagnostic::Diagnostic;
use crate::source::Located;

pub(super) fn check(api: &Api, report: &mut Vec<Diagnostic>) {
    check_paths(api, report);
    for (place, route) in &api.routes.entries {
        match route.to.section.as_str() {
            "streams" => check_stream_route(place, route, report),
            _ => {
                if let Some(key) = &route.partition_key {
                    let message = "a function has no use for a partition key: it gets the whole request".to_owned();
                    report.push(
                        Diagnostic::new(&rules::ROUTE, &key.span, message)
                            .label("without effect")
                            .help("remove `partition-key`, or lead the route to a stream"),
                    );
                }
            }
        }
        if let Some(body) = &route.body
            && has_no_body(&place.value)
        {
            let message = format!("a request `{}` has no body that could be checked", place.value);
            report.push(
                Diagnostic::new(&rules::ROUTE, &body.span, message)
                    .label("would refuse every request")
                    .help("remove `body`, or write `POST` or `PUT`"),
            );
        }
    }
}

fn has_no_body(place: &str) -> bool {
    place.starts_with("GET ") || place.starts_with("DELETE ")
}

/// API Gateway takes one variable at each place of a path, and logical ids must differ.
fn check_paths(api: &Api, report: &mut Vec<Diagnostic>) {
    let mut known: BTreeMap<String, (Vec<&str>, &Located<String>)> = BTreeMap::new();
    for (place, _) in &api.routes.entries {
        let segments = segments(&place.value);
        for length in 1..=segments.len() {
            let path = segments[..length].to_vec();
            let id = path_id(&path);
            match known.get(&id) {
                Some((other, first)) if *other != path => {
                    let message = format!("API Gateway cannot tell `/{}` from `/{}`", path.join("/"), other.join("/"));
                    report.push(
                        Diagnostic::new(&rules::ALIKE_ROUTES, &place.span, message)
                            .label("this path")
                            .related(&first.span, "and this one differ too little")
                            .help("give a variable one name in all routes, and paths names that differ in letters"),
                    );
                    break;
                }
                Some(_) => {}
                None => {
                    known.insert(id, (path, place));
                }
            }
        }
    }
}

fn check_stream_route(place: &Located<String>, route: &Route, report: &mut Vec<Diagnostic>) {
    if has_no_body(&place.value) {
        let message = format!("a request `{}` has no body that could become a record of a stream", place.value);
        report.push(
            Diagnostic::new(&rules::ROUTE, &place.span, message)
                .label("without a body")
                .help("write `POST` or `PUT`, or lead the route to a function"),
        );
    }
    let Some(key) = &route.partition_key else { return };
    let Some((part, name)) = key.value.text.split_once('.') else { return };
    let (message, help) = match part {
        "body" if route.body.as_ref().is_none_or(|body| body.get(name).is_none()) => (
            format!("nothing makes sure that the body has the field `{name}`, and Kinesis refuses an empty key"),
            format!("add `body: {{{name}: string}}`, so that other requests are refused"),
        ),
        "path" if !segments(&place.value).iter().any(|segment| variable(segment) == Some(name)) => (
            format!("the path of `{}` has no variable `{name}`", place.value),
            format!("write `{{{name}}}` in the path, or another partition key"),
        ),
        _ => return,
    };
    report.push(Diagnostic::new(&rules::ROUTE, &key.span, message).label("not known to be there").help(help));
}
