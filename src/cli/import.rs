//! `tidegate import`

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde_json::{Map, Value as Json, json};

use super::account::failed;
use super::{Arguments, Exit, Failure, Outcome};
use crate::cloud::aws::{Account, Settings};
use crate::cloud::{Look, Observation, Wanted};
use crate::desired::Stack;
use crate::host;
use crate::import::{self, Beside, Change, Environment, Hidden, Imported, Left, Request, Values};
use crate::source::{SourceFile, Span};

/// Make a document from stacks, templates and pipelines that are there
///
/// Takes templates in YAML or JSON, pipeline definitions as CodePipeline's API spells them, and with --stack and --pipeline
/// those of an account. Seeks the document that asks for the same, writes it, and lists what it does not ask for and what
/// it would change. Nothing is changed in an account.
#[derive(Args)]
pub(super) struct Import {
    /// Templates and pipeline definitions; several make one document: application, data and delivery.
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// A stack of the account, with the values of its parameters; may be given several times.
    #[arg(long, value_name = "NAME")]
    stack: Vec<String>,
    /// A pipeline of the account; may be given several times.
    #[arg(long, value_name = "NAME")]
    pipeline: Vec<String>,
    /// The name of the system: lower-case letters, digits and hyphens. Made from the first stack or file unless told.
    #[arg(long)]
    name: Option<String>,
    /// The name of the environment that the templates are deployed to; may be given several times.
    #[arg(long, value_name = "NAME", default_value = "prod")]
    environment: Vec<String>,
    /// The AWS account of the environment; that of the credentials for --stack and --pipeline.
    #[arg(long, value_name = "TWELVE DIGITS")]
    account: Option<String>,
    /// The AWS Region of the environment.
    #[arg(long)]
    region: Option<String>,
    /// The profile of the AWS settings to use, instead of AWS_PROFILE.
    #[arg(long)]
    profile: Option<String>,
    /// Where to write the document; `-` writes it to the standard output and the report beside it.
    #[arg(long, short, value_name = "FILE", default_value = "pipeline.yaml")]
    output: String,
    /// Replace a document that is there.
    #[arg(long)]
    force: bool,
}

/// What templates of this program are called, whatever their system.
const ROLES: [&str; 3] = ["application", "data", "delivery"];
const PIPELINE: &str = "AWS::CodePipeline::Pipeline";

/// What was read, and where it is.
#[derive(Default)]
struct Found {
    stacks: Vec<Stack>,
    params: Map<String, Json>,
    protected: bool,
    name: Option<String>,
    account: Option<String>,
}

impl Arguments for Import {
    fn run(self) -> Outcome {
        if self.files.is_empty() && self.stack.is_empty() && self.pipeline.is_empty() {
            return Err(Failure::usage(
                "there is nothing to import; name a template, or a stack of the account with --stack NAME",
            ));
        }
        let to_file = self.output != "-";
        if to_file && host::exists(Path::new(&self.output)) && !self.force {
            return Err(Failure::usage(format!(
                "{} is there already; name another file with --output, or replace it with --force",
                self.output
            )));
        }
        let mut found = Found { protected: true, ..Found::default() };
        for file in &self.files {
            read(file, &mut found)?;
        }
        if !self.stack.is_empty() || !self.pipeline.is_empty() {
            self.look(&mut found)?;
        }
        if found.stacks.iter().all(|stack| stack.resources.is_empty()) {
            return Err(Failure::usage("there are no resources in what was given, so there is nothing to import"));
        }
        let name = self.name.clone().or_else(|| found.name.clone()).map(|name| import::thing_name(&name));
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
            Failure::usage("no name can be made of what was given; say what the system is called with --name")
        })?;
        let environments = self.environments(&found)?;
        let path = if to_file { self.output.replace('\\', "/") } else { "pipeline.yaml".to_owned() };
        let files = host::files_beside(Path::new(&path));
        let request = Request { name: &name, path: &path, environments: &environments, stacks: &found.stacks, files };
        let imported = import::import(&request, &|_| {});
        let report = report(&imported);
        if to_file {
            host::write_file(Path::new(&self.output), &imported.document).map_err(Failure::environment)?;
            host::print(&format!("{report}wrote {}\n", self.output));
            host::tell(&format!("next: read it, then `tidegate check {0}` and `tidegate render {0}`", self.output));
        } else {
            host::print(&imported.document);
            host::tell(report.trim_end());
        }
        Ok(Exit::Clean)
    }
}

