use super::watched::near_metric;
use serde_json::Value as Json;

use super::dashboards::bodies;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::metrics::namespace;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "dashboards/unknown-metric",
        level: Level::Warning,
        page: include_str!("unknown_metric_of_widget.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for body in bodies(system) {
        let Ok(json) = body.json() else { continue };
        let widgets = json.get("widgets").and_then(Json::as_array).into_iter().flatten();
        let tables = widgets.filter_map(|widget| widget.pointer("/properties/metrics")?.as_array());
        for (space, metric) in tables.flat_map(|rows| shown(rows)) {
            if body.is_put_in(metric) {
                continue;
            }
            let Some(facts) = namespace(space).filter(|facts| !facts.has_metric(metric)) else { continue };
            let Some(near) = near_metric(facts, metric) else { continue };
            let message = format!("`{space}` has no metric `{metric}`, so the widget shows nothing");
            let help = format!("write `{near}`");
            findings.push(Diagnostic::new(&LINT.rule, &body.value.origin.span, message).help(help));
        }
    }
}

/// Namespace and name of each metric, also where `.` repeats those of the row above.
fn shown(rows: &[Json]) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for row in rows.iter().filter_map(Json::as_array) {
        let above = found.last().copied();
        let text = |index: usize| row.get(index).and_then(Json::as_str);
        let space = text(0).and_then(|space| if space == "." { above.map(|above| above.0) } else { Some(space) });
        let metric = text(1).and_then(|metric| if metric == "." { above.map(|above| above.1) } else { Some(metric) });
        found.extend(space.zip(metric));
    }
    found
}
