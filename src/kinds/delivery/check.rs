//! What makes a pipeline that AWS refuses, or that does not do what it says.

use super::builds::Build;
use super::pipelines::{LONGEST_VALUE, MOST_COMMANDS, Mode, Pipeline, Step};
use super::repos::{Host, Repo};
use super::stages::{environment_of, groups, sources};
use super::{access, rules, triggers};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::facts::partition;
use crate::model::{Entry, LONGEST_ROLE_NAME, Model};
use crate::source::Located;
use crate::spec::{Matching, Region};

/// S3 user guide, bucket naming rules.
const LONGEST_BUCKET_NAME: usize = 63;

pub(super) fn check(pipeline: &Pipeline, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_name(this, model, report);
    check_sources(pipeline, this, model, report);
    check_approvals(pipeline, report);
    check_environments(pipeline, model, report);
    check_promotion(pipeline, model, report);
    check_deployments(pipeline, report);
    check_targets(pipeline, model, report);
    check_mode(pipeline, report);
    check_commands(pipeline, report);
    check_revisions(pipeline, this, model, report);
    check_used_builds(pipeline, model, report);
    check_pull_requests(pipeline, model, report);
    check_params(pipeline, model, report);
}

/// The buckets that every pipeline and build shares.
pub(super) fn check_buckets(model: &Model, report: &mut Vec<Diagnostic>) {
    let regions = std::iter::once(model.delivery_region.value.as_str()).chain(access::regions(model));
    let buckets = regions.map(|region| model.delivery_bucket_in("published", region));
    let Some(bucket) = buckets.max_by_key(String::len) else { return };
    if bucket.len() > LONGEST_BUCKET_NAME {
        report.push(
            Diagnostic::new(
                &rules::NAME_LENGTH,
                &model.name.span,
                format!(
                    "a bucket would be named `{bucket}`, which has {} characters; S3 takes {LONGEST_BUCKET_NAME}",
                    bucket.len()
                ),
            )
            .label("makes the name too long")
            .help("shorten the name of the system"),
        );
    }
}

fn check_name(this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_buckets(model, report);
    let role = access::role_name(model, this);
    if role.len() > LONGEST_ROLE_NAME {
        report.push(
            Diagnostic::new(
                &rules::NAME_LENGTH,
                &this.name.span,
                format!("the pipeline's role would be named `{role}`, which has {} characters; IAM takes {LONGEST_ROLE_NAME}", role.len()),
            )
            .label("makes the name too long")
            .related(&model.name.span, "together with the name of the system")
            .help("shorten one of the names"),
        );
    }
}

/// The roles that are named after environments.
fn check_role_names(step: &Located<Step>, environment: &str, model: &Model, report: &mut Vec<Diagnostic>) {
    let apart = model.apart(environment).is_some();
    let roles = [
        (Some(model.deploy_role_name(environment)), "CloudFormation's role"),
        (apart.then(|| model.pipeline_role_name(environment)), "the role of the pipelines there"),
        (apart.then(|| model.releases_role_name()), "the role of the release function"),
    ];
    let too_long =
        roles.into_iter().find_map(|(role, whose)| Some((role.filter(|role| role.len() > LONGEST_ROLE_NAME)?, whose)));
    if let Some((role, whose)) = too_long {
        report.push(
            Diagnostic::new(
                &rules::NAME_LENGTH,
                &step.span,
                format!(
                    "{whose} would be named `{role}`, which has {} characters; IAM takes {LONGEST_ROLE_NAME}",
                    role.len()
                ),
            )
            .label("needs this role")
            .related(&model.name.span, "the name of the system is part of it")
            .help("shorten the name of the system or of the environment"),
        );
    }
}

/// Variables of a pipeline have values only after the action that sets them.
fn check_revisions(pipeline: &Pipeline, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let read: Vec<String> = sources(pipeline, model).iter().map(|(entry, _)| entry.path()).collect();
    for (at, step) in pipeline.steps.iter().enumerate() {
        let inside = this
            .expressions
            .iter()
            .filter(|expression| step.span.start <= expression.span.start && expression.span.end <= step.span.end);
        let gate = step.approve.as_ref().and_then(|gate| model.entry(&gate.path()));
        let asked = gate.into_iter().flat_map(|gate| &gate.expressions);
        let built = step.build.iter().flat_map(|builds| &builds.value.0).filter_map(|build| model.entry(&build.path()));
        let passed = built.flat_map(|build| &build.expressions);
        for expression in inside.chain(asked).chain(passed) {
            let mut parts = expression.path.splitn(3, '.');
            let path = format!("{}.{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let known = match model.thing::<Build>(&path) {
                Some((_, build)) => build.tells() && builds_before(&pipeline.steps[..at], &path),
                None => read.contains(&path) || model.entry(&path).is_none(),
            };
            if !known {
                report.push(
                    Diagnostic::new(
                        &rules::UNKNOWN_REVISION,
                        &expression.span,
                        format!(
                            "`{}` has no value in `{}`: this pipeline does not get to `{path}` before",
                            expression.path,
                            this.path()
                        ),
                    )
                    .label("stays empty")
                    .related(&step.span, "this step asks for it")
                    .help(format!("build or read `{path}` in an earlier step of the pipeline, or leave it out")),
                );
            }
        }
    }
}

