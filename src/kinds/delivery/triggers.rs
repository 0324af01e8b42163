//! What starts a pipeline: a push, told by a connection or an event. Nothing is polled.

use serde_json::json;

use super::action::Action;
use super::pipelines::Pipeline;
use super::repos::{self, Host, Repo, text_flag};
use super::stages::sources;
use crate::desired::{Origin, Value};
use crate::model::{Entry, Home, Lowering, Model, Role, Statement, logical_id, pascal};
use crate::source::Located;
use crate::spec::{OneOrMany, PlainText};

/// Whether a push to the repository starts the pipeline.
pub(super) fn starts(pipeline: &Pipeline, repo: &Entry) -> bool {
    match (&pipeline.on, &pipeline.pull_requests) {
        (Some(on), _) => on.value.0.iter().any(|reference| reference.path() == repo.path()),
        (None, Some(_)) => false,
        (None, None) => true,
    }
}

/// Whether a pull request into the branch of the repository starts the pipeline.
fn reviews(pipeline: &Pipeline, repo: &Entry) -> bool {
    let repos = pipeline.pull_requests.iter().flat_map(|repos| &repos.value.0);
    repos.into_iter().any(|reference| reference.path() == repo.path())
}

/// The action that fetches a repository.
pub(super) fn source_action(pipeline: &Pipeline, entry: &Entry, repo: &Repo, model: &Model) -> Action {
    let origin = Origin::authored(&entry.name.span);
    let name = &entry.name.value;
    let derived = entry.derived("a pipeline is started by a push, and never polls");
    let branch = || repo.branch.as_ref().map(|branch| Value::text(&*branch.value.0, &Origin::authored(&branch.span)));
    let mut action = match repo.host() {
        Host::Connection { path, .. } => {
            let mut action = Action::new(name.clone(), "Source", "CodeStarSourceConnection", &origin);
            action.configuration.extend(repo.connection_arn().map(|arn| ("ConnectionArn".to_owned(), arn)));
            let path = Value::text(&*path.text, &Origin::authored(&path.span));
            action.configuration.push(("FullRepositoryId".to_owned(), path));
            action.configuration.extend(branch().map(|branch| ("BranchName".to_owned(), branch)));
            action.configure("DetectChanges", text_flag(starts(pipeline, entry), &derived))
        }
        Host::CodeCommit(repository) => {
            let mut action = Action::new(name.clone(), "Source", "CodeCommit", &origin)
                .configure("RepositoryName", Value::text(&*repository.value.0, &Origin::authored(&repository.span)));
            action.configuration.extend(branch().map(|branch| ("BranchName".to_owned(), branch)));
            action.configure("PollForSourceChanges", text_flag(false, &derived))
        }
        Host::S3(object) => {
            let object_origin = Origin::authored(&object.span);
            Action::new(name.clone(), "Source", "S3", &origin)
                .configure("S3Bucket", Value::text(repo.source_bucket(model).unwrap_or_default(), &object_origin))
                .configure("S3ObjectKey", Value::text(&*object.key.value.0, &Origin::authored(&object.key.span)))
                .configure("PollForSourceChanges", text_flag(false, &derived))
        }
    };
    action.outputs = vec![repos::artifact(name)];
    action.namespace = Some(repos::namespace(name));
    action
}

/// The triggers of the repositories behind connections.
pub(super) fn triggers(pipeline: &Pipeline, this: &Entry, model: &Model) -> Option<Value> {
    let origin = this.derived("pushes to its repositories start a pipeline");
    let triggers: Vec<Value> = sources(pipeline, model)
        .into_iter()
        .filter(|(_, repo)| matches!(repo.host(), Host::Connection { .. }))
        .filter(|(entry, _)| starts(pipeline, entry) || reviews(pipeline, entry))
        .map(|(entry, repo)| {
            let push = starts(pipeline, entry).then(|| Value::list(filter(repo).into_iter().collect(), &origin));
            let review = reviews(pipeline, entry).then(|| pull_request(repo, &origin));
            let configuration = Value::map(&origin)
                .with("SourceActionName", Value::text(&*entry.name.value, &origin))
                .with_some("Push", push)
                .with_some("PullRequest", review.map(|review| Value::list(vec![review], &origin)));
            Value::map(&origin)
                .with("ProviderType", Value::text("CodeStarSourceConnection", &origin))
                .with("GitConfiguration", configuration)
        })
        .collect();
    (!triggers.is_empty()).then(|| Value::list(triggers, &origin))
}

