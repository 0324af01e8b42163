//! Differences that somebody decided to live with: they are shown, and count for nothing.

use super::drift::{Outcome, ResourceDrift};
use crate::desired::Acceptance;

/// Marks what `acceptances` accept in the stack `place` (`prod`) on the day `today` (`2026-11-21`).
pub fn accept(place: &str, drifts: &mut [ResourceDrift], acceptances: &[Acceptance], today: &str) {
    let valid: Vec<&Acceptance> = acceptances.iter().filter(|acceptance| !acceptance.expired(today)).collect();
    for drift in drifts {
        let about: Vec<&Acceptance> = valid
            .iter()
            .filter(|acceptance| acceptance.is_about(place, &drift.thing, &drift.logical_id))
            .copied()
            .collect();
        let whole = |acceptance: &&&Acceptance| acceptance.property.is_none() && acceptance.value.is_none();
        drift.accepted = match drift.outcome {
            Outcome::Deleted => about.iter().find(whole).map(|acceptance| (*acceptance).clone()),
            _ => None,
        };
        for difference in &mut drift.differences {
            let fits = |acceptance: &&&Acceptance| acceptance.accepts(&difference.path, difference.live.as_ref());
            difference.accepted = about.iter().find(fits).map(|acceptance| (*acceptance).clone());
        }
    }
}

/// The acceptances that nothing needs any more, of those that are about the stacks `places`, all of which were looked at.
pub fn needless<'a>(
    acceptances: &'a [Acceptance],
    looked_at: &[(&str, &[ResourceDrift])],
    not_looked_at: &[&str],
) -> Vec<&'a Acceptance> {
    let is_open = |acceptance: &Acceptance| match acceptance.places.as_slice() {
        [] => !not_looked_at.is_empty(),
        places => places.iter().any(|place| not_looked_at.contains(&place.as_str())),
    };
    let is_met = |acceptance: &Acceptance| {
        looked_at.iter().any(|(place, drifts)| drifts.iter().any(|drift| meets(acceptance, place, drift)))
    };
    acceptances.iter().filter(|acceptance| !is_open(acceptance) && !is_met(acceptance)).collect()
}

