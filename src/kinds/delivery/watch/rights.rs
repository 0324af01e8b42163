//! What the build may do: read all that is looked at, and, where it takes something back, write.
//!
//! What it takes back, CloudFormation and Cloud Control take back under the role that deploys the environment: the build
//! itself may only hand them that role, for these stacks. So it needs no right on a resource, and cannot do to one what a
//! deployment could not. Cloud Control works under a role that CloudFormation may take on (Cloud Control API user guide,
//! "Performing resource operations", read 2026-11-21). Repairs by a service's own API are the build's own calls; of those
//! it gets the ones of the types that are there, but none of IAM: whoever may write policies may do everything.

use std::collections::BTreeMap;

use serde_json::json;

use super::Watch;
use crate::desired::{Origin, Value};
use crate::facts::{calls, iam, read_permissions, readers, repair_permissions};
use crate::kinds::delivery::{access, shared};
use crate::model::{Home, Lowering, Statement};

/// On resources that are not called after the stack.
const ANYWHERE: [&str; 1] = ["lambda:GetLayerVersion"];
/// What takes something back by Cloud Control.
const OF_CONTROL: [&str; 2] = ["cloudformation:GetResourceRequestStatus", "cloudformation:UpdateResource"];
/// What is made only when all stacks are finished.
const OF_ALL_STACKS: [&str; 4] =
    ["AWS::IAM::Role", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SSM::Parameter"];

/// Reading the stacks of an environment.
pub(super) fn reading_environment(lowering: &Lowering<'_>, environment: &str, origin: &Origin) -> Vec<Statement> {
    let model = lowering.model;
    let place = model.apart(environment);
    let region = place.map_or(model.delivery_region.value.as_str(), |place| place.region);
    let stack = model.stack_name(environment);
    let mut statements = reading(lowering, Home::Application, &stack, region, origin);
    if let Some(data) = model.data_stack_name(environment) {
        statements.extend(reading(lowering, Home::Application, &data, region, origin));
    }
    if let Some(place) = place {
        let access = model.access_stack_name(environment);
        statements.extend(reading(lowering, place.home, &access, region, origin));
    }
    statements
}

/// Reading a stack and what is in it.
pub(super) fn reading(
    lowering: &Lowering<'_>,
    home: Home,
    stack: &str,
    region: &str,
    origin: &Origin,
) -> Vec<Statement> {
    let arn = format!("arn:${{AWS::Partition}}:cloudformation:{region}:${{AWS::AccountId}}:stack/{stack}/*");
    let mut statements = vec![
        Statement::new(&calls::OF_STACKS, vec![Value::sub(arn, origin)], origin),
        Statement::new(&calls::OF_NO_STACK, vec![Value::text("*", origin)], origin),
    ];
    let types = lowering.resources(home).values().map(|resource| resource.resource_type.as_str());
    let system = lowering.model.name.value.as_str();
    for (actions, resources, condition) in
        read_permissions(types.chain(OF_ALL_STACKS), &readers::actions, stack, system)
    {
        // Of a service that AWS does not have, nothing is known.
        let known = actions.iter().map(String::as_str).filter(|action| is_known(action));
        let (anywhere, actions): (Vec<&str>, Vec<&str>) = known.partition(|action| ANYWHERE.contains(action));
        if !anywhere.is_empty() {
            statements.extend(limited(&anywhere, region, "*", origin));
        }
        if actions.is_empty() {
            continue;
        }
        if resources == ["*"] && condition.is_none() {
            statements.extend(limited(&actions, region, "${AWS::AccountId}", origin));
            continue;
        }
        let resources = resources.iter().map(|resource| match resource.as_str() {
            "*" => Value::text("*", origin),
            arn => Value::sub(arn.replace("${AWS::Region}", region), origin),
        });
        let statement = Statement::new(&actions, resources.collect(), origin);
        statements.push(match condition {
            Some(condition) => statement.when(Value::from_json(condition, origin)),
            None => statement,
        });
    }
    statements
}

/// Where nothing is known of the names of resources, they are at least those of this account and Region, as far as IAM
/// takes a resource.
fn limited(actions: &[&str], region: &str, account: &str, origin: &Origin) -> Vec<Statement> {
    let mut by_resources: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for action in actions {
        let known = action.split_once(':').and_then(|(service, name)| iam::service(service)?.arns(name));
        let resources = match known {
            Some(arns) => arns.into_iter().map(|arn| placed(arn, region, account)).collect(),
            None => vec!["*".to_owned()],
        };
        by_resources.entry(resources).or_default().push(action);
    }
    let statement = |(resources, actions): (Vec<String>, Vec<&str>)| {
        let resources = resources.into_iter().map(|resource| match resource.as_str() {
            "*" => Value::text("*", origin),
            arn => Value::sub(arn, origin),
        });
        Statement::new(&actions, resources.collect(), origin)
    };
    by_resources.into_iter().map(statement).collect()
}

/// An ARN as IAM's reference has it, in a Region and account.
fn placed(arn: &str, region: &str, account: &str) -> String {
    let arn = arn.replace('~', "*");
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, of_region, of_account, rest] = parts.as_slice() else { return arn };
    let region = if of_region.is_empty() { "" } else { region };
    let account = if of_account.is_empty() { "" } else { account };
    format!("arn:${{AWS::Partition}}:{service}:{region}:{account}:{rest}")
}

