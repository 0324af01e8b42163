//! What CloudFormation needs to make a stack: derived from the permissions that each resource type's handlers state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{iam, resources};

pub(super) static SCOPES: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("scopes.json")).expect("the facts are part of the program"));

/// Actions, resources (texts for `Fn::Sub`), and a condition.
pub type Permission = (Vec<String>, Vec<String>, Option<Json>);

/// What CloudFormation may do to make resources of these types in the stack `stack` of the system `system`.
///
/// Resources are narrowed to names that begin with the stack's; actions that take no resource get `*`. What a type needs
/// of other services is listed under `also`.
pub fn deploy_permissions<'a>(types: impl Iterator<Item = &'a str>, stack: &str, system: &str) -> Vec<Permission> {
    let types: BTreeSet<&str> = types.collect();
    let unscoped: BTreeSet<&str> = texts(&SCOPES["without-resource"]).collect();
    let mut by_service: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut without_resource: BTreeSet<String> = BTreeSet::new();
    for action in types.iter().flat_map(|name| own_actions(name)) {
        match action.split_once(':') {
            Some(_) if unscoped.contains(action) => {
                without_resource.insert(action.to_owned());
            }
            Some((service, _)) => {
                by_service.entry(service).or_default().insert(action);
            }
            None => {}
        }
    }
    let owned = |actions: BTreeSet<&str>| actions.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut elsewhere: Vec<Permission> = Vec::new();
    for permission in types.iter().flat_map(|name| of_other_services(name, stack)) {
        match &permission {
            (actions, resources, None) if resources == &["*"] => without_resource.extend(actions.clone()),
            _ if elsewhere.contains(&permission) => {}
            _ => elsewhere.push(permission),
        }
    }
    let mut permissions: Vec<Permission> = by_service
        .into_iter()
        .map(|(service, actions)| {
            (
                owned(actions.into_iter().filter(|action| *action != "iam:PassRole").collect()),
                scope(service, &types, stack, system),
                None,
            )
        })
        .collect();
    if !without_resource.is_empty() {
        permissions.push((without_resource.into_iter().collect(), vec!["*".to_owned()], None));
    }
    let passed: BTreeSet<_> = types.iter().flat_map(|name| one_or_many(&SCOPES["passed-to"][*name])).collect();
    if !passed.is_empty() {
        let condition = json!({ "StringEquals": { "iam:PassedToService": passed } });
        permissions.push((vec!["iam:PassRole".to_owned()], scope("iam", &types, stack, system), Some(condition)));
    }
    permissions.extend(elsewhere);
    let pointers = format!("arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/{system}/*");
    permissions.push((vec!["ssm:GetParameters".to_owned()], vec![pointers], None));
    permissions
}

/// What a type needs of other services: a password that is kept in Secrets Manager, the service's own role.
fn of_other_services(resource_type: &str, stack: &str) -> Vec<Permission> {
    let read = |permission: &'static Json| {
        let resources = texts(&permission["resources"]).map(|arn| arn.replace("{stack}", stack)).collect();
        let actions = texts(&permission["actions"]).map(str::to_owned).collect();
        (actions, resources, permission.get("condition").cloned())
    };
    SCOPES["also"][resource_type].as_array().into_iter().flatten().map(read).collect()
}

/// Whether a service says for which account it assumes a role, so that the role's trust can be narrowed to it. With
/// another service the condition would keep it from assuming the role at all.
pub fn sends_source_account(service: &str) -> bool {
    texts(&SCOPES["sends-source-account"]).any(|known| known == service)
}

/// Whether a service sends under a role only, and never by a policy of what it sends to.
pub fn sends_by_role(service: &str) -> bool {
    texts(&SCOPES["sends-by-role"]).any(|known| known == service)
}

/// Whether a service hands over the account as `sts:ExternalId` when it assumes a role.
pub fn sends_external_id(service: &str) -> bool {
    texts(&SCOPES["sends-external-id"]).any(|known| known == service)
}

