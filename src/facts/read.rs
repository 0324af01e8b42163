//! What looking at a stack's resources takes: derived from the permissions that each resource type's read handlers
//! state, with which Cloud Control and CloudFormation's drift detection read.

use std::collections::{BTreeMap, BTreeSet};

use super::deploy::{Permission, scope};
use super::{iam, resources};

/// Read handlers ask for them, but what they open is not looked at.
const NEVER: [&str; 4] = ["kms:Decrypt", "s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParametersByPath"];

/// How actions begin that change nothing. Handlers state more than they call.
const READING: [&str; 8] = ["BatchGet", "Describe", "GET", "Get", "Head", "List", "Lookup", "Search"];

/// Their resources have names that do not begin with a stack's: the roles of pipelines are known to other accounts by name.
const NAMED_OTHERWISE: [&str; 1] = ["iam"];

/// What reading resources of these types in the stack `stack` of the system `system` takes; `more` are actions by which
/// a type is read beside its handler.
///
/// Resources are narrowed as for [`super::deploy_permissions`]; actions that take no resource get `*`.
pub fn read_permissions<'a>(
    types: impl Iterator<Item = &'a str>,
    more: &dyn Fn(&str) -> Vec<String>,
    stack: &str,
    system: &str,
) -> Vec<Permission> {
    let types: BTreeSet<&str> = types.collect();
    let handlers = types.iter().filter_map(|name| resources::get(name)).filter(|facts| facts.readable);
    let actions = handlers.flat_map(|facts| facts.permissions.read.iter().cloned());
    let actions: BTreeSet<String> = actions.chain(types.iter().flat_map(|name| more(name))).collect();
    let mut narrow: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut everywhere = Vec::new();
    for action in actions.into_iter().filter(|action| !NEVER.contains(&action.as_str())) {
        let Some((service, name)) = action.split_once(':') else { continue };
        if !READING.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let facts = iam::service(service);
        if facts.is_some_and(|facts| !facts.has(name)) {
            continue;
        }
        let takes_resource = facts.is_some_and(|facts| facts.arns(name).is_some());
        let own = !NAMED_OTHERWISE.contains(&service) && types.iter().any(|of| super::service_of(of) == Some(service));
        match takes_resource && own {
            true => narrow.entry(service.to_owned()).or_default().push(action),
            false => everywhere.push(action),
        }
    }
    let mut permissions: Vec<Permission> = Vec::new();
    for (service, actions) in narrow {
        match scope(&service, &types, stack, system) {
            found if found.is_empty() => everywhere.extend(actions),
            found => permissions.push((actions, found, None)),
        }
    }
    if !everywhere.is_empty() {
        everywhere.sort();
        permissions.push((everywhere, vec!["*".to_owned()], None));
    }
    permissions
}

/// What the repairs of these types write by the services' own calls, narrowed in the same way. Those of IAM are left out:
/// whoever may write policies may give itself everything else.
pub fn repair_permissions<'a>(types: impl Iterator<Item = &'a str>, stack: &str, system: &str) -> Vec<Permission> {
    let types: BTreeSet<&str> = types.collect();
    let mut by_service: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for name in &types {
        let Some(service) = super::service_of(name).filter(|service| *service != "iam") else { continue };
        let calls = super::reverts::repairs(name).iter().flat_map(|repair| &repair.calls);
        let writes = calls.filter(|call| !READING.iter().any(|start| call.operation.starts_with(start)));
        by_service.entry(service).or_default().extend(writes.map(|call| format!("{service}:{}", call.operation)));
    }
    let written = by_service.into_iter().filter(|(_, actions)| !actions.is_empty());
    written
        .map(|(service, actions)| (actions.into_iter().collect(), scope(service, &types, stack, system), None))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(types: &[&'static str]) -> Vec<Permission> {
        let more = |name: &str| match name {
            "AWS::Kinesis::Stream" => vec!["kinesis:DescribeStreamSummary".to_owned()],
            _ => Vec::new(),
        };
        read_permissions(types.iter().copied(), &more, "trips-prod", "trips")
    }

    fn resources_of(permissions: &[Permission], action: &str) -> Vec<String> {
        let of = permissions.iter().filter(|(actions, ..)| actions.iter().any(|one| one == action));
        of.flat_map(|(_, resources, _)| resources.clone()).collect()
    }

    #[test]
    fn reads_are_narrowed_to_the_stack_where_iam_can() {
        let found = permissions(&["AWS::Kinesis::Stream", "AWS::EC2::VPC", "AWS::SecretsManager::Secret"]);
        let streams = resources_of(&found, "kinesis:DescribeStreamSummary");
        assert!(!streams.is_empty() && streams.iter().all(|arn| arn.contains("stream/trips-prod-")), "{streams:?}");
        assert_eq!(resources_of(&found, "ec2:DescribeVpcs"), ["*"]);
        assert!(!resources_of(&found, "secretsmanager:DescribeSecret").is_empty());
        assert_eq!(resources_of(&found, "secretsmanager:GetSecretValue"), [""; 0]);
    }

    #[test]
    fn what_handlers_state_beyond_reading_is_left_out() {
        let facts = resources::get("AWS::Events::Rule").unwrap();
        assert!(facts.permissions.read.iter().any(|action| action == "iam:PassRole"));
        let rule = permissions(&["AWS::Events::Rule"]);
        assert_eq!(resources_of(&rule, "iam:PassRole"), [""; 0]);
        assert!(!resources_of(&rule, "events:DescribeRule").is_empty());
        assert!(permissions(&["AWS::Nothing::Here"]).is_empty());
    }

    #[test]
    fn repairs_write_only_what_is_there() {
        let types =
            ["AWS::KinesisAnalyticsV2::Application", "AWS::SQS::QueuePolicy", "AWS::IAM::Policy", "AWS::S3::Bucket"];
        let found = repair_permissions(types.into_iter(), "trips-prod", "trips");
        let actions: Vec<&str> = found.iter().flat_map(|(actions, ..)| actions).map(String::as_str).collect();
        assert_eq!(actions, ["kinesisanalytics:UpdateApplication", "sqs:SetQueueAttributes"]);
        assert!(
            found.iter().all(|(_, resources, _)| resources.iter().all(|arn| arn.contains("trips-prod"))),
            "{found:?}"
        );
        assert_eq!(repair_permissions(["AWS::IAM::Policy"].into_iter(), "trips-prod", "trips"), []);
    }

    #[test]
    fn every_repair_is_an_action_of_its_types_service() {
        for name in super::super::reverts::repaired() {
            for call in super::super::reverts::repairs(name).iter().flat_map(|repair| &repair.calls) {
                let service = super::super::service_of(name).and_then(iam::service);
                assert!(service.is_none_or(|service| service.has(&call.operation)), "{name}: {}", call.operation);
            }
        }
    }
}