impl Import {
    fn environments(&self, found: &Found) -> Result<Vec<Environment>, Failure> {
        let missing = |what: &str| {
            Failure::usage(format!("a template does not say its {what}, and the document must; name it with --{what}"))
        };
        let account = self.account.clone().or_else(|| found.account.clone()).ok_or_else(|| missing("account"))?;
        let region = self.region.clone().or_else(|| host::variable("AWS_REGION")).ok_or_else(|| missing("region"))?;
        let environments = self.environment.iter().map(|name| Environment {
            name: name.clone(),
            account: account.clone(),
            region: region.clone(),
            params: found.params.clone(),
            protected: found.protected,
        });
        Ok(environments.collect())
    }

    /// Reads what is in the account.
    fn look(&self, found: &mut Found) -> Result<(), Failure> {
        let settings =
            Settings { profile: self.profile.clone(), region: self.region.clone(), role: None, at_once: None };
        let account = Account::connect(&settings).map_err(|error| failed(&error))?;
        found.account = Some(account.caller().map_err(|error| failed(&error))?.account);
        for name in &self.stack {
            let state = account.stack(name).map_err(|error| failed(&error))?;
            let state = state.filter(|state| !state.only_reviewed()).ok_or_else(|| not_there("stack", name))?;
            let text = account.template(name).map_err(|error| failed(&error))?;
            found.name.get_or_insert_with(|| self.name_of(name));
            found.protected &= state.protected;
            for parameter in &state.parameters {
                found.params.insert(import::thing_name(&parameter.name), json!(parameter.value));
            }
            lift(&SourceFile::new(format!("stack {name}"), text), found)?;
        }
        let wanted: Vec<Wanted> = self.pipeline.iter().map(|name| wanted(name)).collect();
        for (name, seen) in self.pipeline.iter().zip(account.observe(&wanted)) {
            let live = match seen {
                Observation::Live(live) => live,
                Observation::Missing => return Err(not_there("pipeline", name)),
                Observation::Unread(reason) => {
                    let message = format!("the pipeline `{name}` cannot be read: {reason}");
                    return Err(Failure { message, exit: Exit::Failed });
                }
                Observation::NoReader => {
                    let message = format!("the pipeline `{name}` cannot be read: nothing here reads pipelines");
                    return Err(Failure { message, exit: Exit::Failed });
                }
            };
            found.name.get_or_insert_with(|| name.clone());
            found.stacks.push(import::alone(PIPELINE, name, live.properties));
        }
        Ok(())
    }

    /// The stack of an environment is called like it.
    fn name_of(&self, stack: &str) -> String {
        let ends = self.environment.iter().map(|name| format!("-{name}")).chain(["-delivery".to_owned()]);
        let stems = ends.filter_map(|end| stack.strip_suffix(&end).map(str::to_owned));
        stems.into_iter().next().unwrap_or_else(|| stack.to_owned())
    }
}

fn read(path: &str, found: &mut Found) -> Result<(), Failure> {
    let project = host::read_project(path).map_err(Failure::usage)?;
    found.name.get_or_insert_with(|| {
        let mut parts = path.rsplit(['/', '\\']);
        let file = parts.next().unwrap_or(path);
        let stem = file.split('.').next().unwrap_or(file);
        // What this program renders is called after what it holds, in a folder of the system's name.
        let folder = parts.next().filter(|folder| ROLES.contains(&stem) && !folder.trim_matches('.').is_empty());
        folder.unwrap_or(stem).to_owned()
    });
    lift(&project.input.file, found)
}

fn lift(file: &Arc<SourceFile>, found: &mut Found) -> Result<(), Failure> {
    let stack = import::lift(file).map_err(|what| Failure::usage(format!("{} is {what}", file.path())))?;
    found.stacks.push(stack);
    Ok(())
}

