//! The commands, one file each; the only room that knows exit codes.

mod access;
mod account;
mod applying;
mod approve;
mod check;
mod completions;
mod covered;
mod deploy;
mod doctor;
mod drift;
mod explain;
mod fetch;
mod fix;
mod graph;
mod import;
mod init;
mod layers;
mod limits;
mod neighbours;
mod next;
mod permissions;
mod plan;
mod reconcile;
mod releasable;
mod release;
mod render;
mod rollback;
mod rules;
mod running;
mod schema;
mod seed;
mod snapshots;
mod start;
mod status;
mod targets;
mod together;
mod waiting;
mod why;

use std::process::ExitCode;

use clap::{ArgMatches, Args, FromArgMatches};

use crate::compile::{self, Build};
use crate::diagnostic::{self, Format, Level};
use crate::host::{self, Project};

/// How a command ended. The same numbers in every format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing was wrong.
    Clean,
    /// Something was found, or what is generated is not up to date.
    Findings,
    /// AWS refused, or a deployment failed.
    Failed,
    /// The command was used wrongly, or its input cannot be read.
    Usage,
    /// With `--detailed-exitcode`: there is something to change, or something differs.
    Different,
    /// The machine failed; or with `--strict`: not everything could be compared.
    Environment,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings | Exit::Failed => 1,
            Exit::Usage | Exit::Different => 2,
            Exit::Environment => 3,
        }
    }
}

/// A command that cannot go on: what to say, and how to end.
pub struct Failure {
    pub message: String,
    pub exit: Exit,
}

impl Failure {
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Usage }
    }

    pub fn environment(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Environment }
    }
}

type Outcome = Result<Exit, Failure>;

/// A command of the program.
struct Command {
    name: &'static str,
    /// Adds arguments and help.
    configure: fn(clap::Command) -> clap::Command,
    run: fn(&ArgMatches) -> Outcome,
}

impl Command {
    /// A command whose arguments are `A`.
    const fn of<A: Arguments>(name: &'static str) -> Self {
        fn run<A: Arguments>(matches: &ArgMatches) -> Outcome {
            match A::from_arg_matches(matches) {
                Ok(arguments) => arguments.run(),
                Err(error) => Err(Failure::usage(error.to_string())),
            }
        }
        Self { name, configure: A::augment_args, run: run::<A> }
    }
}

/// The arguments of a command, and what it does with them. The doc comment of the implementing type is its help.
trait Arguments: Args + FromArgMatches {
    fn run(self) -> Outcome;
}

/// Every command, in the order of the help.
static COMMANDS: &[Command] = &[
    Command::of::<init::Init>("init"),
    Command::of::<import::Import>("import"),
    Command::of::<check::Check>("check"),
    Command::of::<render::Render>("render"),
    Command::of::<fetch::Fetch>("fetch"),
    Command::of::<fetch::Update>("update"),
    Command::of::<rules::Rules>("rules"),
    Command::of::<explain::Explain>("explain"),
    Command::of::<why::Why>("why"),
    Command::of::<graph::Graph>("graph"),
    Command::of::<limits::Limits>("limits"),
    Command::of::<plan::PlanCommand>("plan"),
    Command::of::<deploy::Deploy>("deploy"),
    Command::of::<approve::Approve>("approve"),
    Command::of::<approve::Reject>("reject"),
    Command::of::<doctor::Doctor>("doctor"),
    Command::of::<status::Status>("status"),
    Command::of::<release::Release>("release"),
    Command::of::<rollback::Rollback>("rollback"),
    Command::of::<start::Start>("start"),
    Command::of::<start::Stop>("stop"),
    Command::of::<snapshots::Snapshots>("snapshots"),
    Command::of::<drift::Drift>("drift"),
    Command::of::<permissions::Permissions>("permissions"),
    Command::of::<reconcile::Reconcile>("reconcile"),
    Command::of::<schema::Schema>("schema"),
    Command::of::<completions::Completions>("completions"),
];

/// The whole command line, for parsing, completions and documentation.
fn command_line() -> clap::Command {
    let program = clap::Command::new("tidegate")
        .version(env!("CARGO_PKG_VERSION"))
        .about("One pipeline.yaml for a streaming system on AWS: checked, rendered, deployed, compared with what is live")
        .after_help("Begin with `tidegate init`, or read the book's first chapter. Exit codes: 0 clean, 1 findings or a failure of AWS, 2 wrong use (with --detailed-exitcode: differences), 3 the machine failed (with --strict: not everything could be compared).")
        .subcommand_required(true)
        .arg_required_else_help(true);
    COMMANDS
        .iter()
        .fold(program, |program, command| program.subcommand((command.configure)(clap::Command::new(command.name))))
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let matches = match command_line().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let wrong = error.use_stderr();
            let text = error.render();
            if wrong {
                host::tell(text.to_string().trim_end());
                return ExitCode::from(Exit::Usage.code());
            }
            host::print(&text.to_string());
            return ExitCode::SUCCESS;
        }
    };
    let (name, matches) = matches.subcommand().unwrap_or(("", &matches));
    let outcome = match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(matches),
        None => Err(Failure::usage(format!("there is no command `{name}`"))),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        host::tell(&format!("error: {}", failure.message));
        failure.exit
    });
    ExitCode::from(exit.code())
}

/// The document that a command works on.
#[derive(Args)]
struct DocumentArgument {
    /// The document; `-` reads the standard input.
    #[arg(default_value = "pipeline.yaml")]
    file: String,
}

/// How findings are shown.
#[derive(Args)]
struct FormatArgument {
    /// How findings are shown; `auto` is `github` in a GitHub workflow and `full` elsewhere.
    #[arg(long, env = "TIDEGATE_OUTPUT_FORMAT", default_value = "auto", value_parser = formats())]
    format: String,
}

fn formats() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(["auto"].into_iter().chain(Format::ALL.iter().map(|format| format.name())))
}

impl FormatArgument {
    fn format(&self) -> Format {
        let automatic = if host::variable("GITHUB_ACTIONS").is_some() { Format::Github } else { Format::Full };
        self.format.parse().unwrap_or(automatic)
    }
}

fn read_project(path: &str) -> Result<Project, Failure> {
    host::read_project(path).map_err(|message| {
        let hint = if path == "pipeline.yaml" { "; name the document, or make one with `tidegate init`" } else { "" };
        Failure::usage(format!("{message}{hint}"))
    })
}

/// Compiles a document for a command that needs it whole; findings are told, and errors end the command.
fn compile_or_fail(project: &Project) -> Result<Build, Failure> {
    let build = compile::compile(&project.input);
    let worst = build.diagnostics.iter().filter(|diagnostic| diagnostic.level() == Level::Error);
    if worst.count() == 0 {
        return Ok(build);
    }
    let text = diagnostic::render(&build.diagnostics, Format::Full, host::style());
    host::tell(text.trim_end());
    Err(Failure { message: format!("{} cannot be compiled", project.input.file.path()), exit: Exit::Findings })
}