/// A pull request that is opened or changed, into the repository's branch.
fn pull_request(repo: &Repo, origin: &Origin) -> Value {
    let branches = repo.branch.as_ref().map(|branch| {
        let origin = Origin::authored(&branch.span);
        let names = Value::list(vec![Value::text(&*branch.value.0, &origin)], &origin);
        Value::map(&origin).with("Includes", names)
    });
    Value::map(origin)
        .with("Events", Value::from_json(json!(["OPEN", "UPDATED"]), origin))
        .with_some("Branches", branches)
}

/// What pushes count: those of tags, or those of a branch, perhaps only to some paths.
fn filter(repo: &Repo) -> Option<Value> {
    let includes = |patterns: Vec<&Located<PlainText>>, origin: &Origin| {
        let items =
            patterns.into_iter().map(|pattern| Value::text(&*pattern.value.0, &Origin::authored(&pattern.span)));
        Value::map(origin).with("Includes", Value::list(items.collect(), origin))
    };
    let listed = |patterns: &Located<OneOrMany<PlainText>>| {
        includes(patterns.value.0.iter().collect(), &Origin::authored(&patterns.span))
    };
    if let Some(tags) = &repo.tags {
        let origin = Origin::authored(&tags.span);
        return Some(Value::map(&origin).with("Tags", listed(tags)));
    }
    let branch = repo.branch.as_ref()?;
    let origin = Origin::authored(&branch.span);
    let filter = Value::map(&origin)
        .with("Branches", includes(vec![branch], &origin))
        .with_some("FilePaths", repo.paths.as_ref().map(listed));
    Some(filter)
}

/// EventBridge rules that start the pipeline when a CodeCommit branch moves or an S3 object is uploaded.
pub(super) fn add_event_rules(pipeline: &Pipeline, this: &Entry, pipeline_name: &str, lowering: &mut Lowering<'_>) {
    let model = lowering.model;
    let mut any = false;
    let role = logical_id(this.section, &this.name.value, "StartRole");
    let target = || {
        json!({
            "Id": "pipeline",
            "Arn": { "Fn::Sub": format!("arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{pipeline_name}") },
            "RoleArn": { "Fn::GetAtt": [role, "Arn"] },
        })
    };
    for (entry, repo) in sources(pipeline, model).into_iter().filter(|(entry, _)| starts(pipeline, entry)) {
        let origin = Origin::derived(&entry.name.span, "a push to this repository starts the pipeline");
        let pattern = match repo.host() {
            Host::Connection { .. } => continue,
            Host::CodeCommit(repository) => json!({
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Repository State Change"],
                "resources": [{ "Fn::Sub": format!("arn:${{AWS::Partition}}:codecommit:${{AWS::Region}}:${{AWS::AccountId}}:{}", repository.value.0) }],
                "detail": {
                    "event": ["referenceCreated", "referenceUpdated"],
                    "referenceType": ["branch"],
                    "referenceName": repo.branch.as_ref().map(|branch| vec![branch.value.0.clone()]),
                },
            }),
            Host::S3(object) => json!({
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": { "bucket": { "name": [repo.source_bucket(model)] }, "object": { "key": [object.key.value.0] } },
            }),
        };
        let rule =
            Value::from_json(json!({ "EventPattern": pattern, "State": "ENABLED", "Targets": [target()] }), &origin);
        lowering.add(Home::Delivery, this, &format!("On{}", pascal(&entry.name.value)), "AWS::Events::Rule", rule);
        any = true;
    }
    for upstream in pipeline.on.iter().flat_map(|on| &on.value.0).filter(|on| on.section == "pipelines") {
        let origin = Origin::authored(&upstream.span);
        let name = format!("{}-{}", model.name.value, upstream.name);
        let pattern = json!({
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Pipeline Execution State Change"],
            "detail": { "pipeline": [name], "state": ["SUCCEEDED"] },
        });
        let rule =
            Value::from_json(json!({ "EventPattern": pattern, "State": "ENABLED", "Targets": [target()] }), &origin);
        let suffix = format!("After{}", pascal(&upstream.name));
        lowering.add(Home::Delivery, this, &suffix, "AWS::Events::Rule", rule);
        any = true;
    }
    if any {
        let origin = this.derived("events start the pipeline");
        let arn = format!("arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{pipeline_name}");
        let start = Statement::new(&["codepipeline:StartPipelineExecution"], vec![Value::sub(arn, &origin)], &origin);
        let properties = Role::new("events.amazonaws.com", vec![start]).to_value(&origin);
        lowering.add(Home::Delivery, this, "StartRole", "AWS::IAM::Role", properties);
    }
}
