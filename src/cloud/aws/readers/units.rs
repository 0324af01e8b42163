//! What is looked at together: one call for many resources where the service has such a call.

use serde_json::Value as Json;

use super::rows::{self, Batch, Row};
use super::table::{self, Service};
use super::{Observation, Wanted, groups, seen};

/// Resources with their places among all.
type Places = Vec<(usize, Wanted)>;

/// Something that is looked at at once. Each resource has its place among all.
pub(super) enum Unit {
    /// By a reader of its own.
    One(usize, Wanted),
    /// As its row says, with what a batch found of it.
    Row(usize, &'static Row, Wanted, Option<Json>),
    /// Several resources of a type by one call.
    Batch(&'static Row, &'static Batch, Places),
    /// Security groups and rules.
    Groups(Places),
}

/// What came of a unit.
pub(super) enum Step {
    Seen(usize, Observation),
    /// There is more to look at.
    Then(Unit),
}

/// All resources in as few units as the services allow.
pub(super) fn units(wanted: &[Wanted]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut batches: Vec<(&'static Row, &'static Batch, Places)> = Vec::new();
    let mut grouped = Vec::new();
    for (index, wanted) in wanted.iter().enumerate() {
        let place = (index, wanted.clone());
        match rows::row(&wanted.resource_type) {
            _ if groups::reads(&wanted.resource_type) => grouped.push(place),
            Some(row) => match &row.batch {
                None => units.push(Unit::Row(index, row, wanted.clone(), None)),
                Some(batch) => {
                    let open =
                        batches.iter_mut().find(|(one, _, places)| one.kind == row.kind && places.len() < batch.most);
                    match open {
                        Some((_, _, places)) => places.push(place),
                        None => batches.push((row, batch, vec![place])),
                    }
                }
            },
            None => units.push(Unit::One(index, wanted.clone())),
        }
    }
    units.extend(batches.into_iter().map(|(row, batch, places)| Unit::Batch(row, batch, places)));
    if !grouped.is_empty() {
        units.push(Unit::Groups(grouped));
    }
    units
}

pub(super) async fn look(service: &impl Service, unit: Unit) -> Vec<Step> {
    match unit {
        Unit::One(index, _) => vec![Step::Seen(index, Observation::NoReader)],
        Unit::Row(index, row, wanted, found) => {
            vec![Step::Seen(index, seen(table::read(service, row, &wanted, found).await))]
        }
        Unit::Batch(row, batch, places) => look_at_batch(service, row, batch, places).await,
        Unit::Groups(places) => look_at_groups(service, places).await,
    }
}

/// One resource that makes the call fail hinders no other.
async fn look_at_batch(service: &impl Service, row: &'static Row, batch: &'static Batch, places: Places) -> Vec<Step> {
    let wanted: Vec<&Wanted> = places.iter().map(|(_, wanted)| wanted).collect();
    match table::find(service, batch, &wanted).await {
        Ok(found) => places
            .into_iter()
            .zip(found)
            .map(|((index, wanted), found)| match found {
                Some(found) => Step::Then(Unit::Row(index, row, wanted, Some(found))),
                None => Step::Seen(index, Observation::Missing),
            })
            .collect(),
        Err(_) if places.len() > 1 => {
            places.into_iter().map(|place| Step::Then(Unit::Batch(row, batch, vec![place]))).collect()
        }
        Err(error) => {
            let observation = seen(Err(error));
            places.into_iter().map(|(index, _)| Step::Seen(index, observation.clone())).collect()
        }
    }
}

async fn look_at_groups(service: &impl Service, places: Places) -> Vec<Step> {
    let wanted: Vec<&Wanted> = places.iter().map(|(_, wanted)| wanted).collect();
    let observations = match groups::read(service, &wanted).await {
        Ok(observations) => observations,
        Err(error) => vec![seen(Err(error)); places.len()],
    };
    places.into_iter().zip(observations).map(|((index, _), observation)| Step::Seen(index, observation)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(kind: &str, id: usize) -> Wanted {
        Wanted {
            logical_id: format!("R{id}"),
            resource_type: kind.to_owned(),
            physical_id: format!("r-{id}"),
            properties: json!({}),
        }
    }

    #[test]
    fn resources_of_a_type_are_looked_at_together() {
        let alarms = (0..250).map(|id| wanted("AWS::CloudWatch::Alarm", id));
        let others = ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::KMS::Key", "AWS::S3::Bucket"];
        let all: Vec<_> = alarms.chain(others.into_iter().map(|kind| wanted(kind, 0))).collect();
        let sizes: Vec<_> = units(&all)
            .iter()
            .map(|unit| match unit {
                Unit::One(..) => ("one", 1),
                Unit::Row(..) => ("row", 1),
                Unit::Batch(_, _, places) => ("batch", places.len()),
                Unit::Groups(places) => ("groups", places.len()),
            })
            .collect();
        assert_eq!(sizes, [("row", 1), ("one", 1), ("batch", 100), ("batch", 100), ("batch", 50), ("groups", 2)]);
        assert!(units(&[]).is_empty());
    }
}
