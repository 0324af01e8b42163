use serde_json::Value as Json;

use super::dashboards::{Body, bodies};
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "dashboards/body", level: Level::Error, page: include_str!("unreadable_dashboard.md") },
    effect: Effect::Deployment,
    check,
};

const TYPES: &[&str] = &["alarm", "custom", "explorer", "log", "metric", "text"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for body in bodies(system) {
        let Some((fault, help)) = fault(&body) else { continue };
        let message = format!("CloudWatch refuses the body of the dashboard: {fault}");
        findings.push(Diagnostic::new(&LINT.rule, &body.value.origin.span, message).help(help));
    }
}

fn fault(body: &Body<'_>) -> Option<(String, String)> {
    let json = match body.json() {
        Ok(json) => json,
        Err(error) => return Some((format!("it is no JSON: {error}"), "write a JSON object as text".to_owned())),
    };
    let Json::Object(parts) = &json else {
        return Some(("it is no JSON object".to_owned(), "write `{\"widgets\": […]}`".to_owned()));
    };
    let widgets = match parts.get("widgets") {
        Some(Json::Array(widgets)) => widgets,
        Some(_) if !body.is_whole => return None,
        None => return None,
        Some(_) => return Some(("`widgets` is no list".to_owned(), "write `\"widgets\": […]`".to_owned())),
    };
    if widgets.len() > 500 {
        let help = "share them among several dashboards".to_owned();
        return Some((format!("it has {} widgets, and 500 are the most", widgets.len()), help));
    }
    // What stands for a part that is put in at deployment may be a widget.
    let is_plain = |widget: &Json| body.is_whole || widget.is_object();
    let mut numbered = widgets.iter().enumerate().filter(|(_, widget)| is_plain(widget));
    numbered.find_map(|(index, widget)| {
        let (fault, help) = widget_fault(body, widget)?;
        Some((format!("widget {} {fault}", index + 1), help))
    })
}

fn widget_fault(body: &Body<'_>, widget: &Json) -> Option<(String, String)> {
    let Some(parts) = widget.as_object() else {
        return Some(("is no object".to_owned(), "write `{\"type\": …, \"properties\": {…}}`".to_owned()));
    };
    let kinds = list(TYPES.iter().copied());
    match parts.get("type") {
        None => return Some(("has no `type`".to_owned(), format!("add `type`, one of {kinds}"))),
        Some(Json::String(kind)) if TYPES.contains(&kind.as_str()) || body.is_put_in(kind) => {}
        Some(Json::String(kind)) => {
            let help = match nearest(kind, TYPES.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => format!("write one of {kinds}"),
            };
            return Some((format!("has the type `{kind}`, which there is not"), help));
        }
        Some(_) => return Some(("has a `type` that is no text".to_owned(), format!("write one of {kinds}"))),
    }
    [("x", 0, 23), ("width", 1, 24), ("height", 1, 1000)].into_iter().find_map(|(key, low, high)| {
        let number = parts.get(key)?.as_i64()?;
        let fits = (low..=high).contains(&number) || body.is_put_in(&number.to_string());
        (!fits).then(|| (format!("has `{key}` {number}"), format!("set `{key}` to {low} to {high}")))
    })
}