fn check_sources(pipeline: &Pipeline, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let sources = sources(pipeline, model);
    if sources.is_empty() {
        let unread = pipeline
            .steps
            .iter()
            .flat_map(|step| step.sources())
            .any(|(path, _)| model.entry(&path).is_none_or(|entry| entry.thing.is_none()));
        if !unread {
            report.push(
                Diagnostic::new(
                    &rules::NO_TRIGGER,
                    &this.name.span,
                    format!("`{}` reads no repository, and CodePipeline wants a source", this.path()),
                )
                .label("has no step that needs code")
                .help("begin with a `build` or `verify` step"),
            );
        }
        return;
    }
    let Some(on) = &pipeline.on else { return };
    for reference in on.value.0.iter().filter(|reference| reference.section == "repos") {
        let Some(repo) = model.entry(&reference.path()) else { continue };
        if sources.iter().any(|(source, _)| std::ptr::eq(*source, repo)) {
            continue;
        }
        let used = list(sources.iter().map(|(source, _)| source.name.value.as_str()));
        let starts = sources.iter().any(|(source, _)| triggers::starts(pipeline, source));
        let message = match starts {
            true => format!("`{}` cannot start `{}`, which does not read it", reference.path(), this.path()),
            false => format!(
                "nothing starts `{}`: it reads {used}, but is told to start by `{}`, which none of its steps use",
                this.path(),
                reference.path()
            ),
        };
        let (source, _) = sources[0];
        report.push(
            Diagnostic::new(&rules::NO_TRIGGER, &reference.span, message)
                .label("is no source of this pipeline")
                .related(&source.name.span, "a source of the pipeline")
                .help(format!("write `on: repos.{}`, or remove `on`", source.name.value)),
        );
    }
}

/// An approval is for the step that it shares a stage with.
fn check_approvals(pipeline: &Pipeline, report: &mut Vec<Diagnostic>) {
    for group in groups(&pipeline.steps) {
        let Some(last) = group.last() else { continue };
        let Some(gate) = last.approve.as_ref() else { continue };
        let before = pipeline
            .steps
            .iter()
            .take_while(|step| !std::ptr::eq(*step, last))
            .filter(|step| step.deploy.is_some() || step.release.is_some())
            .last();
        let diagnostic = match before {
            Some(done) => Diagnostic::new(
                &rules::APPROVAL_AFTER_DEPLOY,
                &gate.span,
                format!("the approval comes after the `{}` that it should guard, so that runs unapproved", done.verb()),
            )
            .related(&done.span, "this does not wait for it"),
            None => Diagnostic::new(
                &rules::APPROVAL_AFTER_DEPLOY,
                &gate.span,
                "the approval guards nothing: no step follows it",
            ),
        };
        report.push(diagnostic.label("too late").help("move `approve` before the step that it is for"));
    }
}

fn check_environments(pipeline: &Pipeline, model: &Model, report: &mut Vec<Diagnostic>) {
    for step in &pipeline.steps {
        if !access::acts(step) {
            if let Some(to) = &step.to {
                report.push(
                    Diagnostic::new(
                        &rules::ENVIRONMENT,
                        &to.span,
                        format!("`{}` does not act in an environment", step.verb()),
                    )
                    .label("has no effect")
                    .help("remove `to`"),
                );
            }
            continue;
        }
        let Some(environment) = environment_of(step, model) else {
            let names = list(model.environments.iter().map(|(name, _)| name.value.as_str()));
            report.push(
                Diagnostic::new(
                    &rules::ENVIRONMENT,
                    &step.span,
                    format!("`{}` does not say in which environment: there are {names}", step.verb()),
                )
                .label("has no `to`")
                .help(format!("add `to: environments.{}`", model.environments[0].0.value)),
            );
            continue;
        };
        let Some((name, details)) = model.environment(&environment) else { continue };
        check_role_names(step, &environment, model, report);
        check_place(step, name, &details.region, model, report);
        check_reach(step, name, model, report);
    }
}

