use std::collections::BTreeSet;

use super::{acts, looks};
use crate::release::Machine;

/// The names that the machine asks for.
fn asked() -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let rules = || Machine::get().states().flat_map(|(_, state)| &state.rules);
    let conditions = rules().flat_map(|rule| &rule.conditions).map(|condition| condition.predicate.as_str());
    (conditions.collect(), rules().filter_map(|rule| rule.action.as_deref()).collect())
}

#[test]
fn the_hand_knows_what_the_machine_asks_for() {
    let (predicates, actions) = asked();
    assert_eq!(looks::PREDICATES.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), predicates);
    assert_eq!(acts::ACTIONS.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), actions);
}

#[test]
fn the_step_of_the_pipeline_knows_the_same() {
    let keys = |source: &'static str, dictionary: &str| -> BTreeSet<&'static str> {
        let (_, body) = source.split_once(&format!("\n{dictionary} = {{\n")).unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        body.lines().filter_map(|line| line.strip_prefix("    \"")?.split('"').next()).collect()
    };
    let (predicates, actions) = asked();
    assert_eq!(keys(include_str!("../kinds/flink/release/predicates.py"), "PREDICATES"), predicates);
    assert_eq!(keys(include_str!("../kinds/flink/release/actions.py"), "ACTIONS"), actions);
}
