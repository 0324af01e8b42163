//! `functions`: Lambda functions.

mod lower;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::{Diagnostic, list};
use crate::kinds::network::Networks;
use crate::model::{
    Admission, Attribute, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Sender, Statement, Step, StepRequest,
    Thing, Verb, links, logical_id, section,
};
use crate::spec::{Anything, Bytes, Count, Mapping, OneOrMany, Pattern, PlainText, Reference, Scalar, Seconds, Target};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<Function>("functions", "Lambda functions."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The function's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The function's ARN." },
    ],
    longest_name: 64,
    idle: None,
    steps: &["invoke"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Lambda function whose code is in the template, so that a review of the template reviews it.
    pub struct Function {
        /// The language and its version.
        required runtime: Runtime = "runtime",
        /// The source file, or a folder that holds nothing but it, relative to this file.
        optional code: PlainText = "code",
        /// The source code itself.
        optional inline: PlainText = "inline",
        /// The function in the source file that Lambda calls; `handler` unless told otherwise.
        optional handler: PlainText = "handler",
        /// Memory, `128MiB` to `10240MiB`; the processor grows with it. `256MiB` unless told otherwise.
        optional memory: Bytes = "memory",
        /// How long one call may take, at most `15m`; `30s` unless told otherwise.
        optional timeout: Seconds = "timeout",
        /// Environment variables. Those of wired things (`STREAM_TRIPS_NAME`) come by themselves.
        optional env: Mapping<VariableName, Scalar> = "env",
        /// What the function reads.
        optional reads: OneOrMany<Reference<Anything>> = "reads",
        /// What the function writes to.
        optional writes: OneOrMany<Reference<Anything>> = "writes",
        /// What the function calls.
        optional calls: OneOrMany<Reference<Anything>> = "calls",
        /// The stream whose records start the function.
        optional on: Event = "on",
        /// The network that the function runs in, to reach what lets in only what stands there. It reaches anything else by the network's `nat` and `endpoints`.
        optional network: Reference<Networks> = "network",
    }
    one_of ["code", "inline"];
}

record! {
    /// Records of a stream that start a function.
    pub struct Event {
        /// The stream.
        required stream: Reference<Streams> = "stream",
        /// At most so many records a call; 100 unless told otherwise.
        optional batch: Count<1, 10_000> = "batch",
        /// How long to gather a batch, at most `5m`.
        optional window: Seconds = "window",
        /// Where a new function begins; `latest` unless told otherwise.
        optional from: StartingPosition = "from",
        /// How often a failing batch is tried again before it is given up; for as long as the records are kept unless told otherwise.
        optional retries: Count<0, 10_000> = "retries",
        /// The topic that is told of batches given up.
        optional on_failure: Reference<Topics> = "on-failure",
    }
}

choice! {
    /// The language of a function and its version.
    pub enum Runtime {
        /// Python 3.12.
        Python312 = "python3.12",
        /// Python 3.13.
        Python313 = "python3.13",
        /// Python 3.14.
        Python314 = "python3.14",
        /// Node.js 22.
        Node22 = "nodejs22.x",
        /// Node.js 24.
        Node24 = "nodejs24.x",
    }
}

choice! {
    /// Where in a stream a new reader begins.
    pub enum StartingPosition {
        /// At records that come after it.
        Latest = "latest",
        /// At the oldest record that is kept.
        TrimHorizon = "trim-horizon",
    }
}

#[derive(Debug)]
pub struct Streams;

impl Target for Streams {
    const SECTIONS: &'static [&'static str] = &["streams"];
}

#[derive(Debug)]
pub struct Topics;

impl Target for Topics {
    const SECTIONS: &'static [&'static str] = &["topics"];
}

/// What Lambda takes as the name of an environment variable.
#[derive(Clone, Copy, Debug)]
pub struct VariableName;

impl Pattern for VariableName {
    const REGEX: &'static str = "^[a-zA-Z][a-zA-Z0-9_]+$";
    const EXPECTED: &'static str =
        "the name of an environment variable: a letter, then letters, digits and underscores";
    const EXAMPLE: &'static str = "LOG_LEVEL";

