//! `functions`: Lambda functions.

mod check;
mod events;
mod filter;
mod lower;
mod rules;
mod sources;

pub(in crate::kinds) use events::Event;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{
    Admission, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Sender, Statement, Step,
    StepRequest, Thing, Verb, Watch, links, logical_id, section,
};
use crate::source::Located;
use crate::spec::{
    Anything, Bytes, Count, Mapping, Matching, OneOrMany, Pattern, PlainText, Reference, Scalar, Seconds,
};
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
        /// The network that the function runs in, to reach what lets in only what stands there. It reaches anything else by the network's `nat` and `endpoints`.
        optional network: Reference<Networks> = "network",
        /// What the function reads.
        optional reads: OneOrMany<Reference<Anything>> = "reads",
        /// What the function writes to.
        optional writes: OneOrMany<Reference<Anything>> = "writes",
        /// What the function calls.
        optional calls: OneOrMany<Reference<Anything>> = "calls",
        /// What starts the function: records of a stream or of a topic of Kafka, changes of a table, messages of a queue or topic, objects of a bucket; or a list of them.
        optional on: OneOrMany<Event> = "on",
        /// How many calls may run at a time, which no other function can then use; `0` stops it. All that the account has left unless told otherwise.
        optional concurrency: Count<0, 100_000> = "concurrency",
        /// The ARNs of versions of layers, at most five.
        optional layers: OneOrMany<Matching<LayerArn>> = "layers",
    }
    one_of ["code", "inline"];
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

/// The ARN of a layer's version.
#[derive(Clone, Copy, Debug)]
pub struct LayerArn;

impl Pattern for LayerArn {
    const REGEX: &'static str = "^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+:[0-9]+$";
    const EXPECTED: &'static str = "the ARN of a version of a layer";
    const EXAMPLE: &'static str = "arn:aws:lambda:us-east-1:111122223333:layer:numbers:7";

    fn matches(text: &str) -> bool {
        let parts: Vec<&str> = text.split(':').collect();
        let [arn, partition, "lambda", region, account, "layer", name, version] = parts.as_slice() else {
            return false;
        };
        let made_of = |text: &str, also: fn(u8) -> bool| !text.is_empty() && text.bytes().all(also);
        let digits = |text: &str| made_of(text, |byte| byte.is_ascii_digit());
        *arn == "arn"
            && made_of(partition, |byte| byte.is_ascii_lowercase() || byte == b'-')
            && made_of(region, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && account.len() == 12
            && digits(account)
            && made_of(name, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
            && digits(version)
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

const DEFAULT_TIMEOUT_SECONDS: u64 = 30;

/// The source code of a function: where it is, or why it cannot be used.
enum Code {
    Found(String),
    Missing(String),
    Several(Vec<String>),
}

impl Function {
    /// What starts it.
    fn events(&self) -> impl Iterator<Item = &Located<Event>> {
        self.on.iter().flat_map(|events| &events.value.0)
    }

    /// The topics and queues that are told of what it could not work on.
    pub(in crate::kinds) fn failures(&self) -> impl Iterator<Item = String> {
        self.events().filter_map(|event| event.failures()).map(|(path, _)| path)
    }

    /// The seconds that a call may take.
    pub(in crate::kinds) fn timeout(&self) -> u64 {
        self.timeout.as_ref().map_or(DEFAULT_TIMEOUT_SECONDS, |timeout| timeout.0)
    }

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
    fn network(&self, _model: &Model) -> Option<String> {
        self.network.as_ref().map(|network| network.path())
    }

    fn links(&self) -> Vec<Link> {
        let mut links = links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes), (Verb::Calls, &self.calls)]);
        links.extend(self.events().flat_map(|event| event.links()));
        links
    }

    fn watches(&self) -> Vec<Watch> {
        self.events().filter_map(|event| event.watch()).collect()
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
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
        let arn = Value::get_att(&*id, "Arn", origin);
        if let Some(admission) = sender.by_role("lambda:InvokeFunction", &arn) {
            return Some(admission);
        }
        // The ARN of a bucket says nothing of its account: a bucket that is gone may come back as somebody else's.
        let says_account = sender.source.is_some() && sender.service != "s3.amazonaws.com";
        let account = (!says_account).then(|| Value::reference("AWS::AccountId", origin));
        let permission = Value::map(origin)
            .with("Action", Value::text("lambda:InvokeFunction", origin))
            .with("FunctionName", Value::reference(&*id, origin))
            .with("Principal", Value::text(sender.service, origin))
            .with_some("SourceArn", sender.source.clone())
            .with_some("SourceAccount", account);
        let suffix = format!("From{}", logical_id(sender.entry.section, &sender.entry.name.value, ""));
        lowering.add(Home::Application, this, &suffix, "AWS::Lambda::Permission", permission);
        let after = Some(logical_id(this.section, &this.name.value, &suffix));
        Some(Admission { arn, statements: Vec::new(), after })
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

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = [("FunctionName", this.reference(&this.shown()))];
        vec![
            Chart::new("Calls", "AWS/Lambda", &name, [("Invocations", "Sum"), ("Errors", "Sum"), ("Throttles", "Sum")]),
            Chart::new("Duration", "AWS/Lambda", &name, [("Duration", "Average"), ("Duration", "Maximum")]),
            Chart::new("At once", "AWS/Lambda", &name, [("ConcurrentExecutions", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let Code::Found(code) = self.find_code(lowering.model) else { return };
        lower::lower(self, this, code, lowering);
    }
}
