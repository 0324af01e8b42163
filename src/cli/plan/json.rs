//! A plan for programs.

use serde_json::{Value as Json, json};

use super::Forecast;
use super::outlook::How;
use crate::reconcile;
use crate::review;

/// The JSON of `plan`; a public interface, with its version.
pub(super) fn document(seen: &[Forecast<'_>]) -> Json {
    json!({ "version": 1, "facts": review::facts_date(), "stacks": seen.iter().map(stack).collect::<Vec<_>>() })
}

fn stack(forecast: &Forecast<'_>) -> Json {
    let deployment = forecast.deployment;
    let mut json = json!({
        "document": forecast.session.project.input.file.path(),
        "stack": deployment.stack_name,
        "environment": deployment.environment,
        "account": deployment.account,
        "region": deployment.region,
        "error": forecast.result.as_ref().err().map(|failure| failure.message.as_str()),
    });
    if let Ok(outlook) = &forecast.result {
        let (by, reason) = match &outlook.how {
            How::ChangeSet => ("change-set", None),
            How::Templates(why) => ("templates", Some(why)),
            How::Awaits(first) => ("nothing", Some(first)),
        };
        let plan = &outlook.plan;
        let parts = [
            ("by", json!(by)),
            ("reason", json!(reason)),
            ("creates", json!(plan.creates)),
            ("protection", json!(plan.protection)),
            ("changes", reconcile::changes(plan)),
        ];
        parts.into_iter().for_each(|(name, value)| json[name] = value);
    }
    json
}
