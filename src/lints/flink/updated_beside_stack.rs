use crate::analysis::buildspec::{Buildspec, Command};
use crate::analysis::shell::Call;
use crate::analysis::value::{Look, look, target, text_at};
use crate::analysis::wiring::{APPLICATION, written};
use crate::analysis::{Site, System};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/updated-beside-stack",
        level: Level::Warning,
        page: include_str!("updated_beside_stack.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for command in &buildspec.commands {
            let calls = command.script.iter().flat_map(|script| &script.calls);
            for call in calls.filter(|call| call.is("aws") && call.has("kinesisanalyticsv2")) {
                let Some(operation) =
                    ["update-application", "rollback-application"].into_iter().find(|it| call.has(it))
                else {
                    continue;
                };
                let Some(application) = system.of_type(APPLICATION).find(|site| names(buildspec, command, call, *site))
                else {
                    continue;
                };
                let message = format!(
                    "`{operation}` changes `{}` beside its stack, and the next update of the stack takes that back",
                    application.id
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &command.span, message)
                        .related(&application.resource.origin.span, "what the stack makes")
                        .help("give the new value to the stack, for example the key of the code as a parameter"),
                );
            }
        }
    }
}

/// Whether a call names an application: by its name, or by a variable that a project sets to it.
fn names(buildspec: &Buildspec<'_>, command: &Command, call: &Call, application: Site<'_>) -> bool {
    let at = call.arguments.iter().position(|argument| argument.as_deref() == Some("--application-name"));
    let Some(argument) = at.and_then(|at| call.arguments.get(at + 1)) else { return false };
    let own = look(&application.resource.properties, "/ApplicationName").found();
    match argument {
        Some(name) => own.and_then(written) == Some(name),
        None => variables_of(buildspec, application).any(|variable| is_read(&command.text, &variable)),
    }
}

/// The variables that the project sets to the name of an application.
fn variables_of<'a>(buildspec: &Buildspec<'a>, application: Site<'a>) -> impl Iterator<Item = String> + use<'a> {
    let list = match buildspec.project.map(|project| project.look("/Environment/EnvironmentVariables")) {
        Some(Look::Found(list)) => crate::analysis::value::items(list),
        _ => Vec::new(),
    };
    let own = look(&application.resource.properties, "/ApplicationName").found().and_then(written);
    list.into_iter().filter_map(move |variable| {
        let value = look(variable, "/Value").found()?;
        let is_it = target(value) == Some(application.id) || own.is_some() && written(value) == own;
        is_it.then(|| text_at(variable, "/Name").map(|name| name.into_owned()))?
    })
}

/// Whether `--application-name` is followed by the variable.
fn is_read(command: &str, variable: &str) -> bool {
    let Some((_, rest)) = command.split_once("--application-name") else { return false };
    let rest = rest.trim_start_matches([' ', '=', '"']);
    let name = rest.strip_prefix("${").or_else(|| rest.strip_prefix('$')).and_then(|rest| rest.strip_prefix(variable));
    name.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}
