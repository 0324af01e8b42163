//! `pipelines`: the way of a change into an environment.

use super::stages::{Composer, pipeline_name};
use super::{Artifacts, Builds, Environments, Gates, Repos, check, rules};
use crate::desired::Value;
use crate::diagnostic::Diagnostic;
use crate::model::{Admission, Entry, Home, Kind, Lowering, Model, Sender, Statement, Thing, section};
use crate::source::{Located, Span};
use crate::spec::{
    Anything, Decoder, Definitions, Either, Mapping, OneOrMany, Pattern, PlainText, Reference, Scalar, Shape, Target,
    Text,
};
use crate::syntax::Node;
use crate::{choice, record};

pub const PIPELINES: Kind = Kind {
    section: section::<Pipeline>("pipelines", "The way of a change into an environment."),
    home: Home::Delivery,
    attributes: &[],
    longest_name: usize::MAX,
    idle: None,
    steps: &[],
    rules: rules::PIPELINES,
    page: include_str!("pipelines.md"),
};

/// A pipeline is its steps, or says more about itself.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub(super) mode: Option<Located<Mode>>,
    pub(super) on: Option<Located<OneOrMany<Reference<Starters>>>>,
    pub(super) pull_requests: Option<Located<OneOrMany<Reference<Repos>>>>,
    pub(super) notify: Option<Located<OneOrMany<PlainText>>>,
    pub(super) on_failure: Option<Located<OnFailure>>,
    pub(super) first_run: Option<Located<FirstRun>>,
    pub(super) steps: Vec<Located<Step>>,
}

/// Where a pipeline invokes the function at `path`.
pub(in crate::kinds) fn invocation<'a>(model: &'a Model, path: &str) -> Option<&'a Span> {
    let pipelines = model.entries.iter().filter_map(|entry| model.thing::<Pipeline>(&entry.path()));
    let mut invoked = pipelines.flat_map(|(_, pipeline)| pipeline.steps.iter()).filter_map(|step| step.value.invoked());
    invoked.find(|(function, _)| function == path).map(|(_, span)| span)
}

/// The names in AWS of the pipelines that have a step with this verb for the thing at `path`.
pub(in crate::kinds) fn pipelines_of(model: &Model, verb: &str, path: &str) -> Vec<String> {
    let pipelines = model.entries.iter().filter_map(|entry| model.thing::<Pipeline>(&entry.path()));
    let has = |step: &Step| step.verb() == verb && step.targets().iter().any(|(target, _)| target == path);
    let acting = pipelines.filter(|(_, pipeline)| pipeline.steps.iter().any(|step| has(&step.value)));
    acting.map(|(entry, _)| pipeline_name(model, entry)).collect()
}

record! {
    /// A pipeline: a list of steps, or a mapping with `steps` and more.
    pub struct LongPipeline {
        /// What happens to an execution while another one is on its way; `superseded` unless told otherwise.
        optional mode: Mode = "mode",
        /// What starts it: pushes to repositories that it uses, or the success of another pipeline. All its repositories unless told otherwise.
        optional on: OneOrMany<Reference<Starters>> = "on",
        /// Repositories behind a connection: it starts when a pull request into their branch is opened or changed, and not by pushes. It may build and test, and nothing more.
        optional pull_requests: OneOrMany<Reference<Repos>> = "pull-requests",
        /// E-mail addresses that are told when an execution fails; each must confirm its subscription once.
        optional notify: OneOrMany<PlainText> = "notify",
        /// What happens when a stage fails, beside that the execution ends; nothing unless told otherwise.
        optional on_failure: OnFailure = "on-failure",
        /// Whether it runs when it is made, before anybody pushed: `skip` stops that execution at once. It runs unless told otherwise.
        optional first_run: FirstRun = "first-run",
        /// What it does, in order.
        required steps: Vec<Located<Step>> = "steps",
    }
}

record! {
    /// One step. `plan` and `approve` share a stage with the step that they lead to, so that no other execution comes between.
    pub struct Step {
        /// The name of its stage, instead of one made from what it does.
        optional name: Matching = "name",
        /// Builds, several at once.
        optional build: OneOrMany<Reference<Builds>> = "build",
        /// Waits for a person.
        optional approve: Reference<Gates> = "approve",
        /// Checks that what is generated in a repository was made from the `pipeline.yaml` beside it.
        optional verify: Either<Reference<Repos>, Verify> = "verify",
        /// Makes the change set that `deploy` executes, for the approver to read.
        optional plan: Reference<Environments> = "plan",
        /// Deploys an environment's stack by change set.
        optional deploy: Reference<Environments> = "deploy",
        /// Values of `params` that this execution found out, for `plan`, or `deploy` without one: `image: ${{ builds.image.TAG }}`. With stacks by life cycle they reach the stack of what changes.
        optional params: Mapping<ParamName, Scalar> = "params",
        /// Releases what was built in this pipeline into an application or function, and waits until it runs; tells a streaming job of its script; runs the SQL of a warehouse; puts the index templates of a search domain.
        optional release: OneOrMany<Reference<Anything>> = "release",
        /// Runs commands.
        optional run: Run = "run",
        /// Copies what was built, or a repository, into a bucket.
        optional copy: Copy = "copy",
        /// Calls a function, and waits until it answers by `PutJobSuccessResult` or `PutJobFailureResult`; its role allows that.
        optional invoke: Invoke = "invoke",
        /// Starts workflows, or the steps of clusters, and waits until they end; until they run, if they are streaming.
        optional start: OneOrMany<Reference<Anything>> = "start",
        /// An action of CodePipeline in its own words.
        optional action: Action = "action",
        /// The environment to act in; needed where there are several.
        optional to: Reference<Environments> = "to",
    }
    one_of ["build", "approve", "verify", "plan", "deploy", "release", "run", "copy", "invoke", "start", "action"];
}