/// IAM's name of the service that a type belongs to.
pub fn service_of(resource_type: &str) -> Option<&'static str> {
    let namespace = resource_type.rsplit_once("::").map_or("", |(namespace, _)| namespace);
    SCOPES["namespaces"][namespace].as_str()
}

/// What the handlers of a type call of the type's own service, as far as IAM knows the action. Calls to other services
/// and about other resources serve settings that kinds do not make, or are granted apart.
fn own_actions(resource_type: &str) -> impl Iterator<Item = &'static str> {
    let service = service_of(resource_type).unwrap_or("none");
    let actions = resources::get(resource_type).into_iter().flat_map(|facts| facts.deploy_actions());
    let left_out: BTreeSet<&str> = texts(&SCOPES["of-other-resources"]).collect();
    let known = iam::service(service);
    actions.filter(move |action| {
        let name = action.split_once(':').filter(|(prefix, _)| *prefix == service).map(|(_, name)| name);
        name.zip(known).is_some_and(|(name, known)| known.has(name)) && !left_out.contains(action)
    })
}

/// The resources of a service that belong to a stack: those that are there with any type, and those of the types in it.
pub(super) fn scope(service: &str, types: &BTreeSet<&str>, stack: &str, system: &str) -> Vec<String> {
    let without_hyphens = stack.replace('-', "_");
    let environment = stack.strip_prefix(system).map_or(stack, |rest| rest.trim_start_matches('-'));
    let path = format!("{system}/{environment}");
    let named =
        |arn: &str| arn.replace("{stack}", stack).replace("{stack_}", &without_hyphens).replace("{path}", &path);
    let all = || SCOPES["services"][service].as_array().into_iter().flatten();
    let is_needed = |scope: &&'static Json| {
        let with = &scope["with"];
        with.is_null() || texts(with).any(|of| types.contains(of))
    };
    let arn = |scope: &'static Json| scope.as_str().or_else(|| scope["arn"].as_str()).map(named);
    let needed: Vec<String> = all().filter(is_needed).filter_map(arn).collect();
    if needed.is_empty() { all().filter_map(arn).collect() } else { needed }
}