    fn matches(text: &str) -> bool {
        text.len() >= 2
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

impl Runtime {
    /// The extension of the source file that a template can hold for this runtime.
    fn extension(self) -> &'static str {
        match self {
            Runtime::Python312 | Runtime::Python313 | Runtime::Python314 => "py",
            Runtime::Node22 | Runtime::Node24 => "js",
        }
    }
}

const MEMORY: std::ops::RangeInclusive<u64> = 128..=10_240;
const LONGEST_CALL: u64 = 900;
const LONGEST_WINDOW: u64 = 300;

/// The source code of a function: where it is, or why it cannot be used.
enum Code {
    Found(String),
    Missing(String),
    Several(Vec<String>),
}

impl Function {
    /// Looks the code up beside the document.
    fn find_code(&self, model: &Model) -> Code {
        if let Some(inline) = &self.inline {
            return Code::Found(inline.value.0.clone());
        }
        let path = self.code.as_ref().map_or("", |code| code.value.0.trim_end_matches('/'));
        let Some(files) = model.files.list(path) else {
            return model.files.read(path).map_or_else(|| Code::Missing(path.to_owned()), Code::Found);
        };
        let sources: Vec<_> = files.into_iter().filter(|file| !file.starts_with('.')).collect();
        match sources.as_slice() {
            [one] if one.ends_with(&format!(".{}", self.runtime.extension())) => {
                let file = format!("{path}/{one}");
                model.files.read(&file).map_or_else(|| Code::Missing(file), Code::Found)
            }
            [] | [_] => Code::Missing(format!("{path}/*.{}", self.runtime.extension())),
            _ => Code::Several(sources),
        }
    }
}

impl Thing for Function {
    fn links(&self) -> Vec<Link> {
        let mut links = links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes), (Verb::Calls, &self.calls)]);
        if let Some(event) = &self.on {
            links.push(Link { verb: Verb::On, target: event.stream.path(), span: event.stream.span.clone() });
            if let Some(topic) = &event.on_failure {
                links.push(Link { verb: Verb::Writes, target: topic.path(), span: topic.span.clone() });
            }
        }
        links
    }

    fn check(&self, _this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        let span = self.code.as_ref().map_or(&self.runtime.span, |code| &code.span);
        match self.find_code(model) {
            Code::Found(_) => {}
            Code::Missing(path) => report.push(
                Diagnostic::new(&rules::CODE, span, format!("the function's source `{path}` cannot be read"))
                    .label("no such file")
                    .help(format!("write the path of a `.{}` file, relative to this file", self.runtime.extension())),
            ),
            Code::Several(files) => report.push(
                Diagnostic::new(
                    &rules::CODE,
                    span,
                    format!(
                        "a function's code is one file in the template, but the folder holds {}",
                        list(files.iter().map(String::as_str))
                    ),
                )
                .label("several files")
                .help("name one of the files, or join them"),
            ),
        }
        if let Some(memory) = &self.memory
            && (!MEMORY.contains(&(memory.0 / Bytes::MEBIBYTE)) || memory.0 % Bytes::MEBIBYTE != 0)
        {
            report.push(
                Diagnostic::new(
                    &rules::LIMITS,
                    &memory.span,
                    format!("Lambda gives 128 MiB to 10,240 MiB of memory, not `{}`", memory.span.text()),
                )
                .label("AWS refuses this")
                .help("write a size from `128MiB` to `10240MiB`"),
            );
        }
        let timeout = self
            .timeout
            .as_ref()
            .map(|timeout| (timeout, LONGEST_CALL, "a call of a function may take at most 15 minutes"));
        let window = self.on.as_ref().and_then(|event| event.window.as_ref());
        let window = window.map(|window| (window, LONGEST_WINDOW, "a batch is gathered for at most 5 minutes"));
        for (duration, limit, message) in timeout.into_iter().chain(window) {
            if duration.0 > limit {
                report.push(
                    Diagnostic::new(
                        &rules::LIMITS,
                        &duration.span,
                        format!("{message}, not `{}`", duration.span.text()),
                    )
                    .label("AWS refuses this")
                    .help(format!("write at most `{}m`", limit / 60)),
                );
            }
        }
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        (verb == Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(
                &["lambda:InvokeFunction"],
                vec![Value::get_att(&*id, "Arn", origin)],
                origin,
            )],
            environment: vec![("name", Value::reference(id, origin))],
            event_source: None,
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let (id, origin) = (logical_id(this.section, &this.name.value, ""), &sender.origin);
        let account = sender.source.is_none().then(|| Value::reference("AWS::AccountId", origin));
        let permission = Value::map(origin)
            .with("Action", Value::text("lambda:InvokeFunction", origin))
            .with("FunctionName", Value::reference(&*id, origin))
            .with("Principal", Value::text(sender.service, origin))
            .with_some("SourceArn", sender.source.clone())
            .with_some("SourceAccount", account);
        let suffix = format!("From{}", logical_id(sender.entry.section, &sender.entry.name.value, ""));
        lowering.add(Home::Application, this, &suffix, "AWS::Lambda::Permission", permission);
        let after = Some(logical_id(this.section, &this.name.value, &suffix));
        Some(Admission { arn: Value::get_att(id, "Arn", origin), statements: Vec::new(), after })
    }

    fn network(&self) -> Option<String> {
        self.network.as_ref().map(|network| network.path())
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        if request.verb != "invoke" {
            return None;
        }
        let origin = &request.origin;
        let name = format!("{}-{}", lowering.model.stack_name(request.environment), this.name.value);
        let arn = Value::sub(
            format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}"),
            origin,
        );
        Some(Step {
            category: "Invoke",
            provider: "Lambda",
            configuration: vec![("FunctionName".to_owned(), Value::text(name, origin))],
            input: None,
            statements: vec![Statement::new(&["lambda:InvokeFunction"], vec![arn], origin)],
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let Code::Found(code) = self.find_code(lowering.model) else { return };
        lower::lower(self, this, code, lowering);
    }
}