fn not_there(what: &str, name: &str) -> Failure {
    Failure { message: format!("there is no {what} `{name}` in this account and Region"), exit: Exit::Failed }
}

fn wanted(name: &str) -> Wanted {
    Wanted {
        logical_id: name.to_owned(),
        resource_type: PIPELINE.to_owned(),
        physical_id: name.to_owned(),
        properties: json!({ "Name": name }),
    }
}

/// What became of everything.
fn report(imported: &Imported) -> String {
    let mut lines = vec!["What became of the resources:".to_owned()];
    for (thing, ids) in &imported.things {
        let thing = if thing.is_empty() { "the document" } else { thing };
        lines.push(format!("  {thing}: {}", ids.join(", ")));
    }
    if !imported.kept.is_empty() {
        lines.push("Under `resources`, as they are, because no thing makes them:".to_owned());
        lines.extend(imported.kept.iter().map(left));
    }
    if !imported.left.is_empty() {
        lines.push("Not in the document, because no thing in it makes them:".to_owned());
        lines.extend(imported.left.iter().map(left));
    }
    if !imported.renamed.is_empty() {
        lines.push(
            "Under another logical id, so that CloudFormation makes them anew and takes the old ones away:".to_owned(),
        );
        lines.extend(imported.renamed.iter().map(|(old, new)| format!("  {old} is now {new}")));
    }
    if !imported.beside.is_empty() {
        lines.push("Not in the document, because it has no such part:".to_owned());
        lines.extend(imported.beside.iter().map(beside));
    }
    if !imported.hidden.is_empty() {
        lines.push(
            "Hidden by `NoEcho`, so that a secret has to hold them, or say in `params` where they are:".to_owned(),
        );
        lines.extend(imported.hidden.iter().map(hidden));
    }
    if !imported.changes.is_empty() {
        lines.push("Otherwise after a round trip:".to_owned());
        lines.extend(imported.changes.iter().map(change));
    }
    if !imported.added.is_empty() {
        lines.push("Added by the document:".to_owned());
        lines.extend(imported.added.iter().map(|(id, kind, thing)| format!("  {id} ({kind}), for {thing}")));
    }
    lines.push("Values of the templates, by what says them in the document:".to_owned());
    lines.extend(imported.shares.iter().map(|share| {
        let Values { keys, overrides, raw, lost } = share.values;
        let percent = (keys * 100).checked_div(keys + overrides + raw + lost).unwrap_or(100);
        let section = if share.section.is_empty() { "the document" } else { &share.section };
        format!(
            "  {section:<12} {:>4} resources {keys:>5} by keys {overrides:>4} by overrides {raw:>4} as they are {lost:>4} \
             otherwise {percent:>4} %",
            share.resources
        )
    }));
    lines.join("\n") + "\n"
}

fn left(left: &Left) -> String {
    let condition = match &left.condition {
        Some(name) => format!(", under the condition {name}, which a document cannot have"),
        None => String::new(),
    };
    format!("  {} {} ({}){condition}", place(&left.span), left.logical_id, left.resource_type)
}

fn beside(beside: &Beside) -> String {
    let export = match &beside.export {
        Some(name) => format!(", exported as `{name}`: no other stack may import it any more"),
        None => String::new(),
    };
    format!("  {} {} {}{export}", place(&beside.span), beside.what, beside.name)
}

fn hidden(hidden: &Hidden) -> String {
    let Hidden { parameter, secret, span } = hidden;
    format!("  {} {parameter}: read from the secret `{secret}` of Secrets Manager", place(span))
}

fn change(change: &Change) -> String {
    let short = |value: &Option<String>| match value {
        None => "nothing".to_owned(),
        Some(text) => {
            let line: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
            format!("`{line}`")
        }
    };
    let id = match change.logical_id == change.new_id {
        true => change.logical_id.clone(),
        false => format!("{} (now {})", change.logical_id, change.new_id),
    };
    format!(
        "  {} {id} {}: {} becomes {}",
        place(&change.span),
        change.pointer,
        short(&change.was),
        short(&change.becomes)
    )
}

fn place(span: &Span) -> String {
    let position = span.start_position();
    format!("{}:{}:{}", span.path(), position.line, position.column)
}
