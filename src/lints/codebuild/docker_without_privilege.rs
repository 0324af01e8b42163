use crate::analysis::System;
use crate::analysis::buildspec::Buildspec;
use crate::analysis::project::{Project, Setting};
use crate::analysis::shell::Call;
use crate::analysis::value::{Look, items, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/docker-without-privilege",
        level: Level::Warning,
        page: include_str!("docker_without_privilege.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        if !is_unprivileged(&project) {
            continue;
        }
        if let Some(modes) = project.look("/Cache/Modes").found()
            && let Some(mode) =
                items(modes).into_iter().find(|mode| text(mode).as_deref() == Some("LOCAL_DOCKER_LAYER_CACHE"))
        {
            let message = "the cache of Docker's layers needs Docker's daemon, which runs only in privileged mode";
            findings.push(Diagnostic::new(&LINT.rule, &mode.origin.span, message).help(HELP));
        }
    }
    for buildspec in system.buildspecs() {
        let Some(project) = buildspec.project.filter(is_unprivileged) else { continue };
        if reaches_elsewhere(&project, buildspec) {
            continue;
        }
        let first = buildspec.commands.iter().find_map(|command| {
            let call = command.script.as_ref()?.calls.iter().find(|call| needs_daemon(call))?;
            Some((command, call.name.as_deref()?))
        });
        let Some((command, name)) = first else { continue };
        let message = format!("`{name}` needs Docker's daemon, which runs only in privileged mode");
        findings.push(
            Diagnostic::new(&LINT.rule, &command.span, message)
                .related(&project.site.resource.origin.span, "this project is not privileged")
                .help(HELP),
        );
    }
}

const HELP: &str = "add `PrivilegedMode: true` to the `Environment` of the project";

/// Whether the project runs in a container of CodeBuild that is surely without privileges.
fn is_unprivileged(project: &Project<'_>) -> bool {
    let is_container =
        project.environment_type().is_some_and(|(kind, _)| ["LINUX_CONTAINER", "ARM_CONTAINER"].contains(&&*kind));
    let is_off = match project.boolean("/Environment/PrivilegedMode") {
        Setting::Absent => true,
        Setting::Known(on, _) => !on,
        Setting::Unknown => false,
    };
    is_container && is_off && project.look("/Environment/DockerServer").is_absent()
}

/// Whether Docker may be one that runs somewhere else.
fn reaches_elsewhere(project: &Project<'_>, buildspec: &Buildspec<'_>) -> bool {
    let variables = project.look("/Environment/EnvironmentVariables");
    let is_given = match variables {
        Look::Absent => false,
        Look::Unknown => true,
        Look::Found(list) => items(list).into_iter().any(|variable| {
            look(variable, "/Name").found().is_none_or(|name| text(name).is_none_or(|name| name == "DOCKER_HOST"))
        }),
    };
    is_given
        || buildspec.entry(&["env", "variables", "DOCKER_HOST"]).is_some()
        || buildspec.commands.iter().any(|command| command.text.contains("DOCKER_HOST"))
}

fn needs_daemon(call: &Call) -> bool {
    const VERBS: &[&str] = &["build", "buildx", "compose", "load", "pull", "push", "run", "tag"];
    match call.name.as_deref() {
        Some("docker") => call.words().next().is_some_and(|verb| VERBS.contains(&verb)),
        Some("dockerd" | "docker-compose") => true,
        _ => false,
    }
}