/// The name of a stage.
pub type Matching = crate::spec::Matching<StageName>;

record! {
    /// Checks that what is generated in a repository was made from the `pipeline.yaml` beside it.
    pub struct Verify {
        /// The repository.
        required repo: Reference<Repos> = "repo",
        /// Commands that install tidegate, which then checks by itself instead of by digests.
        optional install: Vec<Located<PlainText>> = "install",
    }
}

record! {
    /// Runs commands in a container of CodePipeline's own, under the pipeline's role, for at most 55 minutes.
    pub struct Run {
        /// The code that is there.
        required repo: Reference<Repos> = "repo",
        /// The commands; each is one line of at most 1,000 characters.
        required commands: Vec<Located<Text>> = "commands",
    }
}

record! {
    /// Copies files into a bucket.
    pub struct Copy {
        /// A build, or a repository.
        required from: Reference<Artifacts> = "from",
        /// The bucket.
        required to: Reference<Anything> = "to",
        /// The folder in the bucket.
        optional prefix: PlainText = "prefix",
    }
}

record! {
    /// Calls a function.
    pub struct LongInvoke {
        /// The function.
        required function: Reference<Anything> = "function",
        /// What it gets as `UserParameters`; at most 1,000 characters.
        optional input: Text = "input",
    }
}

/// The function to call, or more about the call.
pub type Invoke = Either<Reference<Anything>, LongInvoke>;

record! {
    /// An action in CodePipeline's own words.
    pub struct Action {
        /// `Build`, `Deploy`, …
        required category: Category = "category",
        /// `CodeBuild`, `CodeDeploy`, …
        required provider: PlainText = "provider",
        /// `AWS` unless told otherwise.
        optional owner: Owner = "owner",
        /// `1` unless told otherwise.
        optional version: Scalar = "version",
        /// The provider's settings.
        optional configuration: Mapping<ConfigurationKey, Scalar> = "configuration",
        /// What it works on.
        optional inputs: OneOrMany<Reference<Artifacts>> = "inputs",
    }
}

choice! {
    /// What kind of work an action does.
    pub enum Category {
        /// Builds.
        Build = "Build",
        /// Tests.
        Test = "Test",
        /// Deploys.
        Deploy = "Deploy",
        /// Calls something.
        Invoke = "Invoke",
    }
}

choice! {
    /// Who made an action's provider.
    pub enum Owner {
        /// AWS.
        Aws = "AWS",
        /// A partner of AWS.
        ThirdParty = "ThirdParty",
        /// This account.
        Custom = "Custom",
    }
}

choice! {
    /// What happens when a stage fails.
    pub enum OnFailure {
        /// The failed actions of the stage run again, once.
        Retry = "retry",
        /// The stage goes back to its last execution that succeeded.
        RollBack = "roll-back",
    }
}

choice! {
    /// What the execution does that CodePipeline starts when it makes the pipeline.
    pub enum FirstRun {
        /// It runs like any other.
        Run = "run",
        /// It is stopped.
        Skip = "skip",
    }
}

/// What can start a pipeline.
#[derive(Debug)]
pub struct Starters;

impl Target for Starters {
    const SECTIONS: &'static [&'static str] = &["repos", "pipelines"];
}

/// The name of a param.
#[derive(Clone, Copy, Debug)]
pub struct ParamName;

impl Pattern for ParamName {
    const REGEX: &'static str = "^[a-z][a-z0-9-]*$";
    const EXPECTED: &'static str = "the name of one of `params`";
    const EXAMPLE: &'static str = "image";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }
}

choice! {
    /// What happens to an execution while another one is on its way.
    pub enum Mode {
        /// A newer execution takes the place of one that waits.
        Superseded = "superseded",
        /// Executions wait for each other.
        Queued = "queued",
        /// Executions run beside each other.
        Parallel = "parallel",
    }
}

