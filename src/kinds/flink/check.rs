//! What AWS refuses of a Flink application, and what would fail or lose state at its start.

use super::contract::OnFailure;
use super::{Application, check_release, rules};
use crate::diagnostic::{Diagnostic, list};
use crate::model::{BuildOutput, Entry, LONGEST_ROLE_NAME, Model};
use crate::spec::Count;

/// Managed Service for Apache Flink, quotas: 64 KPU for an application. Read 2026-11-20.
const KPU_QUOTA: i64 = 64;
const MOST_GROUPS: usize = 50;
const MOST_PROPERTIES: usize = 50;

pub(super) fn check(application: &Application, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_build(application, model, report);
    check_environments(application, this, model, report);
    check_snapshots(application, this, report);
    check_parallelism(application, report);
    check_checkpoints(application, report);
    check_properties(application, report);
    check_release::check(application, model, report);
}

fn check_build(application: &Application, model: &Model, report: &mut Vec<Diagnostic>) {
    let runtime = &application.runtime;
    let build = model.entry(&application.code.path());
    let Some(thing) = build.and_then(|entry| entry.thing.as_ref()) else { return };
    match thing.build_output() {
        Some(BuildOutput::Java { jdk }) if jdk.value > runtime.java() => report.push(
            Diagnostic::new(
                &rules::JAVA_LEVEL,
                &jdk.span,
                format!(
                    "`{}` runs Java {}, so classes built with JDK {} fail at the job's start",
                    runtime.word(),
                    runtime.java(),
                    jdk.value
                ),
            )
            .label(format!("newer than Java {}", runtime.java()))
            .related(&runtime.span, "the runtime of the job")
            .related(&application.code.span, "which runs this build")
            .help(format!("write `jdk: {}`", runtime.java())),
        ),
        Some(BuildOutput::Python { version, .. }) if !runtime.pythons().contains(&version.value.as_str()) => report
            .push(
                Diagnostic::new(
                    &rules::PYTHON_VERSION,
                    &version.span,
                    format!(
                        "`{}` runs Python {}, so packages built for Python {} may not load",
                        runtime.word(),
                        list(runtime.pythons()),
                        version.value
                    ),
                )
                .label("another Python than the job's")
                .related(&runtime.span, "the runtime of the job")
                .help(format!("write `version: \"{}\"`", runtime.pythons().first().unwrap_or(&"3.11"))),
            ),
        None => report.push(
            Diagnostic::new(
                &rules::NO_OUTPUT,
                &application.code.span,
                format!("`{}` publishes nothing that could run", application.code.path()),
            )
            .label("has no `output`")
            .help("add `output:` to the build, for example `output: target/*.jar`"),
        ),
        _ => {}
    }
}

/// Another account lets the application's role in by its name, which is that of the application then.
fn check_environments(application: &Application, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    if !model.names_loading_roles() {
        return;
    }
    for (environment, _) in &model.environments {
        let role = model.loading_role_name(this, &environment.value);
        if role.len() > LONGEST_ROLE_NAME {
            let message = format!(
                "the role of `{}` would be named `{role}`, which has {} characters; IAM takes {LONGEST_ROLE_NAME}",
                this.path(),
                role.len()
            );
            report.push(
                Diagnostic::new(&rules::ROLE_NAME, &this.name.span, message)
                    .label("makes the name too long")
                    .related(&model.name.span, "together with the name of the system")
                    .related(&environment.span, "and of this environment")
                    .related(&application.code.span, "the account that publishes this lets the role in by its name")
                    .help("shorten one of the names"),
            );
        }
    }
}

fn check_snapshots(application: &Application, this: &Entry, report: &mut Vec<Diagnostic>) {
    let Some(snapshots) = application.snapshots.as_ref().filter(|snapshots| !snapshots.value) else { return };
    let on_failure = application.release.as_ref().and_then(|release| release.on_failure.as_ref());
    let goes_back = on_failure.filter(|on_failure| on_failure.value == OnFailure::RollBack);
    let mut found = Diagnostic::new(
        &rules::SNAPSHOTS_OFF,
        &snapshots.span,
        format!("without snapshots `{}` loses its state at every release and every update of the stack", this.path()),
    )
    .label("turns snapshots off");
    if let Some(goes_back) = goes_back {
        found = found.related(&goes_back.span, "a failed release has no snapshot to go back to");
    }
    report.push(found.help("remove the line: snapshots are on by default"));
}

fn check_parallelism(application: &Application, report: &mut Vec<Diagnostic>) {
    let Some(parallelism) = &application.parallelism else { return };
    let Some(Count(tasks)) = parallelism.tasks.literal() else { return };
    if let Some(maximum) = parallelism.maximum.as_ref().filter(|maximum| maximum.0 < *tasks) {
        let message = format!(
            "the job runs {tasks} subtasks of each operator and sets a maximum of {}, so Flink does not start it",
            maximum.0
        );
        let found = Diagnostic::new(&rules::PARALLELISM_ABOVE_MAXIMUM, &parallelism.tasks.span, message);
        let found = found.label("more than the job makes room for").related(&maximum.span, "what the job's code sets");
        report.push(found.help(format!(
            "write at most `tasks: {}`. A higher maximum would have to be set in the code as well, and cannot take over the \
             state of now",
            maximum.0
        )));
    }
    let per_kpu = match &parallelism.per_kpu {
        None => 1,
        Some(per_kpu) => match per_kpu.literal() {
            Some(Count(per_kpu)) => *per_kpu,
            None => return,
        },
    };
    let units = (tasks + per_kpu - 1) / per_kpu;
    if units > KPU_QUOTA {
        report.push(
            Diagnostic::new(
                &rules::KPU_QUOTA,
                &parallelism.tasks.span,
                format!("{tasks} tasks at {per_kpu} per KPU need {units} KPU; an application may have {KPU_QUOTA} unless AWS raised your quota"),
            )
            .label(format!("{units} KPU"))
            .help(format!("write at most `tasks: {}`, or ask AWS for a higher quota", KPU_QUOTA * per_kpu)),
        );
    }
}

fn check_checkpoints(application: &Application, report: &mut Vec<Diagnostic>) {
    let Some(interval) = application.checkpoints.as_ref().and_then(|checkpoints| checkpoints.interval.as_ref()) else {
        return;
    };
    if interval.0 > 3600 {
        report.push(
            Diagnostic::new(
                &rules::CHECKPOINT_INTERVAL,
                &interval.span,
                format!("with a checkpoint every `{}` a failure repeats that much work", interval.span.text()),
            )
            .label("longer than an hour")
            .help("write a minute or a few, for example `1m`"),
        );
    }
}

fn check_properties(application: &Application, report: &mut Vec<Diagnostic>) {
    let Some(groups) = &application.properties else { return };
    if groups.entries.len() > MOST_GROUPS {
        report.push(
            Diagnostic::new(
                &rules::PROPERTIES,
                &groups.span,
                format!("there are {} property groups; AWS takes {MOST_GROUPS}", groups.entries.len()),
            )
            .label("too many groups")
            .help("join groups"),
        );
    }
    for (name, properties) in &groups.entries {
        if properties.entries.len() > MOST_PROPERTIES {
            report.push(
                Diagnostic::new(
                    &rules::PROPERTIES,
                    &name.span,
                    format!(
                        "the group `{}` has {} properties; AWS takes {MOST_PROPERTIES}",
                        name.value,
                        properties.entries.len()
                    ),
                )
                .label("too many properties")
                .help("split the group"),
            );
        }
    }
}
