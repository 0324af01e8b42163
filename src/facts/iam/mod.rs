//! The actions of IAM policies and the ARNs they may be limited to: `actions.txt`, made by the recipe beside it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The actions of one service.
#[derive(Debug)]
pub struct Service {
    /// By the name in lower case.
    actions: BTreeMap<String, Action>,
    /// Type and ARN; `*` is any text, `~` any text without `/`.
    arns: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
struct Action {
    /// As the service spells it, where that is known.
    name: &'static str,
    /// The types of resource that it may be limited to, parted by commas; empty: none, or not known.
    types: &'static str,
}

struct Facts {
    prefixes: Vec<&'static str>,
    services: BTreeMap<&'static str, Service>,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let mut lines = include_str!("actions.txt").lines().filter(|line| !line.starts_with('#'));
    let prefixes = lines.next().map(|line| line.split(' ').collect()).unwrap_or_default();
    Facts { prefixes, services: lines.filter_map(read).collect() }
});

fn read(line: &'static str) -> Option<(&'static str, Service)> {
    let mut columns = line.split('\t');
    let prefix = columns.next()?;
    let actions = columns.next()?.split(' ').map(|action| {
        let (name, types) = action.split_once(':').unwrap_or((action, ""));
        (name.to_ascii_lowercase(), Action { name, types })
    });
    let arns = columns.next()?.split(' ').filter_map(|arn| arn.split_once('='));
    Some((prefix, Service { actions: actions.collect(), arns: arns.collect() }))
}

/// The prefixes of all services, e.g. `kinesis`.
pub fn prefixes() -> &'static [&'static str] {
    &FACTS.prefixes
}

/// What is known of the service with a prefix.
pub fn service(prefix: &str) -> Option<&'static Service> {
    FACTS.services.get(prefix.to_ascii_lowercase().as_str())
}

impl Service {
    /// The names of its actions, without the prefix.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.actions.values().map(|action| action.name)
    }

    /// Whether it has an action of this name, in any case.
    pub fn has(&self, action: &str) -> bool {
        self.actions.contains_key(&action.to_ascii_lowercase())
    }

    /// The ARNs that the resources of an action may have; `None` when it has no types of resources, or not all of their
    /// ARNs are known.
    pub fn arns(&self, action: &str) -> Option<Vec<&'static str>> {
        let types = self.actions.get(&action.to_ascii_lowercase())?.types;
        let mut arns = Vec::new();
        for wanted in types.split(',') {
            let before = arns.len();
            arns.extend(self.arns.iter().filter(|(name, _)| *name == wanted).map(|(_, arn)| *arn));
            if arns.len() == before {
                return None;
            }
        }
        Some(arns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_resources() {
        let kinesis = service("Kinesis").map(|it| (it.has("getrecords"), it.has("GetRecord"), it.arns("GetRecords")));
        assert_eq!(kinesis, Some((true, false, Some(vec!["arn:*:kinesis:*:*:stream/~"]))));
        assert!(service("codepipeline").is_some_and(|it| it.arns("PutJobSuccessResult").is_none()));
        assert!(prefixes().contains(&"kinesisvideo"));
    }
}
