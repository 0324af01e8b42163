//! `tidegate init`

use std::path::Path;

use clap::Args;

use super::{Arguments, Exit, Failure, Outcome};
use crate::host;

/// Write a first document
///
/// Asks for what it is not told, and takes flags instead of answers. What it writes passes `tidegate check`. The JSON
/// Schema goes beside it, so that editors know the language at once.
#[derive(Args)]
pub(super) struct Init {
    /// Where to write it.
    #[arg(default_value = "pipeline.yaml")]
    file: String,
    /// The name of the system: lower-case letters, digits and hyphens.
    #[arg(long)]
    name: Option<String>,
    /// The AWS account: twelve digits.
    #[arg(long)]
    account: Option<String>,
    /// The AWS Region.
    #[arg(long)]
    region: Option<String>,
    /// The repository of the application, `owner/name` on GitHub.
    #[arg(long, value_name = "OWNER/NAME")]
    github: Option<String>,
    /// What the Flink application is written in.
    #[arg(long, value_parser = ["java", "python"])]
    language: Option<String>,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
}

/// Where editors find the JSON Schema, from the document's folder. A copy and not an address: it fits this version of the
/// program, and works without a network.
const SCHEMA: &str = ".tidegate/pipeline.schema.json";

/// A question that a flag answers as well.
struct Question {
    flag: &'static str,
    text: &'static str,
    default: &'static str,
}

const QUESTIONS: [Question; 5] = [
    Question { flag: "name", text: "Name of the system", default: "taxi-analytics" },
    Question { flag: "account", text: "AWS account (twelve digits)", default: "111122223333" },
    Question { flag: "region", text: "AWS Region", default: "us-east-1" },
    Question { flag: "github", text: "GitHub repository of the application", default: "acme/taxi-flink" },
    Question { flag: "language", text: "Language of the Flink application (java or python)", default: "java" },
];

impl Arguments for Init {
    fn run(self) -> Outcome {
        if host::exists(Path::new(&self.file)) && !self.force {
            return Err(Failure::usage(format!(
                "{} is there already; name another file, or replace it with --force",
                self.file
            )));
        }
        let given = [self.name, self.account, self.region, self.github, self.language];
        let mut answers = Vec::new();
        for (question, given) in QUESTIONS.iter().zip(given) {
            answers.push(match given {
                Some(answer) => answer,
                None => ask(question)?,
            });
        }
        let [name, account, region, github, language] =
            answers.try_into().map_err(|_| Failure::usage("an answer is missing"))?;
        let document = document(&name, &account, &region, &github, &language);
        let findings = crate::compile::check(&host::document_from_text(&self.file, &document)).diagnostics;
        if let Some(finding) = findings.first() {
            return Err(Failure::usage(format!("that makes no good document: {}", finding.message)));
        }
        let schema = Path::new(&self.file).with_file_name(SCHEMA);
        host::write_file(&schema, &format!("{:#}\n", crate::compile::schema())).map_err(Failure::environment)?;
        host::write_file(Path::new(&self.file), &document).map_err(Failure::environment)?;
        host::print(&format!("wrote {}, and {} for editors\n", self.file, schema.display()));
        host::tell(&format!("next: `tidegate check {0}`, then `tidegate render {0}`, and commit both", self.file));
        Ok(Exit::Clean)
    }
}

fn ask(question: &Question) -> Result<String, Failure> {
    if !host::is_interactive() {
        return Err(Failure::usage(format!("--{} is missing, and nobody can be asked here", question.flag)));
    }
    dialoguer::Input::new()
        .with_prompt(question.text)
        .default(question.default.to_owned())
        .interact_text()
        .map_err(|error| Failure::environment(format!("cannot ask: {error}")))
}

fn document(name: &str, account: &str, region: &str, github: &str, language: &str) -> String {
    let build = match language {
        "python" => {
            "    python: {version: \"3.11\", main: main.py, connector: \"org.apache.flink:flink-sql-connector-aws-kinesis-streams:5.0.0-1.20\"}\n    output: application.zip"
        }
        _ => "    java: {jdk: 11, tool: maven}\n    output: target/*.jar",
    };
    format!(
        r#"# yaml-language-server: $schema={SCHEMA}
tidegate: 1
name: {name}

environments:
  prod: {{account: "{account}", region: {region}}}

repos:
  app: {{github: {github}, connection: github, branch: main}}

builds:
  application:
    repo: repos.app
{build}

streams:
  events: {{mode: on-demand}}

flink:
  processor:
    runtime: flink-1.20
    code: builds.application
    parallelism: {{tasks: 1}}
    reads: [streams.events]
    properties:
      Source: {{stream.name: "${{{{ streams.events.name }}}}"}}

gates:
  release: {{timeout: 3d}}

pipelines:
  application:
    - build: builds.application
    - approve: gates.release
    - release: flink.processor
  infrastructure:
    - verify: repos.app
    - plan: environments.prod
    - approve: gates.release
    - deploy: environments.prod
"#,
    )
}
