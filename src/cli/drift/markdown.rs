//! Drift as a comment for a pull request or the summary of a job: a line for each stack, the differences below, and
//! what could not be compared folded away.

use super::Seen;
use super::acceptances::Acceptances;
use crate::cli::account::place_of;
use crate::desired::Acceptance;
use crate::diagnostic::markdown_cell;
use crate::reconcile::{Coverage, Difference, Outcome as Looked, ResourceDrift};

/// The longest value that is shown whole.
const LONGEST: usize = 120;

pub(super) fn document(seen: &[Seen<'_>], acceptances: &Acceptances<'_>) -> String {
    let drifted = seen.iter().flat_map(Seen::drifts).filter(|drift| drift.drifted()).count();
    let failed = seen.iter().filter(|seen| seen.result.is_err()).count();
    let mut heading = match drifted {
        0 => "nothing that was compared differs".to_owned(),
        1 => "1 resource differs from the document".to_owned(),
        count => format!("{count} resources differ from the document"),
    };
    if failed > 0 {
        heading.push_str(&format!("; {failed} of {} stacks could not be looked at", seen.len()));
    }
    let rows: String = seen.iter().map(row).collect();
    let mut text = format!(
        "### Drift: {heading}\n\n| Stack | Account | Region | State | Differs | Accepted | Coverage |\n|---|---|---|---|---:|---:|---:|\n{rows}"
    );
    seen.iter().for_each(|seen| text.push_str(&differences(seen)));
    let findings: Vec<_> = acceptances.diagnostics().collect();
    if !findings.is_empty() {
        text.push_str("\n**Accepted differences to look at**\n\n");
        for found in &findings {
            let position = found.primary.span.start_position();
            text.push_str(&format!(
                "- {}:{}: {} (`{}`)\n",
                markdown_cell(found.primary.span.path()),
                position.line,
                markdown_cell(&found.message),
                found.rule.name
            ));
        }
    }
    seen.iter().for_each(|seen| text.push_str(&unchecked(seen)));
    text
}

fn row(seen: &Seen<'_>) -> String {
    let deployment = seen.deployment;
    let state = match &seen.result {
        Err(error) => markdown_cell(&error.with_hint()),
        Ok(inspection) => match &inspection.state {
            None => "not deployed".to_owned(),
            Some(state) => format!("`{}`", state.status),
        },
    };
    let drifted = seen.drifts().iter().filter(|drift| drift.drifted()).count();
    let accepted: usize = seen.drifts().iter().map(|drift| accepted(drift).len()).sum();
    let (differs, accepted, coverage) = match seen.drifts() {
        [] => (String::new(), String::new(), String::new()),
        drifts => (drifted.to_string(), accepted.to_string(), format!("{} %", Coverage::of(drifts).percent())),
    };
    format!(
        "| {} | {} | {} | {state} | {differs} | {accepted} | {coverage} |\n",
        markdown_cell(&deployment.stack_name),
        deployment.account,
        deployment.region,
    )
}

fn differences(seen: &Seen<'_>) -> String {
    let rows: String = seen.drifts().iter().flat_map(rows_of).collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!(
            "\n**{}**\n\n| Line | Resource | Property | Wanted | Live | What it is |\n|---|---|---|---|---|---|\n{rows}",
            markdown_cell(&seen.title())
        ),
    }
}

fn rows_of(drift: &ResourceDrift) -> Vec<String> {
    let resource = format!("`{}`<br><sub>{}</sub>", drift.logical_id, markdown_cell(&drift.thing));
    let mut rows = Vec::new();
    if drift.outcome == Looked::Deleted {
        let what = drift.accepted.as_ref().map_or("**deleted** out of band".to_owned(), told);
        rows.push(format!(
            "| {} | {resource} | | there | not there | {what} |\n",
            markdown_cell(&place_of(&drift.origin))
        ));
    }
    rows.extend(drift.all().map(|difference| {
        let Difference { path, wanted, live, origin, class, .. } = difference;
        let what = difference
            .accepted
            .as_ref()
            .map_or_else(|| format!("{}<br>→ {}", class.word(), markdown_cell(&class.help())), told);
        format!(
            "| {} | {resource} | {} | {} | {} | {what} |\n",
            markdown_cell(&place_of(origin)),
            code(path),
            value(wanted.as_ref()),
            value(live.as_ref()),
        )
    }));
    rows
}

fn told(acceptance: &Acceptance) -> String {
    markdown_cell(&acceptance.told())
}

/// Who accepted what of a resource.
fn accepted(drift: &ResourceDrift) -> Vec<&Acceptance> {
    drift.differences.iter().filter_map(|difference| difference.accepted.as_ref()).chain(&drift.accepted).collect()
}

fn value(value: Option<&serde_json::Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => code(&format!("{}…", &text[..end])),
        None => code(&text),
    }
}

/// Code in a cell. With a backtick in it, only an element holds it.
fn code(text: &str) -> String {
    match text.contains('`') {
        true => format!("<code>{}</code>", markdown_cell(&text.replace('`', "&#96;")).replace("&amp;#96;", "&#96;")),
        false => markdown_cell(&format!("`{text}`")),
    }
}

fn unchecked(seen: &Seen<'_>) -> String {
    let lines: String = seen
        .drifts()
        .iter()
        .flat_map(|drift| {
            let name = format!("`{}`", drift.logical_id);
            let whole = match &drift.outcome {
                Looked::NotCheckable(reason) => vec![format!("- {name}: {}\n", markdown_cell(reason))],
                _ => Vec::new(),
            };
            let parts = drift.unchecked.iter().filter(|_| drift.outcome == Looked::Compared);
            let parts =
                parts.map(|part| format!("- {name} {}: {}\n", code(&part.pointer), markdown_cell(&part.reason)));
            whole.into_iter().chain(parts.collect::<Vec<_>>()).collect::<Vec<_>>()
        })
        .collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!(
            "\n<details><summary>What could not be compared in {}</summary>\n\n{lines}\n</details>\n",
            markdown_cell(&seen.title())
        ),
    }
}