fn texts(list: &'static Json) -> impl Iterator<Item = &'static str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

fn one_or_many(text: &'static Json) -> impl Iterator<Item = &'static str> {
    text.as_str().into_iter().chain(texts(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_of_a_known_type_has_a_scope() {
        for service in SCOPES["namespaces"].as_object().expect("an object").values() {
            assert!(SCOPES["services"].get(service.as_str().unwrap_or_default()).is_some(), "no scope for {service}");
        }
        assert!(own_actions("AWS::Kinesis::Stream").any(|action| action == "kinesis:CreateStream"));
    }

    #[test]
    fn what_takes_no_resource_is_said_apart() {
        let types = ["AWS::KinesisAnalyticsV2::Application"];
        let permissions = deploy_permissions(types.into_iter(), "trips-prod", "trips");
        let (actions, resources, _) = &permissions[0];
        assert!(actions.iter().any(|action| action == "kinesisanalytics:UpdateApplication"), "{actions:?}");
        assert_eq!(resources.len(), 1);
        assert!(resources[0].ends_with("application/trips-prod-*"), "{resources:?}");
        let everywhere = permissions.iter().find(|(_, resources, _)| resources == &["*"]);
        assert!(
            everywhere.is_some_and(|(actions, ..)| actions == &["kinesisanalytics:CreateApplication"]),
            "{everywhere:?}"
        );
    }

    #[test]
    fn scopes_are_those_of_the_types_in_the_stack() {
        let groups = |types: &[&'static str]| {
            let permissions = deploy_permissions(types.iter().copied(), "trips-prod", "trips");
            let logs = permissions.into_iter().filter(|(actions, ..)| actions[0].starts_with("logs:"));
            logs.flat_map(|(_, resources, _)| resources).filter(|arn| arn != "*").collect::<Vec<_>>()
        };
        let function = groups(&["AWS::Lambda::Function", "AWS::Logs::LogGroup"]);
        assert_eq!(function.len(), 2, "{function:?}");
        assert!(function.iter().any(|arn| arn.ends_with(":log-group:/aws/lambda/trips-prod-*")), "{function:?}");
        assert!(function.iter().any(|arn| arn.ends_with(":log-group:/trips-prod/*")), "{function:?}");
        let parameters = deploy_permissions(["AWS::SSM::Parameter"].into_iter(), "trips-prod", "trips");
        let (_, resources, _) = &parameters[0];
        assert!(resources[0].ends_with(":parameter/trips/prod/data/*"), "{resources:?}");
    }

    #[test]
    fn every_type_that_a_scope_is_for_is_known() {
        let scopes = SCOPES["services"].as_object().expect("an object").values().filter_map(Json::as_array).flatten();
        for name in scopes.flat_map(|scope| texts(&scope["with"])) {
            assert!(resources::get(name).is_some(), "{name}");
        }
        for wide in SCOPES["why-wide"].as_object().expect("an object").keys() {
            let service = wide.split(':').next().expect("a service");
            assert!(SCOPES["services"].get(service).is_some(), "{wide}");
        }
    }

    #[test]
    fn databases_begin_with_the_stack_in_underscores() {
        let permissions = deploy_permissions(["AWS::Glue::Database"].into_iter(), "trips-prod", "trips");
        let (_, resources, _) = &permissions[0];
        assert!(resources.iter().any(|arn| arn.ends_with(":database/trips_prod_*")), "{resources:?}");
        assert!(!resources.iter().any(|arn| arn.ends_with(":job/trips-prod-*")), "{resources:?}");
    }

    #[test]
    fn roles_are_passed_only_to_services_that_are_used() {
        let permissions =
            deploy_permissions(["AWS::Lambda::Function", "AWS::IAM::Role"].into_iter(), "trips-prod", "trips");
        let passing: Vec<_> =
            permissions.iter().filter(|(actions, ..)| actions.contains(&"iam:PassRole".to_owned())).collect();
        assert_eq!(passing.len(), 1);
        assert_eq!(passing[0].2, Some(json!({ "StringEquals": { "iam:PassedToService": ["lambda.amazonaws.com"] } })));
    }

    #[test]
    fn roles_are_passed_to_every_service_that_a_type_names() {
        let permissions = deploy_permissions(["AWS::EMR::Cluster"].into_iter(), "trips-prod", "trips");
        let passing = permissions.iter().find(|(actions, ..)| actions == &["iam:PassRole"]);
        let services = json!(["ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"]);
        let condition = Some(json!({ "StringEquals": { "iam:PassedToService": services } }));
        assert_eq!(passing.map(|(.., condition)| condition), Some(&condition));
    }

    #[test]
    fn permissions_of_other_services_come_once_and_only_with_the_types_that_need_them() {
        let of = |types: &[&'static str]| {
            let permissions = deploy_permissions(types.iter().copied(), "trips-prod", "trips");
            let secrets = permissions.into_iter().filter(|(actions, ..)| actions[0].starts_with("secretsmanager:"));
            secrets.map(|(_, resources, _)| resources).collect::<Vec<_>>()
        };
        let both = of(&["AWS::Redshift::Cluster", "AWS::RedshiftServerless::Namespace"]);
        assert_eq!(both.len(), 1);
        assert!(both[0][0].ends_with(":secret:redshift!trips-prod-*"), "{both:?}");
        assert!(of(&["AWS::Kinesis::Stream"]).is_empty());
    }

    #[test]
    fn what_is_granted_beside_the_handlers_exists() {
        for permission in SCOPES["also"].as_object().expect("an object").values().flat_map(|list| list.as_array()) {
            for action in permission.iter().flat_map(|permission| texts(&permission["actions"])) {
                let (service, name) = action.split_once(':').expect("a service and a name");
                assert!(iam::service(service).is_some_and(|known| known.has(name)), "IAM knows no {action}");
            }
        }
    }
}
