//! Pipelines that deploy a stack, and whether one of them is on its way with something.

use crate::cloud::{Look, StageRun};
use crate::desired::{Deployment, Desired, Value, ValueKind};

/// A pipeline that deploys a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    pub pipeline: String,
    /// The stage that deploys.
    pub stage: String,
}

/// The pipelines of the document that deploy a stack, as far as they are in its own account and Region.
pub fn carriers(desired: &Desired, deployment: &Deployment) -> Vec<Carrier> {
    let here = |place: &&Deployment| place.account == deployment.account && place.region == deployment.region;
    let stacks = desired.stacks.iter().filter(|stack| stack.deployments.iter().any(|place| here(&place)));
    let resources = stacks.flat_map(|stack| stack.resources.values());
    let pipelines = resources.filter(|resource| resource.resource_type == "AWS::CodePipeline::Pipeline");
    let carriers = pipelines.flat_map(|pipeline| {
        let name = pipeline.properties.get("Name").and_then(Value::as_text).unwrap_or_default();
        let stages = items(pipeline.properties.get("Stages"));
        let deploying = stages.filter(|stage| items(stage.get("Actions")).any(|action| deploys(action, deployment)));
        deploying.filter_map(move |stage| {
            Some(Carrier { pipeline: name.to_owned(), stage: stage.get("Name")?.as_text()?.to_owned() })
        })
    });
    carriers.filter(|carrier| !carrier.pipeline.is_empty()).collect()
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items = value.and_then(|value| match &value.kind {
        ValueKind::List(items) => Some(items.iter()),
        _ => None,
    });
    items.into_iter().flatten()
}

fn deploys(action: &Value, deployment: &Deployment) -> bool {
    let name = action.get("Configuration").and_then(|configuration| configuration.get("StackName"));
    name.and_then(Value::as_text) == Some(&deployment.stack_name)
}

/// What the first of the pipelines that is on its way waits for; `None` when none is, or nobody may look.
pub(super) fn on_its_way(cloud: &dyn Look, carriers: &[Carrier]) -> Option<String> {
    let mut ways = carriers.iter().filter_map(|carrier| way(carrier, &cloud.stages(&carrier.pipeline).ok()?));
    ways.next()
}

/// An execution is on its way to the stage when it is in it, before it, or waits to enter it.
fn way(carrier: &Carrier, stages: &[StageRun]) -> Option<String> {
    let Carrier { pipeline, stage } = carrier;
    let at = stages.iter().position(|run| run.stage == *stage)?;
    let run = stages[..=at].iter().rev().find(|run| run.running || run.waiting.is_some())?;
    let id = run.waiting.as_ref().filter(|_| !run.running).unwrap_or(&run.execution);
    let place = format!("execution `{id}` of the pipeline `{pipeline}`");
    Some(match (&run.approval, run.running) {
        (Some(approval), _) => format!("{place} waits in `{}` for the approval `{approval}`", run.stage),
        (None, true) => format!("{place} is in `{}`", run.stage),
        (None, false) => format!("{place} waits to enter `{}`", run.stage),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reconcile::samples::stack;

    fn run(stage: &str, execution: &str, running: bool, approval: Option<&str>, waiting: Option<&str>) -> StageRun {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (stage, execution) = (stage.to_owned(), execution.to_owned());
        StageRun { stage, execution, running, approval: owned(approval), waiting: owned(waiting) }
    }

    fn told(stages: &[StageRun]) -> Option<String> {
        way(&Carrier { pipeline: "infra".to_owned(), stage: "Prod".to_owned() }, stages)
    }

    #[test]
    fn an_execution_is_on_its_way_until_it_has_left_the_stage() {
        let done = |stage: &str| run(stage, "1", false, None, None);
        assert_eq!(told(&[done("Source"), done("Prod"), run("After", "1", true, None, None)]), None);
        let waits = told(&[done("Source"), run("Prod", "2", true, Some("approve"), None)]).unwrap();
        assert_eq!(waits, "execution `2` of the pipeline `infra` waits in `Prod` for the approval `approve`");
        let before = told(&[run("Source", "3", true, None, None), done("Prod")]).unwrap();
        assert!(before.contains("`3`") && before.ends_with("is in `Source`"), "{before}");
        let queued = told(&[done("Source"), run("Prod", "1", false, None, Some("4"))]).unwrap();
        assert!(queued.contains("`4`") && queued.ends_with("waits to enter `Prod`"), "{queued}");
        assert_eq!(told(&[done("Other")]), None);
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn the_pipelines_of_a_stack_are_found() {
        let action = |stack: &str| json!({ "Name": "deploy", "Configuration": { "StackName": stack } });
        let template = json!({ "Resources": { "P": { "Type": "AWS::CodePipeline::Pipeline", "Properties": {
            "Name": "infra", "Stages": [
                { "Name": "Source", "Actions": [{ "Name": "code" }] },
                { "Name": "Test", "Actions": [action("rides-test")] },
                { "Name": "Prod", "Actions": [action("rides-prod"), action("rides-prod")] }] } } } });
        let stack = stack(&template, &[]);
        let deployment = stack.deployments[0].clone();
        let desired = Desired { stacks: vec![stack], ..Desired::default() };
        let found = carriers(&desired, &deployment);
        assert_eq!(found, [Carrier { pipeline: "infra".to_owned(), stage: "Prod".to_owned() }]);
        let elsewhere = Deployment { account: "999922223333".to_owned(), ..deployment };
        assert!(carriers(&desired, &elsewhere).is_empty());
    }
}