/// Steps whose function acts in the account and Region of the pipelines, and in no other.
const WITHIN: [(&str, &str); 4] =
    [("jobs", "start"), ("jobs", "release"), ("search", "release"), ("warehouses", "release")];

fn check_reach(step: &Located<Step>, environment: &Located<String>, model: &Model, report: &mut Vec<Diagnostic>) {
    if model.apart(&environment.value).is_none() {
        return;
    }
    for (target, span) in step.targets() {
        let section = target.split('.').next().unwrap_or_default();
        if !WITHIN.contains(&(section, step.verb())) {
            continue;
        }
        let help = match section {
            "jobs" => "let a workflow that calls the job start it there, `start: workflows.…`, or a schedule",
            _ => "give this environment a `pipeline.yaml` of its own",
        };
        let message = format!(
            "`{}` of `{target}` is made by a function that acts where the pipelines run, and `{}` is elsewhere",
            step.verb(),
            environment.value
        );
        report.push(
            Diagnostic::new(&rules::ENVIRONMENT, span, message)
                .label("cannot be reached")
                .related(&environment.span, "in another account or Region")
                .related(&model.delivery_account.span, "where the pipelines run")
                .help(help),
        );
    }
}

/// An environment in another account or Region has stacks beside its own, which are called after it.
fn check_place(
    step: &Located<Step>,
    name: &Located<String>,
    region: &Located<Matching<Region>>,
    model: &Model,
    report: &mut Vec<Diagnostic>,
) {
    let Some(place) = model.apart(&name.value) else { return };
    let taken = [model.access_name(place.name), model.store_name(place.region)];
    if let Some((other, _)) = model.environments.iter().find(|(other, _)| taken.contains(&other.value)) {
        report.push(
            Diagnostic::new(
                &rules::ENVIRONMENT,
                &other.span,
                format!("`{}` is what a stack is called that lets the pipelines into `{}`", other.value, name.value),
            )
            .label("an environment has the same name")
            .related(&step.span, "this needs that stack")
            .help("give the environment another name"),
        );
    }
    let (here, there) = (partition(&model.delivery_region.value), partition(place.region));
    if here != there {
        report.push(
            Diagnostic::new(
                &rules::ENVIRONMENT,
                &region.span,
                format!(
                    "`{}` is in the partition `{there}` of AWS, where roles of `{here}`, in which the pipelines run, mean nothing",
                    name.value
                ),
            )
            .label("another partition")
            .related(&model.delivery_region.span, "where the pipelines run")
            .related(&step.span, "this step acts there")
            .help("give this environment a `pipeline.yaml` of its own"),
        );
    }
}

/// Environments stand in the order of promotion: what was not in one has no business in the next.
fn check_promotion(pipeline: &Pipeline, model: &Model, report: &mut Vec<Diagnostic>) {
    let place = |name: &str| model.environments.iter().position(|(other, _)| other.value == name);
    let mut furthest: Option<(usize, &Located<Step>)> = None;
    for step in pipeline.steps.iter().filter(|step| step.deploy.is_some() || step.release.is_some()) {
        let Some(at) = environment_of(step, model).and_then(|name| place(&name)) else { continue };
        match furthest {
            Some((before, earlier)) if at < before => {
                let (name, earlier_name) = (&model.environments[at].0, &model.environments[before].0);
                report.push(
                    Diagnostic::new(
                        &rules::PROMOTION_ORDER,
                        &step.span,
                        format!(
                            "`{}` gets the change before `{}`, where it could have failed first",
                            earlier_name.value, name.value
                        ),
                    )
                    .label("too late")
                    .related(&earlier.span, format!("`{}` has it already", earlier_name.value))
                    .related(&name.span, "environments stand in the order of promotion")
                    .help(format!(
                        "move this step before those of `{}`, or the environments into the order of promotion",
                        earlier_name.value
                    )),
                );
                return;
            }
            _ => furthest = Some((at, step)),
        }
    }
}

/// What is deployed must have been checked, because that says which repository holds it.
fn check_deployments(pipeline: &Pipeline, report: &mut Vec<Diagnostic>) {
    let mut verified = false;
    for step in &pipeline.steps {
        verified |= step.verify.is_some();
        if !verified && (step.plan.is_some() || step.deploy.is_some()) {
            report.push(
                Diagnostic::new(
                    &rules::UNVERIFIED,
                    &step.span,
                    format!("`{}` takes its template from a repository, but no `verify` step says which", step.verb()),
                )
                .label("nothing was verified before")
                .help("add `- verify: repos.…` before it, with the repository that holds `generated/`"),
            );
            return;
        }
    }
}

