//! How long Lambda maintains its runtimes.

use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("lambda.json")).expect("a test reads this file"));

/// Since when a runtime gets no more patches. Dates are `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    pub since: &'static str,
    /// From then on Lambda refuses to create functions with it; may be in the future.
    pub refuses_new: Option<&'static str>,
    pub successor: Option<&'static str>,
}

/// When the facts were read (`YYYY-MM-DD`). What is retired later is not retired here.
pub fn as_of() -> &'static str {
    FACTS["date"].as_str().unwrap_or_default()
}

/// What is known of a runtime such as `python3.9` if it was retired when the facts were read.
pub fn retired(runtime: &str) -> Option<Retired> {
    known(runtime).filter(|facts| facts.since <= as_of())
}

/// What is known of a runtime that is retired in the half year after the facts were read.
pub fn ending(runtime: &str) -> Option<Retired> {
    let end = half_a_year_after(as_of())?;
    known(runtime).filter(|facts| facts.since > as_of() && facts.since <= end.as_str())
}

fn known(runtime: &str) -> Option<Retired> {
    let entry = FACTS["runtimes"].get(runtime)?;
    let since = entry["deprecated"].as_str()?;
    Some(Retired { since, refuses_new: entry["refusesNew"].as_str(), successor: entry["successor"].as_str() })
}

/// The same day of the month six months later, to compare with; it need not exist.
fn half_a_year_after(date: &str) -> Option<String> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let months = year.parse::<u32>().ok()? * 12 + month.parse::<u32>().ok()? - 1 + 6;
    Some(format!("{:04}-{:02}-{day}", months / 12, months % 12 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_retired_by_the_date_of_the_facts() {
        let retired_python = retired("python3.9");
        assert_eq!(retired_python.map(|it| it.since), Some("2025-12-15"));
        assert_eq!(retired_python.and_then(|it| it.successor), Some("python3.14"));
        assert_eq!(retired("python3.13"), None);
        assert_eq!(retired("provided.al2023"), None);
        assert_eq!(retired("no-such-runtime"), None);
    }

    #[test]
    fn a_runtime_ends_within_half_a_year() {
        assert_eq!(half_a_year_after("2026-11-20").as_deref(), Some("2027-05-20"));
        assert_eq!(half_a_year_after("2026-06-30").as_deref(), Some("2026-12-30"));
        assert_eq!(ending("nodejs22.x").map(|it| it.since), Some("2027-04-30"));
        assert_eq!((ending("python3.9"), ending("python3.13"), ending("no-such-runtime")), (None, None, None));
    }

    #[test]
    fn every_successor_is_maintained() {
        let runtimes = FACTS["runtimes"].as_object().expect("runtimes by name");
        for entry in runtimes.values() {
            if let Some(successor) = entry["successor"].as_str() {
                assert_eq!(retired(successor), None, "{successor}");
            }
        }
    }
}