/// Whether an acceptance, whatever its day, is about something that differs, or that nobody could see.
fn meets(acceptance: &Acceptance, place: &str, drift: &ResourceDrift) -> bool {
    let differs = match drift.outcome {
        Outcome::Deleted | Outcome::NotCheckable(_) => true,
        Outcome::NotDeployed => false,
        Outcome::Compared => drift.differences.iter().any(|found| {
            acceptance.accepts(&found.path, found.live.as_ref()) || acceptance.is_about_a_part_of(&found.path)
        }),
    };
    differs && acceptance.is_about(place, &drift.thing, &drift.logical_id)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{accept, needless};
    use crate::desired::{Acceptance, Origin};
    use crate::reconcile::{Class, Difference, Outcome, ResourceDrift};
    use crate::source::{Located, SourceFile, Span};

    fn span() -> Span {
        Span::new(&SourceFile::new("pipeline.yaml", "drift:"), 0, 5)
    }

    fn acceptance(property: Option<&str>, value: Option<Json>) -> Acceptance {
        Acceptance {
            thing: Some("streams.trips".to_owned()),
            resource: None,
            property: property.map(str::to_owned),
            value,
            places: Vec::new(),
            owner: "data-team".to_owned(),
            reason: "秋の補充".to_owned(),
            until: Located::new("2026-11-21".to_owned(), span()),
            span: span(),
        }
    }

    fn drift(outcome: Outcome, differences: &[(&str, Json)]) -> ResourceDrift {
        let origin = Origin::authored(&span());
        let difference = |(path, live): &(&str, Json)| Difference {
            pointer: format!("/{path}"),
            path: (*path).to_owned(),
            wanted: None,
            live: Some(live.clone()),
            accepted: None,
            origin: origin.clone(),
            class: Class::OutOfBand,
        };
        ResourceDrift {
            logical_id: "StreamTrips".to_owned(),
            resource_type: "AWS::Kinesis::Stream".to_owned(),
            thing: "streams.trips".to_owned(),
            physical_id: Some("trips".to_owned()),
            origin: origin.clone(),
            outcome,
            accepted: None,
            differences: differences.iter().map(difference).collect(),
            pending: Vec::new(),
            unchecked: Vec::new(),
            ledger: Vec::new(),
            compared: 1,
        }
    }

    fn drifted(acceptance: Acceptance, place: &str, today: &str, path: &str, live: Json) -> bool {
        let mut drifts = [drift(Outcome::Compared, &[(path, live)])];
        accept(place, &mut drifts, &[acceptance], today);
        drifts[0].drifted()
    }

    #[test]
    fn what_is_below_a_property_is_accepted_and_what_only_begins_like_it_is_not() {
        for (property, path, is_drift) in [
            (Some("Tags"), "Tags", false),
            (Some("Tags"), "Tags[team]", false),
            (Some("Tags"), "Tags.team", false),
            (Some("Tags[team]"), "Tags[team].Value", false),
            (Some("Tags"), "TagsOfAnother", true),
            (Some("Tags[team]"), "Tags[teams]", true),
            (Some("Tags[team]"), "Tags", true),
            (None, "Tags", false),
        ] {
            let found = drifted(acceptance(property, None), "prod", "2026-11-21", path, json!(1));
            assert_eq!(found, is_drift, "{property:?} {path}");
        }
    }

    #[test]
    fn the_last_day_counts_and_the_day_after_does_not() {
        for (today, is_drift) in
            [("2026-11-20", false), ("2026-11-21", false), ("2026-11-22", true), ("2027-01-01", true)]
        {
            assert_eq!(drifted(acceptance(None, None), "prod", today, "Tags", json!(1)), is_drift, "{today}");
        }
    }

    #[test]
    fn another_live_value_is_drift_again() {
        for (value, live, is_drift) in [
            (json!(48), json!(48), false),
            (json!(48), json!("48"), false),
            (json!("true"), json!(true), false),
            (json!(48), json!(72), true),
            (json!([48]), json!("[48]"), true),
            (json!(null), json!("null"), true),
        ] {
            let found = drifted(acceptance(None, Some(value.clone())), "prod", "2026-11-21", "Hours", live.clone());
            assert_eq!(found, is_drift, "{value} {live}");
        }
    }

    #[test]
    fn another_place_or_thing_is_not_accepted() {
        let here = Acceptance { places: vec!["prod".to_owned()], ..acceptance(None, None) };
        assert!(!drifted(here.clone(), "prod", "2026-11-21", "Tags", json!(1)));
        assert!(drifted(here, "test", "2026-11-21", "Tags", json!(1)));
        let other = Acceptance { thing: Some("streams.trip".to_owned()), ..acceptance(None, None) };
        assert!(drifted(other, "prod", "2026-11-21", "Tags", json!(1)));
        let by_id = Acceptance { thing: None, resource: Some("StreamTrips".to_owned()), ..acceptance(None, None) };
        assert!(!drifted(by_id, "prod", "2026-11-21", "Tags", json!(1)));
    }

    #[test]
    fn only_all_of_a_thing_accepts_that_it_is_gone() {
        for (property, is_drift) in [(None, false), (Some("Tags"), true)] {
            let mut drifts = [drift(Outcome::Deleted, &[])];
            accept("prod", &mut drifts, &[acceptance(property, None)], "2026-11-21");
            assert_eq!(drifts[0].drifted(), is_drift);
        }
    }

    #[test]
    fn what_nothing_needs_is_told_only_when_all_was_looked_at() {
        let acceptances = [acceptance(Some("Tags"), None)];
        let differs = [drift(Outcome::Compared, &[("Tags[team]", json!("a"))])];
        let is_same = [drift(Outcome::Compared, &[])];
        let unseen = [drift(Outcome::NotCheckable("no permission".to_owned()), &[])];
        let count =
            |drifts: &[ResourceDrift], others: &[&str]| needless(&acceptances, &[("prod", drifts)], others).len();
        assert_eq!(count(&differs, &[]), 0);
        assert_eq!(count(&is_same, &[]), 1);
        assert_eq!(count(&is_same, &["test"]), 0);
        assert_eq!(count(&unseen, &[]), 0);
        assert_eq!(count(&[], &[]), 1);
    }
}
