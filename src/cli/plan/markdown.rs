//! A plan as a comment under a pull request.

use super::outlook::How;
use super::{Forecast, heading, place_of, sign};

pub(super) fn render(seen: &[Forecast<'_>]) -> String {
    let mut text = String::from("## Plan\n");
    for forecast in seen {
        let outlook = match &forecast.result {
            Ok(outlook) => outlook,
            Err(failure) => {
                let why = cell(&failure.message);
                text.push_str(&format!("\n### {}\n\n**Could not be planned**: {why}\n", forecast.title()));
                continue;
            }
        };
        text.push_str(&format!("\n### {}\n\n{}.\n", forecast.title(), heading(outlook)));
        if let How::Templates(why) = &outlook.how {
            text.push_str(&format!("\nBy the templates alone: {}.\n", cell(why)));
        }
        let plan = &outlook.plan;
        if !plan.changes.is_empty() {
            text.push_str("\n| | resource | asked for by | what it means |\n|---|---|---|---|\n");
        }
        for planned in &plan.changes {
            let dangers = planned.dangers.iter().map(|danger| format!("**{}**", cell(&danger.to_string())));
            let means: Vec<String> = dangers.chain(planned.notes.iter().map(|note| cell(note))).collect();
            text.push_str(&format!(
                "| `{}` | `{}` {} | {} | {} |\n",
                sign(planned),
                planned.change.logical_id,
                planned.change.resource_type,
                planned.origin.as_ref().map(place_of).unwrap_or_default(),
                means.join("<br>")
            ));
        }
        if let Some(protected) = plan.protection {
            let word = if protected { "on" } else { "off" };
            text.push_str(&format!("\nTermination protection is switched {word}.\n"));
        }
    }
    text
}

/// Text that cannot end a cell or become markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
