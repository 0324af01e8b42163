//! `functions`: Lambda functions.

mod check;
mod code;
mod events;
mod filter;
mod lower;
mod package;
mod release;
mod rules;
mod shift;
mod sources;
mod status;

pub(in crate::kinds) use events::Event;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{
    Admission, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Released, Sender, Statement,
    Step, StepRequest, Thing, Verb, Watch, links, logical_id, section,
};
use crate::release::Shown;
use crate::source::Located;
use crate::spec::{Anything, Bytes, Count, Mapping, OneOrMany, Pattern, PlainText, Reference, Scalar, Seconds};
use crate::{choice, record};

use code::{Code, Layer};
use shift::Shift;

pub const KIND: Kind = Kind {
    section: section::<Function>("functions", "Lambda functions."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "name",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The function's name; of a function that runs what builds publish, the ARN of its alias, which calls take as well.",
        },
        Attribute {
            name: "arn",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The function's ARN; of a function that runs what builds publish, that of its alias.",
        },
    ],
    longest_name: 64,
    idle: None,
    steps: &["invoke", "release"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Lambda function. Its code is one source file, which stands in the template so that a review of the template reviews it; or a package that a build publishes.
    pub struct Function {
        /// The language and its version.
        required runtime: Runtime = "runtime",
        /// The source file, or a folder that holds nothing but it, relative to this file; or a build that publishes a package (`builds.rider`). What runs of a build is what was released: see the step `release`.
        optional code: Code = "code",
        /// The source code itself.
        optional inline: PlainText = "inline",
        /// The function in the source file that Lambda calls; `handler` unless told otherwise. Of a package the file and the function, `app.handler`; `index.handler` unless told otherwise.
        optional handler: PlainText = "handler",
        /// The processor; `arm64` unless told otherwise, which costs less for the same work. With what builds publish `x86_64`, since that is what builds run on.
        optional architecture: Architecture = "architecture",
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
        /// Layers, at most five: builds that publish one (`builds.numbers`), or ARNs of versions.
        optional layers: OneOrMany<Layer> = "layers",
        /// What a release goes through.
        optional release: FunctionRelease = "release",
    }
    one_of ["code", "inline"];
}

record! {
    /// What a release of a function goes through.
    pub struct FunctionRelease {
        /// How long a release may wait for the stack to be free, updated and verified, at most `24h`; `2h` unless told otherwise.
        optional deadline: Seconds = "deadline",
        /// How calls go over to the new version; all at once unless told otherwise. When an alarm goes off meanwhile, all of them go to the version of before again, and the release fails.
        optional shift: Shift = "shift",
    }
}

choice! {
    /// The processor of a function.
    pub enum Architecture {
        /// AWS Graviton.
        Arm64 = "arm64",
        /// What builds run on.
        X86 = "x86_64",
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
/// The alias of what was released.
const LIVE: &str = "live";

/// The source code of a function: where it is, or why it cannot be used.
enum Source {
    /// A package that a build publishes.
    Built,
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

    /// How calls go over to a new version, if not all at once.
    fn shift(&self) -> Option<&Located<Shift>> {
        self.release.as_ref()?.shift.as_ref()
    }

    /// The processor.
    fn architecture(&self) -> &'static str {
        match &self.architecture {
            Some(architecture) => architecture.word(),
            None if self.released().is_empty() => Architecture::Arm64.word(),
            None => Architecture::X86.word(),
        }
    }

    /// Looks the code up beside the document.
    fn find_code(&self, model: &Model) -> Source {
        let path = match (&self.inline, self.code.as_ref().map(|code| &code.value)) {
            (Some(inline), _) => return Source::Found(inline.value.0.clone()),
            (None, Some(Code::Build(_))) => return Source::Built,
            (None, Some(Code::File(path))) => path.trim_end_matches('/'),
            (None, None) => "",
        };
        let Some(files) = model.files.list(path) else {
            return model.files.read(path).map_or_else(|| Source::Missing(path.to_owned()), Source::Found);
        };
        let sources: Vec<_> = files.into_iter().filter(|file| !file.starts_with('.')).collect();
        match sources.as_slice() {
            [one] if one.ends_with(&format!(".{}", self.runtime.extension())) => {
                let file = format!("{path}/{one}");
                model.files.read(&file).map_or_else(|| Source::Missing(file), Source::Found)
            }
            [] | [_] => Source::Missing(format!("{path}/*.{}", self.runtime.extension())),
            _ => Source::Several(sources),
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

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        match attribute {
            "name" => Some(self.callee_name(this, origin)),
            "arn" => Some(self.callee_arn(this, origin)),
            _ => None,
        }
    }

    fn declines(&self, verb: &str) -> Option<(&'static str, &'static str)> {
        (verb == "release" && self.released().is_empty()).then_some((
            "its code stands in the template, so the stack's deployment brings it",
            "remove the step, or name a build by `code:` or `layers:`",
        ))
    }

    fn released_build(&self) -> Option<String> {
        self.package().map(str::to_owned)
    }

    fn released_builds(&self) -> Vec<Released> {
        self.released()
    }

    fn watched_alarms(&self) -> Vec<Located<String>> {
        self.shift().map(|shift| shift.own_alarms()).unwrap_or_default()
    }

    fn shown(&self, this: &Entry, model: &Model, environment: &str) -> Option<Shown> {
        status::shown(self, this, model, environment)
    }

    /// Lambda keeps a copy of what CloudFormation gives it.
    fn loads(&self, _this: &Entry) -> Option<String> {
        None
    }

    /// A layer may be released without the code, and the code without a layer that stays as it is.
    fn step_builds(&self) -> Vec<String> {
        self.released().into_iter().map(|released| released.build).take(1).collect()
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        (verb == Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(&["lambda:InvokeFunction"], vec![self.callee_arn(this, origin)], origin)],
            environment: vec![("name", self.callee_name(this, origin))],
            event_source: None,
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let origin = &sender.origin;
        let arn = self.callee_arn(this, origin);
        if let Some(admission) = sender.by_role("lambda:InvokeFunction", &arn) {
            return Some(admission);
        }
        // The ARN of a bucket says nothing of its account: a bucket that is gone may come back as somebody else's.
        let says_account = sender.source.is_some() && sender.service != "s3.amazonaws.com";
        let account = (!says_account).then(|| Value::reference("AWS::AccountId", origin));
        let permission = Value::map(origin)
            .with("Action", Value::text("lambda:InvokeFunction", origin))
            .with("FunctionName", self.callee_name(this, origin))
            .with("Principal", Value::text(sender.service, origin))
            .with_some("SourceArn", sender.source.clone())
            .with_some("SourceAccount", account);
        let suffix = format!("From{}", logical_id(sender.entry.section, &sender.entry.name.value, ""));
        lowering.add(Home::Application, this, &suffix, "AWS::Lambda::Permission", permission);
        let after = Some(logical_id(this.section, &this.name.value, &suffix));
        Some(Admission { arn, statements: Vec::new(), after })
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        if request.verb == "release" {
            return release::step(self, this, request, lowering);
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
        match self.find_code(lowering.model) {
            Source::Found(code) => lower::lower(self, this, Some(code), lowering),
            Source::Built => lower::lower(self, this, None, lowering),
            Source::Missing(_) | Source::Several(_) => {}
        }
    }
}
