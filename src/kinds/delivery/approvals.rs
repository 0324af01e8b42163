//! What an approver is asked.

use super::action::Action;
use super::gates::Gate;
use super::pipelines::Step;
use super::repos::Repo;
use super::stages::{Composer, environment_of};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::model::{Home, Statement, Thing};
use crate::source::{Located, Span};

/// The approval of a gate before the steps `later`, and what the pipeline's role needs for it.
pub(super) fn action(
    path: &str,
    span: &Span,
    later: &[Located<Step>],
    composer: &Composer<'_, '_>,
) -> (Option<Action>, Vec<Statement>) {
    let model = composer.lowering.model;
    let Some((entry, gate)) = model.thing::<Gate>(path) else { return (None, Vec::new()) };
    let origin = Origin::authored(span);
    let (question, link) = question(later, composer);
    let shown = Origin::derived(span, "an approval covers what the next step works on");
    let message = match &gate.message {
        Some(message) => {
            let authored = composer.lowering.text(&message.value, &message.span, Home::Delivery);
            append(authored, &question, &Origin::authored(&message.span))
        }
        None => Value::text(question, &shown),
    };
    let link = match &gate.link {
        Some(link) => Some(composer.lowering.text(&link.value, &link.span, Home::Delivery)),
        None => link.map(|link| Value::text(link, &shown)),
    };
    let mut action = Action::new(format!("approve-{}", entry.name.value), "Approval", "Manual", &origin)
        .configure("CustomData", message);
    action.configuration.extend(link.map(|link| ("ExternalEntityLink".to_owned(), link)));
    let mut statements = Vec::new();
    if let Some((topic, notify)) = gate.topic(entry) {
        let told = Origin::derived(&notify.span, "these addresses are told of waiting approvals");
        statements.push(Statement::new(&["sns:Publish"], vec![topic.clone()], &told));
        action.configuration.push(("NotificationArn".to_owned(), topic));
    }
    let timeout_origin = gate.timeout.as_ref().map_or_else(
        || entry.derived("an approval waits for a week unless told otherwise"),
        |timeout| Origin::authored(&timeout.span),
    );
    action.timeout = Some(Value::new(ValueKind::Integer((gate.timeout_seconds() / 60) as i64), &timeout_origin));
    (Some(action), statements)
}

/// What the steps after the approval do, with the variables that name the very revision and digest; and a page to open.
fn question(later: &[Located<Step>], composer: &Composer<'_, '_>) -> (String, Option<String>) {
    let model = composer.lowering.model;
    let (mut sentences, mut link) = (Vec::new(), None);
    for step in later {
        let environment = environment_of(step, model).unwrap_or_default();
        let uses = |thing: &dyn Thing| -> Vec<String> {
            match step.release.is_some() {
                true => thing.released_builds().into_iter().map(|released| released.build).collect(),
                false => thing.step_builds(),
            }
        };
        let takes_builds = step.release.is_some() || step.start.is_some();
        for (target, _) in step.targets().into_iter().filter(|_| takes_builds) {
            let thing = model.entry(&target).and_then(|entry| entry.thing.as_deref());
            let wanted = thing.map(uses).unwrap_or_default();
            for build in composer.builds.iter().filter(|build| wanted.contains(&build.build)) {
                let repo = model.entry(&build.build).and_then(|entry| {
                    entry.references.iter().find_map(|reference| model.thing::<Repo>(&reference.text))
                });
                let revision = repo.map_or_else(String::new, |(entry, repo)| {
                    format!(", revision {}", repo.revision(&entry.name.value))
                });
                link = link.or_else(|| repo.and_then(|(entry, repo)| repo.commit_url(&entry.name.value)));
                let digest = format!("#{{{}.SHA256}}", build.namespace);
                let (what, name) = (format!("with SHA-256 {digest}{revision}"), &build.build);
                sentences.push(match step.release.is_some() {
                    true => format!("Releases {name} {what} into {target} in {environment}."),
                    false => format!("Runs {name} {what} on {target} in {environment}."),
                });
            }
            let entry = model.entry(&target).filter(|_| step.release.is_some());
            let contract = entry.and_then(|entry| entry.thing.as_ref()?.contract(entry, model, &environment));
            sentences.extend(contract.map(|contract| contract.promise));
        }
        if step.deploy.is_some() || step.plan.is_some() {
            let stack = model.stack_name(&environment);
            let repo = composer.verified_repo().and_then(|name| model.thing::<Repo>(&format!("repos.{name}")));
            let revision = repo
                .map_or_else(String::new, |(entry, repo)| format!(" of revision {}", repo.revision(&entry.name.value)));
            link = link.or_else(|| repo.and_then(|(entry, repo)| repo.commit_url(&entry.name.value)));
            sentences.push(match model.data_stack_name(&environment) {
                Some(data) => format!("Deploys the change set{revision} to the stack {data}, then that of {stack}."),
                None => format!("Deploys the change set{revision} to the stack {stack}."),
            });
        }
    }
    if later.iter().any(|step| step.release.is_some() || step.plan.is_some()) {
        sentences.push("`tidegate approve` shows what is there now.".to_owned());
    }
    if sentences.is_empty() {
        sentences.push("Lets the pipeline go on.".to_owned());
    }
    (sentences.join(" "), link)
}

/// Text after an authored message, which may be an intrinsic.
fn append(message: Value, text: &str, origin: &Origin) -> Value {
    match message.kind {
        ValueKind::Text(message) => Value::text(format!("{message} {text}"), origin),
        ValueKind::Intrinsic(Intrinsic::Sub(message, names)) => {
            Value::new(ValueKind::Intrinsic(Intrinsic::Sub(format!("{message} {text}"), names)), origin)
        }
        _ => Value::text(text, origin),
    }
}
