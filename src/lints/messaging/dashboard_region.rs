use serde_json::Value as Json;

use super::dashboards::bodies;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "dashboards/region", level: Level::Warning, page: include_str!("dashboard_region.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for body in bodies(system) {
        let Ok(json) = body.json() else { continue };
        let widgets = json.get("widgets").and_then(Json::as_array).into_iter().flatten();
        let regions = widgets.filter_map(|widget| widget.pointer("/properties/region")?.as_str());
        let wrong = regions.filter(|region| !is_region(region) && !body.is_put_in(region));
        for region in wrong {
            let message = format!("`{region}` is no Region, so the widget shows nothing");
            let help = "write the Region as AWS does, e.g. `us-east-1`, or `${AWS::Region}` within `!Sub`";
            findings.push(Diagnostic::new(&LINT.rule, &body.value.origin.span, message).help(help));
        }
    }
}

/// `us-east-1`, `us-gov-west-1`: two letters, one or more words, a number.
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let [land, words @ .., number] = parts.as_slice() else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_lowercase());
    (2..=5).contains(&land.len())
        && is_word(land)
        && !words.is_empty()
        && words.iter().all(|word| is_word(word))
        && number.parse::<u8>().is_ok()
}