fn is_known(action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, name)| iam::service(service).is_some_and(|facts| facts.has(name)))
}

impl Watch<'_> {
    /// Taking back what differs in an environment.
    pub(super) fn reverting(&self, lowering: &Lowering<'_>, environment: &str, origin: &Origin) -> Vec<Statement> {
        let model = lowering.model;
        let place = model.apart(environment);
        let region = place.map_or(model.delivery_region.value.as_str(), |place| place.region);
        let text = |text: String| Value::sub(text, origin);
        let stack_arn = |stack: &str| {
            text(format!("arn:${{AWS::Partition}}:cloudformation:{region}:${{AWS::AccountId}}:stack/{stack}/*"))
        };
        let parameter =
            |path: String| text(format!("arn:${{AWS::Partition}}:ssm:{region}:${{AWS::AccountId}}:parameter{path}"));
        let stack = model.stack_name(environment);
        let stacks: Vec<String> =
            [model.data_stack_name(environment), Some(stack.clone())].into_iter().flatten().collect();
        let locks = stacks.iter().map(|stack| parameter(calls::lock(stack))).collect();
        let passed = json!({ "StringEquals": { "iam:PassedToService": "cloudformation.amazonaws.com" } });
        let role =
            format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{}", model.deploy_role_name(environment));
        let system = model.name.value.as_str();
        let change_sets = [&calls::OF_PLANS[..], &[calls::OF_EXECUTION]].concat();
        let mut statements = vec![
            Statement::new(&change_sets, stacks.iter().map(|stack| stack_arn(stack)).collect(), origin),
            Statement::new(&OF_CONTROL, vec![Value::text("*", origin)], origin),
            Statement::new(&["iam:PassRole"], vec![text(role)], origin).when(Value::from_json(passed, origin)),
            Statement::new(&calls::OF_LOCKS, locks, origin),
            Statement::new(&["ssm:GetParameters"], vec![parameter(format!("/{system}/*"))], origin),
        ];
        // Which role and bucket there are, the stack says that has them.
        let lender = match place {
            Some(place) => model.access_stack_name(model.files_beside(&place).name),
            None => model.delivery_stack_name(),
        };
        let looking = ["cloudformation:DescribeStacks", "cloudformation:ListStackResources"];
        statements.push(Statement::new(&looking, vec![stack_arn(&lender)], origin));
        statements.extend(self.sending(lowering, environment, origin));
        let types = lowering.resources(Home::Application).values().map(|resource| resource.resource_type.as_str());
        for (actions, resources, _) in repair_permissions(types, &stack, system) {
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            let resources = resources.iter().map(|arn| text(arn.replace("${AWS::Region}", region))).collect();
            statements.push(Statement::new(&actions, resources, origin));
        }
        statements
    }

    /// Long templates are handed over in a bucket, where there is one.
    fn sending(&self, lowering: &Lowering<'_>, environment: &str, origin: &Origin) -> Vec<Statement> {
        let model = lowering.model;
        let place = model.apart(environment);
        let foreign = place.filter(|place| model.is_foreign(place));
        let (account, region) = place
            .map_or((model.delivery_account.value.as_str(), model.delivery_region.value.as_str()), |place| {
                (place.account, place.region)
            });
        let home = match foreign {
            Some(place) => model.files_beside(&place).home,
            None => model.store_home(region),
        };
        if !lowering.resources(home).contains_key(shared::PUBLISHED) {
            return Vec::new();
        }
        let bucket = model.files_bucket(account, region);
        let objects = Value::sub(format!("arn:${{AWS::Partition}}:s3:::{bucket}/tidegate/templates/*"), origin);
        let mut statements = vec![Statement::new(&["s3:GetObject", "s3:PutObject"], vec![objects], origin)];
        if foreign.is_none() {
            let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
            let key = Statement::new(&actions, vec![access::any_key(model, origin)], origin);
            statements.push(key.when(access::by_alias(model, origin)));
        }
        statements
    }
}