impl Shape for Pipeline {
    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        <Either<Vec<Located<Step>>, LongPipeline>>::schema(definitions)
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        Some(match Either::<Vec<Located<Step>>, LongPipeline>::decode(node, decoder)? {
            Either::Short(steps) => Self {
                mode: None,
                on: None,
                pull_requests: None,
                notify: None,
                on_failure: None,
                first_run: None,
                steps,
            },
            Either::Long(long) => Self {
                mode: long.mode,
                on: long.on,
                pull_requests: long.pull_requests,
                notify: long.notify,
                on_failure: long.on_failure,
                first_run: long.first_run,
                steps: long.steps.value,
            },
        })
    }
}

/// CodePipeline service model, StageName.
#[derive(Clone, Copy, Debug)]
pub struct StageName;

impl Pattern for StageName {
    const REGEX: &'static str = r"^[A-Za-z0-9.@_-]{1,60}$";
    const EXPECTED: &'static str = "the name of a stage: 1 to 60 letters, digits, `.`, `@`, `_` and `-`";
    const EXAMPLE: &'static str = "Production";

    fn matches(text: &str) -> bool {
        (1..=60).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".@_-".contains(&byte))
    }
}

/// CodePipeline service model, ActionConfigurationKey.
#[derive(Clone, Copy, Debug)]
pub struct ConfigurationKey;

impl Pattern for ConfigurationKey {
    const REGEX: &'static str = "^[A-Za-z0-9]{1,50}$";
    const EXPECTED: &'static str = "a configuration key: 1 to 50 letters and digits";
    const EXAMPLE: &'static str = "ProjectName";

    fn matches(text: &str) -> bool {
        (1..=50).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

impl Verify {
    pub(super) fn split(
        verify: &Either<Reference<Repos>, Verify>,
    ) -> (&Reference<Repos>, Option<&Vec<Located<PlainText>>>) {
        match verify {
            Either::Short(repo) => (repo, None),
            Either::Long(verify) => (&verify.repo.value, verify.install.as_ref().map(|install| &install.value)),
        }
    }
}

impl Step {
    /// The key that says what this step does.
    pub(super) fn verb(&self) -> &'static str {
        [
            ("build", self.build.is_some()),
            ("approve", self.approve.is_some()),
            ("verify", self.verify.is_some()),
            ("plan", self.plan.is_some()),
            ("deploy", self.deploy.is_some()),
            ("release", self.release.is_some()),
            ("run", self.run.is_some()),
            ("copy", self.copy.is_some()),
            ("invoke", self.invoke.is_some()),
            ("start", self.start.is_some()),
            ("action", self.action.is_some()),
        ]
        .into_iter()
        .find(|(_, given)| *given)
        .map_or("", |(verb, _)| verb)
    }

    /// Whether this step waits for the one after it, in the same stage.
    pub(super) fn leads_on(&self) -> bool {
        self.plan.is_some() || self.approve.is_some()
    }

    /// The thing that a step is asked of, for `release`, `copy`, `invoke` and `start`.
    pub(super) fn targets(&self) -> Vec<(String, &Span)> {
        let released =
            self.release.iter().flat_map(|release| release.value.0.iter()).map(|target| (target.path(), &target.span));
        let copied = self.copy.iter().map(|copy| (copy.to.path(), &copy.to.span));
        let started =
            self.start.iter().flat_map(|start| start.value.0.iter()).map(|target| (target.path(), &target.span));
        released.chain(copied).chain(self.invoked()).chain(started).collect()
    }

    fn invoked(&self) -> Option<(String, &Span)> {
        let invoke = self.invoke.as_ref()?;
        Some(match &invoke.value {
            Either::Short(function) => (function.path(), &invoke.span),
            Either::Long(long) => (long.function.path(), &long.function.span),
        })
    }

    /// The repositories and builds whose code this step needs, as paths.
    pub(super) fn sources(&self) -> Vec<(String, &Span)> {
        let mut sources = Vec::new();
        sources.extend(
            self.build.iter().flat_map(|builds| builds.value.0.iter()).map(|build| (build.path(), &build.span)),
        );
        sources.extend(self.verify.iter().map(|verify| (Verify::split(verify).0.path(), &verify.span)));
        sources.extend(self.run.iter().map(|run| (run.repo.path(), &run.repo.span)));
        sources.extend(self.copy.iter().map(|copy| (copy.from.path(), &copy.from.span)));
        let inputs = self.action.iter().filter_map(|action| action.inputs.as_ref());
        sources.extend(inputs.flat_map(|inputs| inputs.value.0.iter()).map(|input| (input.path(), &input.span)));
        sources
    }
}

impl Thing for Pipeline {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let origin = &sender.origin;
        let name = pipeline_name(lowering.model, this);
        let arn = format!("arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
        let arn = Value::sub(arn, origin);
        let start = Statement::new(&["codepipeline:StartPipelineExecution"], vec![arn.clone()], origin);
        Some(Admission { arn, statements: vec![start], after: None })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        Composer::new(self, this, lowering).compose();
    }
}

/// What a schema cannot say: how many commands, and how long they are.
pub(super) const MOST_COMMANDS: usize = 50;
pub(super) const LONGEST_VALUE: usize = 1000;