fn check_targets(pipeline: &Pipeline, model: &Model, report: &mut Vec<Diagnostic>) {
    for (at, step) in pipeline.steps.iter().enumerate() {
        let verb = step.verb();
        for (target, span) in step.targets() {
            let Some(entry) = model.entry(&target) else { continue };
            let Some(kind) = model.kind(entry.section) else { continue };
            if !kind.steps.contains(&verb) {
                let offering =
                    list(model.kinds.iter().filter(|kind| kind.steps.contains(&verb)).map(|kind| kind.section.key));
                report.push(
                    Diagnostic::new(&rules::UNFIT_STEP, span, format!("`{target}` cannot stand under `{verb}`"))
                        .label(format!("`{}` offers no such step", entry.section))
                        .help(format!("`{verb}` is for {offering}")),
                );
                continue;
            }
            let Some(thing) = &entry.thing else { continue };
            if let Some((why, help)) = thing.declines(verb) {
                report.push(
                    Diagnostic::new(&rules::UNFIT_STEP, span, format!("`{target}` cannot stand under `{verb}`: {why}"))
                        .label("offers no such step")
                        .help(help),
                );
                continue;
            }
            if let Some(key) = thing.lacks(verb) {
                report.push(
                    Diagnostic::new(&rules::UNFIT_STEP, span, format!("`{target}` has nothing to `{verb}`"))
                        .label(format!("says no `{key}`"))
                        .related(&entry.name.span, "this one")
                        .help(format!("add `{key}` to `{target}`, or remove the step")),
                );
            }
            let builds = if ["release", "start"].contains(&verb) { thing.step_builds() } else { Vec::new() };
            for build in builds.iter().filter(|build| !builds_before(&pipeline.steps[..at], build)) {
                report.push(
                    Diagnostic::new(
                        &rules::RELEASE_WITHOUT_BUILD,
                        span,
                        format!("`{target}` runs `{build}`, which this pipeline does not build before"),
                    )
                    .label(format!("nothing to {verb}"))
                    .help(format!("add `- build: {build}` before it")),
                );
            }
        }
        for (path, span) in step.sources() {
            let publishes = model.thing::<Build>(&path).is_none_or(|(_, build)| build.publishes());
            let copied = step.build.is_none() && path.starts_with("builds.");
            if copied && (!publishes || !builds_before(&pipeline.steps[..at], &path)) {
                report.push(
                    Diagnostic::new(&rules::RELEASE_WITHOUT_BUILD, span, format!("`{verb}` takes what `{path}` built, but this pipeline does not build it before, or it has no `output`"))
                        .label("nothing was built")
                        .help(format!("add `- build: {path}` before it")),
                );
            }
        }
    }
}

/// What a build uses must have been made in the same execution.
fn check_used_builds(pipeline: &Pipeline, model: &Model, report: &mut Vec<Diagnostic>) {
    for (at, step) in pipeline.steps.iter().enumerate() {
        for build in step.build.iter().flat_map(|builds| &builds.value.0) {
            let Some((_, thing)) = model.thing::<Build>(&build.path()) else { continue };
            for used in thing.used() {
                let path = used.path();
                let Some((_, other)) = model.thing::<Build>(&path) else { continue };
                if other.publishes() && builds_before(&pipeline.steps[..=at], &path) {
                    continue;
                }
                let message = match other.publishes() {
                    true => format!("`{}` uses `{path}`, which this pipeline does not build before", build.path()),
                    false => format!("`{}` uses `{path}`, which has no `output`", build.path()),
                };
                report.push(
                    Diagnostic::new(&rules::RELEASE_WITHOUT_BUILD, &build.span, message)
                        .label("has nothing to work with")
                        .related(&used.span, "used here")
                        .help(match other.publishes() {
                            true => format!("build both in this step, or `{path}` in one before"),
                            false => format!("give `{path}` an `output`"),
                        }),
                );
            }
        }
    }
}

/// A pull request is code that nobody has reviewed.
fn check_pull_requests(pipeline: &Pipeline, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(requests) = &pipeline.pull_requests else { return };
    for reference in &requests.value.0 {
        let Some((repo, details)) = model.thing::<Repo>(&reference.path()) else { continue };
        if !matches!(details.host(), Host::Connection { .. }) {
            report.push(
                Diagnostic::new(
                    &rules::PULL_REQUESTS,
                    &reference.span,
                    format!("CodePipeline hears of pull requests through a connection only, and `{}` has none", reference.path()),
                )
                .label("would never start it")
                .related(&repo.span, "the repository")
                .help("let an event start a build: a rule under `events` with the pattern of pull requests, and `to: builds.…`"),
            );
        }
    }
    let acting = pipeline.steps.iter().find(|step| !matches!(step.verb(), "build" | "run" | "verify"));
    if let Some(acting) = acting {
        report.push(
            Diagnostic::new(
                &rules::PULL_REQUESTS,
                &acting.span,
                format!("a pull request would `{}` what nobody has reviewed", acting.verb()),
            )
            .label("would act on unreviewed code")
            .related(&requests.span, "pull requests start the pipeline")
            .help("keep `build`, `verify` and `run` here, and let a pipeline that pushes start do the rest"),
        );
    }
}

fn check_params(pipeline: &Pipeline, model: &Model, report: &mut Vec<Diagnostic>) {
    for step in &pipeline.steps {
        let Some(params) = &step.params else { continue };
        if step.plan.is_none() && step.deploy.is_none() {
            report.push(
                Diagnostic::new(
                    &rules::PARAMS,
                    &params.span,
                    format!("`{}` deploys no stack that has params", step.verb()),
                )
                .label("has no effect")
                .help("move `params` to `plan`, or to `deploy` where nothing is planned"),
            );
        }
        let planned = step.deploy.as_ref().and_then(|deploy| {
            pipeline.steps.iter().find(|other| {
                other.span.start < step.span.start && other.plan.as_ref().is_some_and(|plan| plan.name == deploy.name)
            })
        });
        if let Some(planned) = planned {
            report.push(
                Diagnostic::new(&rules::PARAMS, &params.span, "the change set was made by `plan`, with its params")
                    .label("has no effect")
                    .related(&planned.span, "the change set is made here")
                    .help("move `params` there"),
            );
        }
        for (name, _) in &params.entries {
            if model.params.iter().any(|(param, _)| param.value == name.value) {
                continue;
            }
            let known = model.params.iter().map(|(param, _)| param.value.as_str());
            report.push(
                Diagnostic::new(&rules::PARAMS, &name.span, format!("there is no `params.{}`", name.value))
                    .label("CloudFormation refuses values without a parameter")
                    .help(match nearest(&name.value, known.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("declare it: `params: {{{}: {{type: text}}}}`", name.value),
                    }),
            );
        }
    }
}

fn builds_before(steps: &[Located<Step>], build: &str) -> bool {
    steps
        .iter()
        .filter_map(|step| step.build.as_ref())
        .any(|builds| builds.value.0.iter().any(|other| other.path() == build))
}

fn check_mode(pipeline: &Pipeline, report: &mut Vec<Diagnostic>) {
    let Some(mode) = pipeline.mode.as_ref().filter(|mode| mode.value == Mode::Parallel) else { return };
    let Some(acting) = pipeline.steps.iter().find(|step| step.deploy.is_some() || step.release.is_some()) else {
        return;
    };
    report.push(
        Diagnostic::new(
            &rules::PARALLEL_DEPLOY,
            &mode.span,
            format!(
                "executions beside each other would `{}` at the same time, and AWS fails the second one",
                acting.verb()
            ),
        )
        .label("executions do not wait for each other")
        .related(&acting.span, "this must not run twice at once")
        .help("write `mode: queued`, or `mode: superseded`"),
    );
}

fn check_commands(pipeline: &Pipeline, report: &mut Vec<Diagnostic>) {
    for run in pipeline.steps.iter().filter_map(|step| step.run.as_ref()) {
        if run.commands.value.len() > MOST_COMMANDS {
            report.push(
                Diagnostic::new(
                    &rules::COMMANDS,
                    &run.commands.span,
                    format!("there are {} commands; CodePipeline takes {MOST_COMMANDS}", run.commands.value.len()),
                )
                .label("too many")
                .help("put them into a script of the repository"),
            );
        }
        for command in &run.commands.value {
            let text = command.span.text();
            if text.contains('\n') || text.chars().count() > LONGEST_VALUE {
                report.push(
                    Diagnostic::new(
                        &rules::COMMANDS,
                        &command.span,
                        format!("a command is one line of at most {LONGEST_VALUE} characters"),
                    )
                    .label("AWS refuses this")
                    .help("put it into a script of the repository"),
                );
            }
        }
    }
}
